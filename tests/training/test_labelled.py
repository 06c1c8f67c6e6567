"""Every format gives the same rows, in the form in which they would be served."""

import io
import struct
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


def broken_parquet(path: Path) -> Path:
    (path / "x.parquet").write_bytes(b"PAR1 no")
    return path / "x.parquet"


def parquet_without_image(path: Path) -> Path:
    pl.DataFrame({"picture": [b""]}).write_parquet(path / "x.parquet")
    return path / "x.parquet"


def parquet_of_a_wrong_length(path: Path) -> Path:
    pl.DataFrame({"image": [b"\0" * 783]}).write_parquet(path / "x.parquet")
    return path / "x.parquet"


def parquet_of_a_broken_png(path: Path) -> Path:
    pl.DataFrame({"image": [b"\x89PNG\r\n\x1a\nno"]}).write_parquet(path / "x.parquet")
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
