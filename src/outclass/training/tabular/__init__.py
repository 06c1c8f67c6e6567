"""Learning from tables of numbers and categories: simple models first, trees where they are better."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from outclass.base.errors import MissingExtraError

if TYPE_CHECKING:
    from outclass.training.estimator import Estimator

__all__ = ["build"]


def build(parameters: Mapping[str, object]) -> "Estimator":
    """Make the estimator of a challenge of tables without a `model.py`.

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
        from outclass.training.tabular import estimator  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("tables", what=f"learning from tables needs {error.name}") from error
    return estimator.build(parameters)
