"""Curves at equal steps of time and their features, as compiled loops."""

import math

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.frame import Frame
from outclass.challenges.stars.jit import jit
from outclass.challenges.stars.plain import curve_at
from outclass.challenges.stars.shape import describe, steps_of

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@jit
def trace(
    curve: Floats,
    start: float,
    step: float,
    times: Floats,
    bands: Places,
    weights: Floats,
    cross: Floats,
    rate: float,
) -> None:
    """Write a curve at equal steps, ``[lines, steps]``: what earlier observations give, then later ones."""
    lines, count = curve.shape
    level, slope = np.zeros(lines), np.zeros(lines)
    ahead = rate * step
    decay = math.exp(-ahead)
    row = 0
    for place in range(count):
        now = start + place * step
        for line in range(lines):
            slope[line] = decay * (slope[line] + ahead * level[line])
            level[line] *= decay
        while row < len(times) and times[row] <= now:
            add(level, slope, rate * (now - times[row]), weights[row], cross[:, bands[row]])
            row += 1
        for line in range(lines):
            curve[line, place] = level[line] + slope[line]
    level[:] = 0.0
    slope[:] = 0.0
    row = len(times) - 1
    for place in range(count - 1, -1, -1):
        now = start + place * step
        for line in range(lines):
            slope[line] = decay * (slope[line] + ahead * level[line])
            level[line] *= decay
        while row >= 0 and times[row] > now:
            add(level, slope, rate * (times[row] - now), weights[row], cross[:, bands[row]])
            row -= 1
        for line in range(lines):
            curve[line, place] += level[line] + slope[line]


@jit
def add(level: Floats, slope: Floats, apart: float, weight: float, covariance: Floats) -> None:
    """Add what one observation gives at a distance in units of the rate."""
    part = weight * math.exp(-apart)
    for line in range(len(level)):
        level[line] += part * covariance[line]
        slope[line] += apart * part * covariance[line]


@jit
def describe_all(
    rows: Floats, starts: Places, times: Floats, bands: Places, weights: Floats, significance: Floats,
    cross: Floats, rates: Floats, scale: Floats, modulus: Floats, stretch: Floats, frame: Frame,
) -> None:  # fmt: skip
    """Write the features of each object's curve, ``[objects, features]``."""
    curve = np.empty((cross.shape[1], frame.steps + 2))
    for place in range(len(starts) - 1):
        low, high = starts[place], starts[place + 1]
        if low == high:
            continue
        start, step, count = steps_of(times[low], times[high - 1], frame)
        part = curve[:, :count]
        trace(
            part, start, step, times[low:high], bands[low:high], weights[low:high], cross[place], rates[place]
        )
        describe(
            rows[place], part, frame, start, step, times[low:high], significance[low:high],
            scale[place], modulus[place], stretch[place],
        )  # fmt: skip


def describe_plainly(
    rows: Floats, starts: Places, times: Floats, bands: Places, weights: Floats, significance: Floats,
    cross: Floats, rates: Floats, scale: Floats, modulus: Floats, stretch: Floats, frame: Frame,
) -> None:  # fmt: skip
    """Do the same with numpy alone."""
    for place in range(len(starts) - 1):
        part = slice(starts[place], starts[place + 1])
        if part.start == part.stop:
            continue
        start, step, count = steps_of(times[part][0], times[part][-1], frame)
        grid = start + step * np.arange(count)
        curve = curve_at(grid, times[part], bands[part], weights[part], cross[place], rates[place])
        describe(
            rows[place], curve, frame, start, step, times[part], significance[part],
            scale[place], modulus[place], stretch[place],
        )  # fmt: skip
