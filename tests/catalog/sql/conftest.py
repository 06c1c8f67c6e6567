"""A real PostgreSQL with a table of messages, in the environment as a user would have it."""

import importlib

import pytest

from outclass.catalog.dictionary.declaration import DataDictionary, SqlKind
from outclass.catalog.sources.sql import read_sql_batches
from postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

COLUMNS = """
    id bigint, body text, label varchar(10), score numeric(6, 2), share real, sent timestamptz, day date,
    seen boolean, tag uuid, extra jsonb, raw bytea
"""


ROWS = """
    INSERT INTO sms SELECT g, CASE WHEN g % 1000 <> 7 THEN 'message ' || g END, 'ham', g / 100.0, g,
    timestamptz '2024-01-01 12:00+02' + g * interval '1 s', date '2024-01-01' + g % 365, g % 2 = 0,
    '00000000-0000-0000-0000-000000000001', '{"a": [1]}', '\\x00ff' FROM generate_series(1, 5000) g
"""


@pytest.fixture
def messages(postgres_url, monkeypatch):
    """Make a table of 5,000 messages; return the URL of its database."""
    psycopg = importlib.import_module("psycopg")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE sms ({COLUMNS})")
        connection.execute(ROWS)
    monkeypatch.setenv("OUTCLASS_SQL_URL", postgres_url)
    return postgres_url


@pytest.fixture
def read():
    """Return a function that reads a dictionary wholly."""

    def run(keep=None, folder=None, **keys):
        declared = DataDictionary(**{"source": SqlKind.POSTGRESQL} | keys)
        return list(read_sql_batches(declared, keep=keep, folder=folder))

    return run
