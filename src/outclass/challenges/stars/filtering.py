"""The filter and smoother of `plain` as compiled loops: each number is one per time scale, side by side.

The state's covariance is kept in three blocks, `ff`, `fs` and `ss` (flux and slope), of which the upper
triangle counts in the symmetric two. The last axis runs over the time scales.
"""

import math

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.jit import jit

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

LANES = 8
"""The number of time scales, known to the compiler so that it makes vectors of them."""


@jit
def smooth_all(
    starts: Places,
    times: Floats,
    bands: Places,
    flux: Floats,
    variance: Floats,
    covariance: Floats,
    rates: Floats,
) -> tuple[Floats, Places, Floats]:
    """Fit each object at every time scale; the compiled form of `plain.smooth_all`."""
    objects, count = len(starts) - 1, len(covariance)
    weights, best = np.zeros(len(times)), np.zeros(objects, dtype=np.int64)
    likelihood = np.zeros((objects, LANES))
    longest = 0
    for place in range(objects):
        longest = max(longest, starts[place + 1] - starts[place])
    gains, pulls = np.empty((longest, 2 * count, LANES)), np.empty((longest, LANES))
    mean, spread = np.empty((2, count, LANES)), np.empty((3, count, count, LANES))
    columns, moves = np.empty((4, count, LANES)), np.empty((7, LANES))
    for place in range(objects):
        low, high = starts[place], starts[place + 1]
        if low == high:
            continue
        begin(mean, spread, covariance)
        for row in range(low, high):
            if row > low and times[row] > times[row - 1]:
                advance(mean, spread, covariance, rates, times[row] - times[row - 1], moves)
            update(
                mean, spread, bands[row], flux[row], variance[row],
                columns, gains[row - low], pulls[row - low], likelihood[place],
            )  # fmt: skip
        best[place] = np.argmax(likelihood[place])
        lane = best[place]
        smooth(times[low:high], bands[low:high], gains, pulls, lane, rates[lane], weights[low:high])
    return weights, best, likelihood


@jit
def begin(mean: Floats, spread: Floats, covariance: Floats) -> None:
    """Set the state to what is known before the first observation."""
    mean[:] = 0.0
    count = len(covariance)
    for i in range(count):
        for j in range(count):
            spread[0, i, j, :] = covariance[i, j]
            spread[1, i, j, :] = 0.0
            spread[2, i, j, :] = covariance[i, j]


@jit
def advance(
    mean: Floats, spread: Floats, covariance: Floats, rates: Floats, days: float, moves: Floats
) -> None:
    """Let time pass."""
    count = len(covariance)
    to_flux, from_slope, to_slope, slope = moves[0], moves[1], moves[2], moves[3]
    for lane in range(LANES):
        step = rates[lane] * days
        decay = math.exp(-step)
        a, b, c, d = decay * (1 + step), decay * step, -decay * step, decay * (1 - step)
        to_flux[lane], from_slope[lane], to_slope[lane], slope[lane] = a, b, c, d
        moves[4, lane] = 1 - a * a - b * b
        moves[5, lane] = -(a * c + b * d)
        moves[6, lane] = 1 - c * c - d * d
    ff, fs, ss = spread[0], spread[1], spread[2]
    for i in range(count):
        for lane in range(LANES):
            a, b, c, d = to_flux[lane], from_slope[lane], to_slope[lane], slope[lane]
            flux_now, slope_now = mean[0, i, lane], mean[1, i, lane]
            mean[0, i, lane] = a * flux_now + b * slope_now
            mean[1, i, lane] = c * flux_now + d * slope_now
        for j in range(i, count):
            prior = covariance[i, j]
            for lane in range(LANES):
                a, b, c, d = to_flux[lane], from_slope[lane], to_slope[lane], slope[lane]
                ff_, fs_, sf_, ss_ = ff[i, j, lane], fs[i, j, lane], fs[j, i, lane], ss[i, j, lane]
                f_f, f_s = a * ff_ + b * sf_, a * fs_ + b * ss_
                s_f, s_s = c * ff_ + d * sf_, c * fs_ + d * ss_
                ff[i, j, lane] = a * f_f + b * f_s + prior * moves[4, lane]
                fs[i, j, lane] = c * f_f + d * f_s + prior * moves[5, lane]
                fs[j, i, lane] = a * s_f + b * s_s + prior * moves[5, lane]
                ss[i, j, lane] = c * s_f + d * s_s + prior * moves[6, lane]


@jit
def update(
    mean: Floats, spread: Floats, band: int, flux: float, variance: float,
    columns: Floats, gain: Floats, pull: Floats, likelihood: Floats,
) -> None:  # fmt: skip
    """Take in one observation; note its gain, and its surprise over its variance."""
    count = mean.shape[1]
    flux_column, slope_column, flux_gain, slope_gain = columns[0], columns[1], columns[2], columns[3]
    ff, fs, ss = spread[0], spread[1], spread[2]
    for lane in range(LANES):
        total = ff[band, band, lane] + variance
        surprise = flux - mean[0, band, lane]
        pull[lane] = surprise / total
        likelihood[lane] -= 0.5 * (surprise * surprise / total + math.log(total))
    for i in range(count):
        for lane in range(LANES):
            total = 1.0 / (ff[band, band, lane] + variance)
            of_flux, of_slope = ff[min(i, band), max(i, band), lane], fs[band, i, lane]
            flux_column[i, lane], slope_column[i, lane] = of_flux, of_slope
            flux_gain[i, lane], slope_gain[i, lane] = of_flux * total, of_slope * total
            gain[i, lane], gain[count + i, lane] = of_flux * total, of_slope * total
        for lane in range(LANES):
            mean[0, i, lane] += flux_column[i, lane] * pull[lane]
            mean[1, i, lane] += slope_column[i, lane] * pull[lane]
    for i in range(count):
        for j in range(i, count):
            for lane in range(LANES):
                ff[i, j, lane] -= flux_column[i, lane] * flux_gain[j, lane]
        for j in range(i, count):
            for lane in range(LANES):
                ss[i, j, lane] -= slope_column[i, lane] * slope_gain[j, lane]
        for j in range(count):
            for lane in range(LANES):
                fs[i, j, lane] -= flux_column[i, lane] * slope_gain[j, lane]


@jit
def smooth(
    times: Floats, bands: Places, gains: Floats, pulls: Floats, lane: int, rate: float, weights: Floats
) -> None:
    """Run backward at one time scale and write each observation's weight in the curve."""
    count = gains.shape[1] // 2
    adjoint = np.zeros((2, count))
    for row in range(len(times) - 1, -1, -1):
        if row + 1 < len(times) and times[row + 1] > times[row]:
            step = rate * (times[row + 1] - times[row])
            decay = math.exp(-step)
            for i in range(count):
                of_flux, of_slope = adjoint[0, i], adjoint[1, i]
                adjoint[0, i] = decay * ((1 + step) * of_flux - step * of_slope)
                adjoint[1, i] = decay * (step * of_flux + (1 - step) * of_slope)
        weight = pulls[row, lane]
        for i in range(count):
            weight -= gains[row, i, lane] * adjoint[0, i] + gains[row, count + i, lane] * adjoint[1, i]
        weights[row] = weight
        adjoint[0, bands[row]] += weight
