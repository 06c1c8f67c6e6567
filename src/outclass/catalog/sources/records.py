"""Reads tables whose rows are records of declared columns, by the keys of a data dictionary."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl

from outclass.base.errors import DataError, nearest_name
from outclass.catalog.challenge import Challenge
from outclass.catalog.declared_data import ObjectColumns, ObjectKeys
from outclass.catalog.dictionary.cleaning import Batch, clean_batches
from outclass.catalog.dictionary.columns import ROW
from outclass.catalog.dictionary.report import CleaningLog
from outclass.catalog.record_frames import read_records_of
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.kinds import TABLES, SourceKind
from outclass.catalog.sources.texts import (
    UNLABELED,
    check_ids,
    given_ids,
    labels_of,
    short_hash,
    strings_of,
    tables_of,
)
from outclass.inputs.columns import InputColumn
from outclass.inputs.table import ColumnTable, Values


@dataclass(slots=True, kw_only=True)
class _Rows:
    """Rows of all tables so far."""

    values: list[Values] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    faults: dict[int, str] = field(default_factory=dict)
    occurrences: Counter[str] = field(default_factory=Counter)


class RecordSource:
    """Reads any number of tables, each row an object of declared columns."""

    kind: SourceKind = TABLES

    def read(
        self,
        files: Mapping[str, Path],
        challenge: Challenge,
        *,
        scratch: Path | None = None,  # noqa: ARG002 - records fit in memory
        folder: Path | None = None,
    ) -> SourceTable:
        """Read and clean the tables; `DataError` names the column that is missing."""
        dataset, columns = challenge.dataset, challenge.input.columns
        rows, reports = _Rows(), []
        for role, batches in tables_of(files, dataset, folder or Path()):
            keys, log = dataset.table(role), CleaningLog()
            classes = dataset.reader.labels | keys.labels
            for batch in clean_batches(batches, keys, log):
                _add(rows, batch, role, keys, columns, classes)
            reports.append(log.report(role))
        check_ids(rows.ids)
        empty = np.empty((0, len(columns)), dtype=np.float32)
        return SourceTable(
            object_ids=tuple(rows.ids),
            group_ids=tuple(rows.groups),
            labels=tuple(rows.labels),
            inputs=ColumnTable(columns, np.concatenate([empty, *rows.values])),
            fixed_splits=(None,) * len(rows.ids),
            tables=tuple(reports),
            notes=rows.faults,
            faulty=frozenset(rows.faults),
        )


def _add(
    rows: _Rows,
    batch: Batch,
    role: str,
    keys: ObjectKeys,
    columns: tuple[InputColumn, ...],
    classes: Mapping[str, str],
) -> None:
    """Add the rows of a batch."""
    frame, before = batch.frame, len(rows.ids)
    check_columns(frame, keys.columns, columns, batch.file)
    found = read_records_of(frame, columns, lambda name: keys.columns.inputs.get(name, name))
    keyed = record_keys(ColumnTable(columns, found.values))
    given = strings_of(frame, keys.columns.id, "id", batch.file)
    groups = strings_of(frame, keys.columns.group, "group", batch.file)
    labels = labels_of(frame, keys.columns, classes, batch.file) or [None] * len(frame)
    rows.values.append(found.values)
    rows.labels += [label or UNLABELED for label in labels]
    rows.ids += _made_ids(keyed, role, rows.occurrences) if given is None else given_ids(given, batch)
    rows.groups += [
        f"g-{group}" if group is not None else key
        for group, key in zip(groups or [None] * len(keyed), keyed, strict=True)
    ]
    rows.faults |= {before + row: f"row {frame[ROW][row]}, {note}" for row, note in found.faults.items()}


def check_columns(
    frame: pl.DataFrame, declared: ObjectColumns, columns: Sequence[InputColumn], file: str
) -> None:
    """Refuse a file that lacks a column, naming the nearest that it has."""
    there = [name for name in frame.columns if name != ROW]
    for column in columns:
        name = declared.inputs.get(column.name, column.name)
        if name not in there:
            nearest = nearest_name(name, there)
            raise DataError(
                f"there is no column {name}",
                where=file,
                got=", ".join(there),
                hint=f"say what it is called: dataset.columns.inputs: {{{column.name}: {nearest or '...'}}}",
            )


def record_keys(table: ColumnTable) -> list[str]:
    """Return a name for the content of each record: equal ones have the same.

    It goes by the names of columns and of categories' values, not by their order, so that it stays when the
    declaration is tidied.
    """
    order = sorted(range(len(table.columns)), key=lambda place: table.columns[place].name)
    parts = np.empty((len(table), len(order)), dtype="<u8")
    for part, place in enumerate(order):
        parts[:, part] = _hashes(table.columns[place], table.values[:, place])
    names = "\0".join(table.columns[place].name for place in order)
    start = sha256(names.encode())
    found = []
    for row in parts:
        digest = start.copy()
        digest.update(row.data)
        found.append(digest.hexdigest()[:20])
    return found


def _hashes(column: InputColumn, values: Values) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint64]]":
    """Return a number for each value, the same for equal ones; 0 where it is missing."""
    missing = np.isnan(values)
    if not column.is_category:
        bits = (values + np.float32(0)).astype("<f4").view("<u4").astype(np.uint64) + np.uint64(1)
        return np.where(missing, np.uint64(0), bits)
    names = [int.from_bytes(sha256(value.name.encode()).digest()[:8], "little") for value in column.values]
    known = np.array([0, *names], dtype=np.uint64)
    places = np.where(missing, -1.0, values).astype(np.int64) + 1
    return known[places]


def _made_ids(keys: Sequence[str], role: str, occurrences: Counter[str]) -> list[str]:
    """Name rows by their role, content and how many rows before had the same."""
    found = []
    for key in keys:
        named = f"{role}\0{key}"
        found.append(short_hash(f"{named}\0{occurrences[named]}"))
        occurrences[named] += 1
    return found
