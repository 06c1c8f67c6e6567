"""Collect a data set: fetch its files, read, clean, split, and keep them as a version."""

import hashlib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

import outclass
from outclass.base.document import to_json
from outclass.base.errors import DataError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.base.store import FileLock, make_folder_atomic, remove_leftovers, sha256_of_file, write_atomic
from outclass.catalog.cleaning import clean, take
from outclass.catalog.dataset import (
    CURRENT,
    DOCUMENT,
    TABLES,
    CurrentDocument,
    DatasetVersion,
    FileRecord,
    ObjectTable,
    VersionDocument,
    current_version,
    find_version,
    list_versions,
    read_version,
)
from outclass.catalog.downloads import fetch
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.readers import READERS
from outclass.catalog.sources.sample import read_sample
from outclass.catalog.split import Split, split_of

__all__ = ["DatasetVersion", "ObjectTable", "collect", "current_version", "find_version", "list_versions"]

LOCK = ".lock"
FILES = "files"
ID_LENGTH = 12
ROWS_PER_GROUP = 4096
CONTENT_FORMAT = "outclass-dataset-1"


def collect(
    loaded: LoadedChallenge,
    settings: Settings,
    *,
    sample: bool = False,
    progress: Progress = no_progress,
) -> DatasetVersion:
    """Make the data-set version of a challenge, or find that it is there already.

    Safe to kill at any moment and to run several times at once: files appear whole or not at all, a second
    process waits for the first, and the same content gives the same version.

    Parameters
    ----------
    sample
        Make a version of the embedded sample. It comes into use only where no real data was collected.
    progress
        Told what is being done: steps `wait`, `download`, `read`, `clean`, `write`.

    Raises
    ------
    DownloadError
        A file cannot be had; the error says which one to put where.
    DataError
        A file breaks its format.

    Examples
    --------
    >>> from outclass.catalog import collect, load_challenge
    >>> version = collect(load_challenge("digits"), Settings.from_environment())  # doctest: +SKIP
    >>> version.objects("game").inputs.shape  # doctest: +SKIP
    (1480, 28, 28)
    """
    folder = settings.data_folder / loaded.name
    progress("wait", None, "for another process that collects this data, if there is one")
    with FileLock(folder / LOCK):
        remove_leftovers(folder)
        progress("wait", 1.0)
        sources: dict[str, FileRecord] = {}
        if sample:
            table = read_sample(loaded)
        else:
            table, sources = _read_source(loaded, settings, folder / FILES, progress)
        version = _keep(table, loaded, folder, sources=sources, sample=sample, progress=progress)
        if not (sample and _has_real_data(loaded.name, settings)):
            write_atomic(folder / CURRENT, to_json(CurrentDocument(version=version.id)))
    return version


def _has_real_data(name: str, settings: Settings) -> bool:
    """Tell whether the version in use is of the declared data; a broken one is as good as none."""
    try:
        version = current_version(name, settings)
    except DataError:
        return False
    return version is not None and not version.document.sample


def _read_source(
    loaded: LoadedChallenge, settings: Settings, into: Path, progress: Progress
) -> tuple[SourceTable, dict[str, FileRecord]]:
    """Fetch and read the declared files."""
    source = loaded.challenge.dataset.source
    files, records = {}, {}
    for role, declared in source.files.items():
        found = fetch(declared, into, settings, challenge=loaded, progress=progress)
        files[role] = found.path
        records[role] = FileRecord(name=found.path.name, sha256=found.sha256, bytes=found.bytes)
    progress("read", None, loaded.challenge.dataset.title)
    table = READERS[source.kind].read(files, loaded.challenge)
    progress("read", 1.0, f"{len(table.labels):,} objects")
    return table, records


def _keep(
    table: SourceTable,
    loaded: LoadedChallenge,
    folder: Path,
    *,
    sources: dict[str, FileRecord],
    sample: bool,
    progress: Progress,
) -> DatasetVersion:
    """Clean and split a table and write it as a version, unless that version is there."""
    progress("clean", None)
    cleaned = clean(table, loaded.challenge.class_names)
    progress("clean", 1.0, f"{cleaned.report.rows_read - cleaned.report.rows_kept:,} rows taken out")
    kept, splits = _canonical(cleaned.table, loaded)
    content = _content_hash(kept, splits, loaded, sample=sample)
    final = folder / content[:ID_LENGTH]
    if not (final / DOCUMENT).is_file():
        progress("write", None, f"version {final.name}")
        with make_folder_atomic(final) as temporary:
            tables = _write_tables(temporary, kept, splits)
            document = VersionDocument(
                id=final.name,
                content_sha256=content,
                challenge=loaded.name,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                sample=sample,
                classes=loaded.challenge.class_names,
                shape=kept.inputs.shape[1:],
                split=loaded.challenge.split,
                counts=_counts(kept, splits, loaded.challenge.class_names),
                cleaning=cleaned.report,
                sources=sources,
                tables=tables,
                lineage={"outclass": outclass.__version__, "source": source_of(loaded, sample=sample)},
                **_terms(loaded, sample=sample),
            )
            (temporary / DOCUMENT).write_bytes(to_json(document))
    progress("write", 1.0, f"version {final.name}")
    return read_version(final)


def source_of(loaded: LoadedChallenge, *, sample: bool) -> str:
    """Return what made the rows."""
    return "simulate.py" if sample else loaded.challenge.dataset.source.kind


def _terms(loaded: LoadedChallenge, *, sample: bool) -> dict[str, str]:
    """Return title, licence and credit of the data set, or of its sample."""
    dataset = loaded.challenge.dataset
    if sample:
        terms = dataset.sample_licence or dataset.licence
        return {
            "title": f"{loaded.challenge.title}: embedded sample",
            "licence": terms.split(";")[0].strip(),
            "licence_url": "",
            "citation": terms,
            "homepage": "",
            "notes": dataset.sample,
        }
    names = ("title", "licence", "licence_url", "citation", "homepage", "notes")
    return {name: getattr(dataset, name) for name in names}


def _canonical(table: SourceTable, loaded: LoadedChallenge) -> tuple[SourceTable, tuple[Split, ...]]:
    """Decide the split of each row and order the rows by split and id."""
    splits = [
        Split(fixed) if fixed else split_of(loaded.challenge.split, group)
        for fixed, group in zip(table.fixed_splits, table.group_ids, strict=True)
    ]
    sides = list(Split)
    order = sorted(range(len(splits)), key=lambda row: (sides.index(splits[row]), table.object_ids[row]))
    return take(table, order), tuple(splits[row] for row in order)


def _content_hash(
    table: SourceTable, splits: tuple[Split, ...], loaded: LoadedChallenge, *, sample: bool
) -> str:
    """Return the sha256 of everything that makes a version what it is, however it is written to disk."""
    inputs = np.ascontiguousarray(table.inputs)
    head = {
        "format": CONTENT_FORMAT,
        "challenge": loaded.name,
        "sample": sample,
        "licence": _terms(loaded, sample=sample)["licence"],
        "classes": loaded.challenge.class_names,
        "objects": table.object_ids,
        "groups": table.group_ids,
        "labels": table.labels,
        "splits": splits,
        "inputs": [str(inputs.dtype), *inputs.shape],
    }
    digest = hashlib.sha256(msgspec.json.encode(head, order="deterministic"))
    digest.update(inputs.data)
    return digest.hexdigest()


def _write_tables(folder: Path, table: SourceTable, splits: tuple[Split, ...]) -> dict[str, str]:
    """Write the Parquet files and return their hashes."""
    ids = list(table.object_ids)
    frames = {
        "objects": {
            "object_id": ids,
            "group_id": list(table.group_ids),
            "image": [row.tobytes() for row in table.inputs],
        },
        "labels": {"object_id": ids, "label": list(table.labels)},
        "split": {"object_id": ids, "split": [side.value for side in splits]},
    }
    for name in TABLES:
        path = folder / f"{name}.parquet"
        pl.DataFrame(frames[name]).write_parquet(path, row_group_size=ROWS_PER_GROUP)
    return {name: sha256_of_file(folder / f"{name}.parquet") for name in TABLES}


def _counts(
    table: SourceTable, splits: tuple[Split, ...], classes: tuple[str, ...]
) -> dict[Split, dict[str, int]]:
    """Count objects by split and class."""
    found = Counter(zip(splits, table.labels, strict=True))
    return {side: {name: found[side, name] for name in classes} for side in Split}
