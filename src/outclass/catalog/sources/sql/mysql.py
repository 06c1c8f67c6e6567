"""MySQL and MariaDB through PyMySQL, which is asked for where it is needed: an unbuffered cursor streams.

The tests hold this to a small server that speaks the protocol, not to MySQL itself.
"""

import importlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from outclass.base.errors import DataError, MissingExtraError
from outclass.catalog.sources.sql.address import Address
from outclass.catalog.sources.sql.batches import Keep, Row, SqlBatch, check_columns, kept_places

if TYPE_CHECKING:
    import pymysql

FETCH_ROWS = 5_000
FETCH_BYTES = 8 << 20
GROWTH = 8
CONNECT_SECONDS = 10
PORT = 3306
TYPES: dict[int, pl.DataType] = {
    0: pl.Float64(),
    1: pl.Int64(),
    2: pl.Int64(),
    3: pl.Int64(),
    4: pl.Float64(),
    5: pl.Float64(),
    8: pl.Int64(),
    9: pl.Int64(),
    13: pl.Int64(),
    246: pl.Float64(),
}
"""By the number of a type in the protocol; all others, dates too, are read as texts."""
KINDS = {
    1146: ("there is no such table", None),
    1142: ("this user may not read it", "GRANT SELECT to the user"),
    1044: ("this user may not read it", "GRANT SELECT to the user"),
    1045: ("the database does not let this user in", "see the user and the password in the environment"),
    1064: ("the database does not accept this statement", None),
    1054: ("the database does not accept this statement", None),
    1792: ("the statement wants to write", "only what reads is allowed here"),
    3024: ("the statement took too long", "set OUTCLASS_SQL_TIMEOUT to more seconds"),
}
"""What errors of the server mean, by their numbers."""


def read_rows(address: Address, statement: str, keep: Keep | None) -> Iterator[SqlBatch]:
    """Yield the rows that a statement gives, as many at a time as fit in some megabytes."""
    driver = _driver()
    with _errors(driver, address), closing(_connect(driver, address)) as connection:
        with connection.cursor() as setting:
            setting.execute(f"SET SESSION MAX_EXECUTION_TIME = {int(address.seconds * 1000)}")
            setting.execute("START TRANSACTION READ ONLY")
        with _streaming(connection.cursor(driver.cursors.SSCursor)) as cursor:
            cursor.execute(statement)
            columns = cursor.description or ()
            check_columns([column[0] for column in columns], str(address))
            schema = {column[0]: TYPES.get(column[1], pl.String()) for column in columns}
            yield from _batches(cursor, schema, keep)


def _batches(
    cursor: "pymysql.cursors.SSCursor", schema: dict[str, pl.DataType], keep: Keep | None
) -> Iterator[SqlBatch]:
    """Yield the rows of a cursor."""
    kinds = [
        float if kind == pl.Float64() else int if kind == pl.Int64() else _text for kind in schema.values()
    ]
    seen, size = 0, 1
    yield SqlBatch(frame=pl.DataFrame(schema=schema), numbers=np.empty(0, dtype=np.int64), seen=0)
    while rows := cursor.fetchmany(size):
        places = kept_places(keep, seen, len(rows))
        kept = [
            [None if value is None else kind(value) for kind, value in zip(kinds, rows[place], strict=True)]
            for place in places
        ]
        frame = pl.DataFrame(kept, schema=schema, orient="row")
        yield SqlBatch(frame=frame, numbers=places + seen, seen=seen + len(rows))
        seen += len(rows)
        size = max(1, min(FETCH_BYTES // (_longest(rows) + 1), GROWTH * size, FETCH_ROWS))


@contextmanager
def _streaming(cursor: "pymysql.cursors.SSCursor") -> Iterator["pymysql.cursors.SSCursor"]:
    """Yield a cursor that, given up in the middle, does not read the rest first."""
    try:
        yield cursor
    finally:
        if (answer := cursor._result) is not None:  # noqa: SLF001 - there is no other way to give it up
            answer.unbuffered_active = False
        cursor.close()


def _longest(rows: Sequence[Row]) -> int:
    """Return the length of the longest of some rows."""
    return max(sum(len(value) for value in row if isinstance(value, str | bytes)) for row in rows[::64])


def _text(value: object) -> str:
    """Return a value as text; bytes in hexadecimal digits."""
    return value.hex() if isinstance(value, bytes) else str(value)


def _driver() -> ModuleType:
    """Return PyMySQL, an optional package."""
    try:
        return importlib.import_module("pymysql")
    except ImportError as error:
        raise MissingExtraError("mysql", what="MySQL needs the package PyMySQL") from error


def _connect(driver: ModuleType, address: Address) -> "pymysql.Connection[Any]":
    """Return a connection; dates and decimals come as texts, as the server has them."""
    return driver.connect(
        host=address.host or "127.0.0.1",
        port=address.port or PORT,
        user=address.user,
        password=address.password,
        database=address.database or None,
        charset="utf8mb4",
        connect_timeout=CONNECT_SECONDS,
        read_timeout=address.seconds,
        conv=dict(driver.converters.encoders),
        ssl_ca=address.options.get("ssl_ca"),
    )


@contextmanager
def _errors(driver: ModuleType, address: Address) -> Iterator[None]:
    """Turn the driver's errors into ours, without what is secret."""
    try:
        yield
    except driver.Error as error:
        number = error.args[0] if error.args else None
        lost = "the database does not answer", "try again; see that the server runs and takes this user"
        what, hint = KINDS.get(number, lost) if isinstance(number, int) else lost
        got = address.clean(str(error.args[-1] if error.args else error))
        raise DataError(what, where=str(address), got=got, hint=hint) from None
    except (ValueError, OSError) as error:
        raise DataError("a value cannot be read", where=str(address), got=address.clean(str(error))) from None
