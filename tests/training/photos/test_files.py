"""Photos of a file with boxes: what sticks out of a photo by rounding is cut off."""

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from outclass.base.limits import Limits
from outclass.inputs.photo import fitting_box, read_photo
from outclass.inputs.view import view_of
from outclass.training.photos.files import PhotoFiles
from outclass.training.photos.reading import boxes_of


def jpeg() -> bytes:
    """Return a small photo of noise."""
    pixels = np.random.default_rng(1).integers(0, 255, (256, 351, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((47, 194, 116, 63), (47, 194, 116, 62)),
        ((-3, 5, 20, 20), (0, 5, 17, 20)),
        ((10, 10, 5, 5), (10, 10, 5, 5)),
        ((351, 0, 5, 5), None),
        ((0, 0, 0, 0), None),
        (None, None),
    ],
)
def test_as_much_of_a_box_counts_as_lies_in_the_photo(
    box: tuple[int, int, int, int] | None, expected: tuple[int, int, int, int] | None
) -> None:
    assert fitting_box(box, 351, 256) == expected


def test_a_box_that_sticks_out_by_a_fraction_is_read() -> None:
    table = pl.DataFrame({"bbox_x": [47.4], "bbox_y": [194.2], "bbox_w": [115.0], "bbox_h": [61.9]})
    body, boxes = jpeg(), boxes_of(table)
    photos = PhotoFiles(names=("one",), contents=(body,), boxes=boxes, limits=Limits())

    assert boxes[0, 1] + boxes[0, 3] > 256
    np.testing.assert_array_equal(
        photos.views(0, 1)[0], view_of(read_photo(body, Limits(), box=(47, 194, 116, 62)).pixels)
    )


def test_a_file_on_disk_is_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "one.jpg"
    path.write_bytes(jpeg())
    boxes = np.array([[300, 200, 100, 100]], dtype=np.int32)
    photos = PhotoFiles(names=("one",), contents=(path,), boxes=boxes, limits=Limits())

    np.testing.assert_array_equal(
        photos.views(0, 1)[0], view_of(read_photo(jpeg(), Limits(), box=(300, 200, 51, 56)).pixels)
    )
