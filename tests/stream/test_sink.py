"""The sink on both databases: whatever comes twice is written once."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outclass.base.errors import ConflictError, InputError, UnavailableError
from outclass.base.sql import Database
from outclass.stream.records import Message
from outclass.stream.results import Result
from outclass.stream.sink import DOUBLED, WRITTEN, Sink, parts

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def result(offset, *, partition=0, **more):
    values = {
        "key": f"sms:{partition}:{offset}",
        "id": f"id {offset}",
        "challenge": "messages",
        "model": "messages@0",
        "answer": "spam",
        "confidence": 0.75,
        "probabilities": {"spam": 0.75, "personal": 0.25},
        "abstained": False,
        "reason": None,
        "topic": "sms",
        "partition": partition,
        "offset": offset,
        "sent_at": None,
        "answered_at": NOW,
    }
    return msgspec.json.encode(Result(**{**values, **more}))


def records(values, *, start=0, partition=0):
    return [Message("out", partition, start + place, None, value) for place, value in enumerate(values)]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/sink.sqlite3"
    else:
        url = request.getfixturevalue("postgres_url")
    db = Database.connect(url, create=True)
    yield db
    db.close()


@pytest.fixture
def sink(database):
    made = Sink(database, "results")
    made.prepare()
    return made


def stored(database):
    return database.fetch_all("SELECT * FROM results ORDER BY partition, position")


def test_a_result_is_written_once_however_often_it_comes(sink, database):
    first = sink.work(records([result(offset) for offset in range(700)]))
    again = sink.work(records([result(offset) for offset in range(500, 1000)], start=700))

    assert first.outcomes == {WRITTEN: 700}
    assert again.outcomes == {WRITTEN: 300, DOUBLED: 200}
    assert [row["position"] for row in stored(database)] == list(range(1000))
    assert sink.positions([("out", 0), ("out", 1)]) == {("out", 0): 1200, ("out", 1): 0}


def test_a_row_has_what_the_result_says(sink, database):
    sink.work(records([result(5, partition=3, id="a\0b", sent_at=NOW, answer=None, abstained=True)]))

    row = stored(database)[0]
    assert (row["key"], row["topic"], row["partition"], row["position"]) == ("sms:3:5", "sms", 3, 5)
    assert row["id"] == "a\ufffdb"
    assert row["sent_at"] == row["answered_at"] == NOW.timestamp()
    assert row["answer"] is None
    assert bool(row["abstained"]) is True
    assert json.loads(row["probabilities"]) == {"spam": 0.75, "personal": 0.25}


def test_what_is_no_result_becomes_a_letter(sink, database):
    values = [b"\xff", b"{", b"{}", None, result(1), result(2).replace(b'"offset":2', b'"offset":1e30')]

    work = sink.work(records(values))

    reasons = [letter.headers["outclass-reason"] for letter in work.letters]
    assert reasons == ["not-utf8", "not-json", "invalid", "no-value", "invalid"]
    assert [row["position"] for row in stored(database)] == [1]
    assert sink.positions([("out", 0)]) == {("out", 0): 6}


def test_rows_and_progress_change_together_or_not_at_all(sink, database):
    sink.work(records([result(0)]))
    database.execute("DROP TABLE results_progress")

    with pytest.raises(UnavailableError):
        sink.work(records([result(1)], start=1))

    assert [row["position"] for row in stored(database)] == [0]


def test_progress_never_goes_back(sink):
    sink.work(records([result(9)], start=9))
    sink.work(records([result(2)], start=2))

    assert sink.positions([("out", 0)]) == {("out", 0): 10}


def test_preparing_again_keeps_everything(sink, database):
    sink.work(records([result(0)]))

    Sink(database, "results").prepare()

    assert len(stored(database)) == 1


def test_a_table_of_others_is_left_alone(database):
    database.execute("CREATE TABLE results (name TEXT)")

    with pytest.raises(ConflictError, match="a table of this name is there and is another"):
        Sink(database, "results").prepare()


@pytest.mark.parametrize("name", ["", "a b", "x; DROP TABLE y", "Results", "a" * 50, "1a", 'a"', "sqlite_a"])
def test_the_name_of_the_table_is_checked(database, name):
    with pytest.raises(InputError, match="--table"):
        Sink(database, name)


@pytest.mark.parametrize("name", ["order", "select", "table", "group", "user", "values", "index", "null"])
def test_a_word_of_sql_may_be_the_name(database, name):
    sink = Sink(database, name)
    sink.prepare()
    assert sink.work(records([result(0), result(1), result(1)])).outcomes == {WRITTEN: 2, DOUBLED: 1}
    assert sink.positions([("out", 0)]) == {("out", 0): 3}
    Sink(database, name).prepare()
    assert len(database.fetch_all(f'SELECT * FROM "{name}"')) == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=6))
def test_any_order_of_repeats_leaves_each_once(tmp_path_factory, batches):
    db = Database.connect(f"sqlite:///{tmp_path_factory.mktemp('law')}/x.sqlite3", create=True)
    sink = Sink(db, "results")
    sink.prepare()
    place = 0
    for batch in batches:
        sink.work(records([result(offset) for offset in batch], start=place))
        place += len(batch)

    found = [row["position"] for row in stored(db)]
    db.close()
    assert found == sorted(set().union(*map(set, batches)) if batches else [])


@given(st.integers(0, 3000))
def test_rows_are_split_into_powers_of_two(count):
    found = [len(part) for part in parts([(number,) for number in range(count)])]

    assert sum(found) == count
    assert all(size & (size - 1) == 0 and size <= 256 for size in found)
