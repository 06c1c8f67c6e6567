"""MySQL: held to a small server that speaks its protocol, as no MySQL comes with the tests."""

import itertools
import traceback

import polars as pl
import pytest

from mysql_peer import Answer, mysql_peer
from outclass.base.errors import DataError, MissingExtraError
from outclass.catalog.dictionary.declaration import DataDictionary, SqlKind
from outclass.catalog.sources.sql import mysql, read_sql_batches

pytest.importorskip("pymysql", reason="MySQL is read by PyMySQL: pip install 'outclass[mysql]'")
WRONG = "wrong-hunter2"
COLUMNS = [("id", 8), ("body", 253), ("score", 246), ("sent", 12)]


def row(number):
    return [str(number), None if number == 3 else f"Größe {number}", "1.50", "2024-01-01 00:00:00"]


def messages(statement):
    if statement.startswith("SELECT"):
        return Answer(columns=COLUMNS, rows=(row(number) for number in range(10_000)))
    return Answer()


@pytest.fixture
def run(read, monkeypatch):
    def reading(peer, password="", **keys):
        monkeypatch.setenv("OUTCLASS_SQL_URL", f"mysql://ann:{password}@127.0.0.1:{peer.port}/sms")
        return read(**{"source": SqlKind.MYSQL, "table_name": "sms"} | keys)

    return reading


def test_a_table_streams_with_its_types(run):
    with mysql_peer(messages, password="geheim") as peer:
        batches = run(peer, "geheim", chunksize=900)

    frame = pl.concat([batch.frame for batch in batches])
    assert frame.schema == {"id": pl.Int64, "body": pl.String, "score": pl.Float64, "sent": pl.String}
    assert frame["id"].to_list() == list(range(10_000))
    assert frame.row(4) == (4, "Größe 4", 1.5, "2024-01-01 00:00:00")
    assert frame["body"].null_count() == 1
    assert "SELECT * FROM `sms`" in peer.statements
    assert "START TRANSACTION READ ONLY" in peer.statements


def test_a_sample_is_drawn_while_it_streams(run):
    def keep(start, count):
        return [(start + place) % 10 == 0 for place in range(count)]

    with mysql_peer(messages) as peer:
        batches = run(peer, keep=keep)

    assert sum(len(batch.frame) for batch in batches) == 1000
    assert batches[-1].seen == 10_000


def test_one_who_stops_early_does_not_wait_for_the_rest(monkeypatch):
    def endless(statement):
        return (
            Answer(columns=COLUMNS, rows=map(row, itertools.count())) if "SELECT" in statement else Answer()
        )

    with mysql_peer(endless) as peer:
        monkeypatch.setenv("OUTCLASS_SQL_URL", f"mysql://ann@127.0.0.1:{peer.port}/sms")
        declared = DataDictionary(source=SqlKind.SQL, table_name="sms", chunksize=10)
        batches = read_sql_batches(declared)
        assert len(next(batches).frame) <= 10
        batches.close()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ((1146, "Table 'sms' doesn't exist"), "there is no such table"),
        ((1142, "SELECT command denied"), "this user may not read it"),
        ((1064, "You have an error"), "does not accept this statement"),
        ((3024, "maximum statement execution time exceeded"), "too long"),
    ],
)
def test_what_the_server_refuses_is_told(run, error, message):
    def refuse(statement):
        return Answer(error=error) if statement.startswith("SELECT") else Answer()

    with mysql_peer(refuse) as peer, pytest.raises(DataError, match=message):
        run(peer)


def test_a_wrong_password_is_told_and_not_shown(run):
    with (
        mysql_peer(messages, password="right") as peer,
        pytest.raises(DataError, match="let this user in") as caught,
    ):
        run(peer, WRONG)

    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_a_connection_that_breaks_in_the_middle_is_told(run):
    def break_off(statement):
        if statement.startswith("SELECT"):
            return Answer(columns=COLUMNS, rows=[row(number) for number in range(100)], hang_up=True)
        return Answer()

    with mysql_peer(break_off) as peer, pytest.raises(DataError, match="does not answer"):
        run(peer)


def test_without_the_driver_the_extra_is_named(run, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(mysql.importlib, "import_module", missing)
    with mysql_peer(messages) as peer, pytest.raises(MissingExtraError, match=r"outclass\[mysql\]"):
        run(peer)
