"""Colors: contrast as WCAG defines it, accents that stay readable, every pair of the design."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.charts.colors import (
    AA_GRAPHIC,
    AA_TEXT,
    accent,
    accent_sheet,
    contrast,
    mix,
    readable,
    tokens,
)

LIGHT, DARK = 0, 1
COLORS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")
GROUNDS = ("sky", "surface", "raised")
# What is written in which color on which ground, in every style sheet.
TEXT_PAIRS = (
    *[(text, ground) for text in ("text", "muted", "link", "accent") for ground in GROUNDS],
    *[(text, ground) for text in ("win", "lose") for ground in ("sky", "surface")],
    ("win", "win-soft"),
    ("lose", "lose-soft"),
    ("text", "win-soft"),
    ("text", "lose-soft"),
    ("text", "accent-soft"),
    ("muted", "accent-soft"),
    ("accent", "accent-soft"),
    ("on-accent", "accent-fill"),
    ("adviser-1", "sky"),
    ("adviser-1", "surface"),
)
GRAPHIC_PAIRS = (
    *[(color, ground) for color in ("focus", "control-line") for ground in GROUNDS],
    *[(f"adviser-{n}", ground) for n in (1, 2, 3) for ground in ("surface", "raised")],
)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_of_the_design_can_be_read(text, ground, theme):
    known = tokens()

    assert contrast(known[text][theme], known[ground][theme]) >= AA_TEXT


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize(("color", "ground"), GRAPHIC_PAIRS)
def test_lines_and_bars_of_the_design_can_be_seen(color, ground, theme):
    known = tokens()

    assert contrast(known[color][theme], known[ground][theme]) >= AA_GRAPHIC


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#abcdef", "#abcdef", 1.0)],
)
def test_contrast_is_that_of_wcag(first, second, ratio):
    assert contrast(first, second) == pytest.approx(ratio, abs=0.005)
    assert contrast(second, first) == contrast(first, second)


@given(COLORS, COLORS)
def test_mixing_goes_from_one_color_to_the_other(one, other):
    assert mix(one, other, 0.0) == one
    assert mix(one, other, 1.0) == other


@given(COLORS)
def test_a_color_is_moved_until_it_can_be_read(color):
    found = readable(color, ["#ffffff", "#f3f5fb"], toward="#000000")

    assert contrast(found, "#ffffff") >= AA_TEXT
    assert contrast(found, "#f3f5fb") >= AA_TEXT


def test_a_color_that_can_be_read_stays():
    assert readable("#123456", ["#ffffff"], toward="#000000") == "#123456"


@given(COLORS, st.sampled_from([LIGHT, DARK]))
def test_any_accent_that_a_challenge_declares_can_be_read(declared, theme):
    known, found = tokens(), accent(declared, theme=theme)

    for ground in GROUNDS:
        assert contrast(found.color, known[ground][theme]) >= AA_TEXT
    assert contrast(found.color, found.soft) >= AA_TEXT
    assert contrast(found.on, found.fill) >= AA_TEXT


def test_the_sheet_of_an_accent_sets_what_the_design_knows():
    sheet = accent_sheet("#5cc8ff")

    for name in ("accent", "accent-fill", "on-accent", "accent-soft"):
        assert f"--{name}: light-dark(#" in sheet
        assert name in tokens()
