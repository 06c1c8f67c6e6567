"""Every form of a photo comes out as the same upright pixels."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from outclass.base.errors import InvalidInputError
from outclass.base.limits import Limits
from outclass.inputs.photo import TURNS, PhotoFormat, preview, read_photo, seen_part
from outclass.inputs.photos import Box
from outclass.inputs.view import SIDE, view_of
from photographs import corners, encoded, exif, scene, seen_corners

LIMITS = Limits()
UPRIGHT = [0, 1, 2, 3]
BACK = {
    Image.Transpose.ROTATE_90: Image.Transpose.ROTATE_270,
    Image.Transpose.ROTATE_270: Image.Transpose.ROTATE_90,
}


def as_held(orientation: int, form: str, order: str = "<") -> bytes:
    """Return the corners as a camera writes them that is held in a certain way."""
    picture = Image.fromarray(corners())
    if turn := TURNS.get(orientation):
        picture = picture.transpose(BACK.get(turn, turn))
    return encoded(picture, form, exif=exif(orientation, order))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_comes_out_upright(orientation: int, form: str) -> None:
    photo = read_photo(as_held(orientation, form), LIMITS)
    assert (photo.width, photo.height) == (320, 240)
    assert seen_corners(photo.pixels) == UPRIGHT


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_counts_as_upright(orientation: int) -> None:
    content = encoded(corners(), exif=exif(orientation))
    assert seen_corners(read_photo(content, LIMITS).pixels) == UPRIGHT


def test_exif_of_the_other_byte_order() -> None:
    assert seen_corners(read_photo(as_held(6, "JPEG", ">"), LIMITS).pixels) == UPRIGHT


MODES = {
    "JPEG": ("RGB", "L", "1", "CMYK"),
    "PNG": ("RGB", "RGBA", "P", "L", "LA", "1", "I;16"),
    "WEBP": ("RGB", "RGBA", "L", "LA"),
}


@pytest.mark.parametrize(("form", "mode"), [(form, mode) for form in MODES for mode in MODES[form]])
def test_each_mode_becomes_rgb(form: str, mode: str) -> None:
    picture = Image.fromarray(corners())
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    else:
        picture = picture.convert(mode)
    content = encoded(picture, form)
    photo = read_photo(content, LIMITS)
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.shape == (240, 320, 3)
    expected = np.asarray(
        picture.convert("RGB") if mode != "I;16" else Image.fromarray(corners()).convert("L")
    )
    expected = expected if expected.ndim == 3 else np.repeat(expected[:, :, None], 3, axis=2)
    assert np.abs(photo.pixels.astype(int) - expected).mean() < 6


def test_what_is_transparent_is_white() -> None:
    picture = np.zeros((64, 64, 4), dtype=np.uint8)
    picture[:, 32:] = (200, 10, 10, 255)
    for form in ("PNG", "WEBP"):
        pixels = read_photo(encoded(picture, form, lossless=True), LIMITS).pixels
        assert pixels[:, :30].min() == 255
        assert np.abs(pixels[:, 34:].astype(int) - (200, 10, 10)).max() <= 2


def test_a_palette_with_a_transparent_color_lies_on_white() -> None:
    picture = Image.new("P", (32, 32), 0)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    picture.paste(1, (16, 0, 32, 32))
    pixels = read_photo(encoded(picture, "PNG", transparency=0), LIMITS).pixels
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[0, 31].tolist() == [255, 0, 0]


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_of_an_animation_the_first_picture_counts(form: str) -> None:
    first, rest = Image.fromarray(corners()), [Image.new("RGB", (320, 240), "black")] * 2
    content = encoded(
        first, form, save_all=True, append_images=[*rest, Image.new("RGB", (320, 240), "white")]
    )
    photo = read_photo(content, LIMITS)
    assert photo.frames >= 3
    assert seen_corners(photo.pixels) == UPRIGHT


def test_a_photo_with_a_second_one_behind_it() -> None:
    content = encoded(
        Image.fromarray(corners()), "MPO", save_all=True, append_images=[Image.new("RGB", (320, 240))]
    )
    photo = read_photo(content, LIMITS)
    assert (photo.format, photo.frames) == (PhotoFormat.JPEG, 1)
    assert seen_corners(photo.pixels) == UPRIGHT


def test_colors_of_a_profile_become_those_of_a_screen() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    wide = wide_profile()
    source = Image.new("RGB", (64, 64), (200, 60, 60))
    content = encoded(source, "PNG", icc_profile=wide)
    expected = ImageCms.profileToProfile(source, ImageCms.ImageCmsProfile(io.BytesIO(wide)), lab)
    pixels = read_photo(content, LIMITS).pixels
    assert expected is not None
    assert np.abs(pixels[0, 0].astype(int) - np.asarray(expected)[0, 0]).max() <= 1
    assert pixels[0, 0].tolist() != [200, 60, 60]


def wide_profile() -> bytes:
    """Return a profile whose red and green are swapped, under another name than sRGB."""
    content = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = content.find(b"rXYZ"), content.find(b"gXYZ")
    content[red + 4 : red + 12], content[green + 4 : green + 12] = (
        bytes(content[green + 4 : green + 12]),
        bytes(content[red + 4 : red + 12]),
    )
    return bytes(content).replace(b"s\0R\0G\0B", b"w\0i\0d\0e").replace(b"sRGB", b"wide")


@pytest.mark.parametrize("profile", [b"nonsense", b"\0" * 200, wide_profile()[:300]])
def test_a_damaged_profile_counts_as_none(profile: bytes) -> None:
    for form in ("JPEG", "PNG", "WEBP"):
        assert (
            seen_corners(read_photo(encoded(corners(), form, icc_profile=profile), LIMITS).pixels) == UPRIGHT
        )


@given(
    width=st.integers(16, 700),
    height=st.integers(16, 700),
    side=st.integers(16, 300),
    form=st.sampled_from(["JPEG", "PNG"]),
)
def test_as_many_pixels_are_kept_as_are_asked_for(width: int, height: int, side: int, form: str) -> None:
    photo = read_photo(encoded(Image.new("RGB", (width, height), "teal"), form), LIMITS, side=side)
    found = min(photo.pixels.shape[:2])
    assert min(side, width, height) <= found <= min(width, height)
    assert found < 4 * side or found == min(width, height)
    across, down = photo.pixels.shape[1] / width, photo.pixels.shape[0] / height
    assert abs(across - down) < 2 / min(photo.pixels.shape[:2])


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_box_is_cut_from_the_upright_photo(form: str, orientation: int) -> None:
    picture = Image.fromarray(corners(1600, 1200))
    if orientation == 6:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    content = encoded(picture, form, exif=exif(orientation))
    photo = read_photo(content, LIMITS, box=(1000, 800, 200, 150), side=100)
    assert photo.width == 1600
    assert 100 <= min(photo.pixels.shape[:2]) < 400
    assert np.abs(photo.pixels[3:-3, 3:-3].astype(int) - (230, 220, 40)).max() < 12


@pytest.mark.parametrize("box", [(-1, 0, 10, 10), (0, 0, 321, 10), (0, 0, 10, 0), (310, 0, 20, 10)])
def test_a_box_outside_is_refused(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(InvalidInputError, match="box"):
        read_photo(encoded(corners()), LIMITS, box=box)


def test_bands_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(Image.fromarray(scene(500, 400)).convert("RGBA"), "PNG")
    whole = read_photo(content, LIMITS, side=100).pixels
    monkeypatch.setattr("outclass.inputs.photo.BAND", 3000)
    assert np.array_equal(read_photo(content, LIMITS, side=100).pixels, whole)


def test_a_preview_tells_nothing_but_the_picture() -> None:
    photo = read_photo(as_held(8, "JPEG"), LIMITS)
    shown = Image.open(io.BytesIO(preview(photo, 128)))
    assert shown.format == "JPEG"
    assert max(shown.size) == 128
    assert "exif" not in shown.info
    assert seen_corners(np.asarray(shown)) == UPRIGHT


@pytest.mark.parametrize("box", [None, (40, 30, 50, 20), (0, 0, 10, 60), (290, 190, 10, 10)])
def test_a_photo_is_seen_as_far_as_is_said(box: Box | None) -> None:
    left, top, across, down = seen_part(300, 200, box)
    pixels = np.zeros((200, 300, 3), dtype=np.uint8)
    pixels[top : top + down, left : left + across] = 255
    inside = read_photo(encoded(pixels, "PNG"), LIMITS, box=box)
    assert view_of(inside.pixels).min() == 255
    outside = read_photo(encoded(255 - pixels, "PNG"), LIMITS, box=box)
    assert view_of(outside.pixels).max() == 0


@given(width=st.integers(1, 400), height=st.integers(1, 400))
def test_a_view_has_one_size(width: int, height: int) -> None:
    view = view_of(np.full((height, width, 3), 77, dtype=np.uint8))
    assert (view.shape, view.dtype) == ((SIDE, SIDE, 3), np.uint8)
    assert int(view.min()) == int(view.max()) == 77
