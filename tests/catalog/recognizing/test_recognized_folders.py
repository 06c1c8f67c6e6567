"""Folders of photos, drawings and light curves."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import numpy as np
import polars as pl
import pytest
from PIL import Image

from outclass.catalog.challenge import InputKind
from outclass.catalog.loader import load_challenge
from outclass.catalog.recognizing import Choices, Refusal, RefusedDataError, recognize, write_challenge
from outclass.catalog.recognizing.bands import bands_of
from outclass.catalog.recognizing.photos import PATTERNS, by_names
from outclass.catalog.recognizing.salts import read_clean

CLASSES = ("cat", "dog")
RANDOM = np.random.default_rng(7)


def photo(path: Path, size: int = 48) -> None:
    """Write a colored photo that no other is like."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = RANDOM.integers(0, 255, (6, 6, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize((size, size)).save(path, quality=90)


def drawing(path: Path, kind: int, size: int = 28, paper: int = 0) -> None:
    """Write a stroke, upright or level, with two short ones across, light on dark or dark on paper."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ink = np.zeros((size, size), dtype=np.uint8)
    start, place = RANDOM.integers(2, size // 3), RANDOM.integers(size // 3, 2 * size // 3)
    ink[start : size - 3, place : place + 3] = RANDOM.integers(180, 255)
    for across in RANDOM.integers(start, size - 3, 2):
        end = RANDOM.integers(2, size - place - 1)
        ink[across : across + 2, place : place + end] = 255
    picture = ink if kind else ink.T
    Image.fromarray(255 - picture if paper else picture).save(path)


def by_folders(folder: Path) -> None:
    for number in range(24):
        photo(folder / CLASSES[number % 2] / f"{number}.jpg")
    (folder / "cat" / "broken.jpg").write_bytes(b"\xff\xd8\xff no photo")
    photo(folder / ".thumbnails" / "0.jpg")
    (folder / "cat" / "notes.txt").write_text("hello")
    (folder / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0 no database")


def by_split(folder: Path) -> None:
    for number in range(24):
        photo(folder / ("test" if number < 6 else "train") / CLASSES[number % 2] / f"{number}.jpg")


def by_name(folder: Path) -> None:
    for number in range(24):
        photo(folder / f"{('Bobcat', 'Mountain-Lion')[number % 2]}_{9005100 + number}.jpg")


def wrapped(folder: Path) -> None:
    by_folders(folder / "dataset")


PHOTOS: dict[str, tuple[Callable[[Path], None], dict[str, int]]] = {
    "folders of classes, a broken file, a hidden folder": (by_folders, {"cat": 13, "dog": 12}),
    "train and test": (by_split, {"cat": 12, "dog": 12}),
    "names": (by_name, {"bobcat": 12, "mountain_lion": 12}),
    "a folder in a folder": (wrapped, {"cat": 13, "dog": 12}),
}


@pytest.mark.parametrize("name", PHOTOS)
def test_photos_are_recognized_and_collected(tmp_path: Path, name: str) -> None:
    make, classes = PHOTOS[name]
    make(tmp_path / "photos")
    found = recognize(tmp_path / "photos")
    target = write_challenge(found, "own", tmp_path / "challenges")

    assert found.kind is InputKind.PHOTO
    assert set(found.classes) == set(classes)
    assert len(read_clean(load_challenge(target.parent)).labels) == 24


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        ([f"{word}.{n}.jpg" for word in CLASSES for n in range(9)], {"cat", "dog"}),
        ([f"{n:03}_{word}.png" for word in CLASSES for n in range(9)], {"cat", "dog"}),
        (
            [f"{word}_{n}.jpg" for word in ("american_bulldog", "Birman") for n in range(9)],
            {"american_bulldog", "Birman"},
        ),
        ([f"{word} ({n}).jpg" for word in CLASSES for n in range(9)], {"cat", "dog"}),
        ([f"{word}-{'abcdefghi'[n] * 3}-{n}x.jpg" for word in CLASSES for n in range(9)], {"cat", "dog"}),
    ],
)
def test_names_of_files_tell_classes(tmp_path: Path, names: list[str], classes: set[str]) -> None:
    files = tuple(tmp_path / name for name in names)
    found = by_names(tmp_path, files, [PurePosixPath(name) for name in names])
    assert set(found.labels) == classes
    assert any(found.pattern == pattern.replace("(?P<group>", "(?:") for pattern, _ in PATTERNS)


def test_names_that_tell_nothing_are_refused_and_an_expression_helps(tmp_path: Path) -> None:
    for number in range(24):
        photo(tmp_path / "photos" / f"IMG_{number}{'xy'[number % 2]}.jpg")
    with pytest.raises(RefusedDataError) as refused:
        recognize(tmp_path / "photos")
    assert refused.value.id is Refusal.NO_LABEL
    found = recognize(tmp_path / "photos", Choices(names=r"(?P<label>[xy])\.jpg"))
    assert dict(found.classes) == {"x": 12, "y": 12}


def test_a_table_that_names_the_photos_beside_it(tmp_path: Path) -> None:
    rows = []
    for number in range(24):
        photo(tmp_path / "album" / "images" / f"{number:04}.jpg")
        rows.append(f"images/{number:04}.jpg,{CLASSES[number % 2]}\n")
    table = tmp_path / "album" / "labels.csv"
    table.write_text("file,label\n" + "".join(rows))
    found = recognize(tmp_path / "album")
    target = write_challenge(found, "own", tmp_path / "challenges")
    assert dict(found.classes) == {"cat": 12, "dog": 12}
    assert len(read_clean(load_challenge(target.parent)).labels) == 24

    table.write_text(table.read_text().replace("images/", ""))
    with pytest.raises(RefusedDataError, match="not by their paths"):
        recognize(tmp_path / "album")


@pytest.mark.parametrize(("size", "paper", "side"), [(28, 0, 28), (12, 0, 12), (90, 1, 28)])
def test_small_gray_pictures_and_ink_on_paper_are_drawings(
    tmp_path: Path, size: int, paper: int, side: int
) -> None:
    for number in range(60):
        name = ("level", "upright")[number % 2]
        drawing(tmp_path / "shapes" / name / f"{number}.png", number % 2, size, paper)
    found = recognize(tmp_path / "shapes")
    target = write_challenge(found, "own", tmp_path / "challenges")
    table = read_clean(load_challenge(target.parent))

    assert found.kind is InputKind.DRAWING
    pictures = np.asarray(table.inputs)
    assert pictures.shape[1:] == (side, side)
    assert pictures[:, 0].mean() < pictures.mean(), "ink is light on a dark ground"


def idx(folder: Path, part: str, count: int, labels: tuple[int, ...]) -> None:
    pictures = RANDOM.integers(0, 255, (count, 28, 28), dtype=np.uint8)
    numbers = bytes(labels[n % len(labels)] for n in range(count))
    folder.mkdir(exist_ok=True)
    head = struct.pack(">IIII", 2051, count, 28, 28)
    (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(head + pictures.tobytes()))
    (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, count) + numbers)


def test_idx_files_with_a_gap_in_their_labels(tmp_path: Path) -> None:
    idx(tmp_path / "letters", "train", 60, (1, 2, 5))
    idx(tmp_path / "letters", "t10k", 12, (1, 2, 5))
    found = recognize(tmp_path / "letters")
    target = write_challenge(found, "own", tmp_path / "challenges")
    table = read_clean(load_challenge(target.parent))

    assert dict(found.classes) == {"1": 20, "2": 20, "5": 20}
    assert sorted(set(table.labels)) == ["1", "2", "5"]
    assert table.fixed_splits.count("holdout") == 12


def value(number: int) -> float:
    """Return a flux, higher for every second object."""
    return float(RANDOM.normal(10 * (number % 2), 1))


def curves(objects: int = 40, nights: int = 12) -> pl.DataFrame:
    """Return observations of two kinds of objects, in two bands."""
    rows = [
        (f"o{n}", 59000.0 + 3 * night, "gr"[night % 2], value(n), 1.0, ("flat", "bright")[n % 2])
        for n in range(objects)
        for night in range(nights)
    ]
    return pl.DataFrame(rows, schema=["object_id", "mjd", "band", "flux", "flux_err", "type"], orient="row")


def long_table(folder: Path) -> Path:
    curves().write_csv(folder / "curves.csv")
    return folder / "curves.csv"


def lists(folder: Path) -> Path:
    frame = (
        curves()
        .group_by("object_id", maintain_order=True)
        .agg(pl.col("mjd", "band", "flux", "flux_err"), pl.col("type").first())
    )
    frame.write_parquet(folder / "curves.parquet")
    return folder / "curves.parquet"


def two_tables(folder: Path) -> Path:
    (folder / "survey").mkdir()
    curves().drop("type").rename({"object_id": "id"}).write_csv(folder / "survey" / "lightcurves.csv")
    curves().select("object_id", "type").unique(maintain_order=True).write_csv(
        folder / "survey" / "objects.csv"
    )
    return folder / "survey"


def bare(folder: Path) -> Path:
    julian, magnitude = pl.col("mjd") + 2_400_000.5, 20 - pl.col("flux") / 10
    frame = curves().select("object_id", time=julian, magnitude=magnitude, label="type")
    frame.write_parquet(folder / "bare.parquet")
    return folder / "bare.parquet"


@pytest.mark.parametrize("make", [long_table, lists, two_tables, bare])
def test_light_curves_of_every_form(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    found = recognize(make(tmp_path))
    target = write_challenge(found, "own", tmp_path / "challenges")
    loaded = load_challenge(target.parent)
    table = read_clean(loaded)

    assert (found.kind, dict(found.classes)) == (InputKind.SERIES, {"bright": 20, "flat": 20})
    assert len(table.labels) == 40
    assert table.rows is not None
    assert table.rows.rows_kept == table.rows.rows_read
    times = table.inputs[0].mjd  # type: ignore[union-attr]
    assert times[0] == pytest.approx(59000.0)


def test_numbered_bands_are_those_of_a_survey_and_others_are_told() -> None:
    numbered, guessed = bands_of(["0", "3"])
    assert [(band["name"], band["number"]) for band in numbered] == [("u", 0), ("i", 3)]
    assert not guessed
    assert bands_of(["left", "right"])[1]
