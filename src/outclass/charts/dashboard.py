"""The figures of the lab, made by Bokeh from plain data.

``python -m outclass.charts.dashboard`` reads a list of charts as JSON from standard input and prints what
`Bokeh.embed.embed_item` reads, in the same order; `dashboard.js` puts them into a page and paints them in the
colors of its theme. So no process that serves pages loads Bokeh.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

import msgspec
from bokeh.embed import json_item
from bokeh.layouts import column
from bokeh.models import (
    BasicTicker,
    BoxSelectTool,
    ColumnDataSource,
    DataRange1d,
    FactorRange,
    HoverTool,
    LassoSelectTool,
    LinearColorMapper,
    Model,
    Range1d,
    ResetTool,
    TapTool,
)
from bokeh.models.annotations import Legend, Slope
from bokeh.models.renderers import GlyphRenderer
from bokeh.plotting import figure
from bokeh.transform import dodge

from outclass.charts.specs import Bars, Chart, Lines, Linked, Matrix

HEIGHT = 340
LINE = 24
ROOM = 36
"""Characters that a legend's row has room for."""
TICKS = 4
SPREAD = 0.75
"""Of the room of a category, what its bars take."""
PALETTE = (
    *("#4c8dff", "#e07a1f", "#2fa36b", "#c44ec4", "#ad8814"),
    *("#d8505b", "#2b93a6", "#8a7be0", "#7c8796", "#9c6b4e"),
)
"""Told apart at 3 to 1 on both grounds; after ten they come again."""
BLUES = tuple(f"#{round(240 - 164 * t):02x}{round(245 - 104 * t):02x}ff" for t in (n / 31 for n in range(32)))
NO_FILL: dict[str, Any] = {
    "background_fill_color": None,
    "border_fill_color": None,
    "outline_line_color": None,
}


def make(chart: Chart) -> Model:
    """Return the figure of a chart."""
    match chart:
        case Bars():
            return bars(chart)
        case Matrix():
            return matrix(chart)
        case Lines():
            return lines(chart)
        case Linked():
            return linked(chart)


def plot(title: str, **options: Any) -> figure:
    """Return an empty figure."""
    made = figure(
        title=title,
        height=options.pop("height", HEIGHT),
        sizing_mode="stretch_width",
        toolbar_location=options.pop("toolbar_location", None),
        tools=options.pop("tools", []),
        **NO_FILL,
        **options,
    )
    made.toolbar.logo = None
    for axis in made.xaxis:
        if isinstance(axis.ticker, BasicTicker):
            axis.ticker.desired_num_ticks = TICKS
    return made


def color(place: int) -> str:
    """Return the color of a series."""
    return PALETTE[place % len(PALETTE)]


def bars(chart: Bars) -> figure:
    """Return bars that lie on their side, so that long names can be read."""
    names = list(chart.series)
    made = plot(
        chart.title,
        x_range=DataRange1d(start=0),
        y_range=FactorRange(factors=chart.categories[::-1]),
        height=max(160, 90 + 34 * len(chart.categories)),
        x_axis_label=chart.label,
    )
    source = ColumnDataSource({"category": chart.categories, **chart.series})
    colors = [color(place) for place in range(len(names))]
    if chart.beside:
        drawn = [
            made.hbar(
                y=dodge("category", SPREAD * (0.5 - (place + 0.5) / len(names)), range=made.y_range),
                right=name,
                height=SPREAD / len(names) - 0.05,
                source=source,
                color=colors[place],
                name=name,
            )
            for place, name in enumerate(names)
        ]
    else:
        drawn = made.hbar_stack(names, y="category", height=SPREAD, source=source, color=colors)
    made.add_tools(
        HoverTool(renderers=[*drawn], tooltips=[("", "@category"), ("$name", "@$name{0,0.[000]}")])
    )
    legend(made, names, [[renderer] for renderer in drawn])
    return made


def matrix(chart: Matrix) -> figure:
    """Return a map of counts, shaded by their share of the row."""
    rows: list[tuple[str, str, int, float]] = []
    for truth, counts in zip(chart.classes, chart.counts, strict=True):
        total = sum(counts) or 1
        rows += [(truth, said, n, n / total) for said, n in zip(chart.classes, counts, strict=True)]
    truths, answers, counts_, shares = zip(*rows, strict=True)
    source = ColumnDataSource(
        {
            "truth": truths,
            "answer": answers,
            "count": counts_,
            "share": shares,
            "shown": [str(n) if n else "" for n in counts_],
        }
    )
    made = plot(
        chart.title,
        x_range=FactorRange(factors=chart.classes),
        y_range=FactorRange(factors=chart.classes[::-1]),
        height=max(240, 110 + 34 * len(chart.classes)),
        x_axis_label="answer",
        y_axis_label="truth",
    )
    mapper = LinearColorMapper(palette=list(BLUES), low=0, high=1)
    cells = made.rect(
        "answer",
        "truth",
        1,
        1,
        source=source,
        fill_color={"field": "share", "transform": mapper},
        line_color=None,
    )
    # Dark on the light shades and on the dark ones: the darkest shade still has a contrast of 5 to it.
    made.text("answer", "truth", text="shown", source=source, text_align="center", text_baseline="middle",
              text_color="#0b1526", text_font_size="12px", name="counts")  # fmt: skip
    tips = [
        ("truth", "@truth"),
        ("answer", "@answer"),
        ("objects", "@count"),
        ("of this class", "@share{0.0 %}"),
    ]
    made.add_tools(HoverTool(renderers=[cells], tooltips=tips))
    made.grid.visible = False
    made.xaxis.major_label_orientation = 0.8
    return made


def lines(chart: Lines) -> figure:
    """Return lines with their points marked."""
    made = plot(
        chart.title,
        x_axis_label=chart.x_label,
        y_axis_label=chart.y_label,
        x_axis_type="datetime" if chart.dates else "auto",
    )
    if chart.unit:
        made.x_range, made.y_range = Range1d(start=0, end=1), Range1d(start=0, end=1)
    if chart.diagonal:
        made.add_layout(Slope(gradient=1, y_intercept=0, line_dash="dashed", line_width=1, name="ideal"))
    drawn: list[list[GlyphRenderer[Any]]] = []
    for place, (name, (x, y)) in enumerate(chart.lines.items()):
        times = [1000.0 * value for value in x] if chart.dates else x
        source = ColumnDataSource({"x": times, "y": y, "name": [name] * len(y)})
        drawn.append([made.line("x", "y", source=source, line_width=2, color=color(place))])
        if len(y) <= 60:
            drawn[-1].append(made.scatter("x", "y", source=source, size=6, color=color(place)))
    shown = "@x{%F %H:%M}" if chart.dates else "@x{0.000}"
    made.add_tools(
        HoverTool(
            tooltips=[("", "@name"), (chart.x_label, shown), (chart.y_label, "@y{0.0000}")],
            formatters={"@x": "datetime"} if chart.dates else {},
        )
    )
    if len(drawn) > 1:
        legend(made, list(chart.lines), drawn)
    return made


def linked(chart: Linked) -> Model:
    """Return charts of the same objects, under one another, with one selection."""
    colors = [color(chart.classes.index(group)) for group in chart.groups]
    source = ColumnDataSource({"group": chart.groups, "color": colors, **chart.numbers}, name="objects")
    made = []
    for x, y in chart.pairs:
        one = plot(
            f"{y} by {x}",
            tools=[BoxSelectTool(), LassoSelectTool(), TapTool(), ResetTool()],
            toolbar_location="above",
            x_axis_label=x,
            y_axis_label=y,
        )
        points = one.scatter(
            x,
            y,
            source=source,
            size=6,
            color="color",
            alpha=0.6,
            nonselection_alpha=0.08,
            legend_group="group",
        )
        one.add_tools(
            HoverTool(renderers=[points], tooltips=[("", "@group"), *((n, f"@{{{n}}}") for n in (x, y))])
        )
        one.legend.orientation = "horizontal"
        rows, columns = legend_rows(sorted(set(chart.groups)))
        one.height = HEIGHT + LINE * (rows - 1)
        one.legend.ncols = columns
        one.legend.background_fill_alpha = 0
        one.add_layout(one.legend[0], "below")
        made.append(one)
    return column(*made, sizing_mode="stretch_width")


def legend(made: figure, names: Sequence[str], drawn: Sequence["list[GlyphRenderer[Any]]"]) -> None:
    """Put a legend under a figure, in rows that a phone has room for; the figure grows by them."""
    items = list(zip(names, drawn, strict=True))
    rows, columns = legend_rows(names)
    made.height = (made.height or HEIGHT) + LINE * (rows - 1)
    made.add_layout(
        Legend(items=items, orientation="horizontal", ncols=columns, click_policy="hide", margin=0), "below"
    )


def legend_rows(names: Sequence[str]) -> tuple[int, int]:
    """Return rows and columns of a legend that a phone has room for."""
    columns = max(1, min(5, ROOM // max(map(len, names))))
    return -(-len(names) // columns), columns


def charts_json(charts: Sequence[Chart]) -> str:
    """Return charts as the text of a list that `Bokeh.embed.embed_item` reads one by one."""
    return json.dumps([json_item(make(chart)) for chart in charts], separators=(",", ":"))


if __name__ == "__main__":
    print(charts_json(msgspec.json.decode(sys.stdin.buffer.read(), type=list[Chart])))  # noqa: T201 - its output
