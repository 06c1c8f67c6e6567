"""Where a photo that is deleted went: the models that learned from it."""

from collections.abc import Sequence

from outclass.base.settings import Settings
from outclass.catalog.challenge import Challenge

NOTHING = "No model has learned from it."


def erased_words(settings: Settings, challenge: Challenge, pictures: Sequence[str]) -> str:
    """Say what was deleted, and which models had learned from it."""
    used = sorted({model for name in pictures for model in erase(settings, challenge, name)})
    if not used:
        return f"Deleted: the answer, what you said of it, and the photo where it was kept. {NOTHING}"
    return (
        "Deleted: the photo, the answer and what you said of it. It is left out of all data to come. These "
        f"models had learned from it before, and keep that until they are trained anew: {', '.join(used)}."
    )


def erase(settings: Settings, challenge: Challenge, picture: str) -> list[str]:
    """Remove a photo from a challenge's data, and return the models that had learned from it."""
    raise NotImplementedError
