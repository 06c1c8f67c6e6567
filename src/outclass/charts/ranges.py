"""Records as SVG text: where a value lies in its column, what a column adds, numbers that are a picture.

Nothing here holds a style attribute: colors come from `table.css` by class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import isnan

WIDTH, MIDDLE, PAD, RADIUS = 120, 8, 6, 4.5
"""Of the strip on which a value is marked, in its own units."""
HALF = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Where the values of a column lie: the ends of the strip, the middle half, and the middle."""

    low: float
    high: float
    lower: float
    upper: float
    middle: float

    def place(self, value: float) -> float:
        """Return where a value stands on the strip; one beyond its ends stands at the end."""
        span = self.high - self.low
        share = (value - self.low) / span if span > 0 else 0.5
        return PAD + (WIDTH - 2 * PAD) * min(max(share, 0.0), 1.0)


def range_mark(strip: Strip, value: float, label: str) -> str:
    """Return a value on the strip of its column; without one, the strip alone.

    >>> mark = range_mark(Strip(low=0, high=2, lower=0.5, upper=1.5, middle=1), 1, "in the middle")
    >>> 'cx="60.0"' in mark and 'aria-label="in the middle"' in mark
    True
    """
    left, right, middle = (strip.place(each) for each in (strip.lower, strip.upper, strip.middle))
    dot = (
        ""
        if isnan(value)
        else f'<circle class="range__value" cx="{strip.place(value):.1f}" cy="{MIDDLE}" r="{RADIUS}"/>'
    )
    return (
        f'<svg class="range" viewBox="0 0 {WIDTH} {2 * MIDDLE}" role="img" aria-label="{escape(label)}">'
        f'<path class="range__line" d="M{PAD} {MIDDLE}H{WIDTH - PAD}"/>'
        f'<rect class="range__half" x="{left:.1f}" y="3" width="{max(right - left, 1):.1f}" height="10"/>'
        f'<path class="range__middle" d="M{middle:.1f} 3v10"/>{dot}</svg>'
    )


def effect_bar(effect: float, most: float) -> str:
    """Return a bar from the middle: to the right for what speaks for an answer, to the left against it.

    >>> 'x="50.00" width="25.00"' in effect_bar(0.5, 1.0), 'x="0.00" width="50.00"' in effect_bar(-2.0, 1.0)
    (True, True)
    """
    length = HALF * min(abs(effect) / most, 1.0) if most > 0 else 0.0
    start, side = (HALF, "for") if effect >= 0 else (HALF - length, "against")
    return (
        f'<svg class="effect effect--{side}" viewBox="0 0 100 8" preserveAspectRatio="none" '
        f'aria-hidden="true"><rect x="{start:.2f}" width="{length:.2f}" height="8"/>'
        '<path class="effect__middle" d="M50 0V8"/></svg>'
    )


def lattice_svg(values: Sequence[float], across: int, low: float, high: float, label: str) -> str:
    """Return numbers in rows of `across` as shades, dark where low; what is not known is left empty.

    >>> lattice_svg([0.0, 1.0], 2, 0.0, 1.0, "two").count("<rect")
    2
    """
    span = (high - low) or 1.0
    shades = [0.0 if isnan(value) else min(max((value - low) / span, 0.0), 1.0) for value in values]
    cells = "".join(
        f'<rect x="{place % across}" y="{place // across}" width="1.02" height="1.02" '
        f'fill-opacity="{shade:.2f}"/>'
        for place, shade in enumerate(shades)
        if shade > 0
    )
    down = -(-len(shades) // across)
    return (
        f'<svg class="lattice" viewBox="0 0 {across} {down}" role="img" aria-label="{escape(label)}">'
        f'<rect class="lattice__ground" width="{across}" height="{down}"/>{cells}</svg>'
    )
