"""Pictures made to be no digits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("fontpkg", reason="the fonts come with the extra [torch]")

from outclass.challenges.digits import handmade, nondigits
from outclass.inputs import framing

LIKE_DIGITS = "\u041e\u043e\u0417\u0437\u0431\u03bf\u03c3\u039f\u0399\u0392\u0396\u03d0"
DIGITS = np.zeros((4, 28, 28), np.uint8)
DIGITS[:, 4:24, 10:18] = 255


def test_pictures_are_in_the_form_of_mnist() -> None:
    pictures = nondigits.training_nondigits(1, 60, DIGITS)
    assert pictures.shape == (60, 28, 28)
    for picture in pictures:
        ink = picture.astype(np.float32) / 255
        assert not framing.is_empty(ink)
        rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
        assert max(np.ptp(rows), np.ptp(columns)) < 20


def test_the_same_seed_makes_the_same_pictures() -> None:
    first, again = (nondigits.training_nondigits(5, 40, DIGITS) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (nondigits.training_nondigits(6, 40, DIGITS) != first).any()


def test_tuning_shares_no_font_and_no_picture_with_training() -> None:
    assert not set(nondigits.TUNING_FONTS) & set(nondigits.TRAINING_FONTS)
    tuning = {picture.tobytes() for picture in nondigits.tuning_nondigits(1, 150)}
    training = {picture.tobytes() for picture in nondigits.training_nondigits(1, 150, DIGITS)}
    assert len(tuning) > 140
    assert not tuning & training


def test_glyphs_that_look_like_digits_are_left_out() -> None:
    everything = nondigits.LATIN + nondigits.GREEK_AND_CYRILLIC + "".join(nondigits.SCRIPTS.values())
    assert not set("0123456789OoQlIizZSsBbqgGD" + LIKE_DIGITS) & set(everything)


@given(shift=st.integers(-20, 20), size=st.integers(30, 90), seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_normalizing_does_not_depend_on_where_the_ink_was(shift: int, size: int, seed: int) -> None:
    drawn = np.zeros((140, 140), np.uint8)
    drawn[25 : 25 + size, 25 : 25 + size] = np.random.default_rng(seed).integers(20, 256, (size, size))
    moved = np.roll(drawn, shift, axis=(0, 1))
    np.testing.assert_array_equal(nondigits.normalize(drawn), nondigits.normalize(moved))


def test_redrawn_digits_stay_the_digit_but_not_the_pixels() -> None:
    redrawn = nondigits.redraw(1, DIGITS)
    assert redrawn.shape == DIGITS.shape
    assert (redrawn != DIGITS).any()
    for before, after in zip(DIGITS, redrawn, strict=True):
        both = np.minimum(before, after).sum(dtype=int)
        assert both > 0.5 * before.sum(dtype=int)


def test_handmade_digits_are_in_the_form_of_mnist_and_of_all_kinds() -> None:
    pictures, targets = handmade.handmade_digits(1, 120)
    assert set(targets.tolist()) == set(range(10))
    for picture in pictures:
        rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
        assert 17 <= max(np.ptp(rows), np.ptp(columns)) < 20
    again, same = handmade.handmade_digits(1, 120)
    np.testing.assert_array_equal(pictures, again)
    np.testing.assert_array_equal(targets, same)


def test_handmade_digits_use_no_font_of_tuning() -> None:
    assert not set(handmade.FONTS) & set(nondigits.TUNING_FONTS)
