"""Collect a data set: fetch its files, read, clean, split, and keep them as a version."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

import outclass
from outclass.base.document import to_json
from outclass.base.errors import DataError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.base.store import FileLock, make_folder_atomic, remove_leftovers, write_atomic
from outclass.catalog.challenge import InputKind
from outclass.catalog.cleaning import Cleaned, clean
from outclass.catalog.content import Arranged, content_bytes, describe
from outclass.catalog.dataset import (
    CURRENT,
    DOCUMENT,
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
from outclass.catalog.declared_data import Repeats
from outclass.catalog.downloads import FetchedFile, fetch
from outclass.catalog.inbox import changed_labels, read_labels, relabel
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.photo_cleaning import (
    keep_together,
    not_played,
    with_photos_checked,
    without_judges,
)
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.inaturalist.collecting import collect_photos
from outclass.catalog.sources.inaturalist.source import ROLE
from outclass.catalog.sources.inbox import InboxObjects, with_inbox
from outclass.catalog.sources.kinds import INATURALIST
from outclass.catalog.sources.readers import reader_of
from outclass.catalog.sources.sample import read_population, read_sample
from outclass.catalog.split import Split, split_of
from outclass.catalog.writing import write_tables
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import SeriesTable
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable

__all__ = [
    "DatasetVersion",
    "ObjectTable",
    "Simulation",
    "collect",
    "current_version",
    "find_version",
    "list_versions",
    "use_version",
]

LOCK = ".lock"
FILES = "files"
ID_LENGTH = 12
CONTENT_FORMAT = "outclass-dataset-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """How many objects the challenge's `simulate.py` makes, and from which seed."""

    count: int
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """The rows that stay, in the order in which they are hashed and written: by split and id."""

    object_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    labels: tuple[str, ...]
    splits: tuple[Split, ...]
    inputs: Arranged


def collect(
    loaded: LoadedChallenge,
    settings: Settings,
    *,
    sample: bool = False,
    simulate: Simulation | None = None,
    progress: Progress = no_progress,
) -> DatasetVersion:
    """Make the data-set version of a challenge, or find that it is there already.

    Safe to kill at any moment and to run several times at once: files appear whole or not at all, a second
    process waits for the first, and the same content gives the same version.

    Parameters
    ----------
    sample
        Make a version of the embedded sample. It comes into use only where no real data was collected.
    simulate
        Make a version of as many simulated objects instead, to train on; it counts as a sample, too.
    progress
        Told what is being done: steps `wait`, `download`, `read`, `check`, `clean`, `write`.

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
    made = sample or simulate is not None
    gathered = {} if made else _gather(loaded, settings, progress)
    progress("wait", None, "for another process that collects this data, if there is one")
    with FileLock(folder / LOCK):
        remove_leftovers(folder)
        progress("wait", 1.0)
        sources: dict[str, FileRecord] = {}
        if simulate is not None:
            progress("read", None, f"{simulate.count:,} simulated objects")
            table = read_population(loaded, simulate.count, simulate.seed)
            progress("read", 1.0)
        elif sample:
            table = read_sample(loaded)
        else:
            table, sources = _read_source(loaded, settings, folder / FILES, progress, gathered)
        sent = InboxObjects(table=table) if made else with_inbox(table, loaded, folder)
        lineage = lineage_of(loaded, sample=made, simulate=simulate) | sent.lineage
        version = _keep(
            sent.table, loaded, folder, sources=sources, sample=made, lineage=lineage, progress=progress
        )
        if not (made and _has_real_data(loaded.name, settings)):
            write_atomic(folder / CURRENT, to_json(CurrentDocument(version=version.id)))
    return version


def use_version(name: str, version: str, settings: Settings) -> None:
    """Bring a version of a challenge's data into use, such as the one before a batch that proved bad.

    Raises
    ------
    DataError
        It is not there.
    """
    if find_version(name, version, settings) is None:
        raise DataError("there is no such data version", where=name, got=version)
    write_atomic(settings.data_folder / name / CURRENT, to_json(CurrentDocument(version=version)))


def _has_real_data(name: str, settings: Settings) -> bool:
    """Tell whether the version in use is of the declared data; a broken one is as good as none."""
    try:
        version = current_version(name, settings)
    except DataError:
        return False
    return version is not None and not version.document.sample


def _gather(loaded: LoadedChallenge, settings: Settings, progress: Progress) -> dict[str, FetchedFile]:
    """Bring here what comes piece by piece. It may take hours, in which nobody else waits for the lock."""
    if loaded.challenge.dataset.reader.kind != INATURALIST.name:
        return {}
    photos = collect_photos(loaded, settings, progress=progress)
    return {ROLE: FetchedFile(path=photos.path, sha256=photos.sha256, bytes=photos.bytes)}


def _read_source(
    loaded: LoadedChallenge,
    settings: Settings,
    into: Path,
    progress: Progress,
    gathered: Mapping[str, FetchedFile],
) -> tuple[SourceTable, dict[str, FileRecord]]:
    """Fetch the declared files and read them with what was gathered."""
    found = dict(gathered)
    for role, declared in loaded.challenge.dataset.reader.files.items():
        found[role] = fetch(declared, into, settings, challenge=loaded, progress=progress)
    files = {role: one.path for role, one in found.items()}
    records = {
        role: FileRecord(name=one.path.name, sha256=one.sha256, bytes=one.bytes)
        for role, one in found.items()
    }
    progress("read", None, loaded.challenge.dataset.title)
    reader = reader_of(loaded.challenge)
    table = reader.read(files, loaded.challenge, scratch=into.parent, folder=loaded.folder)
    progress("read", 1.0, f"{len(table.labels):,} objects")
    return table, records


def _keep(
    table: SourceTable,
    loaded: LoadedChallenge,
    folder: Path,
    *,
    sources: dict[str, FileRecord],
    sample: bool,
    lineage: dict[str, str],
    progress: Progress,
) -> DatasetVersion:
    """Clean and split a table and write it as a version, unless that version is there."""
    _check_kind(table, loaded)
    cleaned, feedback = _clean(table, loaded, folder, progress)
    return write_version(
        cleaned,
        loaded,
        folder,
        sources=sources,
        sample=sample,
        lineage=lineage | feedback,
        progress=progress,
    )


def write_version(
    cleaned: Cleaned,
    loaded: LoadedChallenge,
    folder: Path,
    *,
    sources: dict[str, FileRecord],
    sample: bool,
    lineage: dict[str, str],
    progress: Progress = no_progress,
) -> DatasetVersion:
    """Split what cleaning kept and write it as a version, unless that version is there."""
    kept = _canonical(cleaned, loaded)
    content = _content_hash(kept, loaded, sample=sample)
    final = folder / content[:ID_LENGTH]
    if not (final / DOCUMENT).is_file():
        progress("write", None, f"version {final.name}")
        with make_folder_atomic(final) as temporary:
            tables = write_tables(
                temporary,
                ids=kept.object_ids,
                groups=kept.group_ids,
                labels=kept.labels,
                splits=kept.splits,
                arranged=kept.inputs,
            )
            document = VersionDocument(
                id=final.name,
                content_sha256=content,
                challenge=loaded.name,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                sample=sample,
                kind=loaded.challenge.input.kind,
                classes=loaded.challenge.class_names,
                shape=kept.inputs.shape,
                observations=kept.inputs.observations,
                columns=loaded.challenge.input.columns,
                split=loaded.challenge.split,
                counts=_counts(kept, loaded.challenge.class_names),
                cleaning=cleaned.report,
                sources=sources,
                tables=tables,
                lineage=lineage,
                **_terms(loaded, sample=sample, simulated="count" in lineage),
            )
            (temporary / DOCUMENT).write_bytes(to_json(document))
    progress("write", 1.0, f"version {final.name}")
    return read_version(final)


def _clean(
    table: SourceTable, loaded: LoadedChallenge, folder: Path, progress: Progress
) -> tuple[Cleaned, dict[str, str]]:
    """Take out what cannot be used, and give the rest the labels of the inbox; say how many changed."""
    challenge = loaded.challenge
    looked_at = with_photos_checked(table, progress)
    progress("clean", None)
    dataset = challenge.dataset
    repeats = dataset.repeats if isinstance(table.inputs, ColumnTable) else Repeats.ONCE
    cleaned = keep_together(clean(looked_at, challenge.class_names, dataset.ignored_labels, repeats))
    cleaned = without_judges(cleaned, challenge.split)
    progress("clean", 1.0, f"{cleaned.report.rows_read - cleaned.report.rows_kept:,} rows taken out")
    taught = relabel(cleaned, read_labels(folder), challenge.split, challenge.class_names)
    if taught is cleaned:
        return cleaned, {}
    return taught, {"feedback": f"labels changed: {changed_labels(cleaned, taught)}"}


def _check_kind(table: SourceTable, loaded: LoadedChallenge) -> None:
    """Refuse series where pictures are declared, and the like."""
    declared = loaded.challenge.input.kind
    kinds = {
        SeriesTable: InputKind.SERIES,
        TextTable: InputKind.TEXT,
        PhotoTable: InputKind.PHOTO,
        ColumnTable: InputKind.TABLE,
    }
    found = kinds.get(type(table.inputs))
    if found is not (declared if declared in kinds.values() else None):
        raise DataError(
            "the source gives another kind of input than the challenge declares",
            where=f"{loaded.name}, dataset.source.kind",
            got="drawings" if found is None else found.value,
            accepted=declared.value,
        )


def lineage_of(loaded: LoadedChallenge, *, sample: bool, simulate: Simulation | None) -> dict[str, str]:
    """Return what made the rows."""
    source = "simulate.py" if sample else loaded.challenge.dataset.reader.kind
    found = {"outclass": outclass.__version__, "source": source}
    return found if simulate is None else found | {"count": str(simulate.count), "seed": str(simulate.seed)}


def _terms(loaded: LoadedChallenge, *, sample: bool, simulated: bool = False) -> dict[str, str]:
    """Return title, licence and credit of the data set, or of its sample."""
    dataset = loaded.challenge.dataset
    if sample:
        terms = dataset.sample_licence or dataset.licence
        return {
            "title": f"{loaded.challenge.title}: {'simulated objects' if simulated else 'embedded sample'}",
            "licence": terms.split(";")[0].strip(),
            "licence_url": "",
            "citation": terms,
            "homepage": "",
            "notes": dataset.sample,
        }
    names = ("title", "licence", "licence_url", "citation", "homepage", "notes")
    return {name: getattr(dataset, name) for name in names}


def _canonical(cleaned: Cleaned, loaded: LoadedChallenge) -> _Kept:
    """Decide the split of each row and order the rows by split and id."""
    table, declared = cleaned.read, loaded.challenge.split
    splits = not_played(
        cleaned,
        {
            row: Split(fixed)
            if (fixed := table.fixed_splits[row])
            else split_of(declared, table.group_ids[row])
            for row in cleaned.kept
        },
    )
    sides = {side: place for place, side in enumerate(Split)}
    order = sorted(cleaned.kept, key=lambda row: (sides[splits[row]], table.object_ids[row]))
    return _Kept(
        object_ids=tuple(table.object_ids[row] for row in order),
        group_ids=tuple(table.group_ids[row] for row in order),
        labels=tuple(table.labels[row] for row in order),
        splits=tuple(splits[row] for row in order),
        inputs=Arranged(inputs=table.inputs, places=np.array(order, dtype=np.int64)),
    )


def _content_hash(kept: _Kept, loaded: LoadedChallenge, *, sample: bool) -> str:
    """Return the sha256 of everything that makes a version what it is, however it is written to disk."""
    head = {
        "format": CONTENT_FORMAT,
        "challenge": loaded.name,
        "sample": sample,
        "licence": _terms(loaded, sample=sample)["licence"],
        "classes": loaded.challenge.class_names,
        "objects": kept.object_ids,
        "groups": kept.group_ids,
        "labels": kept.labels,
        "splits": kept.splits,
        "inputs": describe(kept.inputs.inputs, len(kept.inputs)),
    }
    digest = hashlib.sha256(msgspec.json.encode(head, order="deterministic"))
    for part in content_bytes(kept.inputs):
        digest.update(part)
    return digest.hexdigest()


def _counts(kept: _Kept, classes: tuple[str, ...]) -> dict[Split, dict[str, int]]:
    """Count objects by split and class."""
    found = Counter(zip(kept.splits, kept.labels, strict=True))
    return {side: {name: found[side, name] for name in classes} for side in Split}
