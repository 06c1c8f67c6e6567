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
    index
        The piece of each element, int64 ``[elements]``.

    Values may be stacked: the last axis runs over the elements, or over the pieces.

    Examples
    --------
    >>> pieces = Segments.of(np.array([2, 0, 1]))
    >>> pieces.sum(np.array([1.0, 2.0, 5.0]))
    array([3., 0., 5.])
    """

    counts: Indices
    filled: NDArray[np.bool_]
    starts: Indices
    index: Indices

    @classmethod
    def of(cls, counts: Indices) -> "Segments":
        """Return the pieces of these lengths."""
        filled = counts > 0
        starts = (counts.cumsum() - counts)[filled]
        return cls(counts=counts, filled=filled, starts=starts, index=np.arange(len(counts)).repeat(counts))

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.counts)

    def sum(self, values: Floats) -> Floats:
        """Return the sum of each piece, 0 for an empty one."""
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
        return values.take(self.index, axis=-1)

    def where_largest(self, values: Floats) -> Indices:
        """Return the place of the first largest element of each piece, 0 for an empty one."""
        best = values >= self.spread(self.largest(values))
        places = np.where(best, np.arange(len(values), dtype=np.float64), np.inf)
        return self.smallest(places, empty=0.0).astype(np.int64)

    def quantiles(self, values: Floats, shares: Floats, low: Floats, high: Floats) -> Floats:
        """Return quantiles of each piece, between neighbors linearly; 0 for an empty piece.

        One sort does all pieces: each is scaled into its own unit interval first.

        Parameters
        ----------
        low, high
            The smallest and the largest value of each piece.

        Returns
        -------
        Floats
            ``[shares, pieces]``, with further axes of `values` before these.
        """
        if not values.shape[-1]:
            return np.zeros((*values.shape[:-1], len(shares), len(self)))
        size: Floats = np.where(high > low, high - low, 1.0)
        number: Floats = 2.0 * np.arange(len(self), dtype=np.float64)
        scaled: Floats = (values - self.spread(low)) / self.spread(size) + self.spread(number)
        scaled.sort(axis=-1)
        last = np.maximum(self.counts - 1, 0)
        place = last * shares[:, None]
        below = place.astype(np.int64)
        first = np.minimum(self.counts.cumsum() - self.counts, values.shape[-1] - 1)
        left = scaled.take(first + below, axis=-1)
        right = scaled.take(first + np.minimum(below + 1, last), axis=-1)
        inside = left + (right - left) * (place - below) - number
        return np.where(self.filled, inside * size[..., None, :] + low[..., None, :], 0.0)

    def _reduce(self, how: np.ufunc, values: Floats, empty: float) -> Floats:
        if len(self.starts) == len(self):
            return np.asarray(how.reduceat(values, self.starts, axis=-1)) if len(self) else values[..., :0]
        result = np.full((*values.shape[:-1], len(self)), empty)
        if len(self.starts):
            result[..., self.filled] = how.reduceat(values, self.starts, axis=-1)
        return result
