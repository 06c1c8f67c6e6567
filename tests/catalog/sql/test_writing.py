"""Tables are written wholly or not at all."""

import importlib
import sqlite3
from contextlib import closing
from datetime import date

import polars as pl
import pytest

from outclass.base.errors import DataError
from outclass.catalog.dictionary.exporting import Exporter, ExportKind, IfExists
from outclass.catalog.sources.sql import write_sql_batches

FRAME = pl.DataFrame(
    {
        "id": [1, 2, 3],
        "body": ['say "hi", Jörg\n', None, ""],
        "score": [0.5, None, -1.0],
        "day": [date(2024, 2, 29), None, date(1999, 1, 1)],
        "seen": [True, None, False],
        "odd\\N": ["\\N", "\\.", "x"],
    }
)


def exporter(if_exists=IfExists.FAIL, **keys):
    return Exporter(**{"kind": ExportKind.SQL, "table_name": "clean", "if_exists": if_exists} | keys)


def broken():
    yield FRAME
    raise RuntimeError("in the middle")


def exported(url):
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
            return db.execute("SELECT * FROM clean ORDER BY id").fetchall()
    with importlib.import_module("psycopg").connect(url) as connection:
        return connection.execute("SELECT * FROM clean ORDER BY id").fetchall()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request, tmp_path, monkeypatch):
    found = (
        f"sqlite:///{(tmp_path / 'out' / 'clean.sqlite3').as_posix()}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    monkeypatch.setenv("OUTCLASS_SQL_URL", found)
    return found


@pytest.mark.timeout(180)
def test_batches_become_one_table(url):
    assert write_sql_batches(exporter(), [FRAME[:1], FRAME[1:]]) == 3

    rows = exported(url)
    assert [row[:3] for row in rows] == FRAME.select("id", "body", "score").rows()
    assert [str(row[3]) for row in rows] == ["2024-02-29", "None", "1999-01-01"]
    assert [row[4] for row in rows] == [True, None, False]
    assert [row[5] for row in rows] == ["\\N", "\\.", "x"]


@pytest.mark.timeout(180)
def test_a_table_that_is_there_is_left_replaced_or_longer(url):
    write_sql_batches(exporter(), [FRAME])

    with pytest.raises(DataError, match="there already"):
        write_sql_batches(exporter(), [FRAME])
    assert write_sql_batches(exporter(IfExists.REPLACE), [FRAME[:1]]) == 1
    assert len(exported(url)) == 1
    write_sql_batches(exporter(IfExists.APPEND), [FRAME[1:]])
    assert len(exported(url)) == 3


@pytest.mark.timeout(180)
def test_a_write_that_breaks_off_changes_nothing(url):
    write_sql_batches(exporter(), [FRAME])

    with pytest.raises(RuntimeError):
        write_sql_batches(exporter(IfExists.REPLACE), broken())
    with pytest.raises(DataError, match="did not take"):
        write_sql_batches(exporter(IfExists.APPEND), [pl.DataFrame({"other": [1]})])

    assert len(exported(url)) == 3


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"variable": "NOT_SET"}, "NOT_SET is not set"),
        ({"variable": "OF_MYSQL"}, "not written to"),
        ({"table_name": None}, "no name"),
    ],
)
def test_what_cannot_be_written_is_told(tmp_path, monkeypatch, keys, message):
    monkeypatch.setenv("OUTCLASS_SQL_URL", f"sqlite:///{(tmp_path / 'x').as_posix()}")
    monkeypatch.setenv("OF_MYSQL", "mysql://h/d")

    with pytest.raises(DataError, match=message):
        write_sql_batches(exporter(**keys), [FRAME])
    with pytest.raises(DataError, match="nothing to write"):
        write_sql_batches(exporter(), [])
