"""Even contrast: what it leaves, and what it brings out."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from outclass.training.photos.contrast import TILES, curves_of, evened


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_any_photo_keeps_its_size_and_darker_stays_darker_in_each_tile(height, width, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    assert evened(pixels).shape == pixels.shape
    assert evened(pixels).dtype == np.uint8
    curves = curves_of(pixels[:, :, 0])
    assert curves.shape == (TILES, TILES, 256)
    assert (np.diff(curves, axis=2) >= -1e-3).all()


def test_what_hides_in_the_dark_comes_out():
    shades = np.random.default_rng(0).integers(20, 40, (64, 64, 1))
    dark = np.repeat(shades, 3, axis=2).astype(np.uint8)
    found = evened(dark)
    assert found.std() > 2 * dark.std()
    assert np.ptp(found.astype(int), axis=2).max() <= 2
