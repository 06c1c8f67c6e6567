"""Copies of a photo are found, however they were saved; photos that only look alike from afar are not."""

import io

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from outclass.base.errors import DataError
from outclass.catalog.near_duplicates import (
    DISTANCE,
    LENGTH,
    _agree,
    fingerprint,
    near_groups,
    near_pairs,
)


def scene(seed: int, width: int = 240, height: int = 180) -> Image.Image:
    """A picture with large and small shapes, as photos have."""
    rng = np.random.default_rng(seed)
    layers = [rng.integers(0, 256, (side, side + 1, 3), dtype=np.uint8) for side in (3, 7, 17)]
    pictures = [
        np.asarray(Image.fromarray(layer).resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)
        for layer in layers
    ]
    return Image.fromarray(np.average(pictures, axis=0, weights=[4, 3, 1]).astype(np.uint8))


def pixels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB"))


def saved(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue()))


def cropped(picture: Image.Image, share: float) -> Image.Image:
    width, height = picture.size
    return picture.crop((int(width * share), int(height * share), width, height))


KNOWN_COPIES = {("felix_502", "felix_503"), ("felix_605", "felix_606"), ("felix_608", "felix_609")}
CHANGES = {
    "the same": lambda picture: picture,
    "poor JPEG": lambda picture: saved(picture, 40),
    "half as large": lambda picture: picture.resize((120, 90), Image.Resampling.LANCZOS),
    "other shape": lambda picture: picture.resize((200, 200), Image.Resampling.LANCZOS),
    "gray": lambda picture: picture.convert("L"),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.15),
    "flatter": lambda picture: ImageEnhance.Contrast(picture).enhance(0.7),
    "mirrored": lambda picture: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "mirrored and small": lambda picture: saved(
        picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((120, 90)), 60
    ),
    "cut by a hundredth": lambda picture: cropped(picture, 0.01),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_is_found(change):
    for seed in range(5):
        photos = [scene(seed), scene(seed + 100), CHANGES[change](scene(seed)), scene(seed + 200)]
        assert near_groups([fingerprint(pixels(one)) for one in photos]).tolist() == [0, 1, 0, 3]


def test_other_photos_are_alone():
    prints = [fingerprint(pixels(scene(seed))) for seed in range(120)]
    assert near_groups(prints).tolist() == list(range(120))


def fine_texture(seed: int) -> np.ndarray:
    """Leaves and grass: 0 to 1 at each place."""
    cells = np.random.default_rng(seed).integers(0, 256, (16, 21), dtype=np.uint8)
    picture = Image.fromarray(cells).resize((240, 180), Image.Resampling.BICUBIC)
    return np.asarray(picture, dtype=np.float64) / 255


def test_night_frames_with_a_bright_middle_are_not_one_photo():
    """The hashes of such frames are nearly equal, and the sketches are not."""
    y, x = np.mgrid[-1:1:180j, -1:1:240j]
    light = 200 * np.exp(-3 * (x**2 + y**2))
    frames = [light * (0.4 + 0.6 * fine_texture(seed)) for seed in range(30)]
    prints = [fingerprint(pixels(Image.fromarray(one.astype(np.uint8)))) for one in frames]
    hashes = np.array([int.from_bytes(one[:8], "little") for one in prints], dtype=np.uint64)
    assert (np.bitwise_count(hashes[:, None] ^ hashes[None]) <= DISTANCE).mean() > 0.9
    assert near_groups(prints).tolist() == list(range(30))


def test_flat_photos_are_not_one_photo():
    """Nothing can be said of photos of a clear sky, but that equal ones are equal."""
    tops = [np.tile(np.linspace(top, top + 9, 60)[:, None, None], (1, 80, 3)) for top in (90, 140, 90)]
    prints = [fingerprint(one.astype(np.uint8)) for one in tops]
    assert near_groups(prints).tolist() == [0, 1, 0]


def test_a_chain_is_one_group():
    steps = [cropped(scene(1, 400, 300), share) for share in (0.0, 0.012, 0.024, 0.036, 0.048, 0.06, 0.072)]
    prints = [fingerprint(pixels(one)) for one in steps]
    assert near_groups([prints[0], prints[-1]]).tolist() == [0, 1]
    assert near_groups(prints[::-1]).tolist() == [0] * len(steps)


def random_prints(seed: int, count: int, copies: int) -> list[bytes]:
    """Random fingerprints, and copies of them with some bits of the hashes turned over."""
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 256, (count, LENGTH), dtype=np.uint8)
    more = table[rng.integers(0, count, copies)].copy()
    for row in more:
        for bit in rng.choice(128, rng.integers(0, 2 * DISTANCE), replace=False):
            row[bit // 8] ^= 1 << (bit % 8)
        if rng.random() < 0.3:
            row[:16] = np.concatenate([row[8:16], row[:8]])
            row[16:] = row[16:].reshape(16, 16)[:, ::-1].ravel()
    return [row.tobytes() for row in np.concatenate([table, more])]


def all_pairs(prints: list[bytes], distance: int) -> set[tuple[int, int]]:
    """Compare each with each."""
    found = set()
    for one, first in enumerate(prints):
        for other in range(one + 1, len(prints)):
            second = prints[other]
            plain, mirror = (np.frombuffer(entry[:16], dtype="<u8") for entry in (first, second))
            ways = [
                (plain[0] ^ mirror[0], False), (plain[0] ^ mirror[1], True), (plain[1] ^ mirror[0], True)
            ]  # fmt: skip
            sketches = [
                np.frombuffer(entry[16:], dtype=np.uint8).reshape(1, 16, 16) for entry in (first, second)
            ]
            for differing, mirrored in ways:
                if np.bitwise_count(differing) <= distance and _agree(*sketches, np.array([mirrored]))[0]:
                    found.add((one, other))
    return found


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), distance=st.integers(0, 10))
def test_the_quick_search_finds_what_comparing_all_finds(seed, distance):
    prints = random_prints(seed, 12, 14)
    expected = np.arange(len(prints))
    for one, other in sorted(all_pairs(prints, distance)):
        expected[expected == expected[other]] = expected[one]
    groups = near_groups(prints, distance).tolist()
    named = {group: min(np.flatnonzero(expected == group)) for group in expected}
    assert groups == [named[group] for group in expected]


def test_no_photos_no_groups():
    assert near_groups([]).tolist() == []
    assert list(near_pairs([])) == []


def test_something_else_is_refused():
    with pytest.raises(DataError, match="no fingerprint"):
        near_groups([b"too short"])


def test_known_copies_among_real_photos(shared_data):
    """Photos that are together are of one original, some with black blocks; others are alone."""
    table = pl.read_parquet(shared_data / "cats" / "cat_photos.parquet")
    prints = [
        fingerprint(np.asarray(Image.open(io.BytesIO(image)).convert("RGB"))) for image in table["image"]
    ]
    groups = near_groups(prints)
    ids, originals = table["image_id"].to_list(), table["group"].to_list()
    together = [(row, group) for row, group in enumerate(groups.tolist()) if row != group]
    assert {(ids[one], ids[other]) for other, one in together} == KNOWN_COPIES
    assert all(originals[one] == originals[other] for one, other in together)
