"""Features of the curve that a Gaussian process draws through an object's observations.

Peaks, rise and fall times, colors and their changes, as K. Boone (2019, AJ 158, 257) reads them off; and,
where the redshift is known, the same at wavelengths and days at rest.
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.challenge import InputDeclaration
from outclass.challenges.stars import process
from outclass.challenges.stars.distance import luminosity_distance
from outclass.challenges.stars.forms import forms
from outclass.challenges.stars.frame import (
    MISSING,
    PHASES,
    REFERENCES,
    REST_PHASES,
    REST_WAVELENGTHS,
    SHARES,
    Objects,
    frame_of,
)
from outclass.challenges.stars.process import Curves
from outclass.inputs.series import FACTS, SeriesTable

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

PHOTOZ = FACTS.index("hostgal_photoz")
LARGEST = 1e8
OF_FIT = ("log_scale", "time_scale", "likelihood", "gain", "chi2")
OF_SAMPLING = (
    "total_significance", "highest_significance", "share_positive", "share_negative", "share_faint",
    "count_50_before", "count_20_before", "count_peak", "count_20_after", "count_50_after", "count_100_after",
    "nearest", "significant_days", "significant_before", "significant_after",
)  # fmt: skip


def curve_names(declared: InputDeclaration) -> tuple[str, ...]:
    """Return the names of the columns, each beginning with ``curve.``."""
    return _names(tuple(band.name for band in declared.bands))


@lru_cache(maxsize=16)
def _names(bands: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the columns for these bands."""
    names = list(OF_FIT)
    for what in ("high", "high_day", "low", "low_day"):
        names += [f"{what}.{band}" for band in bands]
    for reference in REFERENCES:
        for share in SHARES:
            names += [f"rise_{share}.{reference}", f"fall_{share}.{reference}"]
        names += [f"area_above.{reference}", f"area_below.{reference}"]
    names += [f"color.{one}_{other}" for one, other in pairwise(bands)]
    for phase in PHASES:
        names += [f"{what}.day_{phase:.0f}" for what in ("color_blue", "color_red", "flux")]
    names += ["second_peak", *(f"percentile_{share}" for share in (10, 30, 50, 70, 90))]
    names += OF_SAMPLING
    names += [f"magnitude.{reference}" for reference in REFERENCES]
    names += [f"magnitude.{wavelength:.0f}" for wavelength in REST_WAVELENGTHS]
    for phase in REST_PHASES:
        names += [f"rest.{wavelength:.0f}.day_{phase:.0f}" for wavelength in REST_WAVELENGTHS]
    names += ["rest.rise_50", "rest.fall_50"]
    return tuple(f"curve.{name}" for name in names)


def curve_features(
    table: SeriesTable, declared: InputDeclaration, *, compiled: bool | None = None
) -> NDArray[np.float32]:
    """Return the features of each object's curve.

    Returns
    -------
    NDArray
        float32 ``[objects, len(curve_names(declared))]``, finite; `MISSING` where there is nothing to tell.
    """
    width = len(curve_names(declared))
    if not len(table.mjd):
        return np.full((len(table), width), MISSING, dtype=np.float32)
    rows = np.full((len(table), width - len(OF_FIT)), MISSING)
    curves = process.fit_curves(table, declared, compiled=compiled)
    redshift = np.maximum(np.nan_to_num(table.facts[:, PHOTOZ], nan=0.0), 0.0)
    modulus = np.where(redshift > 0, distance_modulus(redshift), MISSING)
    objects = Objects(
        cross=cross_covariance(curves.wavelengths, 1.0 + redshift),
        rate=process.rates()[curves.best],
        scale=curves.scale,
        modulus=modulus,
        stretch=1.0 + redshift,
    )
    frame, significance = frame_of(curves.wavelengths), table.flux / table.flux_err
    loops = forms(len(table), compiled=compiled)
    loops.describe_all(rows, curves.seen, curves.weights, significance, objects, frame)
    rows = np.concatenate([of_fit(curves), rows], axis=1)
    rows[(table.starts[1:] == table.starts[:-1])[:, None] | np.isnan(rows)] = MISSING
    return np.asarray(np.clip(rows, -LARGEST, LARGEST), dtype=np.float32)


def of_fit(curves: Curves) -> Floats:
    """Return how well curves fit, ``[objects, len(OF_FIT)]``."""
    objects = np.repeat(np.arange(len(curves.scale)), np.diff(curves.seen.starts))
    count = np.maximum(np.diff(curves.seen.starts), 1)

    def mean(values: Floats) -> Floats:
        return np.bincount(objects, values, len(count)) / count

    flat = mean(-0.5 * (curves.seen.flux**2 / curves.seen.variance + np.log(curves.seen.variance)))
    likelihood = np.max(curves.likelihood, axis=1) / count
    columns = (
        np.log10(curves.scale),
        np.array(process.TIME_SCALES)[curves.best],
        likelihood,
        likelihood - flat,
        np.log10(mean(curves.seen.variance * curves.weights**2) + 1e-6),
    )
    return np.stack(columns, axis=1)


def distance_modulus(redshift: Floats) -> Floats:
    """Return the distance modulus in magnitudes; redshifts count as 0.001 at least."""
    return 5.0 * np.log10(luminosity_distance(np.maximum(redshift, 1e-3)) * 1e3) + 25.0


def cross_covariance(wavelengths: Floats, stretch: Floats) -> Floats:
    """Return the covariance of bands and wavelengths at rest with the bands, ``[objects, lines, bands]``."""
    own = process.band_covariance(wavelengths, wavelengths)
    seen = (stretch[:, None] * REST_WAVELENGTHS).ravel()
    rest = process.band_covariance(seen, wavelengths).reshape(len(stretch), len(REST_WAVELENGTHS), -1)
    return np.concatenate([np.broadcast_to(own, (len(stretch), *own.shape)), rest], axis=1)
