"""The observations of each object in each band, and numbers that are told of all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from outclass.inputs.series import SeriesTable

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


class Band(Protocol):
    """A band, as a challenge declares it."""

    @property
    def name(self) -> str:
        """Return its name."""


class Declared(Protocol):
    """The part of a challenge that says what a series is."""

    @property
    def bands(self) -> Sequence[Band]:
        """Return the bands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Observations by object, by band and by time; a cell is one band of one object.

    Attributes
    ----------
    objects, bands
        How many there are.
    order
        Places in the table.
    cell
        Of each observation, in this order.
    count
        Observations of each cell, float64 ``[objects * bands]``.
    mjd, flux, error
        In this order.
    """

    objects: int
    bands: int
    order: Places
    cell: Places
    count: Floats
    mjd: Floats
    flux: Floats
    error: Floats

    @classmethod
    def of(cls, table: SeriesTable, bands: int) -> "Cells":
        """Sort the observations of a table."""
        objects = np.repeat(np.arange(len(table)), np.diff(table.starts))
        cell = objects * bands + table.passband
        order = np.argsort(cell, kind="stable")
        return cls(
            objects=len(table),
            bands=bands,
            order=order,
            cell=cell[order],
            count=np.bincount(cell, minlength=len(table) * bands).astype(np.float64),
            mjd=table.mjd[order],
            flux=table.flux[order],
            error=table.flux_err[order],
        )

    def sums(self, values: Floats) -> Floats:
        """Return the sum of each cell."""
        return np.asarray(np.bincount(self.cell, values, len(self.count)), dtype=np.float64)

    def means(self, values: Floats) -> Floats:
        """Return the mean of each cell, NaN of an empty one."""
        return self.sums(values) / np.where(self.count > 0, self.count, np.nan)

    def highest(self, values: Floats) -> Floats:
        """Return the highest value of each cell, NaN of an empty one."""
        return self._reduced(np.maximum, values)

    def lowest(self, values: Floats) -> Floats:
        """Return the lowest value of each cell, NaN of an empty one."""
        return self._reduced(np.minimum, values)

    def quantiles(self, values: Floats, shares: Sequence[float]) -> list[Floats]:
        """Return quantiles of each cell, NaN of an empty one; the nearest value counts."""
        ranked = values[np.lexsort((values, self.cell))]
        starts = np.cumsum(self.count) - self.count
        found = []
        for share in shares:
            places = starts + np.rint(share * np.maximum(self.count - 1, 0))
            taken = ranked[np.minimum(places, len(ranked) - 1).astype(np.int64)] if len(ranked) else starts
            found.append(np.where(self.count > 0, taken, np.nan))
        return found

    def steps(self, values: Floats) -> Floats:
        """Return the mean square of the steps from one observation of a cell to the next."""
        same = self.cell[1:] == self.cell[:-1]
        squares = np.bincount(self.cell[1:][same], np.diff(values)[same] ** 2, len(self.count))
        return squares / np.where(self.count > 1, self.count - 1, np.nan)

    def of_object(self, values: Floats) -> Floats:
        """Return for each observation the value of its object."""
        return values[self.cell // self.bands]

    def _reduced(self, how: np.ufunc, values: Floats) -> Floats:
        found = np.full(len(self.count), np.nan)
        filled = self.count > 0
        if filled.any():
            found[filled] = how.reduceat(values, np.flatnonzero(np.diff(self.cell, prepend=-1)))
        return found
