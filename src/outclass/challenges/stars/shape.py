"""Curves at equal steps of time and their features, as loops that numba compiles where it is installed.

A curve is ``[lines, steps]``: one line per band, then one per wavelength at rest. The functions that write
features begin at a place and return the place behind them; `curves` names the features in the same order.
All is in one file, because a compiled loop is kept until the file it stands in changes.
"""

import math

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.frame import MISSING, Frame, Objects, View
from outclass.challenges.stars.jit import part_of_loops
from outclass.challenges.stars.plain import Observations, curve_at

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

SIGNIFICANT = 5.0
FAINT = 3.0


@part_of_loops
def crossing(curve: Floats, start: int, level: float, direction: int) -> float:
    """Return how many steps from a start the curve first falls below a level, -1 where it never does."""
    place = start
    while 0 <= place + direction < len(curve):
        here, there = curve[place], curve[place + direction]
        if there < level:
            return float(abs(place - start) + (here - level) / max(here - there, 1e-12))
        place += direction
    return -1.0


@part_of_loops
def contrast(one: float, other: float) -> float:
    """Return the difference of two fluxes over their sizes, -1 to 1."""
    return (one - other) / (abs(one) + abs(other) + 1e-6)


@part_of_loops
def color(blue: float, red: float) -> float:
    """Return a color in magnitudes where both fluxes are above 0, limited to 5, else `MISSING`."""
    if blue <= 0.0 or red <= 0.0:
        return MISSING
    return min(max(-2.5 * math.log10(blue / red), -5.0), 5.0)


@part_of_loops
def magnitude(flux: float, scale: float, modulus: float) -> float:
    """Return an absolute magnitude at zero point 27.5, `MISSING` where flux or distance is."""
    if flux <= 0.0 or modulus == MISSING:
        return MISSING
    return -2.5 * math.log10(flux * scale) + 27.5 - modulus


@part_of_loops
def extremes(out: Floats, place: int, curve: Floats, bands: int, peak: int, step: float) -> int:
    """Write each band's highest and lowest flux over the top of all, and their days from the peak."""
    top = max(1e-3, np.max(curve[:bands]))
    for band in range(bands):
        high, low = int(np.argmax(curve[band])), int(np.argmin(curve[band]))
        out[place + band] = curve[band, high] / top
        out[place + bands + band] = (high - peak) * step
        out[place + 2 * bands + band] = curve[band, low] / top
        out[place + 3 * bands + band] = (low - peak) * step
    return place + 4 * bands


@part_of_loops
def flanks(out: Floats, place: int, curve: Floats, references: Places, step: float) -> int:
    """Write days of rise and fall to shares of the peak, and areas above and below 0 over the peak."""
    for reference in references:
        line = curve[reference]
        high = int(np.argmax(line))
        top = line[high]
        for share in (0.8, 0.5, 0.2):
            rise = crossing(line, high, share * top, -1) if top > 0 else -1.0
            fall = crossing(line, high, share * top, 1) if top > 0 else -1.0
            out[place] = rise * step if rise >= 0 else MISSING
            out[place + 1] = fall * step if fall >= 0 else MISSING
            place += 2
        above = np.sum(np.maximum(line, 0.0))
        below = np.sum(line) - above
        out[place] = above * step / top if top > 0 else MISSING
        out[place + 1] = -below * step / top if top > 0 else MISSING
        place += 2
    return place


@part_of_loops
def colors(out: Floats, place: int, curve: Floats, frame: Frame, peak: int, step: float) -> int:
    """Write neighboring bands' colors at the peak, and how two colors and the flux stand at other times."""
    for band in range(frame.bands - 1):
        out[place + band] = color(curve[band, peak], curve[band + 1, peak])
    place += frame.bands - 1
    blue, middle, red = frame.references
    for phase in frame.phases:
        there = peak + round(phase / step)
        if 0 <= there < curve.shape[1]:
            out[place] = color(curve[blue, there], curve[middle, there])
            out[place + 1] = color(curve[middle, there], curve[red, there])
            out[place + 2] = curve[middle, there] / max(curve[middle, peak], 1e-3)
        else:
            out[place : place + 3] = MISSING
        place += 3
    return place


@part_of_loops
def second_peak(line: Floats) -> float:
    """Return the second highest local maximum over the highest, 0 where there is one only."""
    first, second = 0.0, 0.0
    for place in range(1, len(line) - 1):
        if line[place] > line[place - 1] and line[place] >= line[place + 1]:
            if line[place] > first:
                first, second = line[place], first
            elif line[place] > second:
                second = line[place]
    return second / first if first > 0 else 0.0


@part_of_loops
def spread(out: Floats, place: int, line: Floats) -> int:
    """Write the second peak, and where percentiles of the flux lie between its extremes."""
    out[place] = second_peak(line)
    every = max(1, len(line) // 150)
    levels = np.sort(line[::every])
    width = max(levels[-1] - levels[0], 1e-9)
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        place += 1
        out[place] = (levels[int(share * (len(levels) - 1))] - levels[0]) / width
    return place + 1


@part_of_loops
def sampling(out: Floats, place: int, view: View, peak: float) -> int:
    """Write how well the object was seen: significances, significant time span, counts around the peak."""
    times, significance = view.times, view.significance
    total, highest, first, last, nearest = 0.0, 0.0, math.inf, -math.inf, 9999.0
    counts = np.zeros(9)
    for row in range(len(times)):
        value, days = significance[row], times[row] - peak
        total += value * value
        highest = max(highest, value)
        counts[0] += value > SIGNIFICANT
        counts[1] += value < -SIGNIFICANT
        counts[2] += abs(value) < FAINT
        counts[3] += -50 <= days < -20
        counts[4] += -20 <= days < -5
        counts[5] += -5 <= days <= 5
        counts[6] += 5 < days <= 20
        counts[7] += 20 < days <= 50
        counts[8] += 50 < days <= 100
        nearest = min(nearest, abs(days))
        if abs(value) > SIGNIFICANT:
            first, last = min(first, times[row]), max(last, times[row])
    out[place] = math.log10(1 + math.sqrt(total))
    out[place + 1] = math.log10(1 + highest)
    out[place + 2 : place + 5] = counts[:3] / len(times)
    out[place + 5 : place + 11] = counts[3:]
    out[place + 11] = nearest
    out[place + 12] = last - first if last >= first else MISSING
    out[place + 13] = peak - first if last >= first else MISSING
    out[place + 14] = last - peak if last >= first else MISSING
    return place + 15


@part_of_loops
def luminosity(out: Floats, place: int, curve: Floats, frame: Frame, view: View) -> int:
    """Write absolute magnitudes at the peak of three bands and of each wavelength at rest."""
    for reference in frame.references:
        out[place] = magnitude(np.max(curve[reference]), view.scale, view.modulus)
        place += 1
    for line in range(frame.bands, curve.shape[0]):
        out[place] = magnitude(np.max(curve[line]), view.scale, view.modulus)
        place += 1
    return place


@part_of_loops
def at_rest(out: Floats, place: int, curve: Floats, frame: Frame, view: View) -> int:
    """Write fluxes at wavelengths and days at rest over the peak at the second of them, and its width."""
    bands, stretch, step, phases = frame.bands, view.stretch, view.step, frame.rest_phases
    lines = len(curve) - bands
    end = place + lines * len(phases) + 2
    out[place:end] = MISSING
    main = curve[bands + 1]
    peak = int(np.argmax(main))
    if view.modulus == MISSING or main[peak] <= 0:
        return end
    for phase in phases:
        there = peak + round(phase * stretch / step)
        for line in range(lines):
            if 0 <= there < curve.shape[1]:
                out[place] = min(max(curve[bands + line, there] / main[peak], -9.0), 9.0)
            place += 1
    rise, fall = crossing(main, peak, 0.5 * main[peak], -1), crossing(main, peak, 0.5 * main[peak], 1)
    out[place] = rise * step / stretch if rise >= 0 else MISSING
    out[place + 1] = fall * step / stretch if fall >= 0 else MISSING
    return end


@part_of_loops
def describe(out: Floats, curve: Floats, frame: Frame, view: View) -> int:
    """Write all features of one curve; return how many."""
    light = np.zeros(curve.shape[1])
    for band in range(frame.bands):
        light += curve[band]
    peak = int(np.argmax(light))
    place = extremes(out, 0, curve, frame.bands, peak, view.step)
    place = flanks(out, place, curve, frame.references, view.step)
    place = colors(out, place, curve, frame, peak, view.step)
    place = spread(out, place, curve[frame.references[1]])
    place = sampling(out, place, view, view.start + peak * view.step)
    place = luminosity(out, place, curve, frame, view)
    return at_rest(out, place, curve, frame, view)


@part_of_loops
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


@part_of_loops
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
