"""What a view shows of a photo, and how boxes get their surroundings."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from outclass.inputs.view import SIDE, around, part_of, view_of

SIZES = st.integers(1, 5000)


@given(width=SIZES, height=SIZES)
def test_a_part_is_in_the_middle_and_half_way_to_a_square(width, height):
    left, top, across, down = part_of(width, height)
    side = min(width, height)
    assert across + 2 * left == width
    assert down + 2 * top == height
    assert min(across, down) == side
    assert abs(max(across, down) - (side + max(width, height)) / 2) < 2


@given(width=SIZES, height=SIZES, data=st.data())
def test_surroundings_hold_the_box_and_lie_in_the_photo(width, height, data):
    left = data.draw(st.integers(0, width - 1))
    top = data.draw(st.integers(0, height - 1))
    across = data.draw(st.integers(1, width - left))
    down = data.draw(st.integers(1, height - top))
    x, y, wide, high = around((left, top, across, down), width, height)
    assert 0 <= x <= left
    assert 0 <= y <= top
    assert left + across <= x + wide <= width
    assert top + down <= y + high <= height
    assert wide in {high, width} or high == height


def test_a_box_without_a_size_is_the_whole_photo():
    assert around((0, 0, 0, 0), 640, 480) == (0, 0, 0, 0)


def test_the_middle_stays_in_the_middle():
    pixels = np.zeros((300, 500, 3), dtype=np.uint8)
    pixels[140:160, 240:260] = 255
    view = view_of(pixels)
    assert view.shape == (SIDE, SIDE, 3)
    assert view[SIDE // 2, SIDE // 2].min() == 255
    rows, columns = np.nonzero(view[..., 0] > 128)
    assert abs(rows.mean() - (SIDE - 1) / 2) < 1
    assert abs(columns.mean() - (SIDE - 1) / 2) < 1
