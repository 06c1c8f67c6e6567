"""Where the rows of a dictionary come from: files by path, list or pattern, or a database."""

import contextlib
import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import polars as pl

from outclass.base.errors import DataError
from outclass.base.settings import Settings
from outclass.catalog.dictionary.cleaning import Batch
from outclass.catalog.dictionary.columns import ROW, Layout, lay_out
from outclass.catalog.dictionary.declaration import DataDictionary, OnMismatch, TableKeys
from outclass.catalog.dictionary.draws import share
from outclass.catalog.dictionary.reading import TableFile, chosen_rows, numbered, read_table
from outclass.catalog.dictionary.report import CleaningLog
from outclass.catalog.packed import open_data
from outclass.catalog.sources.remote import fetch_remote, is_remote, shown
from outclass.catalog.sources.sql import read_sql_batches

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file that is declared, as it was written, with its checksums."""

    name: str
    sha256: str | None = None
    md5: str | None = None


def places_of(declared: DataDictionary, folder: Path) -> list[Place]:
    """Return the files of a dictionary in order.

    Raises
    ------
    DataError
        No file has the pattern.
    """
    if declared.path is not None:
        return [Place(name=declared.path, sha256=declared.sha256, md5=declared.md5)]
    if declared.glob is not None:
        pattern = Path(declared.glob).expanduser()
        root, inner = (
            (Path(pattern.anchor), pattern.relative_to(pattern.anchor))
            if pattern.anchor
            else (folder, pattern)
        )
        found = sorted(path for path in root.glob(str(inner)) if path.is_file())
        if not found:
            raise DataError("no file has this pattern", where=f"{folder}, glob", got=declared.glob)
        return [Place(name=str(path.relative_to(root)) if root == folder else str(path)) for path in found]
    return [
        Place(name=file) if isinstance(file, str) else Place(name=file.path, sha256=file.sha256, md5=file.md5)
        for file in declared.files
    ]


def find_file(name: str, folder: Path) -> TableFile:
    """Return a file of this machine; a relative path is relative to the dictionary's own file."""
    path = folder / Path(name).expanduser()
    if not path.is_file():
        raise DataError("there is no such file", where=name, hint=f"put it at {path.resolve()}")
    return TableFile(name=name, path=path)


@contextlib.contextmanager
def at_hand(name: str, folder: Path, settings: Settings | None = None) -> Iterator[TableFile]:
    """Yield a file of this machine; one with an address is brought here for as long as it is read."""
    if not is_remote(name):
        yield find_file(name, folder)
        return
    with tempfile.TemporaryDirectory(prefix="outclass-") as scratch:
        path = fetch_remote(name, Path(scratch), settings or Settings.from_environment())
        yield TableFile(name=shown(name), path=path)


def file_batches(file: TableFile, declared: TableKeys) -> Iterator[Batch]:
    """Yield the rows of a file."""
    for frame in read_table(file, open_data(file.path), declared):
        yield Batch(frame=frame, file=file.name)


def check_sums(place: Place, file: TableFile, on_mismatch: OnMismatch, log: CleaningLog) -> None:
    """Compare a file with its checksums; note the sha256 of its content.

    Raises
    ------
    DataError
        It is another file, and the dictionary does not say that a warning will do.
    """
    wanted = {"sha256", "md5"} if place.md5 else {"sha256"}
    with file.path.open("rb") if file.is_workbook else open_data(file.path) as content:
        sums = sums_of(content, wanted)
    log.sums[file.name] = sums["sha256"]
    for name, expected in (("sha256", place.sha256), ("md5", place.md5)):
        if expected is None or sums.get(name) == expected:
            continue
        error = DataError(
            f"the {name} of this file is another one",
            where=file.name,
            got=sums[name],
            accepted=expected,
            hint="get the right file, or declare `checksum: warn`",
        )
        if on_mismatch is OnMismatch.ERROR:
            raise error
        log.warnings.append(error.sentence())


def sums_of(content: BinaryIO, names: Iterable[str]) -> dict[str, str]:
    """Return hashes of a content by their names."""
    sums = {name: hashlib.new(name, usedforsecurity=False) for name in sorted(names)}
    while chunk := content.read(CHUNK):
        for each in sums.values():
            each.update(chunk)
    return {name: each.hexdigest() for name, each in sums.items()}


def all_batches(
    declared: DataDictionary, folder: Path, log: CleaningLog, settings: Settings | None = None
) -> Iterator[Batch]:
    """Yield the rows of a database, or of all files one after another, all with the same columns."""
    if declared.source is not None:
        yield from database_batches(declared, folder, settings)
        return
    first: tuple[str, ...] | None = None
    for place in places_of(declared, folder):
        with at_hand(place.name, folder, settings) as file:
            check_sums(place, file, declared.checksum, log)
            for batch in file_batches(file, declared):
                first = first or tuple(batch.frame.columns)
                yield Batch(frame=same_columns(batch, first), file=batch.file)


def database_batches(
    declared: DataDictionary, folder: Path, settings: Settings | None = None
) -> Iterator[Batch]:
    """Yield the rows of a database; where a sample is asked for, it is drawn while they are read."""
    name = database_name(declared)
    if declared.nrows is not None:
        parts = (part.frame for part in read_sql_batches(declared, settings, folder=folder))
        for frame in chosen_rows(numbered(chosen_columns(parts, declared, name)), declared.nrows):
            yield Batch(frame=frame, file=name)
        return
    sampling = declared.sampling
    keep = None if sampling is None else partial(share, factor=sampling.factor, seed=sampling.seed)
    before = 0
    for part in read_sql_batches(declared, settings, folder=folder, keep=keep):
        (frame,) = chosen_columns([part.frame], declared, name)
        rows = frame.select(pl.Series(ROW, part.numbers + 1), pl.all())
        yield Batch(frame=rows, file=name, read=part.seen - before)
        before = part.seen


def database_name(declared: DataDictionary) -> str:
    """Return what errors and reports call the rows of a database."""
    return declared.table_name or "query"


def chosen_columns(frames: Iterable[pl.DataFrame], declared: TableKeys, where: str) -> Iterator[pl.DataFrame]:
    """Yield tables with the columns that are chosen, by our names."""
    layout: Layout | None = None
    for frame in frames:
        layout = layout or lay_out(frame.columns, declared, where)
        yield frame.select(pl.col(theirs).alias(own) for own, theirs in layout.names.items())


def same_columns(batch: Batch, wanted: tuple[str, ...]) -> pl.DataFrame:
    """Return a batch with the columns of the first file; `DataError` where they are others."""
    found = batch.frame.columns
    if set(found) != set(wanted):
        raise DataError(
            "this file has other columns than the first one",
            where=batch.file,
            got=", ".join(found[1:]),
            accepted=", ".join(wanted[1:]),
            hint="choose with `use_columns`, rename with `column_names`",
        )
    return batch.frame.select(wanted)
