"""Small multiples: how the probability of each class moves as more nights are seen, a line for each model."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 220, 150
LEFT, TOP, RIGHT, BOTTOM = 34, 12, 208, 118


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One class: for each model its probability after each number of nights."""

    title: str
    is_truth: bool
    lines: tuple[tuple[float, ...], ...]


def nights_svg(panels: Sequence[Panel], cuts: Sequence[str], models: Sequence[str]) -> str:
    """Return a figure with a chart for each panel; `cuts` name the places along it, `models` the lines."""
    legend = "".join(
        f'<li class="adviser-{place}"><svg viewBox="0 0 24 12" aria-hidden="true">'
        f'<path class="line line--{place}" d="M0 6H24"/></svg>{escape(model)}</li>'
        for place, model in enumerate(models, start=1)
    )
    charts = "".join(f"<li>{_panel(panel, cuts, models)}</li>" for panel in panels)
    return f'<ul class="nights__legend" role="list">{legend}</ul><ul class="nights" role="list">{charts}</ul>'


def _panel(panel: Panel, cuts: Sequence[str], models: Sequence[str]) -> str:
    """Return one chart under the name of its class."""
    told = "; ".join(
        f"{model}: " + ", ".join(f"{cut} nights {100 * p:.0f} %" for cut, p in zip(cuts, line, strict=True))
        for model, line in zip(models, panel.lines, strict=True)
    )
    xs = [LEFT + (RIGHT - LEFT) * i / max(1, len(cuts) - 1) for i in range(len(cuts))]
    lines = "".join(_line(xs, line, place) for place, line in enumerate(panel.lines, start=1))
    ticks = "".join(
        f'<text x="{x:.0f}" y="{BOTTOM + 16}" text-anchor="middle">{escape(cut)}</text>'
        for x, cut in zip(xs, cuts, strict=True)
    )
    truth = ' <span class="badge badge--win">it was this</span>' if panel.is_truth else ""
    return (
        f'<p class="nights__class">{escape(panel.title)}{truth}</p>'
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(told)}">'
        f'<path class="axis" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>{_shares()}{ticks}'
        f'<text x="{(LEFT + RIGHT) / 2:.0f}" y="{HEIGHT - 2}" text-anchor="middle">nights seen</text>'
        f"{lines}</svg>"
    )


def _line(xs: Sequence[float], shares: Sequence[float], place: int) -> str:
    """Return a line with a mark at each of its points."""
    points = [(x, BOTTOM - (BOTTOM - TOP) * share) for x, share in zip(xs, shares, strict=True)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    marks = "".join(f'<circle class="dot dot--{place}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points)
    return f'<path class="line line--{place}" d="{path}"/>{marks}'


def _shares() -> str:
    """Return the labels of the axis of probabilities."""
    return "".join(
        f'<text x="{LEFT - 4}" y="{BOTTOM - (BOTTOM - TOP) * share + 4:.0f}" text-anchor="end">'
        f"{100 * share:.0f}</text>"
        for share in (0.0, 0.5, 1.0)
    )
