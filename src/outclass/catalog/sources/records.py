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
from outclass.catalog.dictionary.casting import Caster
from outclass.catalog.dictionary.cleaning import Batch, clean_batches
from outclass.catalog.dictionary.columns import ROW
from outclass.catalog.dictionary.report import MAX_EXAMPLES, CleaningLog, DictionaryReport, RowExample
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
from outclass.inputs.table import ColumnTable, Values, accepted_values


@dataclass(slots=True, kw_only=True)
class _Rows:
    """Rows of all tables so far."""

    values: list[Values] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
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
                found = read_batch(batch, keys, columns, log)
                _add(rows, batch, role, keys, found, classes)
            reports.append(log.report(role))
        check_ids(rows.ids)
        table = ColumnTable(columns, np.concatenate([rows_of_none(columns), *rows.values]))
        check_read(table, reports)
        return SourceTable(
            object_ids=tuple(rows.ids),
            group_ids=tuple(rows.groups),
            labels=tuple(rows.labels),
            inputs=table,
            fixed_splits=(None,) * len(rows.ids),
            tables=tuple(reports),
        )


def _add(
    rows: _Rows,
    batch: Batch,
    role: str,
    keys: ObjectKeys,
    found: ColumnTable,
    classes: Mapping[str, str],
) -> None:
    """Add the rows of a batch."""
    frame, keyed = batch.frame, record_keys(found)
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


def read_batch(
    batch: Batch, keys: ObjectKeys, columns: tuple[InputColumn, ...], log: CleaningLog
) -> ColumnTable:
    """Return the records of some rows, and note what had to be taken as missing."""
    frame = batch.frame
    check_columns(frame, keys.columns, columns, batch.file)
    given = keys.columns.inputs
    plain = Caster(keys).plain_number
    found = read_records_of(frame, columns, lambda name: given.get(name, name), plain)
    for column in columns:
        wrong = found.unread.get(column.name)
        if wrong is not None:
            name = given.get(column.name, column.name)
            first = (
                frame.filter(pl.Series(wrong)).select(ROW, pl.col(name).cast(pl.String)).head(MAX_EXAMPLES)
            )
            examples = [RowExample(file=batch.file, row=row, value=value[:40]) for row, value in first.rows()]
            log.repaired.add(unread_rule(column), int(wrong.sum()), examples)
    return ColumnTable(columns, found.values)


def unread_rule(column: InputColumn) -> str:
    """Return what reports call values that a column does not accept."""
    return f"{column.name}: {'not listed' if column.is_category else 'no number'}, so missing"


def check_read(table: ColumnTable, reports: Sequence[DictionaryReport]) -> None:
    """Refuse a column of which no value could be read, though there were some."""
    repaired = {rule.rule: rule for report in reports for rule in report.repaired}
    for place, column in enumerate(table.columns):
        rule = repaired.get(unread_rule(column))
        if rule is not None and np.isnan(table.values[:, place]).all():
            example = rule.examples[0]
            raise DataError(
                f"no value of the column `{column.name}` can be read",
                where=f"{example.file}, row {example.row}",
                got=example.value,
                accepted=accepted_values(column),
            )


def rows_of_none(columns: Sequence[InputColumn]) -> Values:
    """Return the values of no records."""
    return np.empty((0, len(columns)), dtype=np.float32)


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
        kind = frame.schema[name]
        if kind.is_nested() or kind == pl.Binary:
            accepted = "numbers, texts or truth values"
            raise DataError(
                "this column holds no values", where=f"{file}, {name}", got=kind, accepted=accepted
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
