"""The period of a light curve that repeats: a Lomb-Scargle periodogram of all bands together.

Each band has a mean and an amplitude of its own; what the bands' sinusoids explain is added up (VanderPlas
and Ivezic 2015, ApJ 812, 18, the multi-band model without common terms). Sums over observations are products
of two matrices, since a frequency of a regular grid is a coarse step plus a fine one.
"""

from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from outclass.inputs.series import Series

Floats = NDArray[np.float64]
SHORTEST_DAYS = 0.1
LEAST_CYCLES = 3.0
SLOWEST_CYCLES = 0.25
DRIFT = 0.85
OVERSAMPLING = 5.0
LEAST_PER_BAND = 8
LEAST_EXPLAINED = 0.3
LARGEST_CHANCE = 1e-6
OUTSTANDING = 5.0
LASTING = 0.5
MOST_FREQUENCIES = 120_000
SHARPER = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period in days, and the share of the variance that it explains."""

    days: float
    explained: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Frequencies ``coarse[a] + fine[b]``, in cycles per day."""

    coarse: Floats
    fine: Floats

    def sums(self, days: Floats, weights: Floats, times: float = 1.0) -> NDArray[np.complex128]:
        """Return the sum of ``weights * exp(2 pi i f t)`` at `times` each frequency, in rising order."""
        angle = 2j * np.pi * times * days
        left = np.exp(self.coarse[:, np.newaxis] * angle) * weights
        return np.asarray((left @ np.exp(angle[:, np.newaxis] * self.fine)).ravel())

    @property
    def frequencies(self) -> Floats:
        """Return all frequencies in rising order."""
        return np.asarray((self.coarse[:, np.newaxis] + self.fine).ravel())

    def around(self, frequency: float) -> "Grid":
        """Return a grid of smaller steps around one frequency, as long series ask for a sharp period."""
        step = float(self.fine[1])
        return Grid(coarse=np.array([frequency - step]), fine=np.linspace(0.0, 2.0 * step, 2 * SHARPER + 1))


def find_pulsation(series: Series) -> Period | None:
    """Return the period of a series, or None where nothing in it repeats beyond doubt.

    A brightening that comes once is no period, however well a sinusoid fits it: what stands out must go on
    for half of the time at least. Nor is a slow drift, which nightly observations mirror at one day.
    """
    if not goes_on(series):
        return None
    days = series.mjd - series.mjd[0]
    grid = make_grid(float(days[-1]))
    found = explain(series, grid)
    frequencies = grid.frequencies
    slow = frequencies < LEAST_CYCLES / days[-1]
    best = int(np.argmax(np.where(slow, 0.0, found.explained)))
    share = float(found.explained[best])
    if share < LEAST_EXPLAINED or found.chance(share) > LARGEST_CHANCE:
        return None
    if found.explained[slow].max() > DRIFT * share:
        return None
    near = grid.around(float(frequencies[best]))
    sharp = explain(series, near).explained
    return Period(days=1.0 / float(near.frequencies[np.argmax(sharp)]), explained=float(sharp.max()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The share of the variance that each frequency explains, and how much data says so."""

    explained: Floats
    observations: int
    bands: int

    def chance(self, share: float) -> float:
        """Return about how likely noise alone explains a share somewhere on the grid."""
        return chance(share, self.observations, self.bands, len(self.explained))


def explain(series: Series, grid: Grid) -> Explained:
    """Add up the periodograms of all bands that have enough observations."""
    days = series.mjd - series.mjd[0]
    explained = np.zeros(len(grid.coarse) * len(grid.fine))
    variance, observations, bands = 0.0, 0, 0
    for band in np.unique(series.passband):
        here = series.passband == band
        if here.sum() < LEAST_PER_BAND:
            continue
        power, total = periodogram(days[here], series.flux[here], series.flux_err[here], grid)
        explained += power
        variance, observations, bands = variance + total, observations + int(here.sum()), bands + 1
    return Explained(explained=explained / (variance or 1.0), observations=observations, bands=bands)


def goes_on(series: Series) -> bool:
    """Tell whether what stands out of the noise does so for half of the time, at least."""
    if len(series) < 2 * LEAST_PER_BAND:
        return False
    middle = np.zeros(len(series))
    for band in np.unique(series.passband):
        here = series.passband == band
        middle[here] = np.median(series.flux[here])
    out = series.mjd[np.abs(series.flux - middle) > OUTSTANDING * series.flux_err]
    if len(out) < LEAST_PER_BAND:
        return False
    early, late = np.percentile(out, [10, 90])
    return bool(late - early > LASTING * (series.mjd[-1] - series.mjd[0]))


def make_grid(span: float) -> Grid:
    """Return the grid for observations over some days, fine enough for every peak of the periodogram."""
    lowest, highest = SLOWEST_CYCLES / span, 1.0 / SHORTEST_DAYS
    step = max(1.0 / (OVERSAMPLING * span), (highest - lowest) / MOST_FREQUENCIES)
    fine = int(np.ceil(np.sqrt((highest - lowest) / step)))
    places = np.arange(fine + 1, dtype=np.float64)
    return Grid(coarse=lowest + step * fine * places, fine=step * places[:-1])


def periodogram(days: Floats, flux: Floats, error: Floats, grid: Grid) -> tuple[Floats, float]:
    """Return by how much a sinusoid lowers chi squared at each frequency, and chi squared without one.

    This is the generalized periodogram with a floating mean (Zechmeister and Kuerster 2009, A&A 496, 577),
    before it is divided by chi squared. A few per cent of the scatter are added to the errors, so that single
    bright points do not decide alone.
    """
    error = np.hypot(error, 0.05 * float(np.std(flux)))
    weights = error**-2.0
    total = float(weights.sum())
    weights = weights / total
    y = flux - float(weights @ flux)
    one, two, both = grid.sums(days, weights), grid.sums(days, weights, 2.0), grid.sums(days, weights * y)
    c, s = one.real, one.imag
    cc = 0.5 * (1.0 + two.real) - c * c
    ss = 0.5 * (1.0 - two.real) - s * s
    cs = 0.5 * two.imag - c * s
    yc, ys = both.real, both.imag
    determinant = np.maximum(cc * ss - cs * cs, 1e-12)
    power = (ss * yc * yc + cc * ys * ys - 2.0 * cs * yc * ys) / determinant
    return np.asarray(total * power), total * float(weights @ (y * y))


def chance(explained: float, observations: int, bands: int, frequencies: int) -> float:
    """Return about how likely noise alone explains this much somewhere on the grid.

    What two terms for each band explain, against what is left, goes as chi squared with ``2 * bands`` degrees
    of freedom where observations are many; its tail has a closed form.
    """
    left = observations - 3 * bands
    if left <= 0 or explained >= 1.0:
        return 1.0 if left <= 0 else 0.0
    half = 0.5 * left * explained / (1.0 - explained)
    terms, term = 1.0, 1.0
    for k in range(1, bands):
        term *= half / k
        terms += term
    return min(1.0, exp(min(0.0, log(frequencies) - half + log(terms))))
