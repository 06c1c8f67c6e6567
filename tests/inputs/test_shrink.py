import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from outclass.inputs.shrink import WORKING_SIDE, shrink


@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from([(), (1,), (3,)]))
def test_result_is_small_and_of_the_same_form(height: int, width: int, channels: tuple[int, ...]) -> None:
    found = shrink(np.full((height, width, *channels), 7, dtype=np.uint8))
    assert found.ndim == 2 + len(channels)
    assert 1 <= max(found.shape[:2]) < 2 * WORKING_SIDE
    assert (found == 7).all()


def test_small_pictures_are_left_alone() -> None:
    picture = np.zeros((2 * WORKING_SIDE - 1, 5), dtype=np.float32)
    assert shrink(picture) is picture


def test_pixels_are_means() -> None:
    picture = np.random.default_rng(0).random((4 * WORKING_SIDE, 8, 3), dtype=np.float32)
    found = shrink(picture)
    assert found.shape == (WORKING_SIDE, 2, 3)
    assert np.allclose(found[5, 1], picture[20:24, 4:8].mean(axis=(0, 1)), atol=1e-6)


def test_a_line_of_pixels_does_not_blow_up() -> None:
    assert shrink(np.ones((1, 5_000_000), dtype=np.uint8)).shape == (1, 512)
