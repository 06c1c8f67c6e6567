"""Photos that people let us keep and of which is known what they show, in the inbox of a challenge's data.

`HOME/data/CHALLENGE/inbox/photos/*.jsonl` holds a JSON object a line: `media_sha256`, `label`, `id`, and
maybe `created_at`. Their bytes lie with those of the data set, in `HOME/data/CHALLENGE/media/`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from outclass.base.errors import DataError
from outclass.catalog.forms import SHA256_FORM

FOLDER = "inbox/photos"
SUFFIX = ".jsonl"


class InboxPhoto(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line."""

    media_sha256: Annotated[str, Meta(pattern=SHA256_FORM)]
    label: str
    id: str
    created_at: float = 0.0


_decode = msgspec.json.Decoder(InboxPhoto).decode


def read_photos(folder: Path) -> Iterator[InboxPhoto]:
    """Yield the photos of the inbox of a challenge's data folder.

    Raises
    ------
    DataError
        A line is no photo; the error says where.
    """
    for path in sorted((folder / FOLDER).glob(f"*{SUFFIX}")):
        for number, content in enumerate(path.read_bytes().splitlines(), 1):
            if not content.strip():
                continue
            try:
                yield _decode(content)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise DataError("this is no photo", where=f"{path}:{number}", got=str(error)) from error
