"""Databases for tests, with the shared tables made from `base/tables.py`."""

from pathlib import Path

from outclass.base.sql import Database
from outclass.base.tables import TABLES, create_statements


def make_shared_tables(url: str) -> Database:
    """Create the shared tables in an empty database and return it."""
    db = Database.connect(url, create=True)
    for table in TABLES:
        for statement in create_statements(table, db.dialect):
            db.execute(statement)
    return db


def sqlite_url(folder: Path) -> str:
    """Return the URL of the database file of a home folder."""
    return f"sqlite:///{(folder / 'site.sqlite3').as_posix()}"
