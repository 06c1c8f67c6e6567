"""PostgreSQL through psycopg: a cursor of the server in a read-only transaction.

Measured against COPY, ADBC and connectorx on two million rows: this took as long as COPY and ADBC when all
rows are wanted (1.4 us a row) and half as long when a tenth is, because rows that are not in the sample are
never turned into values; it needs no further package. See docs/reference/measurements.md.
"""

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from outclass.base.errors import DataError, MissingExtraError, nearest_name
from outclass.catalog.sources.sql.address import Address
from outclass.catalog.sources.sql.batches import Keep, Row, SqlBatch, check_columns, kept_places

if TYPE_CHECKING:
    import psycopg
    from psycopg.pq.abc import PGresult

FETCH_BYTES = 8 << 20
FETCH_ROWS = 20_000
GROWTH = 8
"""The first fetch is of one row, each further one of at most so many times more, by how long rows are."""
LOOKED_AT = 32
CONNECT_SECONDS = 10
CURSOR = "outclass"

NUMERIC = 1700
TYPES: dict[int, pl.DataType] = {
    16: pl.Boolean(),
    20: pl.Int64(),
    21: pl.Int64(),
    23: pl.Int64(),
    26: pl.Int64(),
    700: pl.Float64(),
    701: pl.Float64(),
    NUMERIC: pl.Float64(),
    1082: pl.Date(),
    1114: pl.Datetime("us"),
    1184: pl.Datetime("us", "UTC"),
}
"""By the number of a type in the catalog of PostgreSQL; all others are read as texts."""


def read_rows(address: Address, statement: str, keep: Keep | None) -> Iterator[SqlBatch]:
    """Yield the rows that a statement gives, as many at a time as fit in some megabytes."""
    driver = _Driver()
    with driver.connected(address) as connection, driver.cursor(connection, address, statement) as cursor:
        schema = driver.schema(cursor, str(address))
        seen, size = 0, 1
        yield SqlBatch(frame=pl.DataFrame(schema=schema), numbers=np.empty(0, dtype=np.int64), seen=0)
        while True:
            with driver.errors(address, f"after {seen:,} rows"):
                cursor.execute(f"FETCH FORWARD {size} FROM {CURSOR}")
                count = cursor.rowcount
                places = kept_places(keep, seen, count)
                rows = _rows(cursor, places, count)
            if not count:
                return
            frame = pl.DataFrame(rows, schema=schema, orient="row")
            seen += count
            yield SqlBatch(frame=frame, numbers=places + (seen - count), seen=seen)
            size = _next_size(cursor.pgresult, size)


def _rows(cursor: "psycopg.Cursor[tuple[object, ...]]", places: np.ndarray, count: int) -> Sequence[Row]:
    """Return the values of some rows of what was fetched."""
    if len(places) == count:
        return cursor.fetchall()
    rows = []
    for place in places.tolist():
        cursor.scroll(place, mode="absolute")
        rows.append(cursor.fetchone() or ())
    return rows


def _next_size(result: "PGresult | None", size: int) -> int:
    """Return how many rows to fetch next, by the length of some of those that were fetched last."""
    if result is None or not result.ntuples:
        return size
    step = max(1, result.ntuples // LOOKED_AT)
    places = range(0, result.ntuples, step)
    lengths = [
        sum(len(result.get_value(row, column) or b"") for column in range(result.nfields)) for row in places
    ]
    fitting = int(FETCH_BYTES // (max(lengths) + 1))
    return max(1, min(fitting, size * GROWTH, FETCH_ROWS))


class _Driver:
    """psycopg, which is an optional extra, and what its errors mean."""

    def __init__(self) -> None:
        try:
            self.psycopg = importlib.import_module("psycopg")
            self.loaders = (
                importlib.import_module("psycopg.types.numeric").FloatLoader,
                importlib.import_module("psycopg.types.string").TextLoader,
            )
        except ImportError as error:
            raise MissingExtraError("postgres", what="PostgreSQL needs the package psycopg") from error

    @contextmanager
    def connected(self, address: Address) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
        """Yield a connection that can only read."""
        given = {
            "host": address.host,
            "port": address.port,
            "dbname": address.database,
            "user": address.user,
            "password": address.password,
            "connect_timeout": CONNECT_SECONDS,
            "application_name": CURSOR,
            "client_encoding": "utf-8",
            **address.options,
        }
        with self.errors(address, None):
            connection = self.psycopg.connect(**{name: value for name, value in given.items() if value})
        try:
            with self.errors(address, None):
                connection.read_only = True
                connection.isolation_level = self.psycopg.IsolationLevel.REPEATABLE_READ
                for setting in (
                    f"statement_timeout = {int(address.seconds * 1000)}",
                    "timezone = 'UTC'",
                    "datestyle = 'ISO, YMD'",
                    "synchronize_seqscans = off",  # else a table may begin in its middle
                    "cursor_tuple_fraction = 1.0",  # all rows are wanted, not the first ones soon
                ):
                    connection.execute(f"SET {setting}")
                connection.commit()
            yield connection
        finally:
            connection.close()

    @contextmanager
    def cursor(
        self, connection: "psycopg.Connection[tuple[object, ...]]", address: Address, statement: str
    ) -> Iterator["psycopg.Cursor[tuple[object, ...]]"]:
        """Yield a cursor that fetches from one of the server."""
        with connection.cursor() as cursor:
            with self.errors(address, None, connection):
                # Prepared, since a prepared statement is one statement: nothing hides behind a semicolon.
                cursor.execute(f"DECLARE {CURSOR} NO SCROLL CURSOR FOR {statement}", prepare=True)
            with self.errors(address, None):
                cursor.execute(f"FETCH FORWARD 0 FROM {CURSOR}")
            yield cursor

    def schema(self, cursor: "psycopg.Cursor[tuple[object, ...]]", where: str) -> dict[str, pl.DataType]:
        """Return the type of each column; what has no type here is read as text."""
        columns = cursor.description or []
        check_columns([column.name for column in columns], where)
        to_float, to_text = self.loaders
        for column in columns:
            if column.type_code == NUMERIC:
                cursor.adapters.register_loader(NUMERIC, to_float)
            elif column.type_code not in TYPES:
                cursor.adapters.register_loader(column.type_code, to_text)
        return {column.name: TYPES.get(column.type_code, pl.String()) for column in columns}

    @contextmanager
    def errors(
        self,
        address: Address,
        where: str | None,
        connection: "psycopg.Connection[tuple[object, ...]] | None" = None,
    ) -> Iterator[None]:
        """Turn the driver's errors into ours, without what is secret."""
        place = f"{address}, {where}" if where else str(address)
        try:
            yield
        except self.psycopg.Error as error:
            what, hint = self._meaning(error, address, connection)
            told = error.diag.message_primary or str(error)
            raise DataError(what, where=place, got=address.clean(told), hint=hint) from None

    def _meaning(
        self,
        error: "psycopg.Error",
        address: Address,
        connection: "psycopg.Connection[tuple[object, ...]] | None",
    ) -> tuple[str, str | None]:
        """Return what an error means, and what to do."""
        kinds = self.psycopg.errors
        match error:
            case kinds.UndefinedTable():
                return "there is no such table", self._nearest_table(error, connection)
            case kinds.InsufficientPrivilege():
                return "this user may not read it", "GRANT SELECT to the user"
            case kinds.QueryCanceled():
                what = f"the statement took longer than {address.seconds:g} seconds"
                return what, "set OUTCLASS_SQL_TIMEOUT to more seconds"
            case kinds.ReadOnlySqlTransaction():
                return "the statement wants to write", "only what reads is allowed here"
            case kinds.SyntaxError() | kinds.UndefinedColumn() | kinds.ProgrammingError():
                return "the database does not accept this statement", None
            case self.psycopg.DataError():
                return "a value cannot be read", "let the query give it as a text: column::text"
            case self.psycopg.OperationalError() | self.psycopg.InterfaceError():
                return (
                    "the database does not answer",
                    "try again; see that the server runs and takes this user",
                )
            case _:
                return "the database gave an error", None

    @staticmethod
    def _nearest_table(
        error: "psycopg.Error", connection: "psycopg.Connection[tuple[object, ...]] | None"
    ) -> str | None:
        """Name the table that was perhaps meant."""
        if connection is None:
            return None
        connection.rollback()
        rows = connection.execute(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') LIMIT 1000"
        ).fetchall()
        wanted = (error.diag.message_primary or "").partition('"')[2].partition('"')[0].rpartition(".")[2]
        nearest = nearest_name(wanted, [str(row[0]) for row in rows])
        return f"the nearest table is `{nearest}`" if nearest else "this database has no table for this user"
