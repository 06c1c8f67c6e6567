"""The period of a star that is eclipsed: short dips that repeat, in which a sinusoid sees little.

The dips' spectrum is a comb: power at the frequency and many multiples of it. Of all frequencies those with
the highest combs are folded and judged by what counts: whether neighbors in phase tell an observation.
"""

import numpy as np
from numpy.typing import NDArray

from outclass.charts.period import (
    LEAST_CYCLES,
    LEAST_PER_BAND,
    OVERSAMPLING,
    Grid,
    Period,
    goes_on,
    make_grid,
    periodogram,
)
from outclass.inputs.series import Series

Floats = NDArray[np.float64]
TEETH = (3, 6, 12)
"""Multiples of a frequency that are added up; the more, the shorter the dips."""
SHORTEST_DAYS = 0.24
CANDIDATES = 15
"""Frequencies that are folded, for each number of teeth."""
REACH, STEPS = 1.5, 61
"""How far around each, in steps of the periodogram, and how finely."""
NEIGHBORS = 2
"""In phase, on either side."""
ONE_VISIT = 0.1
"""Observations of a band after the other within so many days are one look at the star, in days."""
LEAST_VISITS = 24
LEAST_EXPLAINED = 0.65
DRIFT = 0.5
LEAST_ERROR = 0.05
LARGEST_WEIGHT = 4.0


def find_dips(series: Series) -> Period | None:
    """Return the period at which dips come back, or None where none does beyond doubt.

    Where neighbors in time tell an observation about as well as those in phase, the light only drifts.
    """
    if not goes_on(series):
        return None
    days, flux, error = in_one_band(series)
    if not len(days):
        return None
    grid = make_grid(float(days[-1]))
    power, total = periodogram(days, flux, error, grid)
    tried = np.concatenate([best_combs(power / total, grid, teeth) for teeth in TEETH])
    steps = np.linspace(-REACH, REACH, STEPS) / (OVERSAMPLING * days[-1])
    frequencies = (tried[:, np.newaxis] + steps).ravel()
    frequencies = frequencies[frequencies > LEAST_CYCLES / days[-1]]
    looks = visits(days, flux, error)
    if len(looks[0]) < LEAST_VISITS or not len(frequencies):
        return None
    explained = told_by_neighbors(*looks, frequencies)
    best = int(np.argmax(explained))
    share = float(explained[best])
    in_time = told_by_neighbors(*looks, np.array([0.3 / days[-1]]))[0]
    if share < LEAST_EXPLAINED or in_time > DRIFT * share:
        return None
    return Period(days=1.0 / float(frequencies[best]), explained=share)


def in_one_band(series: Series) -> tuple[Floats, Floats, Floats]:
    """Return days, fluxes and errors as shares of how much each band varies, off its median.

    Bands that do not vary more than their errors say are left out.
    """
    flux, error = np.zeros(len(series)), np.full(len(series), np.inf)
    for band in np.unique(series.passband):
        here = series.passband == band
        own = float(np.var(series.flux[here]) - np.mean(series.flux_err[here] ** 2))
        if here.sum() >= LEAST_PER_BAND and own > 0:
            flux[here] = (series.flux[here] - np.median(series.flux[here])) / np.sqrt(own)
            error[here] = np.hypot(series.flux_err[here] / np.sqrt(own), LEAST_ERROR)
    kept = np.isfinite(error)
    return (series.mjd - series.mjd[0])[kept], flux[kept], error[kept]


def best_combs(explained: Floats, grid: Grid, teeth: int) -> Floats:
    """Return the frequencies whose multiples together explain most, over what any multiples do.

    Parameters
    ----------
    explained
        By each frequency of the grid.
    teeth
        How many multiples, the first being the frequency itself; fewer where they leave the grid.
    """
    frequencies = grid.frequencies
    lowest, step = frequencies[0], frequencies[1] - frequencies[0]
    highest = min(float(frequencies[-1]), 1.0 / SHORTEST_DAYS)
    found = np.arange(LEAST_CYCLES * OVERSAMPLING * teeth, (highest - lowest) * teeth / step) * step / teeth
    total, count = np.zeros(len(found)), np.zeros(len(found))
    for tooth in range(1, teeth + 1):
        places = np.rint((tooth * found - lowest) / step).astype(np.int64)
        inside = places < len(explained)
        total[inside] += explained[places[inside]]
        count += inside
    height = (total - count * explained.mean()) / np.sqrt(np.maximum(count, 1))
    best = []
    for _ in range(min(CANDIDATES, len(found))):
        place = int(np.argmax(height))
        best.append(place)
        height[max(0, place - 5 * teeth) : place + 5 * teeth] = -np.inf
    return np.asarray(found[best])


def visits(days: Floats, flux: Floats, error: Floats) -> tuple[Floats, Floats, Floats]:
    """Return days, mean fluxes and weights of looks at the star: all bands of one look are one.

    Else the next band of the same minute would tell an observation at any period.
    """
    look = np.concatenate([[0], np.cumsum(np.diff(days) > ONE_VISIT)])
    each = error**-2.0
    each = np.minimum(each, LARGEST_WEIGHT * np.median(each))
    weight = np.bincount(look, each)
    mean = np.bincount(look, each * flux) / weight
    when = np.bincount(look, each * days) / weight
    return when, mean, np.minimum(weight, LARGEST_WEIGHT * np.median(weight))


def told_by_neighbors(days: Floats, flux: Floats, weight: Floats, frequencies: Floats) -> Floats:
    """Return, for each frequency, the share of the variance that neighbors in phase foretell.

    Each observation is foretold by those before and after it in phase, not by itself, so noise has a share of
    about 0 at any frequency.
    """
    phase = (days * frequencies[:, np.newaxis]) % 1.0
    order = np.argsort(phase, axis=1)
    own, heavy = flux[order], weight[order]
    total, norm = np.zeros_like(own), np.zeros_like(own)
    for apart in range(1, NEIGHBORS + 1):
        for shift in (apart, -apart):
            total += np.roll(heavy * own, shift, axis=1)
            norm += np.roll(heavy, shift, axis=1)
    missed = (heavy * (own - total / norm) ** 2).sum(axis=1)
    middle = (weight @ flux) / weight.sum()
    spread = float(weight @ (flux - middle) ** 2)
    expected = 1.0 + 0.5 / NEIGHBORS
    return np.asarray(1.0 - missed / (expected * max(spread, 1e-12)))
