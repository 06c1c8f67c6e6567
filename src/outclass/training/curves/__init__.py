"""Learning from series of any challenge: a model of tables on what `inputs/light_curves` tells of each."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from outclass.base.errors import MissingExtraError

if TYPE_CHECKING:
    from outclass.training.estimator import Estimator

__all__ = ["build"]


def build(parameters: Mapping[str, object]) -> "Estimator":
    """Make the estimator of a challenge of series without a `model.py`.

    Parameters
    ----------
    parameters
        See `outclass.training.tabular.recipe.Recipe`.

    Raises
    ------
    MissingExtraError
        A package for training is not installed.
    """
    try:
        from outclass.training.curves import estimator  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("tables", what=f"learning from series needs {error.name}") from error
    return estimator.build(parameters)
