"""Small multiples as one SVG file that stands by itself: cumulative curves, boxes and bars."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COLORS = {"simulated": "#2563a8", "real": "#c2410c", "published": "#6b7280", "simulated, wide": "#7fb2e5"}
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 330, 236, 46, 34, 14, 40
COLUMNS = 3
BOX_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A range of values, straight or logarithmic, and the values that are written at it."""

    low: float
    high: float
    ticks: tuple[float, ...]
    title: str
    log: bool = False

    def place(self, value: float) -> float:
        """Return where a value lies, 0 to 1."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def x_of(axis: Axis, value: float) -> float:
    """Return the horizontal place of a value in a panel."""
    return LEFT + (WIDTH - LEFT - RIGHT) * axis.place(value)


def y_of(axis: Axis, value: float) -> float:
    """Return the vertical place of a value in a panel."""
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * axis.place(value)


def number(value: float) -> str:
    """Write a number without needless digits."""
    return f"{value:g}"


def text(x: float, y: float, words: str, *, anchor: str = "middle", size: int = 11, weight: int = 400) -> str:
    """Return a text element."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}">'
        f"{escape(words)}</text>"
    )


def frame(title: str, across: Axis, upward: Axis, *, names: Sequence[str] = ()) -> str:
    """Return the axes of a panel; `names` stand below instead of numbers."""
    bottom = HEIGHT - BOTTOM
    parts = [
        text(LEFT, 18, title, anchor="start", size=12, weight=600),
        f'<path d="M{LEFT} {TOP}V{bottom}H{WIDTH - RIGHT}" fill="none" stroke="#555"/>',
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, across.title),
    ]
    for i, tick in enumerate(across.ticks):
        parts.append(text(x_of(across, tick), bottom + 15, names[i] if names else number(tick)))
    for tick in upward.ticks:
        y = y_of(upward, tick)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(text(LEFT - 5, y + 4, number(tick), anchor="end"))
    return "".join(parts)


SHARE = Axis(low=0, high=1, ticks=(0, 0.25, 0.5, 0.75, 1), title="")


def cumulative(title: str, across: Axis, sets: Mapping[str, Floats]) -> str:
    """Return a panel of cumulative distributions."""
    parts = [frame(title, across, SHARE)]
    for name, values in sets.items():
        levels = np.linspace(0, 1, 201)
        points = " ".join(
            f"{x_of(across, float(value)):.1f},{y_of(SHARE, float(level)):.1f}"
            for value, level in zip(np.quantile(values, levels), levels, strict=True)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLORS[name]}" stroke-width="1.8"/>')
    return "".join(parts)


def boxes(title: str, upward: Axis, names: Sequence[str], sets: Mapping[str, Sequence[Floats]]) -> str:
    """Return a panel of ranges side by side: 5 to 95 % thin, the middle half thick, the median a tick."""
    across = Axis(low=-0.5, high=len(names) - 0.5, ticks=tuple(range(len(names))), title="")
    parts = [frame(title, across, upward, names=names)]
    for j, (name, groups) in enumerate(sets.items()):
        for i, values in enumerate(groups):
            x = x_of(across, i) + 9 * (j - (len(sets) - 1) / 2)
            mark = "#fff" if len(values) > 1 else COLORS[name]
            low, first, middle, third, high = (
                y_of(upward, float(value)) for value in np.quantile(values, BOX_LEVELS)
            )
            parts.append(
                f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{COLORS[name]}" stroke-width="1.2"/>'
            )
            parts.append(
                f'<path d="M{x:.1f} {first:.1f}V{third:.1f}" stroke="{COLORS[name]}" stroke-width="5"/>'
            )
            parts.append(f'<path d="M{x - 4:.1f} {middle:.1f}h8" stroke="{mark}" stroke-width="1.8"/>')
    return "".join(parts)


def bars(title: str, upward: Axis, names: Sequence[str], sets: Mapping[str, Sequence[float]]) -> str:
    """Return a panel of bars side by side."""
    across = Axis(low=-0.5, high=len(names) - 0.5, ticks=tuple(range(len(names))), title="")
    parts = [frame(title, across, upward, names=names)]
    width = 0.8 * (WIDTH - LEFT - RIGHT) / len(names) / len(sets)
    bottom = y_of(upward, upward.low)
    for j, (name, values) in enumerate(sets.items()):
        for i, value in enumerate(values):
            x = x_of(across, i) + width * (j - len(sets) / 2)
            y = y_of(upward, value)
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(bottom - y, 0):.1f}" '
                f'fill="{COLORS[name]}"/>'
            )
    return "".join(parts)


def sheet(panels: Sequence[str], label: str) -> str:
    """Return all panels on one white sheet with the meaning of the colors on top."""
    rows = -(-len(panels) // COLUMNS)
    head = 34
    legend, x = [], 16
    for name, color in COLORS.items():
        legend.append(f'<rect x="{x}" y="12" width="14" height="10" fill="{color}"/>')
        legend.append(text(x + 19, 21, name, anchor="start"))
        x += 40 + 7 * len(name)
    placed = [
        f'<g transform="translate({i % COLUMNS * WIDTH} {head + i // COLUMNS * HEIGHT})">{panel}</g>'
        for i, panel in enumerate(panels)
    ]
    width, height = COLUMNS * WIDTH, head + rows * HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label="{escape(label)}" font-family="sans-serif" fill="#222">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(legend)}{"".join(placed)}</svg>\n'
    )
