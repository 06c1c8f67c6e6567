"""Learning from photos: features of a frozen backbone, and what is learned on top of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from outclass.base.errors import MissingExtraError

if TYPE_CHECKING:
    from outclass.training.estimator import Estimator

__all__ = ["build"]

FINE_TUNE = "fine_tune"
"""The parameter that asks for learning in the backbone itself."""


def build(parameters: Mapping[str, object]) -> "Estimator":
    """Make the estimator of a photo challenge without a `model.py`: a linear probe of the features.

    Parameters
    ----------
    parameters
        As the probe takes them; with `fine_tune` among them, as `outclass.training.photos.finetune` does.

    Raises
    ------
    MissingExtraError
        A package for training is not installed.
    """
    if parameters.get(FINE_TUNE):
        return build_tuned(parameters)
    try:
        from outclass.training.photos import probe  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("train", what=f"learning from photos needs {error.name}") from error
    return probe.build(parameters)


def build_tuned(parameters: Mapping[str, object]) -> "Estimator":
    """Make the estimator that learns in the last blocks of the backbone, too."""
    try:
        from outclass.training.photos import finetune  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("torch", what=f"fine-tuning needs {error.name}") from error
    return finetune.build(parameters)
