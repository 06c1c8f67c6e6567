"""Archives of plain files in the oldest common form of tar, and nothing else of what tar can hold.

No times, owners or rights are written, so the same files give the same bytes. On reading, everything but a
plain file with a plain name is refused before any of it is kept.

Source: POSIX.1-1988, ustar interchange format.
"""

import gzip
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from outclass.base.errors import DataError

Stream = BinaryIO | gzip.GzipFile
BLOCK = 512
CHUNK = 1 << 20
LEVEL = 6
PLAIN = frozenset({b"0", b"\0"})
MAGIC = b"ustar\x0000"
MOST_BYTES = 8**11 - 1
PART = re.compile(r"[A-Za-z0-9_@+=,-][A-Za-z0-9._@+=,-]*")
"""A folder or file of a name: no dot at its start, nothing that a shell or a system takes for something."""
NAME_LENGTH, PREFIX_LENGTH = 100, 155
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file of an archive."""

    name: str
    size: int


def check_name(name: str) -> str:
    """Return a file's name in an archive; refuse one that could lead out of the folder it is unpacked to."""
    parts = name.split("/")
    if not all(PART.fullmatch(part) and not RESERVED.fullmatch(part) for part in parts):
        raise DataError(
            "an archive may not hold a file of this name",
            got=repr(name),
            accepted="letters, digits and ._@+=,- with / between, none beginning with a dot",
        )
    return name


def header_of(member: Member) -> bytes:
    """Return the block that stands before a file's content."""
    name, prefix = _divided(check_name(member.name))
    if member.size > MOST_BYTES:
        raise DataError("this file is too large for an archive", where=member.name, got=member.size)
    head = b"".join(
        [
            name.ljust(NAME_LENGTH, b"\0"),
            b"0000644\0" + b"0000000\0" * 2,
            b"%011o\0" % member.size,
            b"%011o\0" % 0,
            b" " * 8,
            b"0",
            b"\0" * 100,
            MAGIC,
            b"\0" * 64,
            b"0000000\0" * 2,
            prefix.ljust(PREFIX_LENGTH, b"\0"),
            b"\0" * 12,
        ]
    )
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def _divided(name: str) -> tuple[bytes, bytes]:
    """Divide a long name at a slash."""
    if len(name) <= NAME_LENGTH:
        return name.encode(), b""
    cut = name.rfind("/", 0, PREFIX_LENGTH + 1)
    if cut < 0 or len(name) - cut - 1 > NAME_LENGTH:
        raise DataError("this name is too long for an archive", got=name)
    return name[cut + 1 :].encode(), name[:cut].encode()


def write_files(to: Path, files: dict[str, Path], first: tuple[str, bytes]) -> None:
    """Write an archive: one file at hand first, then the others by name.

    Parameters
    ----------
    to
        Compressed if its name ends in `.gz`.
    """
    with to.open("wb") as raw, _packer(raw, to) as file:
        _put(file, Member(name=first[0], size=len(first[1])), io.BytesIO(first[1]))
        for name in sorted(files):
            with files[name].open("rb") as content:
                _put(file, Member(name=name, size=files[name].stat().st_size), content)
        file.write(b"\0" * 2 * BLOCK)


@contextmanager
def _packer(raw: BinaryIO, to: Path) -> Iterator[Stream]:
    """Yield what is written to."""
    if to.suffix == ".gz":
        # Neither time nor name: both would make other bytes of the same content.
        with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=raw, mtime=0) as packed:
            yield packed
    else:
        yield raw


def _put(file: Stream, member: Member, content: BinaryIO) -> None:
    """Write one file."""
    file.write(header_of(member))
    written = 0
    while chunk := content.read(CHUNK):
        file.write(chunk)
        written += len(chunk)
    if written != member.size:
        raise DataError("this file changed while it was packed", where=member.name)
    file.write(b"\0" * (-member.size % BLOCK))


Keep = Callable[[Member, Iterator[bytes]], None]


def read_files(path: Path, keep: Keep) -> None:
    """Give each file of an archive to `keep`, in order, with its content in pieces.

    Raises
    ------
    DataError
        It is no such archive, is cut off, or holds anything but plain files with plain names.
    """
    where = str(path)
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if packed:
                with gzip.GzipFile(fileobj=raw, mode="rb") as file:
                    _read(file, keep, where)
            else:
                _read(raw, keep, where)
    except (OSError, EOFError) as error:
        raise DataError("this archive cannot be read", where=where, got=str(error)) from error
    except ArithmeticError as error:
        raise DataError("this archive is damaged", where=where) from error


def _read(file: Stream, keep: Keep, where: str) -> None:
    """Read files until two empty blocks; nothing may stand behind them."""
    seen: set[str] = set()
    while any(head := _exactly(file, BLOCK, where)):
        member = parse_header(head, where)
        if member.name.lower() in seen:
            raise DataError("the archive holds a name twice", where=where, got=member.name)
        seen.add(member.name.lower())
        pieces = _pieces(file, member.size, where)
        keep(member, pieces)
        for _ in pieces:
            pass  # what was not taken
        if any(_exactly(file, -member.size % BLOCK, where)):
            raise DataError("something hides behind a file of the archive", where=where, got=member.name)
    if any(_exactly(file, BLOCK, where)) or file.read(1):
        raise DataError("something stands behind the end of the archive", where=where)


def parse_header(head: bytes, where: str) -> Member:
    """Return the file that a block announces; refuse links, devices, folders, and names out of place."""
    try:
        total = int(head[148:156].strip(b" \0"), 8)
        size = int(head[124:136].strip(b" \0") or b"0", 8)
        name, prefix = (head[a:b].split(b"\0")[0].decode("ascii") for a, b in ((0, 100), (345, 500)))
    except ValueError:
        raise DataError("this is no archive of plain files", where=where) from None
    if total != sum(head[:148]) + 8 * 32 + sum(head[156:]) or size < 0:
        raise DataError("this is no archive of plain files", where=where)
    if head[156:157] not in PLAIN or any(head[157:257]):
        raise DataError("the archive holds a link, a folder or a special file", where=where, got=name)
    return Member(name=check_name(f"{prefix}/{name}" if prefix else name), size=size)


def _pieces(file: Stream, size: int, where: str) -> Iterator[bytes]:
    """Yield the content of a file."""
    while size:
        piece = file.read(min(size, CHUNK))
        if not piece:
            raise DataError("the archive is cut off", where=where)
        size -= len(piece)
        yield piece


def _exactly(file: Stream, size: int, where: str) -> bytes:
    """Read so many bytes."""
    found = file.read(size) if size else b""
    if len(found) != size:
        raise DataError("the archive is cut off", where=where)
    return found
