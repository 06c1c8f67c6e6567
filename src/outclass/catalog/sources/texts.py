"""Reads tables whose rows are texts, by the keys of a data dictionary."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from sys import intern

import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.challenge import Challenge
from outclass.catalog.declared_data import DatasetDeclaration, ObjectColumns, ObjectKeys
from outclass.catalog.dictionary.cleaning import Batch, clean_batches
from outclass.catalog.dictionary.places import (
    at_hand,
    database_batches,
    database_name,
    file_batches,
    places_of,
)
from outclass.catalog.dictionary.reading import TableFile
from outclass.catalog.dictionary.report import CleaningLog, DictionaryReport
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.kinds import TABLES, SourceKind
from outclass.catalog.weak_labels import WeakLabels, read_checked, settle_labels
from outclass.inputs.text import TextTable

NO_LETTERS = re.compile(r"[\W_]+")
ID_DIGITS = 20
LABEL = "label"
UNLABELED = "unlabeled"
"""What a row without any label is called; no class, so that it is taken out and counted."""


@dataclass(slots=True, kw_only=True)
class _Rows:
    """Rows of all tables so far."""

    texts: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    occurrences: Counter[str] = field(default_factory=Counter)


class TableSource:
    """Reads any number of tables, each row an object, and settles their labels."""

    kind: SourceKind = TABLES

    def read(
        self,
        files: Mapping[str, Path],
        challenge: Challenge,
        *,
        scratch: Path | None = None,  # noqa: ARG002 - texts fit in memory
        folder: Path | None = None,
    ) -> SourceTable:
        """Read and clean the tables; `DataError` names the row that cannot be read."""
        home = folder or Path()
        dataset = challenge.dataset
        rows = _Rows()
        reports = []
        for role, batches in tables_of(files, dataset, home):
            keys, log = dataset.table(role), CleaningLog()
            for batch in clean_batches(batches, keys, log):
                _add(rows, batch, role, keys, dataset.reader.labels | keys.labels)
            reports.append(log.report(role))
        return _table(rows, _settled(rows, challenge, home), reports)


def tables_of(
    files: Mapping[str, Path], dataset: DatasetDeclaration, folder: Path
) -> Iterator[tuple[str, Iterable[Batch]]]:
    """Yield each table's role and its rows."""
    for role, path in files.items():
        file = TableFile(name=path.name, path=path)
        yield role, file_batches(file, dataset.table(role))
    declared = dataset.dictionary
    if declared.source is not None:
        yield database_name(declared), database_batches(declared, folder)
    elif not files:
        for place in places_of(declared, folder):
            role = Path(place.name).name.partition(".")[0]
            with at_hand(place.name, folder) as file:
                yield role, file_batches(file, dataset.table(role))


def _add(rows: _Rows, batch: Batch, role: str, keys: ObjectKeys, classes: Mapping[str, str]) -> None:
    """Add the rows of a batch."""
    frame, columns = batch.frame, keys.columns
    text = strings_of(frame, columns.text, "text", batch.file)
    assert text is not None
    texts = [each or "" for each in text]
    names = [normalized(each) for each in texts]
    given = strings_of(frame, columns.id, "id", batch.file)
    groups = strings_of(frame, columns.group, "group", batch.file)
    rows.texts += texts
    rows.labels += labels_of(frame, columns, classes, batch.file) or [None] * len(texts)
    rows.ids += _made_ids(names, role, rows.occurrences) if given is None else given_ids(given, batch)
    rows.groups += [
        f"g-{group}" if group is not None else short_hash(name)
        for group, name in zip(groups or [None] * len(texts), names, strict=True)
    ]


def strings_of(frame: pl.DataFrame, column: str | None, key: str, file: str) -> list[str | None] | None:
    """Return a column as texts; None where none is declared."""
    if column is None:
        return None
    if column not in frame.columns:
        raise DataError(
            f"there is no column {column}",
            where=file,
            got=", ".join(frame.columns[1:]),
            hint=f"say what it is called: dataset.columns.{key}",
        )
    series = frame[column]
    if series.dtype.is_float() and bool((series.drop_nulls().drop_nans() % 1 == 0).all()):
        series = series.fill_nan(None).cast(pl.Int64, strict=False)  # whole numbers beside missing ones
    found: list[str | None] = series.cast(pl.String).to_list()
    return found


def labels_of(
    frame: pl.DataFrame, columns: ObjectColumns, classes: Mapping[str, str], file: str
) -> list[str | None] | None:
    """Return the class, or several, that the table says of each row; None where it says nothing."""
    column = columns.label or (LABEL if LABEL in frame.columns else None)
    found = strings_of(frame, column, LABEL, file)
    if not found:
        return found
    # A label of a million rows is one text in memory, not a million.
    return [None if each is None else intern(classes.get(each.strip(), each.strip())) for each in found]


def _made_ids(names: Sequence[str], role: str, occurrences: Counter[str]) -> list[str]:
    """Name rows by their role, text and how many rows before had the same."""
    found = []
    for name in names:
        key = f"{role}\0{name}"
        found.append(short_hash(f"{key}\0{occurrences[key]}"))
        occurrences[key] += 1
    return found


def given_ids(given: Sequence[str | None], batch: Batch) -> list[str]:
    """Return the names that the table gives, which may not be missing."""
    if None in given:
        row = batch.frame["__row"][given.index(None)]
        hint = "drop such rows with column_rules: drop_na"
        raise DataError("this row has no id", where=f"{batch.file}, row {row}", hint=hint)
    return [each for each in given if each is not None]


def normalized(text: str) -> str:
    """Return letters and digits of a text in lower case; the text itself where it has none.

    >>> normalized("Call me: NOW!!")
    'callmenow'
    """
    return NO_LETTERS.sub("", text.lower()) or text


def short_hash(text: str) -> str:
    """Return the first hexadecimal digits of a text's sha256."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:ID_DIGITS]


def _settled(rows: _Rows, challenge: Challenge, folder: Path) -> tuple[str | None, ...]:
    """Return the label of each row, by people, the table, or the rules."""
    dataset = challenge.dataset
    weak = WeakLabels.load(folder / dataset.rules, challenge.class_names) if dataset.rules else None
    checked = read_checked(folder / dataset.checked, challenge.class_names) if dataset.checked else None
    return settle_labels(rows.texts, rows.labels, checked=checked, weak=weak).labels


def check_ids(ids: Sequence[str]) -> None:
    """Refuse ids of which one comes twice."""
    twice = [name for name, count in Counter(ids).items() if count > 1][:1]
    if twice:
        hint = "drop repeated ids with column_rules: drop_duplicates, or declare no id"
        raise DataError("two rows have the same id", where="dataset.columns.id", got=twice[0], hint=hint)


def _table(rows: _Rows, labels: Sequence[str | None], reports: Sequence[DictionaryReport]) -> SourceTable:
    """Return the rows as objects."""
    check_ids(rows.ids)
    return SourceTable(
        object_ids=tuple(rows.ids),
        group_ids=tuple(rows.groups),
        labels=tuple(label or UNLABELED for label in labels),
        inputs=TextTable(tuple(rows.texts)),
        fixed_splits=(None,) * len(rows.texts),
        tables=tuple(reports),
    )
