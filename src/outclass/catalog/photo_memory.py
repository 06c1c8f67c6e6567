"""What was found of photos when they were looked at: each is decoded once, however often it is collected."""

from pathlib import Path

import msgspec

from outclass.base.document import Document
from outclass.base.store import write_atomic

NAME = "seen.json"
"""In the folder of media."""
FORMAT = 1
"""Counted up when photos are looked at in another way."""


class SeenPhoto(Document, frozen=True, kw_only=True):
    """What was found of one photo that can be used."""

    width: int
    height: int
    fingerprint: bytes


class _Memory(Document, frozen=True, kw_only=True):
    """The file."""

    format: int
    photos: dict[str, SeenPhoto]


def read_memory(folder: Path) -> dict[str, SeenPhoto]:
    """Return what is known, by name; nothing where the file is not there, broken, or of another format."""
    try:
        found = msgspec.json.decode((folder / NAME).read_bytes(), type=_Memory)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    return found.photos if found.format == FORMAT else {}


def write_memory(folder: Path, photos: dict[str, SeenPhoto]) -> None:
    """Keep what is known of photos, and forget all others."""
    if photos != read_memory(folder):
        write_atomic(folder / NAME, msgspec.json.encode(_Memory(format=FORMAT, photos=photos)))
