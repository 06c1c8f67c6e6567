"""Files that were sent and are not a challenge yet: each in a folder with a random name, for a day."""

import re
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from secrets import token_urlsafe

import msgspec

from outclass.base.document import Document, to_json
from outclass.base.errors import InputError, NotFoundError, RateLimitedError
from outclass.base.store import write_atomic
from outclass.catalog.uploads import FILE_NAME

FOLDER = "uploads"
KEPT_SECONDS = 86_400.0
MOST_OF_ONE = 10
"""Files of one account that are not a challenge yet."""
ENDINGS = (".csv", ".tsv", ".txt")
TOKEN = re.compile(r"[A-Za-z0-9_-]{10,40}")
HEAD_BYTES = 4096
MOST_NAME = 60
BINARY = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "a SQLite database",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
}
MARKS = (b"\xff\xfe", b"\xfe\xff")
"""With which texts of UTF-16 begin."""
PAGES = ("<!doctype", "<html", "<?xml", "<svg", "<head", "<body", "<script")


class Sent(Document, frozen=True, kw_only=True):
    """A file that was sent."""

    token: str
    owner: int
    by: str
    file: str
    size: int
    created: float


def keep(home: Path, parts: Iterable[bytes], name: str, *, owner: int, by: str, most: int) -> Sent:
    """Keep a file.

    Raises
    ------
    InputError
        It is empty, too large, or no table of text.
    RateLimitedError
        The account has too many files here.
    """
    sweep(home)
    if len(staged(home, owner)) >= MOST_OF_ONE:
        raise RateLimitedError("you have too many files here that nothing was made of", retry_after=3600)
    stored = stored_name(name)
    token = token_urlsafe(15)
    folder = home / FOLDER / token
    folder.mkdir(parents=True, mode=0o700)
    try:
        size = write_parts(folder / stored, parts, most)
        check_content(folder / stored)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    sent = Sent(token=token, owner=owner, by=by, file=stored, size=size, created=time.time())
    write_atomic(folder / FILE_NAME, to_json(sent))
    return sent


def stored_name(name: str) -> str:
    """Return under which name a file is kept: its own, without folders and odd letters.

    >>> stored_name("../../My data (1).CSV"), stored_name(".csv")
    ('My-data-1.csv', 'table.csv')
    """
    base = name.replace("\\", "/").rpartition("/")[2]
    stem, dot, ending = base.rpartition(".")
    if not dot or f".{ending.lower()}" not in ENDINGS:
        raise InputError("this is no CSV", got=base[:MOST_NAME], accepted=", ".join(ENDINGS))
    clean = re.sub(r"[^A-Za-z0-9_]+", "-", stem).strip("-")[:MOST_NAME]
    return f"{clean or 'table'}.{ending.lower()}"


def write_parts(path: Path, parts: Iterable[bytes], most: int) -> int:
    """Write what was sent; return its size."""
    size = 0
    with path.open("xb") as file:
        for part in parts:
            size += len(part)
            if size > most:
                raise InputError("the file is too large", accepted=f"at most {most // 1_000_000} MB")
            file.write(part)
    if size == 0:
        raise InputError("the file is empty")
    return size


def check_content(path: Path) -> None:
    """Refuse what is plainly no table of text, whatever its name says."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    kind = next((what for magic, what in BINARY.items() if head.startswith(magic)), None)
    if kind is not None:
        raise InputError(f"this is {kind}, not a CSV", hint="save the table as CSV and send that")
    if head.startswith(MARKS):
        return
    if b"\0" in head:
        raise InputError("this is no text, so it is no CSV")
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().decode("latin-1").startswith(PAGES):
        raise InputError("this is a web page or XML, not a CSV", hint="download the file itself")


def find_sent(home: Path, token: str) -> Sent:
    """Return a file that was sent.

    Raises
    ------
    NotFoundError
        There is none, or no more.
    """
    found = read_sent(home / FOLDER / token) if TOKEN.fullmatch(token) else None
    if found is None:
        raise NotFoundError("there is no such file", got=token)
    return found


def read_sent(folder: Path) -> Sent | None:
    """Return what a folder holds, None where that cannot be read."""
    try:
        return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=Sent)
    except (OSError, msgspec.DecodeError):
        return None


def staged(home: Path, owner: int | None = None) -> list[Sent]:
    """Return the files that were sent, the newest first."""
    folders = (home / FOLDER).iterdir() if (home / FOLDER).is_dir() else ()
    found = [sent for folder in folders if (sent := read_sent(folder)) is not None]
    chosen = [sent for sent in found if owner is None or sent.owner == owner]
    return sorted(chosen, key=lambda sent: -sent.created)


def folder_of(home: Path, sent: Sent) -> Path:
    """Return the folder of a file."""
    return home / FOLDER / sent.token


def discard(home: Path, sent: Sent) -> None:
    """Delete a file."""
    shutil.rmtree(folder_of(home, sent), ignore_errors=True)


def sweep(home: Path) -> None:
    """Delete what nobody made anything of in time."""
    for sent in staged(home):
        if sent.created < time.time() - KEPT_SECONDS:
            discard(home, sent)
