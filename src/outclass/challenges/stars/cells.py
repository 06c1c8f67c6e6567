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
    shrunk: Floats
    distance: Floats
    known: NDArray[np.bool_]
    stretch: Floats

    def grid(self, values: Floats, missing: float = MISSING) -> Floats:
        """Return a value per cell as ``[objects, bands]``, with `missing` for empty cells."""
        return np.where(self.bands.filled, values, missing).reshape(self.count, self.width)

    def per_cell(self, values: Floats) -> Floats:
        """Repeat a value per object for each of its cells."""
        return np.repeat(values, self.width)


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
    lengths = np.diff(table.starts)
    first = (
        table.mjd[np.minimum(table.starts[:-1], max(len(table.mjd) - 1, 0))]
        if len(table.mjd)
        else lengths * 0.0
    )
    cell = np.repeat(np.arange(len(table)) * width, lengths) + table.passband
    order = np.argsort(cell.astype(np.uint16), kind="stable")
    bands = Segments.of(np.bincount(cell, minlength=len(table) * width).astype(np.int64))
    flux, error = table.flux[order], table.flux_err[order]
    photoz = table.facts[:, FACTS.index("hostgal_photoz")]
    known = np.isfinite(photoz) & (photoz > 0)
    redshift = np.where(known, photoz, 0.0)
    return Cells(
        count=len(table),
        width=width,
        bands=bands,
        objects=Segments.of(lengths),
        time=(table.mjd - np.repeat(first, lengths))[order],
        flux=flux,
        error=error,
        detected=table.detected[order],
        shrunk=_shrink(bands, flux, error),
        distance=np.where(known, luminosity_distance(redshift), 1.0),
        known=known,
        stretch=1.0 + redshift,
    )


def _shrink(bands: Segments, flux: Floats, error: Floats) -> Floats:
    """Move each flux to its band's mean, by its error against the scatter that the errors do not explain."""
    variance = error * error
    weight = 1.0 / variance
    mean = bands.sum(flux * weight) / np.where(bands.filled, bands.sum(weight), 1.0)
    apart = flux - bands.spread(mean)
    scatter = np.maximum(bands.mean(apart * apart - variance), 0.0)
    own = bands.spread(scatter)
    return bands.spread(mean) + apart * own / (own + variance)
