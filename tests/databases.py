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


GAME_TABLES = """
    CREATE TABLE accounts_user (id bigint PRIMARY KEY, is_active boolean NOT NULL, is_staff boolean NOT NULL);
    CREATE TABLE play_player (id bigint PRIMARY KEY, kind text NOT NULL, user_id bigint, name text NOT NULL);
    CREATE TABLE play_standing (
        player_id bigint NOT NULL, challenge text NOT NULL, ranked_rounds bigint NOT NULL,
        ranked_winnings_cents bigint NOT NULL, skill_sum double precision NOT NULL,
        models_rounds bigint NOT NULL, models_skill_sum double precision NOT NULL
    )"""


def make_game_tables(db: Database) -> None:
    """Create what the leaderboard reads of the site's tables; a site test reads the real ones."""
    for statement in GAME_TABLES.split(";"):
        db.execute(statement)
