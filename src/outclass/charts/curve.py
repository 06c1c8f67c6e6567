"""Light curves as SVG text: a small one for lists, and one with axes that needs no script.

Neither holds a style attribute: colors come from `curve.css` by the class of the band.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

import numpy as np
from numpy.typing import NDArray

from outclass.charts.bands import BandStyle
from outclass.inputs.series import Series

Floats = NDArray[np.float64]
WIDTH, HEIGHT, PAD = 240, 64, 4
FRAME_WIDTH, FRAME_HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 56, 10, 12, 40
SHAPES = {
    "circle": "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
    "up": "m0-4l3.8 6.6h-7.6z",
    "down": "m0 4l3.8-6.6h-7.6z",
    "square": "m-3-3h6v6h-6z",
    "star": "m0-4.4l1.3 2.8 3 .3-2.3 2 .7 3-2.7-1.6-2.7 1.6.7-3-2.3-2 3-.3z",
    "pentagon": "m0-3.8l3.6 2.6-1.4 4.3h-4.4l-1.4-4.3z",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A linear axis: values between `low` and `high` go to pixels between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, values: Floats) -> Floats:
        """Return pixels."""
        return self.start + (values - self.low) / (self.high - self.low) * (self.end - self.start)


def origin_of(series: Series) -> tuple[float, bool]:
    """Return the MJD from which days are counted, and whether it is that of a detection.

    It is the first detection; where nothing was detected, the first observation.
    """
    if not len(series):
        return 0.0, False
    if series.detected.any():
        return float(series.mjd[series.detected][0]), True
    return float(series.mjd[0]), False


def flux_range(series: Series) -> tuple[float, float]:
    """Return the range of an axis of flux: it holds zero and nearly all error bars, whatever a few are."""
    if not len(series):
        return -1.0, 1.0
    reach = np.minimum(series.flux_err, np.percentile(series.flux_err, 90))
    low, high = min(0.0, float((series.flux - reach).min())), max(0.0, float((series.flux + reach).max()))
    room = 0.06 * ((high - low) or 1.0)
    return low - room, high + room


def time_range(series: Series, origin: float) -> tuple[float, float]:
    """Return the range of an axis of days."""
    if not len(series):
        return 0.0, 1.0
    first, last = float(series.mjd[0]) - origin, float(series.mjd[-1]) - origin
    room = 0.02 * ((last - first) or 1.0)
    return first - room, last + room


def sparkline_svg(series: Series, styles: Sequence[BandStyle], label: str) -> str:
    """Return a small light curve: a dot for each observation, and a line at no flux."""
    across = Scale(
        **dict(zip(("low", "high"), time_range(series, 0.0), strict=True)), start=PAD, end=WIDTH - PAD
    )
    upward = Scale(**dict(zip(("low", "high"), flux_range(series), strict=True)), start=HEIGHT - PAD, end=PAD)
    zero = round(float(upward(np.zeros(1))[0]))
    dots = [
        f'<path class="band band--{style.key}" d="{_dots(series, band, across, upward)}"/>'
        for band, style in enumerate(styles)
        if (series.passband == band).any()
    ]
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}"><path class="zero" d="M0 {zero}H{WIDTH}"/>{"".join(dots)}</svg>'
    )


def _dots(series: Series, band: int, across: Scale, upward: Scale) -> str:
    """Return a path of strokes without length, which round caps make dots."""
    here = series.passband == band
    x, y = np.rint(across(series.mjd[here])), np.rint(upward(series.flux[here]))
    return "".join(f"M{a:.0f} {b:.0f}h0" for a, b in sorted(set(zip(x.tolist(), y.tolist(), strict=True))))


def curve_svg(series: Series, styles: Sequence[BandStyle], label: str) -> str:
    """Return a light curve with axes, error bars, and a shape and color for each band."""
    origin, detected = origin_of(series)
    days, flux = time_range(series, origin), flux_range(series)
    across = Scale(low=days[0], high=days[1], start=LEFT, end=FRAME_WIDTH - RIGHT)
    upward = Scale(low=flux[0], high=flux[1], start=FRAME_HEIGHT - BOTTOM, end=TOP)
    since = "days since the first detection" if detected else "days since the first observation"
    marks = [
        _band(series, band, style, lambda mjd: across(mjd - origin), upward)
        for band, style in enumerate(styles)
        if (series.passband == band).any()
    ]
    return (
        f'<svg class="chart curve__plot" viewBox="0 0 {FRAME_WIDTH} {FRAME_HEIGHT}" role="img" '
        f'aria-label="{escape(label)}">{_frame(across, upward, since)}{"".join(marks)}</svg>'
    )


def _band(
    series: Series, band: int, style: BandStyle, across: Callable[[Floats], Floats], upward: Scale
) -> str:
    """Return error bars and marks of one band."""
    here = series.passband == band
    x = across(series.mjd[here]).round(1).tolist()
    flux, error = series.flux[here], series.flux_err[here]
    y = upward(flux).round(1).tolist()
    high, low = (np.clip(upward(flux + s * error), 0, FRAME_HEIGHT).round(1).tolist() for s in (1, -1))
    bars = "".join(f"M{a:g} {b:g}V{c:g}" for a, b, c in zip(x, low, high, strict=True))
    marks = "".join(f"M{a:g} {b:g}{SHAPES[style.marker]}" for a, b in zip(x, y, strict=True))
    drawn = f'<path class="error" d="{bars}"/><path class="mark" d="{marks}"/>'
    return f'<g class="band band--{style.key}">{drawn}</g>'


def _frame(across: Scale, upward: Scale, since: str) -> str:
    """Return axes, ticks and the line at no flux."""
    bottom, right = FRAME_HEIGHT - BOTTOM, FRAME_WIDTH - RIGHT
    zero = float(upward(np.zeros(1))[0])
    parts = [f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>']
    parts.append(f'<path class="zero" d="M{LEFT} {zero:.1f}H{right}"/>')
    for tick in ticks(across.low, across.high):
        place = float(across(np.array([tick]))[0])
        parts.append(f'<text x="{place:.1f}" y="{bottom + 16}" text-anchor="middle">{_written(tick)}</text>')
    for tick in ticks(upward.low, upward.high):
        place = float(upward(np.array([tick]))[0])
        parts.append(f'<text x="{LEFT - 6}" y="{place + 4:.1f}" text-anchor="end">{_written(tick)}</text>')
    middle = (LEFT + right) / 2
    parts.append(f'<text x="{middle:.0f}" y="{FRAME_HEIGHT - 6}" text-anchor="middle">{since}</text>')
    parts.append(f'<text x="{LEFT + 6}" y="{TOP + 10}">flux</text>')
    return "".join(parts)


def ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Return round numbers between two values, at most about `most` of them.

    >>> ticks(-12.0, 95.0, 4)
    [0.0, 50.0]
    """
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return [round(step * place, 10) for place in range(ceil(low / step), floor(high / step) + 1)]


def _written(value: float) -> str:
    """Return a number of an axis, with a true minus sign."""
    text = f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:g}"
    return text.replace("-", "\u2212")
