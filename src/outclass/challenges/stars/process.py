"""A Gaussian process through each light curve, over time and wavelength, in time linear in its points.

The covariance of two observations is a Matern-3/2 function of the days between them times another one of
the wavelengths between their bands. In time, a Matern-3/2 process is a linear system of two states (flux
and its slope), so all bands together have twice as many states as bands: a Kalman filter reads one
observation after the other, and a backward pass (de Jong 1989; Bierman's modified Bryson-Frazier form)
gives each observation a weight. The curve anywhere, in any band and at any wavelength between, is the sum
of the observations' covariances with that point times these weights, exactly what a dense solve gives.
"""

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.challenge import InputDeclaration
from outclass.challenges.stars import plain
from outclass.challenges.stars.forms import forms
from outclass.challenges.stars.plain import Observations
from outclass.inputs.series import FACTS, Series, SeriesTable

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Kind = TypeVar("Kind", bound=np.generic)

PHOTOZ = FACTS.index("hostgal_photoz")
TIME_SCALES = (2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)
"""Days; each curve takes the most likely."""
WAVELENGTH_SCALE = 6000.0
AMPLITUDE = 0.5
"""Prior deviation of the flux, as a share of the object's most significant flux (as Boone 2019)."""
ERROR_FLOOR = 1e-4
"""Smallest error of a flux, as a share of the object's flux."""
FAR = 1e6
"""Largest flux and error in shares of the object's flux."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """The fitted curves of the objects of a table; fluxes in shares of each object's own flux.

    Attributes
    ----------
    seen
        The observations: Modified Julian Dates, bands, fluxes less their baseline, squares of the errors.
    weights
        What each observation pulls the curve by; its residual is ``variance * weights``.
    scale
        The flux that is 1 here, float64 ``[objects]``.
    baseline
        Flux of the steady source that was taken off, float64 ``[objects, bands]``.
    best
        Place of the most likely of `TIME_SCALES`, int64 ``[objects]``.
    likelihood
        Log likelihood at each time scale, without constants, float64 ``[objects, scales]``.
    wavelengths
        Of the bands, in Angstrom, float64 ``[bands]``.
    """

    seen: Observations
    weights: Floats
    scale: Floats
    baseline: Floats
    best: Places
    likelihood: Floats
    wavelengths: Floats

    def rate(self, place: int) -> float:
        """Return the rate of an object's covariance in time, per day."""
        return float(rates()[self.best[place]])

    def mean_at(self, place: int, grid_mjd: Floats, wavelengths: Floats) -> Floats:
        """Return an object's curve in shares of its flux, ``[wavelengths, grid]``."""
        low, high = int(self.seen.starts[place]), int(self.seen.starts[place + 1])
        cross = band_covariance(wavelengths, self.wavelengths)
        own = self.seen.rows(low, high)
        return plain.curve_at(own, self.weights[low:high], cross, self.rate(place), grid_mjd)


def rates() -> Floats:
    """Return the rate of each time scale, per day."""
    return math.sqrt(3) / np.array(TIME_SCALES)


def matern(apart: Floats) -> Floats:
    """Return the Matern-3/2 correlation at distances in units of its scale."""
    reach = math.sqrt(3) * np.abs(apart)
    return np.asarray((1 + reach) * np.exp(-reach))


def band_covariance(wanted: Floats, bands: Floats) -> Floats:
    """Return the prior covariance between wavelengths, ``[wanted, bands]``, in shares of flux squared."""
    return AMPLITUDE**2 * matern((wanted[:, None] - bands) / WAVELENGTH_SCALE)


def wavelengths_of(declared: InputDeclaration) -> Floats:
    """Return the declared wavelengths."""
    return np.array([band.wavelength for band in declared.bands], dtype=np.float64)


def fit_curves(table: SeriesTable, declared: InputDeclaration, *, compiled: bool | None = None) -> Curves:
    """Fit each object of a table.

    Parameters
    ----------
    table
        Objects, also ones without observations.
    declared
        The input declaration, for the bands' wavelengths.
    compiled
        Ask for the compiled loops, or for those of numpy alone; by default as `forms` sees fit. Both give
        the same to 1e-6.
    """
    wavelengths = wavelengths_of(declared)
    baseline = _baselines(table, len(wavelengths))
    objects = np.repeat(np.arange(len(table)), np.diff(table.starts))
    flux = table.flux - baseline[objects, table.passband]
    scale = _scales(table.starts, objects, flux, table.flux_err)
    flux = np.clip(flux / scale[objects], -FAR, FAR)
    variance = np.clip(table.flux_err / scale[objects], ERROR_FLOOR, FAR) ** 2
    seen = Observations(
        _own(table.starts, np.int64),
        _own(table.mjd, np.float64),
        _own(table.passband, np.int64),
        flux,
        variance,
    )
    own = band_covariance(wavelengths, wavelengths)
    weights, best, likelihood = forms(len(table), compiled=compiled).smooth_all(seen, own, rates())
    return Curves(
        seen=seen,
        weights=weights,
        scale=scale,
        baseline=baseline,
        best=best,
        likelihood=likelihood,
        wavelengths=wavelengths,
    )


def _own(values: NDArray[Kind], kind: type[Kind]) -> NDArray[Kind]:
    """Return values as compiled loops take them: in one piece, of one type, and not read-only."""
    return np.require(values, kind, ["C", "W"])


def _baselines(table: SeriesTable, bands: int) -> Floats:
    """Return the median flux per band of galactic objects: they are there before and after; others 0."""
    medians = np.zeros(len(table) * bands)
    galactic = np.repeat(table.facts[:, PHOTOZ] == 0, np.diff(table.starts))
    if galactic.any():
        objects = np.repeat(np.arange(len(table)), np.diff(table.starts))
        flux, cells = table.flux[galactic], (objects * bands + table.passband)[galactic]
        flux = flux[np.lexsort((flux, cells))]
        counts = np.bincount(cells, minlength=len(medians))
        filled = np.flatnonzero(counts)
        first = (np.cumsum(counts) - counts)[filled]
        medians[filled] = (flux[first + (counts[filled] - 1) // 2] + flux[first + counts[filled] // 2]) / 2
    return medians.reshape(len(table), bands)


def _scales(starts: Places, objects: Places, flux: Floats, flux_err: Floats) -> Floats:
    """Return each object's flux of highest significance, where errors count at least 1 % of the peak."""
    scale = np.ones(len(starts) - 1)
    filled = np.flatnonzero(np.diff(starts))
    if not len(filled):
        return scale
    size = np.abs(flux)
    peak = np.zeros(len(scale))
    peak[filled] = np.maximum.reduceat(size, starts[filled])
    significance = size / np.hypot(flux_err, 0.01 * peak[objects])
    highest = np.zeros(len(scale))
    highest[filled] = np.maximum.reduceat(significance, starts[filled])
    at_highest = np.where(significance >= highest[objects], size, 0.0)
    scale[filled] = np.maximum.reduceat(at_highest, starts[filled])
    dark = scale <= 0
    scale[filled] = np.where(dark[filled], np.maximum.reduceat(flux_err, starts[filled]), scale[filled])
    return np.where(scale > 0, scale, 1.0)


def curve_of(series: Series, declared: InputDeclaration, grid_mjd: Floats) -> tuple[Floats, Floats]:
    """Return the fitted curve of one object and its deviation, for a chart.

    Parameters
    ----------
    series
        At least one observation.
    grid_mjd
        Rising times, ``[grid]``.

    Returns
    -------
    tuple
        Flux and its standard deviation, float64 ``[bands, grid]`` each.
    """
    curves = fit_curves(SeriesTable.of([series]), declared)
    mean = curves.mean_at(0, grid_mjd, curves.wavelengths)
    own = band_covariance(curves.wavelengths, curves.wavelengths)
    spread = plain.spread_at(curves.seen, own, curves.rate(0), grid_mjd)
    deviation = np.sqrt(np.maximum(np.diagonal(spread, axis1=1, axis2=2).T, 0.0))
    return curves.baseline[0][:, None] + curves.scale[0] * mean, curves.scale[0] * deviation
