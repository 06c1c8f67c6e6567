"""Every format gives the same rows, in the form in which they would be served."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from PIL import Image

from bars import draw_bars
from outclass.base.errors import DataError, NotFoundError
from outclass.catalog.challenge import Challenge
from outclass.catalog.loader import LoadedChallenge
from outclass.inputs.framing import normalize
from outclass.training.labelled import read_labelled

COUNT = 12
NAMES = ("across", "down", "slant")


@pytest.fixture
def challenge(bars: LoadedChallenge) -> Challenge:
    return bars.challenge


@pytest.fixture
def pictures() -> NDArray[np.uint8]:
    return draw_bars(7, COUNT)[0]


@pytest.fixture
def labels() -> list[str]:
    return [NAMES[label] for label in draw_bars(7, COUNT)[1]]


@pytest.fixture
def expected(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.stack([normalize(picture.astype(np.float32) / 255) for picture in pictures])


def png(picture: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def test_idx_folder(bars: LoadedChallenge, challenge: Challenge) -> None:
    found = read_labelled(bars.folder, challenge)
    assert found.rows.shape == (60, 28, 28)
    assert found.labels is not None
    assert set(found.labels) == set(NAMES)


def test_parquet_of_bytes(
    tmp_path: Path,
    challenge: Challenge,
    pictures: NDArray[np.uint8],
    labels: list[str],
    expected: NDArray[np.float32],
) -> None:
    images = [picture.tobytes() for picture in pictures]
    pl.DataFrame({"image": images, "label": labels, "set": ["a", "b"] * 6}).write_parquet(
        tmp_path / "x.parquet"
    )
    found = read_labelled(tmp_path / "x.parquet", challenge)
    np.testing.assert_array_equal(found.rows, expected)
    assert found.labels == tuple(labels)
    assert found.sets == ("a", "b") * 6


def test_parquet_of_png_files_and_whole_number_labels(
    tmp_path: Path, challenge: Challenge, pictures: NDArray[np.uint8], labels: list[str]
) -> None:
    numbers = [NAMES.index(label) for label in labels]
    table = pl.DataFrame({"image": [png(picture) for picture in pictures], "label": numbers})
    table.write_parquet(tmp_path / "x.parquet")
    found = read_labelled(tmp_path / "x.parquet", challenge)
    assert found.rows.shape == (COUNT, 28, 28)
    assert found.labels == tuple(labels)


def test_parquet_without_labels(tmp_path: Path, challenge: Challenge, pictures: NDArray[np.uint8]) -> None:
    pl.DataFrame({"image": [pictures[0].tobytes()]}).write_parquet(tmp_path / "x.parquet")
    assert read_labelled(tmp_path / "x.parquet", challenge).labels is None


@pytest.mark.parametrize("header", [True, False])
def test_csv(
    tmp_path: Path,
    challenge: Challenge,
    pictures: NDArray[np.uint8],
    labels: list[str],
    expected: NDArray[np.float32],
    header: bool,
) -> None:
    flat = pictures.reshape(COUNT, -1)
    table = pl.DataFrame({"label": labels, **{f"p{i}": flat[:, i] for i in range(784)}})
    table.write_csv(tmp_path / "x.csv", include_header=header)
    found = read_labelled(tmp_path / "x.csv", challenge)
    np.testing.assert_array_equal(found.rows, expected)
    assert found.labels == tuple(labels)


def test_folders_of_png_files(
    tmp_path: Path, challenge: Challenge, pictures: NDArray[np.uint8], labels: list[str]
) -> None:
    for number, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        (tmp_path / label).mkdir(exist_ok=True)
        (tmp_path / label / f"{number:02d}.png").write_bytes(png(picture))
    found = read_labelled(tmp_path, challenge)
    assert found.labels == tuple(sorted(labels))
    assert found.rows.shape == (COUNT, 28, 28)


def test_png_files_without_folders_have_no_labels(
    tmp_path: Path, challenge: Challenge, pictures: NDArray[np.uint8]
) -> None:
    (tmp_path / "0.png").write_bytes(png(pictures[0]))
    assert read_labelled(tmp_path, challenge).labels is None
    (tmp_path / "across").mkdir()
    (tmp_path / "across" / "1.png").write_bytes(png(pictures[1]))
    with pytest.raises(DataError, match=r"some are not; got 0\.png"):
        read_labelled(tmp_path, challenge)


def test_a_picture_of_any_square_size_is_normalized(tmp_path: Path, challenge: Challenge) -> None:
    large = np.zeros((100, 100), dtype=np.uint8)
    large[20:80, 45:55] = 255
    pl.DataFrame({"image": [large.tobytes()], "label": ["down"]}).write_parquet(tmp_path / "x.parquet")
    row = read_labelled(tmp_path / "x.parquet", challenge).rows[0]
    assert row.shape == (28, 28)
    assert np.flatnonzero(row.any(axis=1)).tolist() == list(range(4, 24))


def test_photos_as_jpeg_files_are_turned_upright(tmp_path: Path, challenge: Challenge) -> None:
    sheet = np.full((300, 400), 225, dtype=np.uint8)
    sheet[140:160, 100:300] = 30
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(sheet).save(tmp_path / "across_1.jpg", exif=exif)
    found = read_labelled(tmp_path, challenge)
    assert found.labels == ("across",)
    assert np.flatnonzero(found.rows[0].max(axis=1) > 0.1).size == 20
    (tmp_path / "down_2.jpg").write_bytes(b"\xff\xd8\xff\xe0 no")
    with pytest.raises(DataError, match=r"down_2\.jpg: this picture cannot be read"):
        read_labelled(tmp_path, challenge)


def as_lists(pictures: NDArray[np.uint8], labels: list[str], path: Path) -> Path:
    pl.DataFrame({"image": pictures.reshape(COUNT, -1).tolist(), "digit": labels}).write_parquet(path)
    return path


def as_nested_fractions(pictures: NDArray[np.uint8], labels: list[str], path: Path) -> Path:
    pl.DataFrame({"image": (pictures / 255).tolist(), "label": labels}).write_parquet(path)
    return path


def as_dark_on_light(pictures: NDArray[np.uint8], labels: list[str], path: Path) -> Path:
    images = [(255 - picture).tobytes() for picture in pictures]
    pl.DataFrame({"image": images, "label": labels}).write_parquet(path)
    return path


def as_columns(pictures: NDArray[np.uint8], labels: list[str], path: Path) -> Path:
    flat = pictures.reshape(COUNT, -1)
    pl.DataFrame({**{f"pixel{i}": flat[:, i] for i in range(784)}, "class": labels}).write_parquet(path)
    return path


@pytest.mark.parametrize("write", [as_lists, as_nested_fractions, as_dark_on_light, as_columns])
def test_other_forms_of_parquet(
    tmp_path: Path,
    challenge: Challenge,
    pictures: NDArray[np.uint8],
    labels: list[str],
    expected: NDArray[np.float32],
    write: Callable[[NDArray[np.uint8], list[str], Path], Path],
) -> None:
    found = read_labelled(write(pictures, labels, tmp_path / "x.parquet"), challenge)
    np.testing.assert_allclose(found.rows, expected, atol=1e-6)
    assert found.labels == tuple(labels)


def test_labels_last_in_a_csv_without_header(
    tmp_path: Path,
    challenge: Challenge,
    pictures: NDArray[np.uint8],
    labels: list[str],
    expected: NDArray[np.float32],
) -> None:
    rows = [
        ",".join([*map(str, picture.reshape(-1)), label])
        for picture, label in zip(pictures, labels, strict=True)
    ]
    (tmp_path / "x.csv").write_text("\n".join(rows))
    found = read_labelled(tmp_path / "x.csv", challenge)
    np.testing.assert_array_equal(found.rows, expected)
    assert found.labels == tuple(labels)


@pytest.mark.parametrize("numbers", [("0.0", "1.0", "2.0"), ("0", "1", "2")])
def test_labels_that_are_numbers_as_text(
    tmp_path: Path, challenge: Challenge, pictures: NDArray[np.uint8], numbers: tuple[str, ...]
) -> None:
    table = pl.DataFrame({"image": [picture.tobytes() for picture in pictures[:3]], "label": numbers})
    table.write_parquet(tmp_path / "x.parquet")
    assert read_labelled(tmp_path / "x.parquet", challenge).labels == NAMES


def test_idx_files_of_other_names(
    tmp_path: Path, challenge: Challenge, pictures: NDArray[np.uint8], expected: NDArray[np.float32]
) -> None:
    light = 255 - pictures
    (tmp_path / "drawn-images.idx3-ubyte").write_bytes(
        struct.pack(">4I", 2051, COUNT, 28, 28) + light.tobytes()
    )
    (tmp_path / "drawn-labels.idx1-ubyte").write_bytes(struct.pack(">2I", 2049, COUNT) + b"\2" * COUNT)
    found = read_labelled(tmp_path, challenge)
    np.testing.assert_allclose(found.rows, expected, atol=1e-6)
    assert found.labels == ("slant",) * COUNT


def test_png_files_that_are_named_by_their_class(
    tmp_path: Path, challenge: Challenge, pictures: NDArray[np.uint8], labels: list[str]
) -> None:
    for number, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        (tmp_path / f"{label}_{number:04d}.png").write_bytes(png(picture))
    assert read_labelled(tmp_path, challenge).labels == tuple(sorted(labels))


def broken_parquet(path: Path) -> Path:
    (path / "x.parquet").write_bytes(b"PAR1 no")
    return path / "x.parquet"


def parquet_without_image(path: Path) -> Path:
    pl.DataFrame({"view": [b""]}).write_parquet(path / "x.parquet")
    return path / "x.parquet"


def parquet_of_a_wrong_length(path: Path) -> Path:
    pl.DataFrame({"image": [b"\0" * 783]}).write_parquet(path / "x.parquet")
    return path / "x.parquet"


def parquet_of_a_broken_png(path: Path) -> Path:
    pl.DataFrame({"image": [b"\x89PNG\r\n\x1a\nno"]}).write_parquet(path / "x.parquet")
    return path / "x.parquet"


def parquet_of_uneven_lists(path: Path) -> Path:
    pl.DataFrame({"image": [[1, 2, 3]], "label": ["down"]}).write_parquet(path / "x.parquet")
    return path / "x.parquet"


def csv_of_a_wrong_length(path: Path) -> Path:
    (path / "x.csv").write_text("label,a,b\ndown,1,2\n")
    return path / "x.csv"


def csv_of_words(path: Path) -> Path:
    (path / "x.csv").write_text("label,a\ndown,much\n")
    return path / "x.csv"


def csv_out_of_range(path: Path) -> Path:
    (path / "x.csv").write_text("label,a\ndown,256\n")
    return path / "x.csv"


def empty_folder(path: Path) -> Path:
    (path / "x").mkdir()
    return path / "x"


def other_file(path: Path) -> Path:
    (path / "x.txt").write_text("x")
    return path / "x.txt"


def half_idx(path: Path) -> Path:
    (path / "t10k-images-idx3-ubyte").write_bytes(struct.pack(">4I", 2051, 0, 28, 28))
    return path


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (broken_parquet, "cannot be read"),
        (parquet_without_image, "no column image"),
        (parquet_of_a_wrong_length, "row 0: this picture cannot be read"),
        (parquet_of_uneven_lists, "row 0: this picture cannot be read; got 3 numbers"),
        (parquet_of_a_broken_png, "row 0: this picture cannot be read"),
        (csv_of_a_wrong_length, "no square"),
        (csv_of_words, "cannot be read"),
        (csv_out_of_range, "out of range"),
        (empty_folder, "no IDX files and no PNG files"),
        (other_file, "no known format"),
        (half_idx, "not both here"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, challenge: Challenge, make: "object", problem: str
) -> None:
    assert callable(make)
    with pytest.raises(DataError, match=problem):
        read_labelled(make(tmp_path), challenge)


def test_what_is_not_there_is_named(tmp_path: Path, challenge: Challenge) -> None:
    with pytest.raises(NotFoundError, match=r"nothing\.csv"):
        read_labelled(tmp_path / "nothing.csv", challenge)
