"""Light paper where none is expected, and what lies beside the paper."""

import io
import json

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from outclass.base.limits import Limits
from outclass.inputs.drawing import ink_of_square, read_drawing

LIMITS = Limits()
JSON, RAW, PNG = "application/json", "application/octet-stream", "image/png"


def seven(side: int = 112) -> NDArray[np.uint8]:
    picture = np.zeros((side, side), dtype=np.uint8)
    unit = side // 28
    picture[5 * unit : 8 * unit, 7 * unit : 20 * unit] = 255
    for row in range(8 * unit, 24 * unit):
        column = 17 * unit - (row - 8 * unit) // 2
        picture[row, column : column + 3 * unit] = 255
    return picture


def photo(paper: int, ink: int) -> NDArray[np.uint8]:
    """Return a seven on shaded paper with noise."""
    share = seven() / 255
    light = np.linspace(0.8, 1.0, 112)[np.newaxis, :]
    noise = np.random.default_rng(4).normal(0, 2, share.shape)
    return np.clip((paper + (ink - paper) * share) * light + noise, 0, 255).astype(np.uint8)


def alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    return float(np.abs(one - other).mean()) < 0.03


@pytest.fixture
def expected() -> NDArray[np.float32]:
    return read_drawing(seven().tobytes(), RAW, LIMITS)


@pytest.mark.parametrize("picture", [255 - seven(), photo(220, 30), photo(60, 220)])
def test_bytes_and_lists_with_a_border_of_paper(
    picture: NDArray[np.uint8], expected: NDArray[np.float32]
) -> None:
    assert alike(read_drawing(picture.tobytes(), RAW, LIMITS), expected)
    flat = json.dumps((picture / 255).reshape(-1).tolist()).encode()
    assert alike(read_drawing(flat, JSON, LIMITS), expected)


def test_ink_in_the_corners_is_no_paper() -> None:
    ink = np.zeros((28, 28), dtype=np.float32)
    ink[0, :] = ink[:, 0] = 1.0
    np.testing.assert_array_equal(ink_of_square(ink), ink)


def test_bytes_that_begin_with_a_bracket_are_no_json() -> None:
    sheet = np.full((28, 28), ord("["), dtype=np.uint8)
    sheet[8:20, 12:16] = 230
    assert read_drawing(sheet.tobytes(), None, LIMITS).any()


def test_the_table_beside_the_paper_is_left_out(expected: NDArray[np.float32]) -> None:
    wide = np.full((224, 224), 225, dtype=np.uint8)
    wide[100:212, 20:132] = np.where(seven() > 0, 30, 225)
    y, x = np.mgrid[0:224, 0:224]
    wide[x - y > 110] = 55
    noisy = np.clip(wide + np.random.default_rng(5).normal(0, 5, wide.shape), 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noisy).save(stream, "PNG")
    assert alike(read_drawing(stream.getvalue(), PNG, LIMITS), expected)
