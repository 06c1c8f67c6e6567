"""The advisers on ZTF supernovae: templates of each class, and trees of the stars that see them, too."""

from outclass.challenges.stars.template_model import build

__all__ = ["build"]
