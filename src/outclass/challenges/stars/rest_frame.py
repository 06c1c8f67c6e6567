"""Brightness of an object at its own times and its own wavelengths, from what was observed near them.

A supernova is compared best with others at the same days after its peak and at the same wavelength as
emitted. A kernel in time and one in wavelength average the observations: a map of magnitudes, colors and
declines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.cells import Cells, magnitude
from outclass.challenges.stars.segments import Floats, Segments

PHASES = (-40.0, -20.0, -12.0, -5.0, 0.0, 5.0, 12.0, 20.0, 30.0, 45.0, 65.0, 90.0, 150.0, 300.0)
"""Days after the peak, in the object's own time."""
WIDTHS = (10.0, 6.0, 5.0, 4.0, 4.0, 4.0, 4.0, 5.0, 6.0, 8.0, 10.0, 14.0, 30.0, 80.0)
"""Deviation of the kernel in time, in days, at each of `PHASES`."""
AT_PEAK = PHASES.index(0.0)
WAVELENGTHS = (3000.0, 3700.0, 4500.0, 5500.0, 6700.0, 8300.0)
"""Emitted wavelengths, in Angstrom."""
LOG_WAVELENGTHS = np.log(WAVELENGTHS)[:, None]
NEARNESS = 0.12
"""Deviation of the kernel in the logarithm of the wavelength."""
LEAST_SUPPORT = 0.05
BLUE = 4500.0
BLUE_NEARNESS = 0.2
SHIFTS = tuple(np.arange(-15.0, 15.1, 2.5).tolist())
SHIFT_WIDTH = 5.0
FAVOR = 1.0 - 1e-12 * np.argsort(np.argsort(np.abs(SHIFTS), kind="stable"))
"""Factor on the flux at each of `SHIFTS`: where all are the same but for rounding, the least shift counts."""
PASSES = 2
REACH = 4.0
TINY = 1e-3

Grid = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """Bells in time: their centers and deviations ``[times, 1]``, and between which days they have weight."""

    centers: Grid
    widths: Grid
    low: float
    high: float

    @classmethod
    def of(cls, centers: Floats, widths: Floats) -> "Kernel":
        """Return bells that are cut at some deviations from the center."""
        reach = REACH * widths
        low, high = float((centers - reach).min()), float((centers + reach).max())
        return cls(centers[:, None], widths[:, None], low, high)


OF_PEAK = Kernel.of(np.array(SHIFTS), np.full(len(SHIFTS), SHIFT_WIDTH))
OF_MAP = Kernel.of(np.array(PHASES), np.array(WIDTHS))
OTHERS = [place for place in range(len(PHASES)) if place != AT_PEAK]


def rest_frame(cells: Cells, wavelengths: Floats, phase: Floats) -> Iterator[tuple[Sequence[str], Grid]]:
    """Yield features by name, ``[objects, k]``, NaN where nothing was observed near.

    Parameters
    ----------
    wavelengths
        Of the bands, in Angstrom.
    phase
        Of each row: days after the peak in the object's own time; the peak is found anew, in blue light.
    """
    apart = np.log(wavelengths) - np.log(cells.stretch)[:, None]
    blue = np.exp(-0.5 * ((apart - np.log(BLUE)) / BLUE_NEARNESS) ** 2)[:, None] + TINY
    for _ in range(PASSES if cells.count else 0):
        phase = phase - cells.objects.spread(_blue_peak(cells, blue, phase))
    flux, error = _map(cells, apart, phase)
    modulus = np.where(cells.known, 5.0 * np.log10(np.maximum(cells.distance, 1e-9)) + 40.0, 0.0)
    bright = magnitude(np.maximum(flux, error)) - modulus[:, None, None]
    yield ("rest_magnitude.",), _flat(bright)
    yield ("rest_color.",), _flat(bright[:, :-1] - bright[:, 1:])
    yield ("rest_decline.",), _flat(bright[:, :, OTHERS] - bright[:, :, AT_PEAK, None])


def rest_frame_labels(name: str) -> list[str]:
    """Return what the columns of a feature are of."""
    days = [f"{phase:.0f}".replace("-", "minus_") for phase in PHASES]
    waves = [f"{wave:.0f}" for wave in WAVELENGTHS]
    if name == "rest_color.":
        waves = [f"{blue}-{red}" for blue, red in pairwise(waves)]
    if name == "rest_decline.":
        days = [day for place, day in enumerate(days) if place != AT_PEAK]
    return [f"{wave}.{day}" for wave in waves for day in days]


def _flat(values: Grid) -> Grid:
    return values.reshape(len(values), values.shape[1] * values.shape[2])


def _sums(cells: Cells, phase: Floats, kernel: Kernel) -> tuple[Grid, Grid]:
    """Return sums of weight and of weighted flux near each time, ``[objects, bands, times]``."""
    inside = ((phase > kernel.low) & (phase < kernel.high)).nonzero()[0]
    bands = Segments.of(np.bincount(cells.bands.index[inside], minlength=len(cells.bands)))
    near = phase[inside] - kernel.centers
    near /= kernel.widths
    near *= near
    near *= -0.5
    np.exp(near, out=near)
    near /= cells.error[inside] ** 2
    weight = bands.sum(near)
    near *= cells.flux[inside]
    shape = (len(kernel.centers), cells.count, cells.width)
    return weight.reshape(shape).transpose(1, 2, 0), bands.sum(near).reshape(shape).transpose(1, 2, 0)


def _blue_peak(cells: Cells, near: Grid, phase: Floats) -> Floats:
    """Return how many days after phase 0 an object is brightest in blue light, by a parabola.

    Parameters
    ----------
    near
        How near each band is to blue light, ``[objects, 1, bands]``.
    """
    weight, total = _sums(cells, phase, OF_PEAK)
    support = (near @ weight)[:, 0]
    seen = support > LEAST_SUPPORT * support.max(axis=1, keepdims=True)
    flux = np.where(seen, (near @ total)[:, 0] * FAVOR / np.where(seen, support, 1.0), -np.inf)
    best = flux.argmax(axis=1)
    rows, inner = np.arange(len(best)), np.clip(best, 1, len(SHIFTS) - 2)
    before, top, after = flux[rows, inner - 1], flux[rows, inner], flux[rows, inner + 1]
    usable = (best == inner) & np.isfinite(before) & np.isfinite(after) & (2 * top > before + after)
    left, middle, right = np.where(usable, (before, top, after), ((0.0,), (1.0,), (0.0,)))
    part = 0.5 * (left - right) / (left - 2.0 * middle + right)
    found: Floats = OF_PEAK.centers[best, 0] + np.clip(part, -1.0, 1.0) * (SHIFTS[1] - SHIFTS[0])
    return found


def _map(cells: Cells, apart: Floats, phase: Floats) -> tuple[Grid, Grid]:
    """Return flux and its error, ``[objects, wavelengths, phases]``; NaN where nothing was observed near."""
    weight, total = _sums(cells, phase, OF_MAP)
    seen = (weight > 1e-12).astype(np.float64)
    divisor = np.where(weight > 1e-12, weight, 1.0)
    near = np.exp(-0.5 * ((apart[:, None] - LOG_WAVELENGTHS) / NEARNESS) ** 2)
    near *= near > TINY
    support = near @ seen
    share = np.where(support > LEAST_SUPPORT, support, np.nan)
    return near @ (total / divisor * seen) / share, np.sqrt(near * near @ (seen / divisor)) / share
