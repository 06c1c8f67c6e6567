"""Both databases for the tests of SQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from databases import make_shared_tables, sqlite_url
from outclass.base.sql import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database, once of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """Return a database with the shared tables, once of each kind."""
    database = make_shared_tables(database_url)
    yield database
    database.close()
