"""Marks of values, bars of effects and numbers as a picture."""

import math
import re

from hypothesis import given
from hypothesis import strategies as st

from outclass.charts.ranges import PAD, WIDTH, Strip, effect_bar, lattice_svg, range_mark

NUMBERS = st.floats(-1e9, 1e9, allow_nan=False)
STRIP = Strip(low=0.0, high=10.0, lower=2.0, upper=6.0, middle=4.0)


@given(value=NUMBERS, other=NUMBERS)
def test_marks_keep_to_the_strip_and_to_the_order_of_values(value: float, other: float) -> None:
    low, high = sorted((STRIP.place(value), STRIP.place(other)))

    assert PAD <= low <= high <= WIDTH - PAD
    assert (STRIP.place(value) <= STRIP.place(other)) or value >= other


def test_a_column_of_one_value_has_its_mark_in_the_middle() -> None:
    flat = Strip(low=3.0, high=3.0, lower=3.0, upper=3.0, middle=3.0)

    assert flat.place(3.0) == WIDTH / 2


def test_what_is_not_known_has_no_mark_and_labels_are_escaped() -> None:
    drawn = range_mark(STRIP, math.nan, '"><script>')

    assert "circle" not in drawn
    assert "<script>" not in drawn


@given(effect=NUMBERS, most=st.floats(0, 1e9))
def test_effects_start_in_the_middle(effect: float, most: float) -> None:
    start, width = (
        float(one) for one in re.search(r'x="([\d.]+)" width="([\d.]+)"', effect_bar(effect, most)).groups()
    )

    assert 0 <= width <= 50
    assert start == 50 or abs(start + width - 50) < 0.011


@given(values=st.lists(NUMBERS | st.just(math.nan), min_size=1, max_size=30), across=st.integers(1, 9))
def test_a_picture_has_at_most_a_cell_for_each_number(values: list[float], across: int) -> None:
    drawn = lattice_svg(values, across, -5.0, 5.0, "numbers")

    assert drawn.count("<rect") <= len(values) + 1
    assert all(
        0 < float(shade) <= 1 or shade == "0.00" for shade in re.findall(r'fill-opacity="([\d.]+)"', drawn)
    )
