"""Brightness of an object at its own times and its own wavelengths, from what was observed near them.

A supernova is compared best with others at the same days after its peak and at the same wavelength as
emitted. A kernel in time and one in wavelength average the observations: a map of magnitudes, colors and
declines.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.cells import MISSING, Cells, magnitude
from outclass.challenges.stars.segments import Floats, Segments

PHASES = (-40.0, -20.0, -12.0, -5.0, 0.0, 5.0, 12.0, 20.0, 30.0, 45.0, 65.0, 90.0, 150.0, 300.0)
"""Days after the peak, in the object's own time."""
WIDTHS = (10.0, 6.0, 5.0, 4.0, 4.0, 4.0, 4.0, 5.0, 6.0, 8.0, 10.0, 14.0, 30.0, 80.0)
"""Deviation of the kernel in time, in days, at each of `PHASES`."""
AT_PEAK = PHASES.index(0.0)
WAVELENGTHS = (3000.0, 3700.0, 4500.0, 5500.0, 6700.0, 8300.0)
"""Emitted wavelengths, in Angstrom."""
NEARNESS = 0.12
"""Deviation of the kernel in the logarithm of the wavelength."""
LEAST_SUPPORT = 0.05
BLUE = 4500.0
BLUE_NEARNESS = 0.2
SHIFTS = tuple(np.arange(-15.0, 15.1, 2.5).tolist())
SHIFT_WIDTH = 5.0
PASSES = 2
REACH = 4.0
TINY = 1e-3

Grid = NDArray[np.float64]


def rest_frame(cells: Cells, wavelengths: Floats, phase: Floats) -> Iterator[tuple[str, Grid]]:
    """Yield features ``[objects, k]`` by name.

    Parameters
    ----------
    wavelengths
        Of the bands, in Angstrom.
    phase
        Of each row: days after the peak in the object's own time; the peak is found anew, in blue light.
    """
    apart = np.log(wavelengths)[None, :] - np.log(cells.stretch)[:, None]
    for _ in range(PASSES):
        phase = phase - cells.objects.spread(_blue_peak(cells, apart, phase))
    flux, error = _map(cells, apart, phase)
    modulus = np.where(cells.known, 5.0 * np.log10(np.maximum(cells.distance, 1e-9)) + 40.0, 0.0)
    bright = magnitude(np.maximum(flux, error)) - modulus[:, None, None]
    yield "rest_magnitude", _flat(bright)
    yield "rest_color", _flat(bright[:, :-1] - bright[:, 1:])
    others = [place for place in range(len(PHASES)) if place != AT_PEAK]
    yield "rest_decline", _flat(bright[:, :, others] - bright[:, :, AT_PEAK, None])


def rest_frame_labels(name: str) -> list[str]:
    """Return what the columns of a feature are of."""
    days = [f"{phase:.0f}".replace("-", "minus_") for phase in PHASES]
    waves = [f"{wave:.0f}" for wave in WAVELENGTHS]
    if name == "rest_color":
        waves = [f"{blue}-{red}" for blue, red in pairwise(waves)]
    if name == "rest_decline":
        days = [day for place, day in enumerate(days) if place != AT_PEAK]
    return [f"{wave}.{day}" for wave in waves for day in days]


def _flat(values: Grid) -> Grid:
    width = values.shape[1] * values.shape[2]
    return np.where(np.isfinite(values), values, MISSING).reshape(len(values), width)


def _sums(cells: Cells, phase: Floats, centers: Floats, widths: Floats) -> tuple[Grid, Grid]:
    """Return sums of weight and of weighted flux near each time, ``[objects, bands, times]``."""
    low, high = (centers - REACH * widths).min(), (centers + REACH * widths).max()
    inside = (phase > low) & (phase < high)
    bands = Segments.of(cells.bands.sum(inside.astype(np.float64)).astype(np.int64))
    near = (phase[inside][:, None] - centers) / widths
    near *= near
    near *= -0.5
    np.exp(near, out=near)
    near *= (1.0 / cells.error[inside] ** 2)[:, None]
    shape = (cells.count, cells.width, len(centers))
    weight = bands.sum(near).reshape(shape)
    near *= cells.flux[inside][:, None]
    return weight, bands.sum(near).reshape(shape)


def _blue_peak(cells: Cells, apart: Floats, phase: Floats) -> Floats:
    """Return how many days after phase 0 an object is brightest in blue light, by a parabola."""
    if not cells.count:
        return np.zeros(0)
    weight, total = _sums(cells, phase, np.array(SHIFTS), np.full(len(SHIFTS), SHIFT_WIDTH))
    near = np.exp(-0.5 * ((apart - np.log(BLUE)) / BLUE_NEARNESS) ** 2)[:, :, None] + TINY
    support = (near * weight).sum(axis=1)
    seen = support > LEAST_SUPPORT * support.max(axis=1, keepdims=True)
    flux = np.where(seen, (near * total).sum(axis=1) / np.where(seen, support, 1.0), -np.inf)
    best = flux.argmax(axis=1)
    rows, inner = np.arange(len(best)), np.clip(best, 1, len(SHIFTS) - 2)
    before, top, after = flux[rows, inner - 1], flux[rows, inner], flux[rows, inner + 1]
    usable = (best == inner) & np.isfinite(before) & np.isfinite(after) & (2 * top > before + after)
    left, right = np.where(usable, before, 0.0), np.where(usable, after, 0.0)
    bend = np.where(usable, left - 2.0 * np.where(usable, top, 1.0) + right, -1.0)
    part = np.where(usable, 0.5 * (left - right) / bend, 0.0)
    found: Floats = np.array(SHIFTS)[best] + np.clip(part, -1.0, 1.0) * (SHIFTS[1] - SHIFTS[0])
    return found


def _map(cells: Cells, apart: Floats, phase: Floats) -> tuple[Grid, Grid]:
    """Return flux and its error, ``[objects, wavelengths, phases]``; NaN where nothing was observed near."""
    weight, total = _sums(cells, phase, np.array(PHASES), np.array(WIDTHS))
    seen = weight > 1e-12
    divisor = np.where(seen, weight, 1.0)
    mean, variance = total / divisor, seen / divisor
    shape = (cells.count, len(WAVELENGTHS), len(PHASES))
    flux, error = np.empty(shape), np.empty(shape)
    for place, wave in enumerate(WAVELENGTHS):
        near = np.exp(-0.5 * ((apart - np.log(wave)) / NEARNESS) ** 2)
        near = np.where(near > TINY, near, 0.0)[:, :, None] * seen
        support = near.sum(axis=1)
        enough = support > LEAST_SUPPORT
        share = np.where(enough, support, 1.0)
        flux[:, place] = np.where(enough, (near * mean).sum(axis=1) / share, np.nan)
        error[:, place] = np.where(enough, np.sqrt((near * near * variance).sum(axis=1)) / share, np.nan)
    return flux, error
