"""Write an SQLite file whose bytes depend on nothing but its content and the library's version."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from outclass.base.store import sync_file
from outclass.publish.database.schema import Table, quoted

SqlValue = str | int | float | bytes | None
PAGE_BYTES = 4096
CACHE_KIB = 32_000
PRAGMAS = (
    f"PRAGMA page_size = {PAGE_BYTES}",
    "PRAGMA encoding = 'UTF-8'",
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA temp_store = FILE",
    f"PRAGMA cache_size = -{CACHE_KIB}",
)
"""How the file is written: nothing of it is seen before it is whole, so nothing needs a journal."""


@contextmanager
def writing(final: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection to an empty database; when the block ends well, its content is written to `final`.

    It is written anew in one piece, so that no page tells in which order it was filled.
    """
    working = final.with_name(f"{final.name}.working")
    with closing(sqlite3.connect(working, isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(pragma)
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("VACUUM INTO ?", (str(final),))
    working.unlink()
    sync_file(final)


def fill(connection: sqlite3.Connection, table: Table, rows: Iterable[Sequence[SqlValue]]) -> None:
    """Make a table and fill it; rows are taken as they come and never kept."""
    connection.execute(table.create())
    connection.executemany(table.insert(), rows)


def count(connection: sqlite3.Connection, table: str) -> int:
    """Return the number of rows of a table."""
    found = connection.execute(f"SELECT COUNT(*) FROM {quoted(table)}").fetchone()  # noqa: S608 - quoted
    return int(found[0])


def search_in(connection: sqlite3.Connection, table: str, columns: Iterable[str]) -> None:
    """Make the index of words of some columns; the texts themselves stay in the table."""
    names = ", ".join(map(quoted, columns))
    index = quoted(f"{table}_fts")
    connection.execute(
        f"CREATE VIRTUAL TABLE {index} USING fts5({names}, content={quoted(table)}, "
        "tokenize='unicode61 remove_diacritics 2')"
    )
    connection.execute(f"INSERT INTO {index}({index}) VALUES ('rebuild')")  # noqa: S608 - quoted
    connection.execute(f"INSERT INTO {index}({index}) VALUES ('optimize')")  # noqa: S608 - quoted
