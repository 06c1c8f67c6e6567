"""Read a table or the answer to a query, streaming; see `postgresql`, `mysql` and `sqlite`."""

from collections.abc import Iterator
from pathlib import Path

from outclass.base.errors import DataError
from outclass.base.settings import Settings
from outclass.catalog.dictionary.declaration import DataDictionary
from outclass.catalog.sources.sql import mysql, postgresql, sqlite
from outclass.catalog.sources.sql.address import Engine, address_of
from outclass.catalog.sources.sql.batches import Keep, SqlBatch, gathered

READERS = {
    Engine.POSTGRESQL: postgresql.read_rows,
    Engine.MYSQL: mysql.read_rows,
    Engine.SQLITE: sqlite.read_rows,
}
QUOTES = {Engine.POSTGRESQL: '"', Engine.MYSQL: "`", Engine.SQLITE: '"'}


def read_sql_batches(
    declared: DataDictionary,
    settings: Settings | None = None,
    *,
    folder: Path | None = None,
    keep: Keep | None = None,
) -> Iterator[SqlBatch]:
    """Yield the rows of a dictionary's database, at most `chunksize` at a time.

    They are read in one read-only transaction through a cursor of the server, so that memory does not grow
    with the table. Their order is that of the query; a table without one comes in the order in which the
    database keeps it.

    Parameters
    ----------
    settings
        Not needed; for callers that hand it to every reader.
    folder
        What the path of a SQLite file is relative to; the working folder if not given.
    keep
        The sample, by the numbers of rows. What it leaves out is read, but never turned into values.

    Raises
    ------
    DataError
        The database cannot be reached, refuses, or breaks off; no password stands in the error.
    """
    del settings
    address = address_of(declared, folder or Path())
    statement = statement_of(declared, address.engine)
    yield from gathered(READERS[address.engine](address, statement, keep), declared.chunksize)


def statement_of(declared: DataDictionary, engine: Engine) -> str:
    """Return the query of a dictionary, or one for its whole table.

    >>> statement_of(DataDictionary(table_name="public.sms"), Engine.POSTGRESQL)
    'SELECT * FROM "public"."sms"'
    """
    if declared.query is not None and declared.table_name is not None:
        raise DataError(
            "there is a table and a query", where="query", accepted="one of `table_name` and `query`"
        )
    if declared.query is not None:
        return declared.query.strip().rstrip(";").rstrip()
    if declared.table_name is None:
        raise DataError(
            "there is no table and no query", where="table_name", accepted="`table_name` or `query`"
        )
    quote = QUOTES[engine]
    return "SELECT * FROM " + ".".join(f"{quote}{part}{quote}" for part in declared.table_name.split("."))  # noqa: S608 - a form without quotes
