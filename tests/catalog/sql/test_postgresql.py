"""PostgreSQL: a real server, started by the tests."""

import importlib
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from outclass.base.errors import DataError
from outclass.catalog.dictionary.declaration import DataDictionary, SqlKind
from outclass.catalog.dictionary.draws import share
from outclass.catalog.sources.sql import postgresql, read_sql_batches

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(180)]


def whole(batches):
    return pl.concat([batch.frame for batch in batches])


def test_a_table_is_read_in_batches_with_its_types(messages, read):
    batches = read(table_name="public.sms", chunksize=700)
    frame = whole(batches)

    assert max(len(batch.frame) for batch in batches) <= 700
    assert np.concatenate([batch.numbers for batch in batches]).tolist() == list(range(5000))
    assert batches[-1].seen == 5000
    assert frame.schema == {
        "id": pl.Int64,
        "body": pl.String,
        "label": pl.String,
        "score": pl.Float64,
        "share": pl.Float64,
        "sent": pl.Datetime("us", "UTC"),
        "day": pl.Date,
        "seen": pl.Boolean,
        "tag": pl.String,
        "extra": pl.String,
        "raw": pl.String,
    }
    assert frame.row(0) == (
        1,
        "message 1",
        "ham",
        0.01,
        1.0,
        datetime(2024, 1, 1, 10, 0, 1, tzinfo=UTC),
        date(2024, 1, 2),
        False,
        "00000000-0000-0000-0000-000000000001",
        '{"a": [1]}',
        "\\x00ff",
    )
    assert frame["body"].null_count() == 5


@pytest.mark.parametrize("chunk", [1, 333, 5000])
def test_a_sample_is_the_same_whatever_the_batches_are(messages, read, chunk):
    def keep(start, count):
        return share(start, count, 0.1, 3)

    batches = read(table_name="sms", keep=keep, chunksize=chunk)

    assert whole(batches)["id"].to_list() == (np.flatnonzero(share(0, 5000, 0.1, 3)) + 1).tolist()
    assert (
        np.concatenate([batch.numbers for batch in batches]).tolist() == (whole(batches)["id"] - 1).to_list()
    )
    assert batches[-1].seen == 5000


def test_a_query_is_read_and_an_empty_answer_has_its_columns(messages, read):
    some = read(query="SELECT id, upper(body) AS body FROM sms WHERE id <= 3 ORDER BY id DESC;")
    none = read(query="SELECT id FROM sms WHERE false")

    assert whole(some).rows() == [(3, "MESSAGE 3"), (2, "MESSAGE 2"), (1, "MESSAGE 1")]
    assert whole(none).schema == {"id": pl.Int64}
    assert len(whole(none)) == 0


def test_long_rows_are_fetched_few_at_a_time(messages, read, monkeypatch):
    asked = []
    monkeypatch.setattr(
        postgresql,
        "_next_size",
        lambda result, size, plain=postgresql._next_size: asked.append(plain(result, size)) or asked[-1],
    )

    batches = read(query="SELECT repeat('x', 1000000) AS body FROM generate_series(1, 40)")

    assert sum(len(batch.frame) for batch in batches) == 40
    assert max(asked) <= 8


@pytest.mark.parametrize(
    ("keys", "message", "hint"),
    [
        ({"table_name": "smss"}, "there is no such table", "the nearest table is `sms`"),
        ({"query": "SELECT nothing FROM sms"}, "does not accept this statement", None),
        ({"query": "SELEC"}, "does not accept this statement", None),
        ({"query": "DELETE FROM sms"}, "does not accept this statement", None),
        ({"query": "SELECT 1; DROP TABLE sms"}, "does not accept this statement", None),
        ({"query": "SELECT 1; COMMIT; DROP TABLE sms"}, "does not accept this statement", None),
        ({"query": "SELECT nextval('counter')"}, "the statement wants to write", "only what reads"),
        ({"query": "SELECT 1 AS a, 2 AS a"}, "two columns have the same name", "AS"),
        ({"query": "SELECT 'infinity'::date AS a"}, "a value cannot be read", "::text"),
        (
            {"query": "SELECT 1 / (g - 300) FROM generate_series(1, 500) g"},
            "database gave an error|cannot",
            None,
        ),
        ({"table_name": "sms", "query": "SELECT 1"}, "there is a table and a query", None),
        ({}, "no table and no query", None),
    ],
)
def test_what_cannot_be_read_is_told(messages, read, keys, message, hint):
    psycopg = importlib.import_module("psycopg")
    with psycopg.connect(messages, autocommit=True) as connection:
        connection.execute("CREATE SEQUENCE counter")

    with pytest.raises(DataError, match=message) as caught:
        read(**keys)

    assert hint is None or hint in caught.value.hint
    with psycopg.connect(messages) as connection:
        assert connection.execute("SELECT count(*) FROM sms").fetchone() == (5000,)


def test_a_user_without_rights_is_told(messages, read, monkeypatch):
    psycopg = importlib.import_module("psycopg")
    with psycopg.connect(messages, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN")
    monkeypatch.setenv("OUTCLASS_SQL_URL", messages.replace("//postgres:@", "//reader:@"))

    with pytest.raises(DataError, match="this user may not read it"):
        read(table_name="sms")


def test_a_statement_that_takes_too_long_is_ended(messages, read, monkeypatch):
    monkeypatch.setenv("OUTCLASS_SQL_TIMEOUT", "0.2")

    with pytest.raises(DataError, match=r"longer than 0\.2 seconds"):
        read(query="SELECT pg_sleep(30)")


def test_a_connection_that_breaks_in_the_middle_is_told_with_the_row(messages, monkeypatch):
    psycopg = importlib.import_module("psycopg")
    declared = DataDictionary(source=SqlKind.SQL, table_name="sms", chunksize=100)
    batches = read_sql_batches(declared)
    first = next(batches)
    with psycopg.connect(messages, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'outclass'"
        )

    with pytest.raises(DataError, match="does not answer") as caught:
        list(batches)

    assert len(first.frame) == 100
    assert "after" in caught.value.where


def test_no_transaction_is_left_open(messages):
    psycopg = importlib.import_module("psycopg")
    batches = read_sql_batches(DataDictionary(source=SqlKind.SQL, table_name="sms", chunksize=10))
    next(batches)
    batches.close()

    with psycopg.connect(messages, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '5s'")
        connection.execute("DROP TABLE sms")
