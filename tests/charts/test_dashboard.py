"""The figures of the lab."""

import json
import subprocess
import sys

import msgspec
import pytest
from bokeh.models.renderers import GlyphRenderer

from outclass.charts.colors import AA_GRAPHIC, contrast
from outclass.charts.dashboard import PALETTE, charts_json, make
from outclass.charts.specs import Bars, Chart, Lines, Linked, Matrix

CHARTS: list[Chart] = [
    Bars(title="Classes", categories=["a", "b"], series={"train": [3, 4], "game": [1, 0]}, label="objects"),
    Matrix(title="Mixed up", classes=["a", "b"], counts=[[3, 1], [0, 0]]),
    Lines(
        title="ROC",
        x_label="x",
        y_label="y",
        lines={"a": ([0.0, 1.0], [0.0, 1.0]), "b": ([0.0, 0.5], [0.5, 1.0])},
        diagonal=True,
        unit=True,
    ),
    Lines(title="accuracy", x_label="at", y_label="accuracy", lines={"a": ([1.7e9], [0.9])}, dates=True),
    Linked(
        title="Objects",
        classes=["a", "b"],
        groups=["a", "b", "a"],
        numbers={"p": [0.1, 0.2, 0.3], "q": [1.0, 2.0, 3.0]},
        pairs=[("p", "q"), ("q", "p")],
    ),
]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: f"{type(chart).__name__}-{chart.title}")
def test_every_kind_of_chart_becomes_a_document(chart: Chart) -> None:
    (item,) = json.loads(charts_json([chart]))
    assert item["doc"]["roots"]
    assert "CustomJS" not in json.dumps(item)


def test_linked_charts_share_one_source_of_objects() -> None:
    root = make(CHARTS[-1])
    renderers = list(root.select({"type": GlyphRenderer}))
    assert len(renderers) == 2
    assert {renderer.data_source.name for renderer in renderers} == {"objects"}
    assert len({renderer.data_source.id for renderer in renderers}) == 1


def test_the_command_draws_what_it_reads() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "outclass.charts.dashboard"],
        input=msgspec.json.encode(CHARTS[:1]),
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)[0]["doc"]["roots"]


@pytest.mark.parametrize("ground", ["#ffffff", "#121930"])
def test_series_stand_out_from_both_grounds(ground: str) -> None:
    low = [color for color in PALETTE if contrast(color, ground) < AA_GRAPHIC]
    assert low == []
