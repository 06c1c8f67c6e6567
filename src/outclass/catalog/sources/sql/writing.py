"""Write a table into a database, wholly or not at all."""

import importlib
import io
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain

import polars as pl

from outclass.base.errors import DataError, MissingExtraError
from outclass.base.settings import Settings
from outclass.catalog.dictionary.exporting import Exporter, IfExists
from outclass.catalog.sources.sql.address import VARIABLE, Address, Engine, parse_address

CONNECT_SECONDS = 10
NULL = "\\N"
SERVER_TYPES = {
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Datetime: "timestamp",
    pl.String: "text",
}


def write_sql_batches(
    exporter: Exporter, batches: Iterable[pl.DataFrame], settings: Settings | None = None
) -> int:
    """Write batches into one table in one transaction; return how many rows there were.

    Parameters
    ----------
    exporter
        Its `variable` names the environment variable with the address, `OUTCLASS_SQL_URL` by default.
    batches
        At least one, all with the same columns.

    Raises
    ------
    DataError
        The table is there and may not be, or the database refuses; it is as it was before then.
    """
    del settings
    variable = exporter.variable or VARIABLE
    if variable not in os.environ:
        raise DataError(f"the environment variable {variable} is not set", where="exporter.variable")
    address = parse_address(os.environ[variable], variable, None, os.environ)
    if exporter.table_name is None:
        raise DataError("the table has no name", where="exporter.table_name")
    rest = iter(batches)
    first = next(rest, None)
    if first is None or not first.columns:
        raise DataError("there is nothing to write", where=exporter.table_name)
    whole = chain([first], rest)
    match address.engine:
        case Engine.POSTGRESQL:
            return _to_postgresql(address, exporter.table_name, exporter.if_exists, first.schema, whole)
        case Engine.SQLITE:
            return _to_sqlite(address, exporter.table_name, exporter.if_exists, first.schema, whole)
        case _:
            raise DataError("this database is not written to", where=variable, accepted="postgresql, sqlite")


def _to_postgresql(
    address: Address, table: str, if_exists: IfExists, schema: pl.Schema, batches: Iterable[pl.DataFrame]
) -> int:
    """Copy batches into a table of PostgreSQL."""
    try:
        driver = importlib.import_module("psycopg")
    except ImportError as error:
        raise MissingExtraError("postgres", what="PostgreSQL needs the package psycopg") from error
    given = {
        "host": address.host,
        "port": address.port,
        "dbname": address.database,
        "user": address.user,
        "password": address.password,
        "connect_timeout": CONNECT_SECONDS,
        **address.options,
    }
    try:
        with driver.connect(**{name: value for name, value in given.items() if value}) as connection:
            name = quoted(table)
            there = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (name,)).fetchone()[0]
            _check_table(there, if_exists, table, address)
            if there and if_exists is IfExists.REPLACE:
                connection.execute(f"DROP TABLE {name}")
            if not there or if_exists is IfExists.REPLACE:
                connection.execute(f"CREATE TABLE {name} ({_columns(schema)})")
            columns = ", ".join(map(quoted_one, schema))
            count = 0
            copy = f"COPY {name} ({columns}) FROM STDIN (FORMAT csv, NULL '{NULL}')"
            with connection.cursor() as cursor, cursor.copy(copy) as pipe:
                for batch in batches:
                    pipe.write(_as_csv(batch))
                    count += len(batch)
        return count
    except driver.Error as error:
        told = error.diag.message_primary or str(error)
        raise DataError(
            "the database did not take the table", where=f"{address}, {table}", got=address.clean(told)
        ) from None


def _as_csv(batch: pl.DataFrame) -> bytes:
    """Return rows as COPY reads them; empty texts are quoted, so that they are not missing values."""
    buffer = io.BytesIO()
    batch.write_csv(buffer, include_header=False, null_value=NULL, quote_style="non_numeric")
    return buffer.getvalue()


def _to_sqlite(
    address: Address, table: str, if_exists: IfExists, schema: pl.Schema, batches: Iterable[pl.DataFrame]
) -> int:
    """Insert batches into a table of SQLite."""
    assert address.path is not None
    address.path.parent.mkdir(parents=True, exist_ok=True)
    with _sqlite_errors(address, table), closing(sqlite3.connect(address.path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        there = bool(db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone())
        _check_table(there, if_exists, table, address)
        name = quoted(table)
        if there and if_exists is IfExists.REPLACE:
            db.execute(f"DROP TABLE {name}")
        if not there or if_exists is IfExists.REPLACE:
            db.execute(f"CREATE TABLE {name} ({', '.join(map(quoted_one, schema))})")
        places = ", ".join("?" * len(schema))
        columns = ", ".join(map(quoted_one, schema))
        count = 0
        for batch in batches:
            plain = batch.with_columns(pl.col(pl.Date, pl.Datetime, pl.Decimal).cast(pl.String))
            db.executemany(f"INSERT INTO {name} ({columns}) VALUES ({places})", plain.iter_rows())  # noqa: S608 - quoted names
            count += len(batch)
        db.execute("COMMIT")
    return count


@contextmanager
def _sqlite_errors(address: Address, table: str) -> Iterator[None]:
    """Turn the errors of sqlite3 into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise DataError(
            "the database did not take the table", where=f"{address}, {table}", got=str(error)
        ) from None


def _check_table(there: bool, if_exists: IfExists, table: str, address: Address) -> None:  # noqa: FBT001 - a finding
    """Refuse to touch a table that is there, unless that is meant."""
    if there and if_exists is IfExists.FAIL:
        raise DataError(
            "this table is there already",
            where=str(address),
            got=table,
            hint="declare `if_exists: replace` or `append`, or another name",
        )


def _columns(schema: pl.Schema) -> str:
    """Return the columns of a new table of PostgreSQL."""
    return ", ".join(f"{quoted_one(name)} {_server_type(kind)}" for name, kind in schema.items())


def _server_type(kind: pl.DataType) -> str:
    """Return how PostgreSQL calls a type."""
    if kind.is_integer():
        return "bigint"
    if kind.is_numeric():
        return "double precision"
    return SERVER_TYPES.get(kind.base_type(), "text")


def quoted(table: str) -> str:
    """Return the name of a table, perhaps with its schema, as SQL has it.

    >>> quoted("public.sms")
    '"public"."sms"'
    """
    return ".".join(map(quoted_one, table.split(".")))


def quoted_one(name: str) -> str:
    """Return one name as SQL has it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
