"""Find out what a path holds."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

from outclass.base.errors import NotFoundError
from outclass.base.progress import Progress, no_progress
from outclass.catalog.challenge import InputKind
from outclass.catalog.dictionary.reading import WORKBOOKS
from outclass.catalog.packed import ZIP_MAGIC
from outclass.catalog.recognizing.curves import find_curves, found_curves, has_ids
from outclass.catalog.recognizing.drawings import are_drawings, found_idx, found_pictures, is_idx
from outclass.catalog.recognizing.found import Choices, Found
from outclass.catalog.recognizing.photo_tables import find_image, find_named, found_photo_table
from outclass.catalog.recognizing.photos import find_photos, found_photos
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError
from outclass.catalog.recognizing.rows import found_table
from outclass.catalog.recognizing.tables import DATABASE_ENDINGS, TABLE_ENDINGS, UnsureError, look_at_table
from outclass.catalog.sources.photo_folders import SUFFIXES, photos_in

MOST_TABLES = 6
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
    if path.suffix.lower() in SUFFIXES:
        raise RefusedDataError(
            Refusal.UNKNOWN_KIND, "this is one photo", where=str(path), hint="name the folder of many"
        )
    look = look_at_table(path, choices)
    if (image := find_image(look.frame)) is not None:
        return found_photo_table(look, image, choices)
    columns = find_curves(look.frame) if choices.kind in {None, InputKind.SERIES} else None
    if columns is not None:
        return found_curves(path, look, columns, None, choices)
    return found_table(look, choices)


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
    """Look at a folder: of IDX files, of tables, or of pictures."""
    if is_idx(path):
        return found_idx(path, choices)
    files = [file for file in sorted(path.iterdir()) if file.is_file() and not file.name.startswith(".")]
    tables = [file for file in files if is_table(file)]
    if not any(photos_in(path)):
        if tables:
            return _tables(path, tables, choices)
        raise nothing_in(path, files)
    named = find_named(path, tables, choices) if tables and choices.names is None else None
    if named is not None:
        return found_photo_table(named.look, None, choices, path_column=named.column)
    photos = find_photos(path, choices)
    if are_drawings(photos, choices):
        return found_pictures(path, photos, choices)
    return found_photos(path, photos, choices)


def is_table(file: Path) -> bool:
    """Tell whether a file is a table by the ending of its name."""
    endings = [ending.lower() for ending in file.suffixes]
    return any(ending in {*TABLE_ENDINGS, *DATABASE_ENDINGS} for ending in endings[-2:])


def _tables(path: Path, tables: Sequence[Path], choices: Choices) -> Found:
    """Look at a folder of tables: objects and their observations, or one table alone."""
    if len(tables) == 1:
        return _file(tables[0], choices)
    looks = [look_at_table(file, choices) for file in tables[:MOST_TABLES]]
    for look in looks:
        columns = find_curves(look.frame)
        if columns is None:
            continue
        others = [other for other in looks if other is not look and has_ids(other, columns.id)]
        return found_curves(path, look, columns, others[0] if others else None, choices)
    raise RefusedDataError(
        Refusal.UNKNOWN_KIND,
        "this folder has several tables, which are no objects and their observations",
        where=str(path),
        got=", ".join(file.name for file in tables[:6]),
        hint=f"name one of them: {tables[0]}",
    )


def nothing_in(path: Path, files: Sequence[Path]) -> RefusedDataError:
    """Return the refusal of a folder in which nothing is read."""
    archives = [file for file in files if file.name.lower().endswith((".zip", *ARCHIVES, ".gz"))]
    if archives:
        return RefusedDataError(
            Refusal.ARCHIVE,
            "this folder has archives, which are not unpacked here",
            where=str(path),
            got=", ".join(file.name for file in archives[:4]),
            hint="unpack them",
        )
    held = [entry.name for entry in path.iterdir() if not entry.name.startswith(".")]
    return RefusedDataError(
        Refusal.UNKNOWN_KIND if held else Refusal.EMPTY,
        "nothing in this folder is a kind of data that is read here" if held else "this folder is empty",
        where=str(path),
        got=", ".join(sorted(held)[:6]) or "no file",
        accepted="photos (JPEG, PNG, WebP), drawings (IDX, small PNG), tables (CSV, TSV, Parquet, JSON "
        "lines, SQLite)",
    )
