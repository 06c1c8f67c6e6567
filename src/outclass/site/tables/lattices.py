"""Columns that are the cells of a picture, as `pixel_0_0` to `pixel_7_7`: shown as one, typed as a grid."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt

from outclass.inputs.columns import InputColumn

LEAST_CELLS = 9
ROW_AND_COLUMN = re.compile(r"(?P<stem>.*?)_?(?P<row>\d+)_(?P<column>\d+)")
NUMBERED = re.compile(r"(?P<stem>.*?)_?(?P<number>\d+)")
PICTURE_WORDS = ("pixel", "pix", "px", "cell")
"""How the name of numbered columns begins where they are a square picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """Columns that lie in rows of equal length, in their own order.

    Attributes
    ----------
    low, high
        What is darkest and lightest.
    """

    down: int
    across: int
    low: float
    high: float


@lru_cache(maxsize=64)
def lattice_of(columns: tuple[InputColumn, ...]) -> Lattice | None:
    """Return how columns lie, None where they are no picture."""
    if len(columns) < LEAST_CELLS or any(column.is_category for column in columns):
        return None
    size = size_of([column.name for column in columns])
    if size is None:
        return None
    lows = [column.low for column in columns if column.low is not None]
    highs = [column.high for column in columns if column.high is not None]
    low, high = min(lows, default=0.0), max(highs, default=1.0)
    return Lattice(down=size[0], across=size[1], low=low, high=high if high > low else low + 1.0)


def size_of(names: Sequence[str]) -> tuple[int, int] | None:
    """Return rows and columns of cells by their names, row after row; None where they are no such.

    >>> size_of(["p_0_0", "p_0_1", "p_1_0", "p_1_1"]), size_of([f"pixel{n}" for n in range(9)])
    ((2, 2), (3, 3))
    >>> size_of(["p_0_0", "q_0_1"]), size_of(["width1", "width2", "width3", "width4"])
    (None, None)
    """
    placed = [ROW_AND_COLUMN.fullmatch(name) for name in names]
    if all(placed):
        found = [(one["stem"], int(one["row"]), int(one["column"])) for one in placed if one]
        stem, top, left = found[0]
        across = sum(row == top for _, row, _ in found)
        wanted = [(stem, top + place // across, left + place % across) for place in range(len(found))]
        return (len(found) // across, across) if found == wanted and len(found) % across == 0 else None
    numbered = [NUMBERED.fullmatch(name) for name in names]
    side = isqrt(len(names))
    if not all(numbered) or side * side != len(names):
        return None
    counted = [(one["stem"], int(one["number"])) for one in numbered if one]
    stem, first = counted[0]
    is_row = counted == [(stem, first + place) for place in range(len(counted))]
    return (side, side) if is_row and stem.lower().startswith(PICTURE_WORDS) else None
