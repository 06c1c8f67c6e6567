"""The interactive figure of a light curve, made by Bokeh, without data.

``python -m outclass.charts.figure BANDS`` prints it as JSON for `Bokeh.embed.embed_item`. `curve.js` puts in
the observations of an object, so one figure serves all objects, and no process that serves pages needs Bokeh.
"""

import json
import sys
from typing import Any

from bokeh.embed import json_item
from bokeh.models import (
    BoxZoomTool,
    ColumnDataSource,
    HoverTool,
    PanTool,
    Range1d,
    ResetTool,
    WheelZoomTool,
)
from bokeh.models.annotations import Span
from bokeh.models.renderers import GlyphRenderer
from bokeh.plotting import figure

HEIGHT = 400
POINT: dict[str, list[float]] = {
    name: [] for name in ("x", "y", "low", "high", "mjd", "day", "error", "band")
}
CURVE: dict[str, list[float]] = {name: [] for name in ("x", "mean", "low", "high")}
TOOLTIPS = [
    ("band", "@band"),
    ("MJD", "@mjd{0.0000}"),
    ("day", "@day{0.00}"),
    ("flux", "@y{0.00} ± @error{0.00}"),
]


def make_figure(bands: int) -> figure:
    """Return a figure with an empty set of points and an empty model curve for each band.

    Points of band 0 are the renderers `points-0` and `errors-0`, its curve `mean-0` and `band-0`.
    """
    plot = figure(
        name="curve",
        height=HEIGHT,
        sizing_mode="stretch_width",
        toolbar_location="above",
        tools=[PanTool(name="pan"), BoxZoomTool(name="zoom"), WheelZoomTool(), ResetTool()],
        active_drag=None,
        active_scroll=None,
        x_range=Range1d(),
        y_range=Range1d(),
        x_axis_label="days",
        y_axis_label="flux",
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
    )
    plot.toolbar.logo = None
    plot.add_layout(Span(name="zero", location=0, dimension="width", line_width=1, line_dash="dashed"))
    for band in range(bands):
        add_curve(plot, band)
    marks = [add_points(plot, band) for band in range(bands)]
    plot.add_tools(HoverTool(renderers=[*marks], tooltips=TOOLTIPS, point_policy="snap_to_data"))
    return plot


def add_curve(plot: figure, band: int) -> None:
    """Add the curve of a model for one band, with the band of its uncertainty."""
    source = ColumnDataSource(CURVE, name=f"curve-source-{band}")
    plot.varea("x", "low", "high", source=source, fill_alpha=0.1, name=f"spread-{band}")
    plot.line("x", "mean", source=source, line_width=2, name=f"mean-{band}")


def add_points(plot: figure, band: int) -> "GlyphRenderer[Any]":
    """Add the observations of one band with their error bars; return what draws the marks."""
    source = ColumnDataSource(POINT, name=f"source-{band}")
    plot.segment("x", "low", "x", "high", source=source, line_alpha=0.55, name=f"errors-{band}")
    return plot.scatter("x", "y", source=source, size=8, line_width=0.5, name=f"points-{band}")


def figure_json(bands: int) -> str:
    """Return the figure as the text that `Bokeh.embed.embed_item` reads."""
    return json.dumps(json_item(make_figure(bands)), separators=(",", ":"))


if __name__ == "__main__":
    print(figure_json(int(sys.argv[1])))  # noqa: T201 - this is its output
