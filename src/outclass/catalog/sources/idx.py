"""The IDX format of MNIST: a magic number, the sizes, then bytes; plain or gzipped.

All numbers of the header are big-endian, 4 bytes each. Pictures: magic 2051, count, rows, columns, then a
byte a pixel. Labels: magic 2049, count, then a byte a label. Source: http://yann.lecun.com/exdb/mnist/ ("FILE
FORMATS").
"""

import gzip
import io
import math
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.catalog.challenge import Challenge
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.kinds import IDX, SourceKind

IMAGES_MAGIC = 2051
LABELS_MAGIC = 2049
GZIP_MAGIC = b"\x1f\x8b"
MAX_CONTENT = 4 << 30
CHUNK = 1 << 20
MEANINGS = {IMAGES_MAGIC: "pictures", LABELS_MAGIC: "labels"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IdxPictures:
    """Pictures and labels of a pair of files: uint8 ``[n, rows, columns]`` and uint8 ``[n]``."""

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    @property
    def object_ids(self) -> tuple[str, ...]:
        """Return `NAME-00000` and so on, by the row in the file."""
        return tuple(f"{self.name}-{row:05d}" for row in range(len(self.labels)))


class IdxSource:
    """Reads MNIST and what looks like it. Labels count the challenge's classes from 0."""

    kind: SourceKind = IDX

    def read(
        self,
        files: Mapping[str, Path],
        challenge: Challenge,
        *,
        scratch: Path | None = None,  # noqa: ARG002 - pictures fit in memory
        folder: Path | None = None,  # noqa: ARG002 - all is in the files
    ) -> SourceTable:
        """Read training and test files; test pictures are held out for ever."""
        pairs = [read_pair("train", files["train_images"], files["train_labels"])]
        if "test_images" in files:
            pairs.append(read_pair("t10k", files["test_images"], files["test_labels"]))
        size, names = challenge.input.size, challenge.class_names
        for pair in pairs:
            check_pair(
                pair, size, len(names), files["train_images" if pair.name == "train" else "test_images"]
            )
        ids = tuple(name for pair in pairs for name in pair.object_ids)
        fixed = {"train": None, "t10k": "holdout"}
        return SourceTable(
            object_ids=ids,
            group_ids=ids,
            labels=tuple(names[label] for pair in pairs for label in pair.labels),
            inputs=np.concatenate([pair.images for pair in pairs]),
            fixed_splits=tuple(fixed[pair.name] for pair in pairs for _ in pair.labels),
        )


def read_idx_folder(folder: Path) -> IdxPictures:
    """Read a folder of MNIST's file names: t10k where it is there, else train.

    Names may have a dot in place of the second hyphen (`t10k-images.idx3-ubyte`) and `.gz` at the end. A
    folder with neither may hold one file of pictures and one of labels of other names, with `images` or
    `idx3` in the one and `labels` or `idx1` in the other.

    Raises
    ------
    DataError
        The files are not there, or not as they should be.
    """
    for name in ("t10k", "train"):
        images, labels = (
            _find(folder, f"{name}-images", "idx3-ubyte"),
            _find(folder, f"{name}-labels", "idx1-ubyte"),
        )
        if images and labels:
            return read_pair(name, images, labels)
        if images or labels:
            raise DataError(
                f"pictures and labels of {name} are not both here",
                where=str(folder),
                got=(images or labels or folder).name,
                accepted=f"{name}-images-idx3-ubyte and {name}-labels-idx1-ubyte, plain or .gz",
            )
    images, labels = (_only(folder, words) for words in (("idx3", "images"), ("idx1", "labels")))
    if images and labels:
        return read_pair(images.name.partition("-images")[0], images, labels)
    raise DataError(
        "there are no IDX files here",
        where=str(folder),
        accepted="t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (or train-...), plain or .gz",
    )


def read_pair(name: str, images: Path, labels: Path) -> IdxPictures:
    """Read pictures and their labels; `DataError` when their counts are not the same."""
    pictures, answers = read_images(images), read_labels(labels)
    if len(pictures) != len(answers):
        raise DataError(
            "there are not as many labels as pictures",
            where=f"{images} and {labels}",
            got=f"{len(pictures)} pictures and {len(answers)} labels",
            accepted="equal counts",
            hint="are these files of the same data set?",
        )
    return IdxPictures(name=name, images=pictures, labels=answers)


def read_images(path: Path) -> NDArray[np.uint8]:
    """Read a file of pictures, uint8 ``[n, rows, columns]``."""
    return _read(path, IMAGES_MAGIC, dimensions=3)


def read_labels(path: Path) -> NDArray[np.uint8]:
    """Read a file of labels, uint8 ``[n]``."""
    return _read(path, LABELS_MAGIC, dimensions=1)


def check_pair(pair: IdxPictures, size: int, classes: int, where: Path) -> None:
    """Refuse pictures of another size and labels that are no class."""
    if pair.images.shape[1:] != (size, size):
        raise DataError(
            "the pictures have another size than the challenge says",
            where=str(where),
            got="{}x{}".format(*pair.images.shape[1:]),
            accepted=f"{size}x{size}",
            hint="set `input.size`, which must be the same for width and height",
        )
    wrong = np.flatnonzero(pair.labels >= classes)
    if len(wrong):
        raise DataError(
            "a label is out of range",
            where=f"row {wrong[0]} of {pair.name}",
            got=f"{pair.labels[wrong[0]]} ({len(wrong)} such rows)",
            accepted=f"0 to {classes - 1}, as the challenge has {classes} classes",
        )


def _find(folder: Path, stem: str, suffix: str) -> Path | None:
    """Return the first file that goes by one of the usual names."""
    names = (f"{stem}{mark}{suffix}{end}" for end in ("", ".gz") for mark in ("-", "."))
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _only(folder: Path, words: tuple[str, ...]) -> Path | None:
    """Return the file that has one of the words in its name and looks like IDX, if there is just one."""
    names = [
        file for file in folder.iterdir() if file.is_file() and ("idx" in file.name or "ubyte" in file.name)
    ]
    found = [file for file in names if any(word in file.name for word in words)]
    return found[0] if len(found) == 1 else None


def _read(path: Path, magic: int, *, dimensions: int) -> NDArray[np.uint8]:
    """Read one file wholly, checking that it holds what its header says and nothing more."""
    try:
        with path.open("rb") as raw:
            zipped = raw.peek(2)[:2] == GZIP_MAGIC
            with gzip.open(raw) if zipped else raw as file:
                return _content(file, path, magic, dimensions)  # type: ignore[arg-type]
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError("the gzip data is broken or cut off", where=str(path), got=str(error)) from error
    except OSError as error:
        raise DataError(
            "the file cannot be read", where=str(path), got=error.strerror or str(error)
        ) from error


def _content(file: BinaryIO, path: Path, magic: int, dimensions: int) -> NDArray[np.uint8]:
    """Read header and content."""
    header = _read_up_to(file, 4 * (1 + dimensions))
    found = struct.unpack(">I", header[:4])[0] if len(header) >= 4 else None
    if found != magic:
        other = f" (a file of {MEANINGS[found]})" if found in MEANINGS else ""
        raise DataError(
            f"this is no IDX file of {MEANINGS[magic]}: wrong magic number",
            where=str(path),
            got=f"{found}{other}" if found is not None else f"{len(header)} bytes",
            accepted=str(magic),
        )
    if len(header) < 4 * (1 + dimensions):
        raise DataError("the file is cut off inside its header", where=str(path), got=f"{len(header)} bytes")
    shape = struct.unpack(f">{dimensions}I", header[4:])
    size = math.prod(shape)
    if size > MAX_CONTENT:
        raise DataError(
            "the header states an impossible size", where=str(path), got=" x ".join(map(str, shape))
        )
    content = _read_up_to(file, size + 1)
    if len(content) != size:
        fault = "the file is cut off" if len(content) < size else "there are bytes after the end"
        got = f"{len(content)} bytes" if len(content) < size else "at least one byte more"
        stated = f"{size} bytes after the header ({' x '.join(map(str, shape))})"
        raise DataError(fault, where=str(path), got=got, accepted=stated)
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


def _read_up_to(file: BinaryIO, size: int) -> bytes:
    """Read at most so many bytes without reserving them before they are there."""
    buffer = io.BytesIO()
    while chunk := file.read(min(CHUNK, size - buffer.tell())):
        buffer.write(chunk)
    return buffer.getvalue()
