"""The observations of a table sorted by object, band and time, with what all features need of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.distance import luminosity_distance
from outclass.challenges.stars.segments import Floats, Segments
from outclass.inputs.series import FACTS, SeriesTable

MISSING = -9999.0
MAGNITUDE_ZERO = 27.5
FAINTEST = 1e-3
PHOTOZ = FACTS.index("hostgal_photoz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The observations of a table by object, band and time: a cell is one band of one object.

    Attributes
    ----------
    bands
        Segments of ``objects * bands`` cells.
    objects
        Segments of the objects over the same rows.
    time, flux, error
        Of each row; time in days since the object's first observation.
    ratio
        Flux over its error.
    shrunk
        Flux moved to the band mean by its error: what is known of it with the rest of the band.
    distance
        Luminosity distance of each object in Gpc; 1 for a galactic or unknown one.
    stretch
        1 + z of each object.
    """

    count: int
    width: int
    bands: Segments
    objects: Segments
    time: Floats
    flux: Floats
    error: Floats
    detected: NDArray[np.bool_]
    ratio: Floats
    shrunk: Floats
    distance: Floats
    known: NDArray[np.bool_]
    stretch: Floats

    def grid(self, *values: Floats, missing: float = MISSING) -> Floats:
        """Return values per cell as ``[objects, values * bands]``, with `missing` for empty cells."""
        masked = np.where(self.bands.filled, np.array(values), missing)
        stack = masked.reshape(len(values), self.count, self.width)
        return stack.swapaxes(0, 1).reshape(self.count, len(values) * self.width)

    def per_cell(self, values: Floats) -> Floats:
        """Repeat a value per object for each of its cells."""
        return values.repeat(self.width)


def magnitude(flux: Floats) -> Floats:
    """Return the magnitude of a flux of zero point 27.5; that of `FAINTEST` where it is below."""
    return MAGNITUDE_ZERO - 2.5 * np.log10(np.maximum(flux, FAINTEST))


def arrange(table: SeriesTable, width: int) -> Cells:
    """Sort a table's observations by object, band and time, and shrink its fluxes.

    Parameters
    ----------
    table
        At most 65,535 cells.
    width
        Number of bands.
    """
    lengths = table.starts[1:] - table.starts[:-1]
    objects = Segments.of(lengths)
    cell = objects.index * width + table.passband
    order = cell.astype(np.uint16).argsort(kind="stable")
    bands = Segments.of(np.bincount(cell, minlength=len(table) * width))
    time, flux, error = (column[order] for column in (table.mjd, table.flux, table.flux_err))
    first = objects.smallest(time, 0.0)
    photoz = table.facts[:, PHOTOZ]
    known = np.isfinite(photoz) & (photoz > 0)
    redshift = np.where(known, photoz, 0.0)
    return Cells(
        count=len(table),
        width=width,
        bands=bands,
        objects=objects,
        time=time - objects.spread(first),
        flux=flux,
        error=error,
        detected=table.detected[order],
        ratio=flux / error,
        shrunk=_shrink(bands, flux, error),
        distance=np.where(known, luminosity_distance(redshift), 1.0),
        known=known,
        stretch=1.0 + redshift,
    )


def _shrink(bands: Segments, flux: Floats, error: Floats) -> Floats:
    """Move each flux to its band's mean, by its error against the scatter that the errors do not explain."""
    variance = error * error
    weight = 1.0 / variance
    total, norm = bands.sum(np.array([flux * weight, weight]))
    mean = total / np.where(bands.filled, norm, 1.0)
    middle = bands.spread(mean)
    apart = flux - middle
    own = bands.spread(np.maximum(bands.mean(apart * apart - variance), 0.0))
    return middle + apart * own / (own + variance)
