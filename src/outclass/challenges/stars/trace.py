"""Curves at equal steps of time and their features, as compiled loops."""

import math

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.frame import Frame, Objects, View
from outclass.challenges.stars.jit import jit
from outclass.challenges.stars.plain import Observations, curve_at
from outclass.challenges.stars.shape import describe

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@jit
def trace(curve: Floats, view: View, bands: Places, weights: Floats, cross: Floats, rate: float) -> None:
    """Write a curve at equal steps, ``[lines, steps]``: what earlier observations give, then later ones."""
    lines, count = curve.shape
    times, ahead = view.times, rate * view.step
    decay = math.exp(-ahead)
    for onward in (True, False):
        level, slope = np.zeros(lines), np.zeros(lines)
        row = 0 if onward else len(times) - 1
        for number in range(count):
            place = number if onward else count - 1 - number
            now = view.start + place * view.step
            for line in range(lines):
                slope[line] = decay * (slope[line] + ahead * level[line])
                level[line] *= decay
            while 0 <= row < len(times) and (times[row] <= now) == onward:
                apart = rate * abs(now - times[row])
                part = weights[row] * math.exp(-apart)
                for line in range(lines):
                    level[line] += part * cross[line, bands[row]]
                    slope[line] += apart * part * cross[line, bands[row]]
                row += 1 if onward else -1
            for line in range(lines):
                value = level[line] + slope[line]
                curve[line, place] = value if onward else curve[line, place] + value


@jit
def view_of(
    seen: Observations, significance: Floats, objects: Objects, frame: Frame, place: int
) -> tuple[View, int]:
    """Return one object's view, and the number of steps of its curve."""
    low, high = seen.starts[place], seen.starts[place + 1]
    times = seen.times[low:high]
    span = times[-1] - times[0] + 2 * frame.margin
    step = max(1.0, span / frame.steps)
    view = View(
        times[0] - frame.margin,
        step,
        times,
        significance[low:high],
        objects.scale[place],
        objects.modulus[place],
        objects.stretch[place],
    )
    return view, int(span / step) + 1


@jit
def describe_all(
    rows: Floats, seen: Observations, weights: Floats, significance: Floats, objects: Objects, frame: Frame
) -> None:
    """Write the features of each object's curve, ``[objects, features]``."""
    curve = np.empty((objects.cross.shape[1], frame.steps + 2))
    for place in range(len(seen.starts) - 1):
        low, high = seen.starts[place], seen.starts[place + 1]
        if low < high:
            view, count = view_of(seen, significance, objects, frame, place)
            part = curve[:, :count]
            bands, cross = seen.bands[low:high], objects.cross[place]
            trace(part, view, bands, weights[low:high], cross, objects.rate[place])
            describe(rows[place], part, frame, view)


def describe_plainly(
    rows: Floats, seen: Observations, weights: Floats, significance: Floats, objects: Objects, frame: Frame
) -> None:
    """Do the same with numpy alone."""
    for place in range(len(seen.starts) - 1):
        low, high = int(seen.starts[place]), int(seen.starts[place + 1])
        if low < high:
            view, count = view_of(seen, significance, objects, frame, place)
            grid = np.asarray(view.start + view.step * np.arange(count), dtype=np.float64)
            own, rate = seen.rows(low, high), float(objects.rate[place])
            curve = curve_at(own, weights[low:high], objects.cross[place], rate, grid)
            describe(rows[place], curve, frame, view)
