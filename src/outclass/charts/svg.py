"""Small charts as SVG text, without style attributes: colors come from the style sheet by class."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Answers of similar confidence: their mean confidence, the share that was right, how many there were."""

    confidence: float
    accuracy: float
    count: int


def bar(share: float, kind: str = "you", *, thin: bool = False) -> str:
    """Return a horizontal bar filled to `share` (0..1); for the eye only, the number stands beside it."""
    width = 100 * min(max(share, 0.0), 1.0)
    classes = f"bar bar--{escape(kind)}" + (" bar--thin" if thin else "")
    return (
        f'<svg class="{classes}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{width:.2f}" height="8"/></svg>'
    )


def sparkline(values: Sequence[float], label: str) -> str:
    """Return a line of at least two values in the order given, scaled to its own range."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = high - low or 1.0
    step = 96 / (len(values) - 1)
    points = " ".join(
        f"{i * step:.1f},{22 - 20 * (value - low) / span:.1f}" for i, value in enumerate(values)
    )
    return (
        f'<svg class="sparkline" viewBox="0 0 96 24" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}"><polyline points="{points}"/></svg>'
    )


def reliability(bins: Sequence[ReliabilityBin], label: str = "Reliability diagram") -> str:
    """Return a reliability diagram: stated confidence across, share that was right upward.

    The dashed diagonal is perfect calibration; a point's area grows with the number of answers in its bin.
    """
    filled = [b for b in bins if b.count > 0]
    most = max((b.count for b in filled), default=1)
    body = [_axes()]
    corners = [(40 + 240 * b.confidence, 260 - 240 * b.accuracy) for b in filled]
    if len(corners) > 1:
        body.append(
            '<polyline class="series" points="' + " ".join(f"{x:.1f},{y:.1f}" for x, y in corners) + '"/>'
        )
    for b, (x, y) in zip(filled, corners, strict=True):
        radius = 3 + 6 * (b.count / most) ** 0.5
        told = f"said {100 * b.confidence:.0f} %, right {100 * b.accuracy:.0f} % of {b.count}"
        body.append(
            f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{told}</title></circle>'
        )
    return (
        f'<svg class="chart chart--square" viewBox="0 0 300 310" role="img" aria-label="{escape(label)}">'
        + "".join(body)
        + "</svg>"
    )


def _axes() -> str:
    """Return frame, diagonal and tick labels of the reliability diagram."""
    ticks = "".join(
        f'<text x="{40 + 240 * t:.0f}" y="278" text-anchor="middle">{100 * t:.0f}</text>'
        f'<text x="34" y="{264 - 240 * t:.0f}" text-anchor="end">{100 * t:.0f}</text>'
        for t in (0.0, 0.5, 1.0)
    )
    return (
        '<path class="axis" d="M40 20V260H280"/><path class="ideal" d="M40 260L280 20"/>'
        + ticks
        + '<text x="160" y="300" text-anchor="middle">said, in %</text>'
        + '<text x="40" y="12" text-anchor="middle">right, in %</text>'
    )
