"""Find out what a path holds."""

import zipfile
from pathlib import Path

from outclass.base.errors import NotFoundError
from outclass.base.progress import Progress, no_progress
from outclass.catalog.dictionary.reading import WORKBOOKS
from outclass.catalog.packed import ZIP_MAGIC
from outclass.catalog.recognizing.found import Choices, Found
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError
from outclass.catalog.recognizing.rows import found_table
from outclass.catalog.recognizing.tables import UnsureError, look_at_table

ARCHIVES = (".tar", ".tgz", ".tbz2", ".txz", ".7z", ".rar")


def recognize(path: Path, choices: Choices | None = None, progress: Progress = no_progress) -> Found:
    """Look at a file or folder and draft the challenge that it makes.

    Raises
    ------
    NotFoundError
        There is no such path.
    RefusedDataError
        No challenge can be made of it; `id` says why.
    """
    try:
        return recognize_or_ask(path, choices, progress)
    except UnsureError as error:
        raise error.refusal from None


def recognize_or_ask(path: Path, choices: Choices | None = None, progress: Progress = no_progress) -> Found:
    """Do as `recognize` does, but raise `UnsureError` with the question where only the owner can tell."""
    chosen = choices or Choices()
    if not path.exists():
        raise NotFoundError("there is no such file or folder", got=str(path))
    progress("look", None, path.name)
    found = _folder(path, chosen) if path.is_dir() else _file(path, chosen)
    progress("look", 1.0, f"{found.objects:,} objects")
    return found


def _file(path: Path, choices: Choices) -> Found:
    """Look at a file."""
    if path.stat().st_size == 0:
        raise RefusedDataError(Refusal.EMPTY, "the file is empty", where=str(path))
    check_packed(path)
    return found_table(look_at_table(path, choices), choices)


def check_packed(path: Path) -> None:
    """Refuse archives of several files."""
    with path.open("rb") as file:
        zipped = file.read(len(ZIP_MAGIC)) == ZIP_MAGIC
    if zipped and path.suffix.lower() not in WORKBOOKS:
        try:
            with zipfile.ZipFile(path) as archive:
                names = [n for n in archive.namelist() if not n.endswith("/") and "__MACOSX" not in n]
        except zipfile.BadZipFile as error:
            raise RefusedDataError(
                Refusal.UNREADABLE, "this archive is broken", where=str(path), got=str(error)
            ) from error
        if len(names) == 1:
            return
        got = f"{len(names)} files, such as {', '.join(names[:3])}"
    elif path.name.lower().endswith(ARCHIVES) or any(
        path.name.lower().endswith(f".tar.{end}") for end in ("gz", "bz2", "xz", "zst")
    ):
        got = path.suffix
    else:
        return
    raise RefusedDataError(
        Refusal.ARCHIVE,
        "this is an archive of several files",
        where=str(path),
        got=got,
        hint=f"unpack it and name the folder: outclass up {path.name.partition('.')[0]}",
    )


def _folder(path: Path, choices: Choices) -> Found:
    """Look at a folder."""
    raise NotImplementedError
