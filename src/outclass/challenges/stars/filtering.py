"""The filter and smoother of `plain` as compiled loops: each number is one per time scale, side by side.

The state's covariance is kept in three blocks (flux with flux, flux with slope, slope with slope), of which
the upper triangle counts in the first and the last. The last axis runs over the time scales.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.jit import part_of_loops
from outclass.challenges.stars.plain import Observations

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

LANES = 8
"""The number of time scales, known to the compiler so that it unrolls what runs over them."""


class State(NamedTuple):
    """What is known while observations are read; `columns` and `moves` are room to work in.

    Attributes
    ----------
    mean
        Flux and slope of each band, ``[2, bands, scales]``.
    spread
        The three blocks of their covariance, ``[3, bands, bands, scales]``.
    columns
        The observed band's column of the covariance, and the gain, ``[4, bands, scales]``.
    moves
        The transition and what it adds to the covariance, ``[7, scales]``.
    """

    mean: Floats
    spread: Floats
    columns: Floats
    moves: Floats


def smooth_all(seen: Observations, covariance: Floats, rates: Floats) -> tuple[Floats, Places, Floats]:
    """Fit each object at every time scale; the compiled form of `plain.smooth_all`."""
    starts, times = seen.starts, seen.times
    objects, count = len(starts) - 1, len(covariance)
    weights, best = np.zeros(len(times)), np.zeros(objects, dtype=np.int64)
    likelihood = np.zeros((objects, LANES))
    longest = 0
    for place in range(objects):
        longest = max(longest, starts[place + 1] - starts[place])
    notes = np.empty((longest, 2 * count + 1, LANES))
    state = State(
        np.empty((2, count, LANES)),
        np.empty((3, count, count, LANES)),
        np.empty((4, count, LANES)),
        np.empty((7, LANES)),
    )
    for place in range(objects):
        low, high = starts[place], starts[place + 1]
        if low == high:
            continue
        begin(state, covariance)
        for row in range(low, high):
            if row > low and times[row] > times[row - 1]:
                advance(state, covariance, rates, times[row] - times[row - 1])
            take_in(state, seen, row, notes[row - low], likelihood[place])
        lane = int(np.argmax(likelihood[place]))
        best[place] = lane
        smooth(times[low:high], seen.bands[low:high], notes, lane, rates[lane], weights[low:high])
    return weights, best, likelihood


@part_of_loops
def begin(state: State, covariance: Floats) -> None:
    """Set the state to what is known before the first observation."""
    state.mean[:] = 0.0
    spread, count = state.spread, len(covariance)
    for i in range(count):
        for j in range(count):
            spread[0, i, j, :] = covariance[i, j]
            spread[1, i, j, :] = 0.0
            spread[2, i, j, :] = covariance[i, j]


@part_of_loops
def advance(state: State, covariance: Floats, rates: Floats, days: float) -> None:
    """Let time pass."""
    mean, moves, count = state.mean, state.moves, len(covariance)
    for lane in range(LANES):
        step = rates[lane] * days
        decay = math.exp(-step)
        a, b, c, d = decay * (1 + step), decay * step, -decay * step, decay * (1 - step)
        moves[0, lane], moves[1, lane], moves[2, lane], moves[3, lane] = a, b, c, d
        moves[4, lane] = 1 - a * a - b * b
        moves[5, lane] = -(a * c + b * d)
        moves[6, lane] = 1 - c * c - d * d
    flux_flux, flux_slope, slope_slope = state.spread[0], state.spread[1], state.spread[2]
    for i in range(count):
        for lane in range(LANES):
            a, b, c, d = moves[0, lane], moves[1, lane], moves[2, lane], moves[3, lane]
            flux, slope = mean[0, i, lane], mean[1, i, lane]
            mean[0, i, lane] = a * flux + b * slope
            mean[1, i, lane] = c * flux + d * slope
        for j in range(i, count):
            prior = covariance[i, j]
            for lane in range(LANES):
                a, b, c, d = moves[0, lane], moves[1, lane], moves[2, lane], moves[3, lane]
                ff, fs = flux_flux[i, j, lane], flux_slope[i, j, lane]
                sf, ss = flux_slope[j, i, lane], slope_slope[i, j, lane]
                f_f, f_s = a * ff + b * sf, a * fs + b * ss
                s_f, s_s = c * ff + d * sf, c * fs + d * ss
                flux_flux[i, j, lane] = a * f_f + b * f_s + prior * moves[4, lane]
                flux_slope[i, j, lane] = c * f_f + d * f_s + prior * moves[5, lane]
                flux_slope[j, i, lane] = a * s_f + b * s_s + prior * moves[5, lane]
                slope_slope[i, j, lane] = c * s_f + d * s_s + prior * moves[6, lane]


@part_of_loops
def take_in(state: State, seen: Observations, row: int, note: Floats, likelihood: Floats) -> None:
    """Learn from one observation; note its gain and, last, its surprise over its variance."""
    mean, columns, count = state.mean, state.columns, state.mean.shape[1]
    flux_flux, flux_slope = state.spread[0], state.spread[1]
    band, flux, variance = seen.bands[row], seen.flux[row], seen.variance[row]
    pull = note[2 * count]
    for lane in range(LANES):
        total = flux_flux[band, band, lane] + variance
        surprise = flux - mean[0, band, lane]
        pull[lane] = surprise / total
        state.moves[0, lane] = 1.0 / total
        likelihood[lane] -= 0.5 * (surprise * surprise / total + math.log(total))
    for i in range(count):
        low, high = min(i, band), max(i, band)
        for lane in range(LANES):
            of_flux, of_slope = flux_flux[low, high, lane], flux_slope[band, i, lane]
            flux_gain, slope_gain = of_flux * state.moves[0, lane], of_slope * state.moves[0, lane]
            columns[0, i, lane], columns[1, i, lane] = of_flux, of_slope
            columns[2, i, lane], columns[3, i, lane] = flux_gain, slope_gain
            note[i, lane], note[count + i, lane] = flux_gain, slope_gain
        for lane in range(LANES):
            mean[0, i, lane] += columns[0, i, lane] * pull[lane]
            mean[1, i, lane] += columns[1, i, lane] * pull[lane]
    lessen(state.spread, columns)


@part_of_loops
def lessen(spread: Floats, columns: Floats) -> None:
    """Take off the covariance what an observation explains."""
    flux_flux, flux_slope, slope_slope = spread[0], spread[1], spread[2]
    flux_column, slope_column, flux_gain, slope_gain = columns[0], columns[1], columns[2], columns[3]
    count = columns.shape[1]
    for i in range(count):
        for j in range(i, count):
            for lane in range(LANES):
                flux_flux[i, j, lane] -= flux_column[i, lane] * flux_gain[j, lane]
        for j in range(i, count):
            for lane in range(LANES):
                slope_slope[i, j, lane] -= slope_column[i, lane] * slope_gain[j, lane]
        for j in range(count):
            for lane in range(LANES):
                flux_slope[i, j, lane] -= flux_column[i, lane] * slope_gain[j, lane]


@part_of_loops
def smooth(times: Floats, bands: Places, notes: Floats, lane: int, rate: float, weights: Floats) -> None:
    """Run backward at one time scale and write each observation's weight in the curve."""
    count = notes.shape[1] // 2
    adjoint = np.zeros((2, count))
    for row in range(len(times) - 1, -1, -1):
        if row + 1 < len(times) and times[row + 1] > times[row]:
            step = rate * (times[row + 1] - times[row])
            decay = math.exp(-step)
            for i in range(count):
                of_flux, of_slope = adjoint[0, i], adjoint[1, i]
                adjoint[0, i] = decay * ((1 + step) * of_flux - step * of_slope)
                adjoint[1, i] = decay * (step * of_flux + (1 - step) * of_slope)
        weight = notes[row, 2 * count, lane]
        for i in range(count):
            weight -= notes[row, i, lane] * adjoint[0, i] + notes[row, count + i, lane] * adjoint[1, i]
        weights[row] = weight
        adjoint[0, bands[row]] += weight
