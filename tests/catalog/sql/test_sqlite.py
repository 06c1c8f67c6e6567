"""SQLite: read without a server, by the types that the values have."""

import sqlite3
from contextlib import closing

import polars as pl
import pytest

from outclass.base.errors import DataError
from outclass.catalog.dictionary.declaration import SqlKind
from outclass.catalog.sources.sql import sqlite


@pytest.fixture
def folder(tmp_path):
    with closing(sqlite3.connect(tmp_path / "sms.sqlite3")) as db:
        db.execute("CREATE TABLE sms (id INTEGER, body TEXT, score, mixed, empty, raw BLOB)")
        db.executemany(
            "INSERT INTO sms VALUES (?, ?, ?, ?, NULL, ?)",
            [
                (n, f"text {n}" if n % 7 else None, n / 2, n if n < 90 else "many", b"\x00\xff")
                for n in range(100)
            ],
        )
        db.commit()
    return tmp_path


@pytest.fixture
def run(read, folder):
    def reading(**keys):
        given = {"source": SqlKind.SQLITE, "path": "sms.sqlite3", "folder": folder}
        return read(**given | keys)

    return reading


def test_a_table_is_read(run):
    batches = run(table_name="sms", chunksize=30)
    frame = pl.concat([batch.frame for batch in batches])

    assert len(frame) == 100
    assert max(len(batch.frame) for batch in batches) == 30
    assert frame.schema == {
        "id": pl.Int64,
        "body": pl.String,
        "score": pl.Float64,
        "mixed": pl.String,
        "empty": pl.String,
        "raw": pl.String,
    }
    assert frame.row(99) == (99, "text 99", 49.5, "many", None, "00ff")
    assert frame["mixed"][0] == "0"


def test_a_sample_and_a_query(run):
    batches = run(
        query="SELECT id FROM sms ORDER BY id",
        keep=lambda start, count: [start + n < 5 for n in range(count)],
    )

    assert [row[0] for batch in batches for row in batch.frame.rows()] == [0, 1, 2, 3, 4]
    assert batches[-1].seen == 100


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"table_name": "smss"}, "there is no such table.*nearest table is `sms`"),
        ({"query": "SELECT nothing FROM sms"}, "does not accept"),
        ({"query": "DELETE FROM sms"}, "wants to write|does not accept|gives no rows"),
        ({"query": "SELECT 1; DROP TABLE sms"}, "does not accept"),
        ({"query": "PRAGMA journal_mode = DELETE"}, "wants to write|does not accept"),
        ({"query": "ATTACH 'other.sqlite3' AS other"}, "wants to write"),
        ({"table_name": "sms", "path": "none.sqlite3"}, "there is no such file"),
        ({"table_name": "sms", "path": "text.sqlite3"}, "no SQLite database"),
        ({"query": "SELECT CAST(raw AS TEXT) AS t FROM sms"}, "not in UTF-8"),
    ],
)
def test_what_cannot_be_read_is_told(run, folder, keys, message, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "text.sqlite3").write_text("no database " * 100, encoding="utf-8")

    with pytest.raises(DataError, match=message):
        run(**keys)

    with closing(sqlite3.connect(folder / "sms.sqlite3")) as db:
        assert db.execute("SELECT count(*) FROM sms").fetchone() == (100,)
    assert not (folder / "other.sqlite3").exists()


def test_a_statement_that_takes_too_long_is_ended(run, monkeypatch):
    monkeypatch.setenv("OUTCLASS_SQL_TIMEOUT", "0.1")
    monkeypatch.setattr(sqlite, "STEPS", 1000)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

    with pytest.raises(DataError, match=r"longer than 0\.1 seconds"):
        run(query=endless)
