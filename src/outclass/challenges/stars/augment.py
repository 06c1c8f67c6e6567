"""Copies of training objects as the survey would have seen them elsewhere. Training only.

An object with a redshift is moved to another one: its fitted curve is read at the wavelengths and times that
would arrive there, fainter or brighter by the luminosity distance (K. Boone 2019, AJ 158, 257, section 3.3).
A galactic one is made fainter or brighter. Then visits are dropped, and noise and photo-z drawn anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from outclass.catalog.challenge import InputDeclaration
from outclass.challenges.stars import process
from outclass.challenges.stars.distance import luminosity_distance
from outclass.challenges.stars.process import Curves
from outclass.challenges.stars.visits import (
    DDF,
    PHOTOZ,
    PHOTOZ_ERR,
    Visits,
    draw_errors,
    draw_photoz,
    redshift_pairs,
    visits_of,
)
from outclass.inputs.series import Series, SeriesTable

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

TRIES = 6
"""Redshifts or brightnesses that are tried before a copy is given up as too faint."""
DETECTED = 5.0
DETECTIONS = 2
DEGRADED = 0.9
"""Share of the copies of deep objects that are seen as in a shallow field."""
UNSURE = 0.25
"""A visit is dropped where the curve is less sure than this share of its peak."""
MOST_POINTS = 600
SMALLEST_REDSHIFT = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What copies are drawn from.

    Attributes
    ----------
    curves
        Fitted curves of the objects.
    visits
        How the survey sees.
    pairs
        True redshift, photo-z and its error of its objects, ``[pairs, 3]``.
    redshifts
        Of the objects; 0 or NaN where there is none.
    """

    table: SeriesTable
    curves: Curves
    visits: Visits
    pairs: Floats
    redshifts: Floats


def augment(
    table: SeriesTable,
    targets: NDArray[np.int64],
    groups: Sequence[str],
    declared: InputDeclaration,
    *,
    copies: int,
    seed: int,
    redshifts: Floats | None = None,
) -> tuple[SeriesTable, NDArray[np.int64], tuple[str, ...]]:
    """Return copies of objects; the objects themselves are not among them.

    Parameters
    ----------
    copies
        How many copies of each object are tried for; objects too faint anywhere else have fewer.
    seed
        The same seed gives the same copies.
    redshifts
        True redshifts where they are known better than by photo-z; NaN or 0 elsewhere.

    Returns
    -------
    tuple
        The copies, their targets and groups: a copy is of its object's group.
    """
    survey = survey_of(table, declared, redshifts)
    made: list[Series] = []
    of: list[int] = []
    for place in range(len(table)):
        if not len(table[place]):
            continue
        generator = np.random.default_rng((seed, place))
        source = Source.of(survey, place)
        for _ in range(copies):
            copy = _copy(survey, source, generator)
            if copy is not None:
                made.append(copy)
                of.append(place)
    return SeriesTable.of(made), targets[np.array(of, dtype=np.int64)], tuple(groups[place] for place in of)


def survey_of(table: SeriesTable, declared: InputDeclaration, redshifts: Floats | None = None) -> Survey:
    """Return what copies of a table's objects are drawn from."""
    photoz = table.facts[:, PHOTOZ]
    known = photoz if redshifts is None else np.where(redshifts > 0, redshifts, photoz)
    return Survey(
        table=table,
        curves=process.fit_curves(table, declared),
        visits=visits_of(table, len(declared.bands)),
        pairs=redshift_pairs(table, redshifts),
        redshifts=np.nan_to_num(known, nan=0.0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One object, ready to be copied: the inverse of its covariance says how sure its curve is anywhere."""

    place: int
    series: Series
    kept: Places
    inverse: Floats
    peak: float
    height: float

    @classmethod
    def of(cls, survey: Survey, place: int) -> "Source":
        """Prepare an object; of very long ones, evenly chosen observations tell how sure the curve is."""
        curves, series = survey.curves, survey.table[place]
        rows = np.arange(curves.seen.starts[place], curves.seen.starts[place + 1])
        kept = rows[:: 1 + (len(rows) - 1) // MOST_POINTS]
        own = process.band_covariance(curves.wavelengths, curves.wavelengths)
        bands, times = curves.seen.bands[kept], curves.seen.times[kept]
        prior = own[bands[:, None], bands] * process.matern(
            (times[:, None] - times) * _per_scale(curves, place)
        )
        grid = np.linspace(series.mjd[0], series.mjd[-1], 200)
        light = curves.mean_at(place, grid, curves.wavelengths)
        return cls(
            place=place,
            series=series,
            kept=kept,
            inverse=np.asarray(np.linalg.inv(prior + np.diag(curves.seen.variance[kept])), dtype=np.float64),
            peak=float(grid[np.argmax(light.sum(axis=0))]),
            height=float(np.max(np.abs(light))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """What arrives from a copy; its flux is known up to a variance, and has noise of it where `noisy`."""

    times: Floats
    bands: Places
    flux: Floats
    variance: Floats
    noisy: bool
    facts: Floats


def _per_scale(curves: Curves, place: int) -> float:
    """Return one over an object's time scale in days."""
    return 1.0 / process.TIME_SCALES[curves.best[place]]


def curve_with_doubt(
    survey: Survey, source: Source, times: Floats, wavelengths: Floats
) -> tuple[Floats, Floats]:
    """Return the curve and its variance at pairs of time and wavelength, in shares of the object's flux."""
    curves, place = survey.curves, source.place
    rows = np.arange(curves.seen.starts[place], curves.seen.starts[place + 1])
    across = process.band_covariance(wavelengths, curves.wavelengths)
    cross = across[:, curves.seen.bands[rows]] * process.matern(
        (times[:, None] - curves.seen.times[rows]) * _per_scale(curves, place)
    )
    mean = cross @ curves.weights[rows]
    seen = cross[:, source.kept - rows[0]]
    doubt = process.AMPLITUDE**2 - np.einsum("ij,ij->i", seen @ source.inverse, seen)
    return mean, np.maximum(doubt, 0.0)


def _copy(survey: Survey, source: Source, generator: Generator) -> Series | None:
    """Return a copy that the survey would detect, or None after some tries."""
    redshift = survey.redshifts[source.place]
    galactic = survey.table.facts[source.place, PHOTOZ] == 0
    for _ in range(TRIES):
        if redshift > SMALLEST_REDSHIFT and not galactic:
            copy = _moved(survey, source, redshift, generator)
        else:
            copy = _dimmed(survey, source, generator)
        if copy is not None and copy.detected.sum() >= DETECTIONS:
            return copy
    return None


def new_redshift(redshift: float, generator: Generator) -> float:
    """Draw a redshift, even in its logarithm, from a little nearer to much farther."""
    low, high = 0.95 * redshift, min(5.0 * redshift, 1.5 * (1.0 + redshift) - 1.0)
    return float(np.exp(generator.uniform(np.log(low), np.log(high))))


def _moved(survey: Survey, source: Source, redshift: float, generator: Generator) -> Series | None:
    """Return an object as it would look at another redshift."""
    farther = new_redshift(redshift, generator)
    stretch = (1 + farther) / (1 + redshift)
    near, far = luminosity_distance(np.array([redshift, farther]))
    dimming = stretch * (near / far) ** 2
    series = source.series
    rows = _kept_visits(survey, source, generator)
    times = source.peak + (series.mjd[rows] - source.peak) * stretch
    first = source.peak - (source.peak - series.mjd[0]) * (1 + generator.random() * (stretch - 1))
    inside = (times >= first) & (times <= first + series.mjd[-1] - series.mjd[0])
    rows, times = rows[inside], times[inside]
    bands = _mixed_bands(series.passband[rows], generator)
    mean, doubt = curve_with_doubt(
        survey, source, series.mjd[rows], survey.curves.wavelengths[bands] / stretch
    )
    sure = np.sqrt(doubt) <= UNSURE * source.height
    if not sure.any():
        return None
    unit = survey.curves.scale[source.place] * dimming
    photoz, error = draw_photoz(survey.pairs, farther, generator)
    facts = series.facts.copy()
    facts[PHOTOZ], facts[PHOTOZ_ERR] = photoz, error
    light = Light(
        times=times[sure],
        bands=bands[sure],
        flux=unit * mean[sure],
        variance=unit**2 * doubt[sure],
        noisy=False,
        facts=facts,
    )
    return _observe(survey, light, generator)


def _dimmed(survey: Survey, source: Source, generator: Generator) -> Series | None:
    """Return an object fainter or brighter, with its own observations: their errors shrink with the flux."""
    series = source.series
    rows = _kept_visits(survey, source, generator)
    dimming = 10 ** (-0.4 * generator.normal(0.4, 0.6))
    light = Light(
        times=series.mjd[rows],
        bands=series.passband[rows],
        flux=dimming * series.flux[rows],
        variance=(dimming * series.flux_err[rows]) ** 2,
        noisy=True,
        facts=series.facts.copy(),
    )
    return _observe(survey, light, generator)


def _kept_visits(survey: Survey, source: Source, generator: Generator) -> Places:
    """Choose visits: some are dropped, more of a deep field's, and often a stretch of days."""
    series, visits = source.series, survey.visits
    total = len(series)
    wanted = total * generator.uniform(0.75, 1.0)
    if visits.deep[source.place] and generator.random() < DEGRADED and len(visits.counts):
        wanted = min(wanted, float(generator.choice(visits.counts)))
    kept = generator.random(total) < wanted / total
    if generator.random() < 0.25:
        start = generator.uniform(series.mjd[0], series.mjd[-1])
        kept &= np.abs(series.mjd - start) > generator.uniform(5.0, 30.0)
    return np.flatnonzero(kept)


def _mixed_bands(bands: Places, generator: Generator) -> Places:
    """Return the bands with a few of them exchanged, so that the colors of a night are drawn anew."""
    mixed = bands.copy()
    chosen = np.flatnonzero(generator.random(len(bands)) < 0.3)
    mixed[chosen] = generator.permutation(bands[chosen])
    return mixed


def _observe(survey: Survey, light: Light, generator: Generator) -> Series | None:
    """Return what the survey would have measured, by time."""
    if not len(light.times):
        return None
    errors = draw_errors(survey.visits, light.bands, light.flux, generator.random(), generator)
    if light.noisy:
        added = np.sqrt(np.maximum(errors**2 - light.variance, 0.0))
        flux_err = np.sqrt(np.maximum(errors**2, light.variance))
    else:
        added = flux_err = np.sqrt(errors**2 + light.variance)
    flux = light.flux + added * generator.normal(size=len(errors))
    detected = np.abs(flux) > DETECTED * flux_err
    kept = detected if survey.visits.only_detections else np.ones(len(flux), dtype=np.bool_)
    order = np.argsort(light.times, kind="stable")
    order = order[(kept & np.isfinite(flux) & (flux_err > 0))[order]]
    if np.isfinite(light.facts[DDF]):
        light.facts[DDF] = 0.0
    return Series(
        mjd=light.times[order],
        passband=light.bands[order],
        flux=flux[order],
        flux_err=flux_err[order],
        detected=detected[order],
        facts=light.facts,
    )
