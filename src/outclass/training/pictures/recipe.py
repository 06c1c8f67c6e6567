"""How a model of drawings is learned, and how wide it may be within the time."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from outclass.base.document import Document
from outclass.training.parameters import read_parameters

WIDTHS = (3000, 2500, 2000, 1600, 1200, 900, 700, 500, 350, 256)
"""How many random functions a model may be made of, the best first."""
FOLDS = 5
PENALTIES = (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
"""Of the sizes of weights, each times the number of rows."""
MOST_DIRECTIONS = 200
SPEED = 22e9
"""Sums and products of two floats that a core does in a second."""
DESCRIBED = 5e6
"""Sums and products to describe one drawing by its edges."""
USED = 0.6
"""Share of the time that may be planned for; the rest is for what was not foreseen."""


class Recipe(Document, frozen=True, kw_only=True):
    """The parameters of a model of drawings."""

    seconds: Annotated[float, Meta(gt=0, description="time that learning may take on one core")] = 60.0
    reach: Annotated[
        float,
        Meta(gt=0, description="how far, in typical distances of two drawings, one says anything of another"),
    ] = 2.0


def read_recipe(parameters: Mapping[str, object]) -> Recipe:
    """Return parameters as a recipe; `DataError` names one that is not accepted."""
    return read_parameters(parameters, Recipe)


def plan(recipe: Recipe, rows: int) -> tuple[int, int]:
    """Return how many rows to learn from, and by how many random functions, so that the time suffices.

    It follows from the parameters and the rows alone, so that the same seed gives the same model.

    >>> plan(Recipe(seconds=60), 2_000)
    (2000, 2500)
    """
    for width in WIDTHS:
        if cost(rows, width) <= USED * recipe.seconds * SPEED:
            return rows, width
    each = cost(rows + 1, WIDTHS[-1]) - cost(rows, WIDTHS[-1])
    left = USED * recipe.seconds * SPEED - cost(0, WIDTHS[-1])
    return max(min(rows, 200), min(rows, int(left / each))), WIDTHS[-1]


def cost(rows: int, width: int) -> float:
    """Return the sums and products that learning takes."""
    solved = (len(PENALTIES) * FOLDS + 1) * width**3 / 3 * 2
    scored = (len(PENALTIES) + 2) * 2 * rows * width * 10
    return rows * (DESCRIBED + 4 * MOST_DIRECTIONS * width + width**2) + solved + scored
