"""Read labelled records from the files of a challenge: CSV, TSV, Parquet, JSON lines, workbooks."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.challenge import Challenge
from outclass.catalog.declared_data import ObjectColumns, ObjectKeys
from outclass.catalog.dictionary.cleaning import clean_batches
from outclass.catalog.dictionary.declaration import ColumnRules
from outclass.catalog.dictionary.places import file_batches
from outclass.catalog.dictionary.reading import TableFile
from outclass.catalog.dictionary.report import CleaningLog
from outclass.catalog.sources.records import check_columns, read_batch, rows_of_none
from outclass.catalog.sources.texts import labels_of
from outclass.training.labelled import LabelledRows

SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".data", ".gz", ".zip", ".parquet", ".jsonl", ".ndjson", ".xlsx")
ACCEPTED = "a CSV, TSV, Parquet or JSON lines file, with a column for each that is declared"
LABEL_NAMES = ("label", "class", "category", "target", "y")
HEAD = 1


def read_record_file(path: Path, challenge: Challenge) -> LabelledRows:
    """Read a file of records with or without labels.

    It is read as the files of the data set are; where its columns are not theirs, as one with the declared
    names, such as `outclass data export` writes. No rule of the data dictionary leaves a row out.

    Raises
    ------
    DataError
        It is in no known format, broken, or lacks a column.
    """
    if path.is_dir() or not set(path.suffixes) & set(SUFFIXES):
        raise DataError("this is in no known format", where=str(path), accepted=ACCEPTED)
    file = TableFile(name=path.name, path=path)
    keys = keys_for(file, challenge)
    rows = [rows_of_none(challenge.input.columns)]
    labels: list[str | None] = []
    log, labelled = CleaningLog(), False
    for batch in clean_batches(file_batches(file, keys), keys, log):
        rows.append(read_batch(batch, keys, challenge.input.columns, log).values)
        found = labels_of(batch.frame, label_column(keys, batch.frame), keys.labels, batch.file)
        labelled |= found is not None
        labels += found or [None] * len(batch.frame)
    return LabelledRows(rows=np.concatenate(rows), labels=tuple(labels) if labelled else None)


def keys_for(file: TableFile, challenge: Challenge) -> ObjectKeys:
    """Return the keys by which a file is read: those of the data set, or plain ones where they do not fit.

    Raises
    ------
    DataError
        It has neither the columns of the data set's files nor the declared ones.
    """
    first: DataError | None = None
    for keys in ways_to_read(challenge):
        try:
            batch = next(iter(file_batches(file, msgspec.structs.replace(keys, nrows=HEAD))))
            check_columns(batch.frame, keys.columns, challenge.input.columns, file.name)
        except DataError as error:
            first = first or error
        except StopIteration:
            raise DataError("there are no rows", where=file.name) from None
        else:
            return keys
    assert first is not None
    raise first


def ways_to_read(challenge: Challenge) -> Iterator[ObjectKeys]:
    """Yield the keys of the data set's files without rules that leave rows out, and plain ones."""
    dataset = challenge.dataset
    for role in (*dataset.reader.files, *dataset.tables, ""):
        found = dataset.table(role)
        rules = {
            name: ColumnRules(na_values=rule.na_values, on_error=rule.on_error)
            for name, rule in found.column_rules.items()
        }
        yield msgspec.structs.replace(
            found,
            labels=dataset.reader.labels | found.labels,
            nrows=None,
            sampling=None,
            column_rules=rules,
            dataframe_rules=None,
            postprocessors=(),
        )
    columns = ObjectColumns(label=dataset.columns.label)
    yield ObjectKeys(columns=columns, labels=dataset.labels, na_values=dataset.na_values)


def label_column(keys: ObjectKeys, frame: pl.DataFrame) -> ObjectColumns:
    """Return the column of labels: the one that is declared, or one with a usual name; none without it."""
    names = (keys.columns.label or "", *LABEL_NAMES)
    found = next((name for name in names if name in frame.columns), None)
    return ObjectColumns(label=found)
