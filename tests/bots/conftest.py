"""Fixtures of the bots: a ledger on each database, a challenge with games."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from databases import make_shared_tables, sqlite_url
from outclass.base.sql import Database
from outclass.catalog.loader import LoadedChallenge
from photo_games import Album, Clock, game_challenge


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """Return a SQLite database with the shared tables."""
    database = make_shared_tables(sqlite_url(tmp_path))
    yield database
    database.close()


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedChallenge:
    """Return a challenge with one game."""
    return game_challenge(tmp_path / "challenge")


@pytest.fixture
def album() -> Album:
    """Return an empty album."""
    return Album()


@pytest.fixture
def clock() -> Clock:
    """Return a clock that is set by hand."""
    return Clock()
