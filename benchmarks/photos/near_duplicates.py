"""Near duplicates among real photos: copies that are found, other photos that are taken for copies, seconds.

    python benchmarks/photos/near_duplicates.py --data ../shared/data

Every fourth photo is changed in the ways in which copies differ. Photos of one group (an original, a camera)
are left out of the wrong pairs.
"""

import argparse
import io
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image, ImageEnhance

from outclass.catalog.near_duplicates import DISTANCE, fingerprint, near_groups, near_pairs

FILES = (
    "cats/cat_photos",
    "cats/wild_cat_photos",
    "mushrooms/mushroom_photos",
    "mushrooms/mushroom_photos_2",
    "cats/ood_imagenet_sample",
    "mushrooms/ood_food_photos",
)
Change = Callable[[Image.Image], Image.Image]


def saved(photo: Image.Image, quality: int) -> Image.Image:
    """Return a photo after it was saved as JPEG."""
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


def cropped(photo: Image.Image, share: float) -> Image.Image:
    """Return a photo without so much on each side."""
    left, top = int(photo.width * share), int(photo.height * share)
    return photo.crop((left, top, photo.width - left, photo.height - top))


def mirrored(photo: Image.Image) -> Image.Image:
    """Return the mirror image."""
    return photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


CHANGES: dict[str, Change] = {
    "JPEG of quality 50": lambda photo: saved(photo, 50),
    "half as large": lambda photo: photo.resize((max(1, photo.width // 2), max(1, photo.height // 2))),
    "75 x 75 pixels": lambda photo: photo.resize((75, 75)),
    "brighter by 30 %": lambda photo: ImageEnhance.Brightness(photo).enhance(1.3),
    "contrast lower by 30 %": lambda photo: ImageEnhance.Contrast(photo).enhance(0.7),
    "gray": lambda photo: photo.convert("L").convert("RGB"),
    "mirrored, JPEG of quality 30": lambda photo: saved(mirrored(photo), 30),
    "cut by 1 % on each side": lambda photo: cropped(photo, 0.01),
    "cut by 3 % on each side": lambda photo: cropped(photo, 0.03),
    "cut by 6 % on each side": lambda photo: cropped(photo, 0.06),
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    photos, groups = read(parser.parse_args().data)
    start = time.process_time()
    prints = [fingerprint(np.asarray(photo)) for photo in photos]
    print(f"{len(photos):,} photos, {1e3 * (time.process_time() - start) / len(photos):.2f} ms each")
    for name, change in CHANGES.items():
        places = range(0, len(photos), 4)
        found = [is_found(prints[place], fingerprint(np.asarray(change(photos[place])))) for place in places]
        print(f"| {name} | {np.mean(found):.3f} |")
    pairs = {
        (min(one, other), max(one, other))
        for part in near_pairs(prints)
        for one, other in zip(*(rows.tolist() for rows in part), strict=True)
    }
    wrong = sum(groups[one] != groups[other] for one, other in pairs)
    print(
        f"pairs of one group {len(pairs) - wrong:,}, of different groups {wrong:,}; {by_bits(prints, groups)}"
    )
    for count in (5_000, 100_000):
        many = varied(prints, count)
        start = time.process_time()
        near_groups(many)
        print(f"{count:,} photos: {time.process_time() - start:.2f} s of the processor")


def read(folder: Path) -> tuple[list[Image.Image], list[str]]:
    """Return all photos and the group of each."""
    photos, groups = [], []
    for name in FILES:
        table = pl.read_parquet(folder / f"{name}.parquet")
        photos += [Image.open(io.BytesIO(image)).convert("RGB") for image in table["image"]]
        alone = [f"{name} {row}" for row in range(len(table))]
        groups += table["group"].to_list() if "group" in table.columns else alone
    return photos, groups


def is_found(one: bytes, other: bytes) -> bool:
    """Tell whether two photos are nearly the same."""
    return bool(near_groups([one, other])[1] == 0)


def by_bits(prints: list[bytes], groups: list[str]) -> str:
    """Say how many pairs of different groups the bits alone would take for copies."""
    hashes = np.array([np.frombuffer(one[:16], dtype="<u8") for one in prints])
    names = np.unique(groups, return_inverse=True)[1]
    wrong = dict.fromkeys((4, DISTANCE), 0)
    for row in range(len(prints) - 1):
        later = slice(row + 1, None)
        bits = np.bitwise_count(hashes[row, 0] ^ hashes[later, 0])
        for distance in wrong:
            wrong[distance] += int(((bits <= distance) & (names[later] != names[row])).sum())
    return ", ".join(f"{count:,} within {distance} bits" for distance, count in wrong.items())


def varied(prints: list[bytes], count: int) -> list[bytes]:
    """Return as many fingerprints, made of real ones with a quarter of their bits turned over."""
    rng = np.random.default_rng(0)
    table = np.frombuffer(b"".join(prints), dtype=np.uint8).reshape(len(prints), -1)
    rows = table[rng.integers(0, len(table), count)].copy()
    rows[:, :16] ^= np.packbits(rng.random((count, 128)) < 0.25, axis=1)
    rows[:, 16:] ^= rng.integers(0, 8, (count, rows.shape[1] - 16), dtype=np.uint8)
    return [row.tobytes() for row in rows]


if __name__ == "__main__":
    main()
