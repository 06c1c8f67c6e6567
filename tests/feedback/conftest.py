"""Both databases, with the shared tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from databases import make_shared_tables, sqlite_url
from outclass.base.sql import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Return a database with the shared tables, once of each kind."""
    sqlite = request.param == "sqlite"
    url = sqlite_url(tmp_path) if sqlite else str(request.getfixturevalue("postgres_url"))
    database = make_shared_tables(url)
    yield database
    database.close()
