"""Write a cleaned table, batch by batch: the same rows give the same bytes with the same versions of polars.

Nothing but the rows goes into a file: no time, no name of a machine.
"""

import contextlib
import itertools
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from outclass.base.errors import InputError, OutclassError
from outclass.catalog.dictionary.exporting import ExportKind

ENDINGS = {
    ".csv": ExportKind.CSV,
    ".parquet": ExportKind.PARQUET,
    ".sqlite": ExportKind.SQLITE,
    ".sqlite3": ExportKind.SQLITE,
    ".db": ExportKind.SQLITE,
}
ROWS_PER_GROUP = 1 << 16


def kind_of(path: Path) -> ExportKind:
    """Return the form of a file by the ending of its name."""
    kind = ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise InputError("this form is not written", where=str(path), accepted=", ".join(ENDINGS))
    return kind


def write_table(batches: Iterable[pl.DataFrame], path: Path, kind: ExportKind, table: str) -> None:
    """Write all rows to a file, which appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".outclass-") as folder:
        part = Path(folder) / path.name
        match kind:
            case ExportKind.CSV:
                write_csv(batches, part)
            case ExportKind.PARQUET:
                write_parquet(batches, part)
            case _:
                write_sqlite(batches, part, table)
        part.replace(path)


def write_csv(batches: Iterable[pl.DataFrame], path: Path) -> None:
    """Write a CSV file in UTF-8, values in quotes where they need them."""
    with path.open("wb") as file:
        for number, frame in enumerate(batches):
            frame.write_csv(file, include_header=number == 0)


def write_parquet(batches: Iterable[pl.DataFrame], path: Path) -> None:
    """Write a Parquet file, in groups of rows whose size does not depend on the batches."""
    waiting = iter(batches)
    first = next(waiting, pl.DataFrame())
    failed: list[OutclassError] = []

    def rows(columns: list[str] | None, *_: object) -> Iterator[pl.DataFrame]:
        try:
            for frame in itertools.chain([first], waiting):
                yield frame if columns is None else frame.select(columns)
        except OutclassError as error:
            failed.append(error)
            raise

    try:
        register_io_source(rows, schema=first.schema).sink_parquet(path, row_group_size=ROWS_PER_GROUP)
    except pl.exceptions.PolarsError:
        if failed:
            raise failed[0] from None
        raise


def write_sqlite(batches: Iterable[pl.DataFrame], path: Path, table: str) -> None:
    """Write a table of a new SQLite database."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        name = quoted(table)
        for number, frame in enumerate(batches):
            if number == 0:
                columns = ", ".join(
                    f"{quoted(each)} {_affinity(kind)}" for each, kind in frame.schema.items()
                )
                database.execute(f"CREATE TABLE {name} ({columns})")
            marks = ", ".join("?" * frame.width)
            database.executemany(f"INSERT INTO {name} VALUES ({marks})", _plain(frame).iter_rows())  # noqa: S608 - quoted
        database.commit()


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def _affinity(kind: pl.DataType) -> str:
    """Return the type of a column in SQLite."""
    if kind.is_integer() or kind == pl.Boolean:
        return "INTEGER"
    return "REAL" if kind.is_float() else "TEXT"


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table whose times are texts, which SQLite has no type for."""
    return frame.with_columns(
        pl.col(name).dt.to_string("iso") for name, kind in frame.schema.items() if kind.is_temporal()
    )
