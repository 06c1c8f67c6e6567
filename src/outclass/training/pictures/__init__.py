"""Learning from drawings of any challenge: what is known of their edges, and a kernel model on it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from outclass.base.errors import MissingExtraError

if TYPE_CHECKING:
    from outclass.training.estimator import Estimator

__all__ = ["build"]


def build(parameters: Mapping[str, object]) -> "Estimator":
    """Make the estimator of a challenge of drawings without a `model.py`.

    Parameters
    ----------
    parameters
        A value for any field of `outclass.training.pictures.recipe.Recipe`.

    Raises
    ------
    MissingExtraError
        A package for training is not installed.
    """
    try:
        from outclass.training.pictures import estimator  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("train", what=f"learning from drawings needs {error.name}") from error
    return estimator.build(parameters)
