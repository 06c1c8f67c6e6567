"""Light curves as SVG: each observation is drawn, in the band's color and shape, without style attributes."""

import json
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.catalog.challenge import Band
from outclass.charts.bands import RUBIN, band_styles
from outclass.charts.curve import curve_svg, flux_range, origin_of, sparkline_svg, ticks
from outclass.charts.figure import figure_json
from outclass.charts.nights import Panel, nights_svg
from outclass.inputs.series import Series, facts_of

STYLES = band_styles([Band(name=name, wavelength=5000.0) for name in "ugrizy"])
FLUX = st.floats(-1e6, 1e6, allow_nan=False)


def make_series(mjd, flux, band=None, error=1.0, detected=True):
    """Return a series."""
    size = len(mjd)
    return Series(
        mjd=np.array(mjd, dtype=float),
        passband=np.zeros(size, dtype=np.int64) if band is None else np.array(band, dtype=np.int64),
        flux=np.array(flux, dtype=float),
        flux_err=np.full(size, float(error)),
        detected=np.full(size, detected),
        facts=facts_of({}),
    )


def parse(text):
    """Parse our own markup."""
    assert "style=" not in text
    return ET.fromstring(text)


def test_bands_have_the_published_colors_and_shapes():
    assert [(one.key, one.light, one.dark, one.marker) for one in STYLES] == [
        ("u", "#0c71ff", "#3eb7ff", "circle"),
        ("g", "#49be61", "#30c39f", "up"),
        ("r", "#c61c00", "#ff7e00", "down"),
        ("i", "#ffc200", "#2af5ff", "square"),
        ("z", "#f341a2", "#a7f9c1", "star"),
        ("y", "#5d0000", "#fdc900", "pentagon"),
    ]


def test_other_bands_take_looks_that_are_free():
    styles = band_styles([Band(name=name, wavelength=5000.0) for name in ("B", "V", "r")])
    assert [one.name for one in styles] == ["B", "V", "r"]
    assert len({one.key for one in styles}) == 3
    assert styles[2].key == "r"
    many = band_styles([Band(name=f"f{place}", wavelength=5000.0) for place in range(14)])
    assert {one.key for one in many} == set(RUBIN)


@given(st.lists(st.tuples(st.floats(0, 2000), FLUX, st.integers(0, 5)), max_size=60))
def test_a_sparkline_holds_every_observation_within_its_frame(rows):
    rows = sorted(rows)
    series = make_series([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])
    drawn = parse(sparkline_svg(series, STYLES, "a <curve>"))

    assert drawn.get("aria-label") == "a <curve>"
    dots = [path for path in drawn.findall("path") if "band" in path.get("class")]
    assert {path.get("class")[-1] for path in dots} == {"ugrizy"[r[2]] for r in rows}
    for path in dots:
        for x, y in re.findall(r"M(-?\d+) (-?\d+)h0", path.get("d")):
            assert 0 <= int(x) <= 240
            assert 0 <= int(y) <= 64


def test_a_sparkline_is_small():
    random = np.random.default_rng(1)
    series = make_series(
        np.sort(random.uniform(0, 1000, 350)), random.normal(size=350), random.integers(0, 6, 350)
    )
    assert len(sparkline_svg(series, STYLES, "x")) < 4000


def test_negative_flux_lies_below_zero():
    drawn = parse(sparkline_svg(make_series([0, 1, 2], [-5, 0, 5]), STYLES, "x"))
    zero = int(re.search(r"M0 (\d+)H", drawn.find("path").get("d"))[1])
    heights = [int(y) for _, y in re.findall(r"M(\d+) (\d+)h0", drawn.findall("path")[1].get("d"))]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] > zero > heights[2]


@given(st.lists(st.tuples(st.floats(59000, 61000), FLUX, st.integers(0, 5)), max_size=30))
def test_a_curve_has_a_mark_and_a_bar_for_each_observation(rows):
    rows = sorted(rows)
    series = make_series([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])
    drawn = parse(curve_svg(series, STYLES, "x"))
    for place, name in enumerate("ugrizy"):
        group = [g for g in drawn.findall("g") if g.get("class") == f"band band--{name}"]
        count = sum(r[2] == place for r in rows)
        assert len(group) == (count > 0)
        for part in group:
            bars, marks = (path.get("d") for path in part.findall("path"))
            assert bars.count("M") == bars.count("V") == count
            assert marks.count("z") == count


def test_days_are_counted_from_the_first_detection():
    series = make_series([10.0, 12.0, 15.0], [1, 2, 3], detected=False)
    assert origin_of(series) == (10.0, False)
    series.detected[1] = True
    assert origin_of(series) == (12.0, True)
    assert "days since the first detection" in curve_svg(series, STYLES, "x")


def test_a_few_huge_errors_do_not_squeeze_the_curve():
    series = make_series(np.arange(50.0), np.linspace(0, 100, 50))
    series.flux_err[3] = 1e6
    low, high = flux_range(series)
    assert -20 < low <= 0
    assert 100 < high < 120


@given(st.floats(-1e5, 1e5), st.floats(0.01, 1e5))
def test_ticks_are_round_and_within(low, span):
    found = ticks(low, low + span)
    assert len(found) <= 9
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in found)


def test_small_multiples_say_everything_in_words_too():
    panels = [Panel(title="A & B", is_truth=True, lines=((0.1, 0.9), (0.2, 0.5)))]
    drawn = nights_svg(panels, ["5", "all"], ["First", "Second"])
    assert "A &amp; B" in drawn
    assert "First: 5 nights 10 %, all nights 90 %; Second: 5 nights 20 %, all nights 50 %" in drawn
    assert drawn.count("<circle") == 4
    parse(f"<div>{drawn}</div>")


@pytest.mark.parametrize("bands", [1, 6])
def test_the_figure_has_a_place_for_every_band_and_runs_no_code(bands):
    text = figure_json(bands)
    names = set(re.findall(r'"name":"([a-z-]+-\d+)"', text))
    assert {f"{part}-{bands - 1}" for part in ("points", "errors", "mean", "spread", "source")} <= names
    assert f"points-{bands}" not in names
    assert "CustomJS" not in text
    assert json.loads(text)["doc"]["roots"]
