"""Statistics of many short pieces of one long array, without a loop over the pieces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Pieces of an array that lie end to end, some of them empty.

    Attributes
    ----------
    counts
        Number of elements of each piece, int64 ``[pieces]``.
    filled
        Whether a piece has any element, bool ``[pieces]``.
    starts
        Where the pieces that are not empty begin.

    Examples
    --------
    >>> pieces = Segments.of(np.array([2, 0, 1]))
    >>> pieces.sum(np.array([1.0, 2.0, 5.0]))
    array([3., 0., 5.])
    """

    counts: Indices
    filled: NDArray[np.bool_]
    starts: Indices

    @classmethod
    def of(cls, counts: Indices) -> "Segments":
        """Return the pieces of these lengths."""
        filled = counts > 0
        return cls(counts=counts, filled=filled, starts=(np.cumsum(counts) - counts)[filled])

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.counts)

    def sum(self, values: Floats) -> Floats:
        """Return the sum of each piece, 0 for an empty one; of each column, where there are several."""
        return self._reduce(np.add, values, 0.0)

    def largest(self, values: Floats, empty: float = -np.inf) -> Floats:
        """Return the largest value of each piece."""
        return self._reduce(np.maximum, values, empty)

    def smallest(self, values: Floats, empty: float = np.inf) -> Floats:
        """Return the smallest value of each piece."""
        return self._reduce(np.minimum, values, empty)

    def mean(self, values: Floats) -> Floats:
        """Return the mean of each piece, 0 for an empty one."""
        return self.sum(values) / np.maximum(self.counts, 1)

    def spread(self, values: NDArray[np.float64]) -> Floats:
        """Return for each element the value of its piece."""
        return np.repeat(values, self.counts)

    def where_largest(self, values: Floats) -> Indices:
        """Return the place of the first largest element of each piece, 0 for an empty one."""
        best = values >= self.spread(self.largest(values))
        places = np.where(best, np.arange(len(values), dtype=np.float64), np.inf)
        return self.smallest(places, empty=0.0).astype(np.int64)

    def quantiles(self, values: Floats, shares: tuple[float, ...], low: Floats, high: Floats) -> list[Floats]:
        """Return quantiles of each piece, between neighbors linearly; 0 for an empty piece.

        One sort does all pieces: each is scaled into its own unit interval first.

        Parameters
        ----------
        low, high
            The smallest and the largest value of each piece.
        """
        size: Floats = np.where(high > low, high - low, 1.0)
        number = 2.0 * np.arange(len(self), dtype=np.float64)
        scaled: Floats = (values - self.spread(low)) / self.spread(size) + self.spread(number)
        scaled.sort()
        first = np.cumsum(self.counts) - self.counts
        last = np.maximum(self.counts - 1, 0)
        found = []
        padded = np.append(scaled, 0.0)
        for share in shares:
            place = last * share
            below = place.astype(np.int64)
            above = np.minimum(below + 1, last)
            left, right = padded[first + below], padded[first + above]
            inside = left + (right - left) * (place - below) - number
            found.append(np.where(self.filled, inside * size + low, 0.0))
        return found

    def _reduce(self, how: np.ufunc, values: Floats, empty: float) -> Floats:
        result = np.full((len(self), *values.shape[1:]), empty)
        if len(self.starts):
            result[self.filled] = how.reduceat(values, self.starts, axis=0)
        return result
