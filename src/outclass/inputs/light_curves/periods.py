"""The period of a light curve, if there is one: a spectrum at once for thousands of frequencies.

Frequencies are equal steps. One that is `a` long steps and `b` short ones up has the product of two waves, so
the sums over the observations of all of them are one matrix product. Around the highest peaks two harmonics
are fitted. Source: J. T. VanderPlas, Understanding the Lomb-Scargle Periodogram, ApJS 236, 2018.
"""

import math

import numpy as np
from numpy.typing import NDArray

from outclass.inputs.series import Floats, Series, SeriesTable

PERIOD_NAMES = ("days", "power", "fit", "second", "second_cos", "second_sin", "amplitude")
HIGHEST = 5.0
"""Highest frequency, cycles a day."""
PER_RESOLVED = 4
"""Frequencies in the width of a peak, 1 over the time that the series spans."""
MOST = 160
"""The square of it is the most frequencies."""
LEAST = 16
FEWEST = 8
"""Fewer observations tell no period."""
PEAKS = 3
FINER = 11
HARMONICS = 2

Waves = NDArray[np.complex128]


def period_features(table: SeriesTable) -> Floats:
    """Return the columns for each object, NaN where there is nothing to tell."""
    rows = np.full((len(table), len(PERIOD_NAMES)), np.nan)
    for place, series in enumerate(table):
        if len(series) >= FEWEST and series.mjd[-1] > series.mjd[0]:
            rows[place] = describe(series)
    return rows


def describe(series: Series) -> list[float]:
    """Return what `PERIOD_NAMES` says of one series."""
    values, weights = leveled(series)
    total = float(np.sum(weights * values**2))
    if total <= 0:
        return [math.nan] * len(PERIOD_NAMES)
    days = series.mjd - series.mjd[0]
    step, power = spectrum(days, values, weights)
    around = step * np.linspace(-0.6, 0.6, FINER)
    frequencies = np.array([one + near for one in highest(power, step) for near in around])
    left, numbers = fit(days, values, weights, frequencies)
    best = int(left.argmin())
    frequency, numbers = float(frequencies[best]), numbers[best]
    first, second = complex(numbers[1], numbers[2]), complex(numbers[3], numbers[4])
    shape = second * first.conjugate() ** 2
    turned = shape / abs(shape) if abs(shape) > 0 else 0j
    ratio = abs(second) / max(abs(first), 1e-9)
    return [
        math.log10(1.0 / frequency),
        float(power.max()) / total,
        1.0 - float(left[best]) / total,
        min(ratio, 10.0),
        turned.real,
        turned.imag,
        abs(first),
    ]


def leveled(series: Series) -> tuple[Floats, Floats]:
    """Return flux less the mean of its band, in units of the band's spread; and weights that sum to 1."""
    count = int(series.passband.max()) + 1
    weights = series.flux_err**-2.0
    sums = np.bincount(series.passband, weights, count)
    mean = np.bincount(series.passband, weights * series.flux, count) / np.maximum(sums, 1e-300)
    centered = series.flux - mean[series.passband]
    number = np.bincount(series.passband, minlength=count)
    spread = np.sqrt(np.bincount(series.passband, centered**2, count) / np.maximum(number, 1))[
        series.passband
    ]
    scale = np.where(spread > 0, spread, 1.0)
    error = series.flux_err / scale
    share = 1.0 / (error**2 + 0.05)
    return centered / scale, share / share.sum()


def spectrum(days: Floats, values: Floats, weights: Floats) -> tuple[float, Floats]:
    """Return the step of frequencies, and the part of the variance that each explains."""
    wanted = HIGHEST * PER_RESOLVED * float(days[-1])
    side = min(MOST, max(LEAST, math.ceil(math.sqrt(wanted))))
    step = HIGHEST / side**2
    short = powers(wave(step * days), side)
    long = powers(wave(step * side * days), side) / wave(step * side * days)
    sums = (long * (weights * values)) @ short.T
    return step, np.asarray(2.0 * np.abs(sums.ravel()) ** 2, dtype=np.float64)


def wave(cycles: Floats) -> Waves:
    """Return the complex wave after so many cycles."""
    turns = 2j * np.pi * (cycles - np.floor(cycles))
    return np.asarray(np.exp(turns), dtype=np.complex128)


def powers(base: Waves, count: int) -> Waves:
    """Return the first powers of waves, one below the other."""
    shape = (count, len(base))
    return np.asarray(np.multiply.accumulate(np.broadcast_to(base, shape), axis=0), dtype=np.complex128)


def highest(power: Floats, step: float) -> list[float]:
    """Return the frequencies of the highest peaks, each well apart from the others."""
    left = power.copy()
    found = []
    for _ in range(PEAKS):
        place = int(left.argmax())
        found.append(step * (place + 1))
        left[max(0, place - 2 * PER_RESOLVED) : place + 2 * PER_RESOLVED + 1] = 0.0
    return found


def fit(days: Floats, values: Floats, weights: Floats, frequencies: Floats) -> tuple[Floats, Floats]:
    """Fit a mean and two harmonics at each frequency; return what is left of the variance, and what fits."""
    base = wave(frequencies[:, None] * days)
    columns = [np.ones(base.shape)]
    for harmonic in range(1, HARMONICS + 1):
        turned = base**harmonic
        columns += [turned.real, turned.imag]
    design = np.stack(columns, axis=1)
    weighed = design * weights
    normal = weighed @ design.transpose(0, 2, 1) + 1e-6 * np.eye(design.shape[1])
    numbers = np.linalg.solve(normal, (weighed @ values)[:, :, None])[:, :, 0]
    differ = values - (numbers[:, None] @ design)[:, 0]
    return (differ**2) @ weights, np.asarray(numbers, dtype=np.float64)
