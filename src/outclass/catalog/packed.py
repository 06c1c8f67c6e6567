"""Read a file's content, whether it is plain, gzipped, or the only file in a zip archive."""

import contextlib
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from outclass.base.errors import DataError

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
FAULTS = (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile, NotImplementedError)


class PackedError(Exception):
    """The compressed data cannot be read; the text says why."""


@contextlib.contextmanager
def open_content(path: Path) -> Iterator[BinaryIO]:
    """Open a file's decompressed content.

    Raises
    ------
    PackedError
        The compressed data is broken or cut off, or an archive holds another number of files than one. Also
        where this only shows while it is read.
    """
    with contextlib.ExitStack() as stack:
        try:
            yield _open(path, stack)
        except FAULTS as error:
            raise PackedError(f"broken compressed data: {error}") from error


def _open(path: Path, stack: contextlib.ExitStack) -> BinaryIO:
    """Return the stream of a file's content."""
    raw = stack.enter_context(path.open("rb"))
    head = raw.read(len(ZIP_MAGIC))
    raw.seek(0)
    if head.startswith(GZIP_MAGIC):
        return cast(BinaryIO, stack.enter_context(gzip.open(raw)))
    if head == ZIP_MAGIC:
        archive = stack.enter_context(zipfile.ZipFile(raw))
        names = [name for name in archive.namelist() if not name.endswith("/") and "__MACOSX" not in name]
        if len(names) != 1:
            raise PackedError(f"the archive holds {len(names)} files instead of one")
        return cast(BinaryIO, stack.enter_context(archive.open(names[0])))
    return raw


@contextlib.contextmanager
def open_data(path: Path) -> Iterator[BinaryIO]:
    """Open the content of a data file; `DataError` where it cannot be read."""
    try:
        with open_content(path) as file:
            yield file
    except PackedError as error:
        raise DataError("this file cannot be read", where=str(path), got=str(error)) from error
    except OSError as error:
        raise DataError(
            "this file cannot be read", where=str(path), got=error.strerror or str(error)
        ) from error


def is_parquet(path: Path) -> bool:
    """Tell whether a file is Parquet, by its first bytes."""
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def lines_in_blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the content in blocks of about so many bytes, each of whole lines."""
    rest = b""
    while block := file.read(size):
        end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[:end]
            rest = block[end:]
        else:
            rest += block
    if rest.strip():
        yield rest
