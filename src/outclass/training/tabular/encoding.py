"""From the columns of a table to the numbers that models add up: scaled, bent, flagged, one for each value.

The same steps, in the same order and precision, are nodes of the exported graph.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Places = NDArray[np.int64]

MOST_VALUES = 200
"""Of one category get a number of their own, the most frequent; the others are as if missing."""
BEYOND = 1.0
"""Deviations by which a number may lie outside all that were learned from before it is cut."""


class Encoder(msgspec.Struct, frozen=True):
    """What turns rows ``[n, columns]`` into encoded ones.

    Attributes
    ----------
    numbers
        Places of the numeric columns.
    middle, mean, factor
        Of each: what stands in for a missing one, and what brings it to mean 0 and deviation 1.
    low, high
        Of each, once scaled: where it is cut.
    bent, knots
        Of each bend: which of the numbers it is of, and from where on it counts.
    flags
        Places of the columns that were missing at times, each with a number for that.
    value_columns, values
        Of each value of a category: its column, and its place there.
    below
        Of each number: what stands in for a missing one before trees, less than all that were learned from.
    """

    numbers: Places
    middle: Rows
    mean: Rows
    factor: Rows
    low: Rows
    high: Rows
    bent: Places
    knots: Rows
    flags: Places
    value_columns: Places
    values: Rows
    below: Rows

    @property
    def width(self) -> int:
        """Return how many numbers an encoded row has."""
        return len(self.numbers) + len(self.bent) + len(self.flags) + len(self.values)

    def scaled(self, rows: Rows) -> Rows:
        """Return the numeric columns, filled and scaled."""
        picked = rows[:, self.numbers]
        filled = np.where(np.isnan(picked), self.middle, picked)
        clipped: Rows = np.clip((filled - self.mean) * self.factor, self.low, self.high)
        return clipped

    def encode(self, rows: Rows) -> Rows:
        """Return numbers, bends, flags and values, in this order."""
        scaled = self.scaled(rows)
        bends = np.maximum(scaled[:, self.bent] - self.knots, np.float32(0))
        return np.concatenate([scaled, bends, self.marks(rows)], axis=1)

    def marks(self, rows: Rows) -> Rows:
        """Return flags and values."""
        flags = np.isnan(rows[:, self.flags]).astype(np.float32)
        values = (rows[:, self.value_columns] == self.values).astype(np.float32)
        return np.concatenate([flags, values], axis=1)

    def unscaled(self, rows: Rows) -> Rows:
        """Return rows as trees take them: numbers as they are, flags and values."""
        picked = rows[:, self.numbers]
        return np.concatenate([np.where(np.isnan(picked), self.below, picked), self.marks(rows)], axis=1)


def learn_encoder(rows: Rows, sizes: Sequence[int], *, knots: int = 0) -> Encoder:
    """Learn how to encode.

    Parameters
    ----------
    rows
        float32 ``[n, columns]``, NaN where a value is missing.
    sizes
        How many values each column may have; 0 for a number.
    knots
        Bends of each numeric column, at its quantiles.
    """
    numbers = np.array([place for place, size in enumerate(sizes) if not size], dtype=np.int64)
    picked = rows[:, numbers].astype(np.float64)
    middle = middles(picked)
    filled = np.where(np.isnan(picked), middle, picked)
    mean, spread = filled.mean(axis=0), filled.std(axis=0)
    factor = np.where(spread > 1e-9 * np.maximum(np.abs(mean), 1e-30), 1 / np.maximum(spread, 1e-30), 0.0)
    scaled = (filled - mean) * factor
    bent, places = bends_of(scaled, knots)
    value_columns, values = values_of(rows, sizes)
    return Encoder(
        numbers=numbers,
        middle=middle.astype(np.float32),
        mean=mean.astype(np.float32),
        factor=factor.astype(np.float32),
        low=(scaled.min(axis=0) - BEYOND).astype(np.float32),
        high=(scaled.max(axis=0) + BEYOND).astype(np.float32),
        bent=bent,
        knots=places,
        flags=np.flatnonzero(np.isnan(rows).any(axis=0)).astype(np.int64),
        value_columns=value_columns,
        values=values,
        below=lowest(filled),
    )


def lowest(filled: NDArray[np.float64]) -> Rows:
    """Return for each column a number that is clearly below all in it."""
    least, most = filled.min(axis=0), filled.max(axis=0)
    return np.asarray(least - (most - least) - np.maximum(1.0, np.abs(least)), dtype=np.float32)


def middles(picked: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of each column, 0 where nothing is known."""
    found = []
    for column in picked.T:
        known = column[~np.isnan(column)]
        found.append(float(np.median(known)) if len(known) else 0.0)
    return np.array(found, dtype=np.float64)


def bends_of(scaled: NDArray[np.float64], count: int) -> tuple[Places, Rows]:
    """Return where columns bend: at inner quantiles that differ."""
    columns: list[int] = []
    places: list[float] = []
    for place, column in enumerate(scaled.T if count else ()):
        found = np.unique(np.quantile(column, np.arange(1, count + 1) / (count + 1)))
        inner = [float(one) for one in found if column.min() < one < column.max()]
        columns += [place] * len(inner)
        places += inner
    return np.array(columns, dtype=np.int64), np.array(places, dtype=np.float32)


def values_of(rows: Rows, sizes: Sequence[int]) -> tuple[Places, Rows]:
    """Return column and place of each value that occurs, of many the most frequent."""
    columns: list[int] = []
    values: list[int] = []
    for place, size in enumerate(sizes):
        if not size:
            continue
        column = rows[:, place]
        counts = np.bincount(column[~np.isnan(column)].astype(np.int64), minlength=size)
        order = np.argsort(-counts, kind="stable")[:MOST_VALUES]
        found = sorted(int(one) for one in order if counts[one])
        columns += [place] * len(found)
        values += found
    return np.array(columns, dtype=np.int64), np.array(values, dtype=np.float32)
