"""SQLite through the standard library, opened for reading only."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import numpy as np
import polars as pl

from outclass.base.errors import DataError, nearest_name
from outclass.catalog.sources.sql.address import Address
from outclass.catalog.sources.sql.batches import Keep, Row, SqlBatch, check_columns, kept_places

FETCH_ROWS = 20_000
FETCH_BYTES = 8 << 20
GROWTH = 8
READING = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
STEPS = 100_000
"""Instructions of SQLite between two looks at the clock."""


def read_rows(address: Address, statement: str, keep: Keep | None) -> Iterator[SqlBatch]:
    """Yield the rows that a statement gives.

    A column of SQLite may hold anything, so that a first pass asks for the types: whole numbers, numbers,
    else texts; bytes become hexadecimal digits.
    """
    assert address.path is not None
    if not address.path.is_file():
        raise DataError("there is no such file", where=str(address.path))
    uri = f"{address.path.resolve().as_uri()}?mode=ro"
    with _errors(address), closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        deadline = time.monotonic() + address.seconds
        connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        connection.set_authorizer(_only_reading)
        with _missing_table(connection, address):
            names = [column[0] for column in connection.execute(statement).description or ()]
        check_columns(names, str(address))
        schema = _schema(connection, statement, names)
        yield from _batches(connection.execute(statement), schema, keep)


def _only_reading(action: int, *_: object) -> int:
    """Allow what a query needs; not to attach another file, which would make it."""
    return sqlite3.SQLITE_OK if action in READING else sqlite3.SQLITE_DENY


def _schema(connection: sqlite3.Connection, statement: str, names: Sequence[str]) -> dict[str, pl.DataType]:
    """Return the type of each column by all of its values."""
    quoted = [_quoted(name) for name in names]
    asked = ", ".join(
        f"max(typeof({name}) IN ('text', 'blob')), max(typeof({name}) = 'real'), "
        f"max(typeof({name}) = 'integer')"
        for name in quoted
    )
    row = connection.execute(f"SELECT {asked} FROM (\n{statement}\n)").fetchone()  # noqa: S608 - the owner's query
    found = (tuple(map(bool, row[3 * place : 3 * place + 3])) for place in range(len(names)))
    return {name: _type_of(*kinds) for name, kinds in zip(names, found, strict=True)}


def _type_of(text: bool, real: bool, whole: bool) -> pl.DataType:  # noqa: FBT001 - three findings of one query
    """Return the type of a column that holds such values."""
    if text or not (real or whole):
        return pl.String()
    return pl.Float64() if real else pl.Int64()


def _batches(cursor: sqlite3.Cursor, schema: dict[str, pl.DataType], keep: Keep | None) -> Iterator[SqlBatch]:
    """Yield the rows of a cursor."""
    texts = [place for place, kind in enumerate(schema.values()) if kind == pl.String()]
    seen, size = 0, 1
    yield SqlBatch(frame=pl.DataFrame(schema=schema), numbers=np.empty(0, dtype=np.int64), seen=0)
    while rows := cursor.fetchmany(size):
        places = kept_places(keep, seen, len(rows))
        kept = [_row(rows[place], texts) for place in places]
        frame = pl.DataFrame(kept, schema=schema, orient="row")
        yield SqlBatch(frame=frame, numbers=places + seen, seen=seen + len(rows))
        seen += len(rows)
        length = max(sum(len(value) for value in row if isinstance(value, str | bytes)) for row in rows[::64])
        size = max(1, min(FETCH_BYTES // (length + 1), GROWTH * size, FETCH_ROWS))


def _row(row: Row, texts: Sequence[int]) -> Row:
    """Return a row whose columns of texts hold texts only."""
    if all(isinstance(row[place], str | None) for place in texts):
        return row
    values = list(row)
    for place in texts:
        value = values[place]
        if isinstance(value, bytes):
            values[place] = value.hex()
        elif value is not None:
            values[place] = str(value)
    return values


def _quoted(name: str) -> str:
    """Return a name as SQL has it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


@contextmanager
def _missing_table(connection: sqlite3.Connection, address: Address) -> Iterator[None]:
    """Name the nearest table where one is missing."""
    try:
        yield
    except sqlite3.OperationalError as error:
        wanted = str(error).partition("no such table: ")[2]
        if not wanted:
            raise
        found = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        nearest = nearest_name(wanted, [row[0] for row in found])
        hint = f"the nearest table is `{nearest}`" if nearest else "this file has no table"
        raise DataError("there is no such table", where=str(address), got=wanted, hint=hint) from None


@contextmanager
def _errors(address: Address) -> Iterator[None]:
    """Turn the errors of sqlite3 into ours."""
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        text = str(error)
        what, hint = "the database does not accept this statement", None
        if "interrupted" in text:
            what = f"the statement took longer than {address.seconds:g} seconds"
            hint = "set OUTCLASS_SQL_TIMEOUT to more seconds"
        elif "not a database" in text or "malformed" in text:
            what = "this file is no SQLite database, or a broken one"
        elif "readonly" in text or "not authorized" in text:
            what = "the statement wants to write"
        elif "decode" in text:
            what, hint = "a text is not in UTF-8", "let the query give it as CAST(column AS BLOB)"
        raise DataError(what, where=str(address), got=text, hint=hint) from None
