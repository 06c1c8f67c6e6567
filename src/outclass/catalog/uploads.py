"""Challenges that were made of uploaded files: where they lie, whose they are, who may see them."""

import os
import shutil
from pathlib import Path

import msgspec

from outclass.base.document import Document, to_json
from outclass.base.store import write_atomic

FOLDER = "challenges"
FILE_NAME = "upload.json"


class Upload(Document, frozen=True, kw_only=True):
    """What is known of an upload besides its `challenge.yaml`.

    Attributes
    ----------
    owner
        Number of the account that made it.
    file, by, created
        Name of the file as it was sent, name of the account, and when, in seconds since 1970.
    title
        What people read, where no `challenge.yaml` says it.
    draft
        Whether only the owner and staff may see it.
    """

    owner: int
    by: str
    file: str
    created: float
    title: str = ""
    draft: bool = True


def uploads_folder(home: Path) -> Path:
    """Return the folder of all uploads that became challenges."""
    return home / FOLDER


def read_upload(folder: Path) -> Upload | None:
    """Return what is known of an upload; None where a folder is none, or says nothing that can be read."""
    try:
        return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=Upload)
    except (OSError, msgspec.DecodeError):
        return None


def write_upload(folder: Path, upload: Upload) -> None:
    """Write what is known of an upload, atomically, so that running processes see that something changed."""
    write_atomic(folder / FILE_NAME, to_json(upload))
    os.utime(folder.parent)


def uploads_mark(home: Path) -> int:
    """Return a number that changes when an upload is added, changed or deleted; cheap."""
    try:
        return uploads_folder(home).stat().st_mtime_ns
    except OSError:
        return 0


def is_draft(folder: Path) -> bool:
    """Tell whether a challenge is a draft; an upload that says nothing readable counts as one."""
    found = read_upload(folder)
    return (folder / FILE_NAME).exists() if found is None else found.draft


def delete_upload(folder: Path) -> None:
    """Delete an upload: first what makes it a challenge, then the rest."""
    (folder / "challenge.yaml").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
