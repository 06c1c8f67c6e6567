"""Charts: well-formed SVG without style attributes, as the security policy forbids these."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.charts.svg import ReliabilityBin, bar, reliability, sparkline

NUMBERS = st.floats(-1e6, 1e6)
BIN = st.builds(
    ReliabilityBin, confidence=st.floats(0, 1), accuracy=st.floats(0, 1), count=st.integers(0, 1000)
)


def parse(text):
    """Parse our own markup."""
    assert "style" not in text
    return ET.fromstring(text)


@pytest.mark.parametrize(("share", "width"), [(0, 0), (0.25, 25), (1, 100), (-3, 0), (7, 100)])
def test_a_bar_is_filled_to_its_share(share, width):
    drawn = parse(bar(share, "win"))

    assert float(drawn.find("rect").get("width")) == width
    assert drawn.get("class") == "bar bar--win"
    assert drawn.get("aria-hidden") == "true"


def test_a_bar_s_kind_cannot_break_out():
    assert parse(bar(0.5, '"><script>')).get("class") == 'bar bar--"><script>'


@given(st.lists(NUMBERS, min_size=2, max_size=50))
def test_a_sparkline_stays_in_its_box(values):
    drawn = parse(sparkline(values, "skill"))

    points = [tuple(map(float, pair.split(","))) for pair in drawn.find("polyline").get("points").split()]
    assert len(points) == len(values)
    assert all(0 <= x <= 96 and 0 <= y <= 24 for x, y in points)
    assert [x for x, _ in points] == sorted(x for x, _ in points)


def test_a_sparkline_rises_with_its_values():
    points = re.search(r'points="([^"]+)"', sparkline([1, 5], "<b>")).group(1)

    assert points == "0.0,22.0 96.0,2.0"
    assert parse(sparkline([1, 5], "<b>")).get("aria-label") == "<b>"


@pytest.mark.parametrize("values", [[], [3.0]])
def test_no_line_is_drawn_through_less_than_two_values(values):
    assert sparkline(values, "skill") == ""


@given(st.lists(BIN, max_size=15))
def test_a_reliability_diagram_shows_each_bin_that_has_answers(bins):
    drawn = parse(reliability(bins))

    filled = [b for b in bins if b.count]
    circles = drawn.findall("circle")
    assert len(circles) == len(filled)
    for circle, b in zip(circles, filled, strict=True):
        assert float(circle.get("cx")) == pytest.approx(40 + 240 * b.confidence, abs=0.06)
        assert float(circle.get("cy")) == pytest.approx(260 - 240 * b.accuracy, abs=0.06)
        assert f"of {b.count}" in circle.find("title").text
