"""How unlike the rows learned from a row is: far-off numbers, numbers that do not go together, rare values.

The score is the surprise of a row, per column: that of a heavy-tailed distribution for the numbers together,
so that neither one absurd number nor many odd ones go unseen, and the negative logarithm of its share for
each value of a category and for a missing value.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.training.tabular.encoding import middles

FARTHEST = 1000.0
"""Deviations; farther is as far."""
LEAST_SHRUNK = 0.02
SELDOM = 0.5
"""Rows that an unseen value counts as."""

Rows = NDArray[np.float32]
Places = NDArray[np.int64]


class Outlying(msgspec.Struct, frozen=True):
    """What scores rows.

    Attributes
    ----------
    numbers, mean, factor
        The numeric columns, and what brings them to mean 0 and deviation 1.
    whiten
        ``[numbers, numbers]``: what makes them independent of each other.
    value_columns, values, surprises
        Of each value of each category: its column, its place there and its surprise.
    missing
        Of each column: the surprise of a missing value.
    """

    numbers: Places
    mean: Rows
    factor: Rows
    whiten: Rows
    value_columns: Places
    values: Rows
    surprises: Rows
    missing: Rows

    def scores(self, rows: Rows) -> Rows:
        """Return the surprise of each row, per column."""
        picked = (rows[:, self.numbers] - self.mean) * self.factor
        scaled = np.clip(np.where(np.isnan(picked), np.float32(0), picked), -FARTHEST, FARTHEST)
        turned = scaled @ self.whiten
        count = np.float32(max(1, len(self.numbers)))
        numbers = np.log((turned * turned).sum(axis=1) / count + np.float32(1)) * count
        values = (rows[:, self.value_columns] == self.values).astype(np.float32) @ self.surprises
        missing = np.isnan(rows).astype(np.float32) @ self.missing
        return np.asarray((numbers + values + missing) / np.float32(len(self.missing)), dtype=np.float32)


def learn_outlying(rows: Rows, sizes: Sequence[int]) -> Outlying:
    """Learn from rows, NaN where a value is missing."""
    numbers = np.array([place for place, size in enumerate(sizes) if not size], dtype=np.int64)
    picked = rows[:, numbers].astype(np.float64)
    filled = np.where(np.isnan(picked), middles(picked), picked)
    mean, spread = filled.mean(axis=0), filled.std(axis=0)
    still = spread <= 1e-9 * np.maximum(np.abs(mean), 1e-30)
    factor = 1 / np.where(still, np.maximum(0.1 * np.abs(mean), 1.0), np.maximum(spread, 1e-30))
    columns, values, surprises = surprises_of(rows, sizes)
    absent = np.isnan(rows).sum(axis=0)
    return Outlying(
        numbers=numbers,
        mean=mean.astype(np.float32),
        factor=factor.astype(np.float32),
        whiten=whitening((filled - mean) * factor),
        value_columns=columns,
        values=values,
        surprises=surprises,
        missing=(-np.log((absent + SELDOM) / (len(rows) + 1))).astype(np.float32),
    )


def whitening(scaled: NDArray[np.float64]) -> Rows:
    """Return the root of the inverse covariance, shrunk the more the fewer rows there are."""
    count, width = scaled.shape
    shrunk = min(0.9, LEAST_SHRUNK + width / (width + count))
    covariance = (1 - shrunk) * (scaled.T @ scaled) / max(1, count) + shrunk * np.eye(width)
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors / np.sqrt(values), dtype=np.float32)


def surprises_of(rows: Rows, sizes: Sequence[int]) -> tuple[Places, Rows, Rows]:
    """Return column, place and surprise of each value that a category may have."""
    columns: list[int] = []
    places: list[int] = []
    surprises: list[float] = []
    for place, size in enumerate(sizes):
        column = rows[:, place]
        if size:
            counts = np.bincount(column[~np.isnan(column)].astype(np.int64), minlength=size)[:size]
            shares = (counts + SELDOM) / (len(rows) + SELDOM * (size + 1))
            columns += [place] * size
            places += range(size)
            surprises += (-np.log(shares)).tolist()
    return (
        np.array(columns, dtype=np.int64),
        np.array(places, dtype=np.float32),
        np.array(surprises, dtype=np.float32),
    )
