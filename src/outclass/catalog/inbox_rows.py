"""Rows that others send in, as files in the inbox of a challenge's data.

`HOME/data/CHALLENGE/inbox/rows/*.jsonl` holds a JSON object a line: `text`, or of a table `record`, and maybe
`id`, `label`, `group` and `received_at`. A file holds the rows of one request and is called by their hash: it
is there wholly or not at all, and the same rows, sent again, are the same file.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from outclass.base.errors import DataError, UnavailableError
from outclass.base.store import write_atomic

FOLDER = "inbox/rows"
SUFFIX = ".jsonl"
NAME_LENGTH = 32
ID_FORM = r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}$"


class InboxRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One row as it is sent: a text or a record, and what else is known of it."""

    text: Annotated[str, Meta(description="the text, in any language; not for a table")] = ""
    id: Annotated[
        Annotated[str, Meta(pattern=ID_FORM)] | None,
        Meta(description="its name at the sender; of rows with the same name the latest counts"),
    ] = None
    label: Annotated[str | None, Meta(description="name of its class, where somebody knows it")] = None
    group: Annotated[
        Annotated[str, Meta(min_length=1, max_length=200)] | None,
        Meta(description="what must not be divided between training and testing, such as a conversation"),
    ] = None
    record: Annotated[
        dict[str, float | str | None] | None,
        Meta(description="of a table: the values by the names of their columns; null where one is missing"),
    ] = None


class KeptRow(InboxRow, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One row as it is kept."""

    received_at: float = 0.0
    source: str = ""
    weight: float = 1.0


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(KeptRow).decode


def hash_of(rows: Sequence[InboxRow]) -> str:
    """Return the name of some rows."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(_encode(row) + b"\n")
    return digest.hexdigest()[:NAME_LENGTH]


def keep_rows(folder: Path, rows: Sequence[InboxRow], *, now: float | None = None) -> tuple[str, bool]:
    """Write rows into the inbox of a challenge's data folder; they are on the disk when this returns.

    Returns
    -------
    The name of the file, and whether it is new: the same rows are kept once.

    Raises
    ------
    UnavailableError
        The disk does not take them; nothing of them is kept then.
    """
    name = hash_of(rows)
    path = folder / FOLDER / f"{name}{SUFFIX}"
    moment = round(time.time() if now is None else now, 3)
    if path.is_file():
        return name, False
    kept = (KeptRow(**msgspec.structs.asdict(row), received_at=moment) for row in rows)
    try:
        write_atomic(path, b"".join(_encode(row) + b"\n" for row in kept), mode=0o600)
    except OSError as error:
        raise UnavailableError(
            "the rows cannot be kept now",
            got=error.strerror,
            hint="nothing of them was kept; send them again",
        ) from error
    return name, True


def read_rows(folder: Path) -> Iterator[tuple[str, KeptRow]]:
    """Yield the rows of the inbox of a challenge's data folder, with the name of their file.

    Raises
    ------
    DataError
        A line is no row; the error says where.
    """
    for path in sorted((folder / FOLDER).glob(f"*{SUFFIX}")):
        for number, content in enumerate(path.read_bytes().split(b"\n"), 1):
            if not content.strip():
                continue
            try:
                yield path.stem, _decode(content)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise DataError("this is no row", where=f"{path}:{number}", got=str(error)) from error
