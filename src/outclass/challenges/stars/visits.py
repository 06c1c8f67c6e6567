"""How a survey sees: the noise of its visits and its errors of redshift, taken from its own data.

Training only; what `augment` gives to copies of objects.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from outclass.inputs.series import FACTS, SeriesTable

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

DDF, PHOTOZ, PHOTOZ_ERR = (FACTS.index(name) for name in ("ddf", "hostgal_photoz", "hostgal_photoz_err"))
DEEP_AT_LEAST = 2.5
"""Without a field known, an object counts as deep with so many times the median number of visits."""
ONLY_DETECTIONS = 0.98
"""A survey of which so large a share is detected lists detections only."""
USUAL_ERROR = 0.03
"""Error of a photo-z over 1 + z where the data shows none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """The visits of a survey's shallow fields.

    Attributes
    ----------
    sky
        For each band, the errors of its visits less what the objects' own light adds, rising.
    light
        For each band, the variance that a unit of flux adds, float64 ``[bands]``.
    counts
        Numbers of observations of shallow objects, int64.
    deep
        Whether each object of the table lies in a deep field, bool ``[objects]``.
    only_detections
        Whether nothing but detections is listed.
    """

    sky: tuple[Floats, ...]
    light: Floats
    counts: Places
    deep: NDArray[np.bool_]
    only_detections: bool


def visits_of(table: SeriesTable, bands: int) -> Visits:
    """Estimate how a survey sees from its objects."""
    lengths = np.diff(table.starts)
    deep = table.facts[:, DDF] == 1
    if not deep.any():
        deep = lengths > DEEP_AT_LEAST * np.median(lengths[lengths > 0]) if lengths.any() else deep
    shallow = ~np.repeat(deep, lengths) if not deep.all() else np.ones(len(table.mjd), dtype=np.bool_)
    sky, light = [], np.zeros(bands)
    for band in range(bands):
        seen = shallow & (table.passband == band)
        floor, light[band] = _noise(table.flux[seen], table.flux_err[seen])
        sky.append(floor)
    chosen = lengths[~deep] if not deep.all() else lengths
    return Visits(
        sky=tuple(sky),
        light=light,
        counts=chosen[chosen > 0],
        deep=deep,
        only_detections=bool(len(table.detected) and table.detected.mean() > ONLY_DETECTIONS),
    )


def _noise(flux: Floats, flux_err: Floats) -> tuple[Floats, float]:
    """Return the errors of the sky, rising, and the variance that a unit of flux adds."""
    if len(flux) < 50:
        return np.sort(flux_err), 0.0
    variance = flux_err**2
    faint = flux < np.quantile(flux, 0.5)
    sky = np.median(variance[faint])
    bright = flux > np.quantile(flux, 0.9)
    light = max(0.0, float(np.median((variance[bright] - sky) / np.maximum(flux[bright], 1e-9))))
    own = np.sqrt(np.maximum(variance - light * np.maximum(flux, 0.0), 0.09 * variance))
    return np.sort(own), light


def draw_errors(visits: Visits, bands: Places, flux: Floats, sky: float, generator: Generator) -> Floats:
    """Draw the errors of new visits.

    Parameters
    ----------
    sky
        Where this object's field lies among the survey's errors, 0 to 1; visits scatter around it.
    """
    errors = np.empty(len(bands))
    for band, own in enumerate(visits.sky):
        there = np.flatnonzero(bands == band)
        if len(there):
            share = np.clip(sky + generator.normal(0.0, 0.25, len(there)), 0.0, 1.0)
            share = np.where(generator.random(len(there)) < 0.5, generator.random(len(there)), share)
            errors[there] = own[(share * (len(own) - 1)).astype(np.int64)] if len(own) else 1.0
    return np.asarray(np.sqrt(errors**2 + visits.light[bands] * np.maximum(flux, 0.0)))


def redshift_pairs(table: SeriesTable, redshifts: Floats | None) -> Floats:
    """Return true redshift, photo-z and its error of the objects that have all three, ``[pairs, 3]``."""
    photoz, error = table.facts[:, PHOTOZ], table.facts[:, PHOTOZ_ERR]
    true = photoz if redshifts is None else redshifts
    known = (true > 0) & (photoz > 0) & (error >= 0)
    return np.stack([true[known], photoz[known], error[known]], axis=1)


def draw_photoz(pairs: Floats, redshift: float, generator: Generator) -> tuple[float, float]:
    """Draw a photo-z and its error for a redshift: those of an object near it, moved along with it.

    Where pairs hold photo-z alone (true and photometric are equal), its own error is what it scatters by.
    """
    if not len(pairs):
        error = USUAL_ERROR * (1 + redshift)
        return max(0.005, redshift + error * generator.normal()), error
    near = np.argsort(np.abs(np.log1p(pairs[:, 0]) - np.log1p(redshift)))[:40]
    true, photoz, error = pairs[generator.choice(near)]
    stretch = (1 + redshift) / (1 + true)
    offset = photoz - true if photoz != true else error * generator.normal()
    return max(0.005, redshift + stretch * offset), stretch * error
