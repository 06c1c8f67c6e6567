"""What is no photo is known by its pixels, and photos are left alone."""

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from memes import KINDS, PHRASES, macro, meme
from outclass.base.limits import Limits
from outclass.bots.graphics import has_letters, is_drawn, is_graphic
from outclass.inputs.photo import read_photo
from photographs import scene


def pixels_of(body: bytes) -> np.ndarray:
    """Return what the bot sees."""
    return read_photo(body, Limits()).pixels


@pytest.mark.parametrize("place", range(30))
def test_no_meme_is_taken_for_a_photo(place: int) -> None:
    assert is_graphic(pixels_of(meme(place))), KINDS[place % len(KINDS)].__name__


@pytest.mark.parametrize("seed", range(4))
def test_scenes_are_photos_until_letters_stand_over_them(seed: int) -> None:
    picture = scene(seed=seed)
    assert not is_graphic(picture)
    assert has_letters(np.asarray(macro(Image.fromarray(picture), *PHRASES[seed])))


def test_one_color_and_tiny_pictures() -> None:
    assert is_drawn(np.full((50, 50, 3), 200, dtype=np.uint8))
    assert is_graphic(np.zeros((1, 40, 3), dtype=np.uint8))
    assert not is_drawn(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))


def test_real_photos_are_left_alone_and_memes_of_them_mostly_known(shared_data: Path) -> None:
    photos = pl.read_parquet(shared_data / "cats" / "cat_photos.parquet").sample(40, seed=3)["image"]
    assert sum(is_graphic(pixels_of(body)) for body in photos) <= 1
    known = 0
    for place, body in enumerate(photos[:20]):
        stream = io.BytesIO()
        macro(Image.open(io.BytesIO(body)), *PHRASES[place % len(PHRASES)]).save(stream, "JPEG", quality=80)
        known += is_graphic(pixels_of(stream.getvalue()))
    assert known >= 17
