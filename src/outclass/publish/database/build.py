"""Make the data file of a data-set version: one SQLite database with everything that may be told of it.

The same version with the same models gives the same content hash, and under the same libraries the same
bytes.
"""

import hashlib
import sqlite3
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from outclass.base.document import to_json
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.base.store import PARTIAL, FileLock, remove_leftovers, sha256_of_file, write_atomic
from outclass.catalog.challenge import InputKind
from outclass.catalog.dataset import DatasetVersion, current_version
from outclass.catalog.licences import licence_of
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.split import Split
from outclass.publish.database import facts, schema
from outclass.publish.database.advice import Adviser, advisers_of, answer, fill_predictions
from outclass.publish.database.counting import fill_class_counts, fill_facets
from outclass.publish.database.files import (
    CURRENT,
    LOCK,
    NAME_LENGTH,
    SUFFIX,
    DataFile,
    DataFileDocument,
    models_in_use,
    published_folder,
    read_file,
)
from outclass.publish.database.objects import ObjectRows, fill_objects, fill_observations, rows_of
from outclass.publish.database.writer import count, fill, search_in, writing
from outclass.publish.sharing import Sharing, sharing_of


def build_database(
    version: DatasetVersion,
    loaded: LoadedChallenge,
    settings: Settings,
    progress: Progress = no_progress,
) -> DataFile:
    """Make the data file of a version, or find that it is there already.

    It is there whole or not at all; a second process waits for the first. What is made of a version that
    was deleted since, as somebody took a photo back, is removed.

    Parameters
    ----------
    version
        One of the challenge's data versions.
    progress
        Told the steps `objects`, `predictions`, `data file`.

    Examples
    --------
    >>> file = build_database(version, loaded, settings)  # doctest: +SKIP
    >>> sqlite3.connect(file.path).execute("SELECT COUNT(*) FROM objects").fetchone()  # doctest: +SKIP
    (60000,)
    """
    folder = published_folder(loaded.name, settings)
    with FileLock(folder / LOCK):
        remove_leftovers(folder)
        _forget_deleted(folder, settings)
        file = _built(version, loaded, settings, folder, progress)
        in_use = current_version(loaded.name, settings)
        if in_use is not None and in_use.id == version.id:
            write_atomic(folder / CURRENT, to_json(file.document))
    return file


def _built(
    version: DatasetVersion, loaded: LoadedChallenge, settings: Settings, folder: Path, progress: Progress
) -> DataFile:
    """Return the data file, made unless it is there."""
    advisers, sharing = advisers_of(loaded, version, settings), sharing_of(version)
    content = content_hash(version, loaded, advisers, sharing)
    path = folder / f"{content[:NAME_LENGTH]}{SUFFIX}"
    there = read_file(path.with_suffix(".json"), settings)
    if there is not None and there.content_sha256 == content:
        return there
    with tempfile.TemporaryDirectory(prefix=PARTIAL, dir=folder) as name:
        made = Path(name) / path.name
        rows = write_database(made, version, loaded, advisers, sharing, progress)
        document = DataFileDocument(
            challenge=loaded.name,
            version=version.id,
            file=path.name,
            sha256=sha256_of_file(made),
            content_sha256=content,
            rows=rows,
            models=models_in_use(loaded, settings),
        )
        made.replace(path)
    write_atomic(path.with_suffix(".json"), to_json(document))
    return DataFile(path=path, document=document)


def _forget_deleted(folder: Path, settings: Settings) -> None:
    """Remove the data files of versions that are gone."""
    for path in folder.glob("*.json"):
        if read_file(path, settings) is None:
            if path.name != CURRENT:
                path.with_suffix(SUFFIX).unlink(missing_ok=True)
            path.unlink(missing_ok=True)


def content_hash(
    version: DatasetVersion, loaded: LoadedChallenge, advisers: Iterable[Adviser], sharing: Sharing
) -> str:
    """Return the sha256 of all that a data file is made of."""
    parts = {
        "format": schema.FORMAT,
        "version": version.document.content_sha256,
        "lineage": version.document.lineage,
        "challenge": loaded.challenge,
        "models": [(one.version.reference, one.role, one.advises) for one in advisers],
        "retired": sharing.mark,
    }
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def write_database(
    path: Path,
    version: DatasetVersion,
    loaded: LoadedChallenge,
    advisers: tuple[Adviser, ...],
    sharing: Sharing,
    progress: Progress = no_progress,
) -> dict[str, int]:
    """Write a data file and return the number of rows of each table."""
    document, content = version.document, content_hash(version, loaded, advisers, sharing)
    rows = rows_of(loaded, version, sharing, licence_of(document.licence, document.licence_url))
    series = [schema.OBSERVATIONS] if document.kind is InputKind.SERIES else []
    with writing(path) as connection:
        fill_objects(connection, rows, progress)
        if series:
            fill_observations(connection, rows)
        progress("predictions", None)
        answered = fill_predictions(connection, loaded, version, advisers, rows.names)
        answered_by = answer(connection, advisers, answered)
        progress("data file", None)
        _fill_facts(connection, loaded, rows)
        fill(connection, schema.MODELS, facts.model_rows(advisers, answered))
        about = facts.about_rows(loaded, rows, content=content, answered_by=answered_by)
        fill(connection, schema.ABOUT, about)
        _finish(connection, [rows.table, *series], rows.kind.searched)
        names = [table.name for table in (rows.table, *series, *schema.FIXED)]
        found = {name: count(connection, name) for name in names}
    progress("data file", 1.0, f"{found['objects']:,} objects")
    return found


def _fill_facts(connection: sqlite3.Connection, loaded: LoadedChallenge, rows: ObjectRows) -> None:
    """Make and fill the small tables."""
    version = rows.version
    played = frozenset(version.ids(Split.GAME)) - rows.sharing.retired
    fill(connection, schema.CLASSES, facts.class_rows(loaded.challenge))
    fill(connection, schema.LICENCES, facts.licence_rows(rows.licences))
    fill(connection, schema.CREDITS, facts.credit_rows(version, rows.credits))
    fill(connection, schema.FILES, facts.file_rows(version))
    fill(connection, schema.CLEANING, facts.cleaning_rows(version))
    fill(connection, schema.REJECTED, facts.rejected_rows(version, played, rows.names))


def _finish(connection: sqlite3.Connection, tables: Sequence[schema.Table], searched: Sequence[str]) -> None:
    """Make indexes, counts, views and the index of words."""
    for table in tables:
        for statement in table.create_indexes():
            connection.execute(statement)
    fill_class_counts(connection)
    fill_facets(connection, tables)
    for name, (_, sql) in schema.VIEWS.items():
        connection.execute(f"CREATE VIEW {schema.quoted(name)} AS {sql}")
    if searched:
        search_in(connection, tables[0].name, searched)
