import gzip
import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.catalog.loader import load_challenge
from outclass.catalog.sources.idx import IdxSource, read_idx_folder, read_images, read_labels
from small_challenge import FILES, drawings, images_file, labels_file, small_challenge

IMAGES = images_file(drawings(5, seed=3))
LABELS = labels_file(np.array([0, 1, 2, 0, 1], dtype=np.uint8))


def as_it_is(content: bytes) -> bytes:
    return content


@pytest.mark.parametrize("pack", [as_it_is, gzip.compress], ids=["plain", "gzip"])
def test_files_are_read_as_they_were_written(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "a").write_bytes(pack(IMAGES))
    (tmp_path / "b").write_bytes(pack(LABELS))
    assert (read_images(tmp_path / "a") == drawings(5, seed=3)).all()
    assert read_labels(tmp_path / "b").tolist() == [0, 1, 2, 0, 1]


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=3, max_dims=3, min_side=0, max_side=6)))
def test_any_pictures_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, images: NDArray[np.uint8]
) -> None:
    path = tmp_path_factory.getbasetemp() / "pictures"
    path.write_bytes(images_file(images))
    found = read_images(path)
    assert found.shape == images.shape
    assert (found == images).all()


@pytest.mark.parametrize("pack", [as_it_is, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LABELS, r"wrong magic number; got 2049 \(a file of labels\); accepted: 2051"),
        (struct.pack("<IIII", 2051, 1, 28, 28) + b"\0" * 784, "wrong magic number"),
        (b"<html>404</html>", "wrong magic number"),
        (b"", "got 0 bytes"),
        (b"\0\0", "got 2 bytes"),
        (IMAGES[:10], "cut off inside its header"),
        (IMAGES[:-1], r"cut off; got 3919 bytes; accepted: 3920 bytes after the header \(5 x 28 x 28\)"),
        (IMAGES[:16], "cut off; got 0 bytes"),
        (IMAGES + b"\0", "bytes after the end"),
        (struct.pack(">IIII", 2051, 2**32 - 1, 2**32 - 1, 2**32 - 1), "impossible size"),
        (struct.pack(">IIII", 2051, 2**31, 1, 1), "cut off"),
    ],
)
def test_broken_files_say_what_is_wrong(
    tmp_path: Path, content: bytes, message: str, pack: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "file").write_bytes(pack(content))
    with pytest.raises(DataError, match=message) as caught:
        read_images(tmp_path / "file")
    assert caught.value.where == str(tmp_path / "file")


@pytest.mark.parametrize("cut", [3, 12, 25, -1])
def test_broken_gzip_data_is_said(tmp_path: Path, cut: int) -> None:
    packed = bytearray(gzip.compress(LABELS, mtime=0))
    (tmp_path / "cut").write_bytes(packed[:cut])
    packed[-6] ^= 0xFF
    (tmp_path / "checksum").write_bytes(packed)
    for name in ("cut", "checksum"):
        with pytest.raises(DataError, match="gzip data is broken or cut off"):
            read_labels(tmp_path / name)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_labels(tmp_path / "nothing")


@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes"
    path.write_bytes(content)
    try:
        found = read_labels(path)
    except DataError:
        assert labels_file(np.frombuffer(content[8:], dtype=np.uint8)) != content
    else:
        assert labels_file(found) == content


def write_folder(
    folder: Path, names: tuple[str, str], images: bytes = IMAGES, labels: bytes = LABELS
) -> Path:
    for name, content in zip(names, (IMAGES, labels), strict=True):
        packed = gzip.compress(content) if name.endswith(".gz") else content
        (folder / name).write_bytes(packed)


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("mark", ["-", "."])
def test_a_folder_is_read_by_its_usual_names(tmp_path: Path, end: str, mark: str) -> None:
    write_folder(tmp_path, (f"train-images{mark}idx3-ubyte{end}", f"train-labels{mark}idx1-ubyte{end}"))
    found = read_idx_folder(tmp_path)
    assert found.name == "train"
    assert found.object_ids[:2] == ("train-00000", "train-00001")
    write_folder(tmp_path, (f"t10k-images{mark}idx3-ubyte{end}", f"t10k-labels{mark}idx1-ubyte{end}"))
    assert read_idx_folder(tmp_path).name == "t10k"


def test_a_folder_without_a_pair_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there are no IDX files here"):
        read_idx_folder(tmp_path)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(IMAGES)
    with pytest.raises(DataError, match="not both here; got t10k-images-idx3-ubyte"):
        read_idx_folder(tmp_path)


def test_unequal_counts_are_said(tmp_path: Path) -> None:
    short = labels_file(np.array([0, 1], dtype=np.uint8))
    write_folder(tmp_path, ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"), labels=short)
    with pytest.raises(DataError, match="5 pictures and 2 labels"):
        read_idx_folder(tmp_path)


def test_the_source_names_classes_and_holds_test_pictures_out(tmp_path: Path) -> None:
    loaded = load_challenge(small_challenge(tmp_path))
    files = {role: tmp_path / path for role, path in FILES.items()}
    table = IdxSource().read(files, loaded.challenge)
    assert table.object_ids[0] == "train-00000"
    assert table.object_ids[-1] == "t10k-00011"
    assert table.labels[:4] == ("circle", "cross", "line", "circle")
    assert set(table.fixed_splits[:60]) == {None}
    assert set(table.fixed_splits[60:]) == {"holdout"}
    del files["test_images"], files["test_labels"]
    assert len(IdxSource().read(files, loaded.challenge).labels) == 60


def test_a_label_out_of_range_is_said(tmp_path: Path) -> None:
    loaded = load_challenge(small_challenge(tmp_path))
    files = {role: tmp_path / path for role, path in FILES.items()}
    files["train_labels"].write_bytes(labels_file(np.array([0] * 50 + [3] * 10, dtype=np.uint8)))
    with pytest.raises(DataError, match=r"row 50 of train: a label is out of range; got 3 \(10 such rows\)"):
        IdxSource().read(files, loaded.challenge)


def test_pictures_of_another_size_are_said(tmp_path: Path) -> None:
    loaded = load_challenge(small_challenge(tmp_path))
    files = {role: tmp_path / path for role, path in FILES.items()}
    files["train_images"].write_bytes(images_file(np.ones((60, 28, 27), dtype=np.uint8)))
    with pytest.raises(DataError, match="got 28x27; accepted: 28x28"):
        IdxSource().read(files, loaded.challenge)


def test_real_mnist_is_read(shared_data: Path) -> None:
    found = read_idx_folder(shared_data / "digits")
    assert (found.name, found.images.shape) == ("t10k", (10_000, 28, 28))
    assert np.bincount(found.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert hashlib.md5(images_file(found.images)).hexdigest() == "2646ac647ad5339dbf082846283269ea"
