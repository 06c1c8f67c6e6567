"""The engine on a broker in memory."""

import asyncio
import json

import httpx
import numpy as np
import pytest

from outclass.base.errors import InvalidInputError, TooLargeError, UnavailableError
from outclass.base.limits import Limits
from outclass.inference.prediction import AbstainReason, Prediction
from outclass.stream import pump as engine
from outclass.stream.classify import Classifier
from outclass.stream.memory import MemoryTransport
from outclass.stream.pump import Pump
from outclass.stream.reading import TextReader
from outclass.stream.status import Readiness, Source, StatusServer
from outclass.stream.telemetry import Telemetry


class Model:
    """Answers with a letter of its own; refuses some texts."""

    def __init__(self, name="one"):
        self.name = name
        self.batches = []

    def predict_many(self, rows):
        assert isinstance(rows, np.ndarray)
        self.batches.append(len(rows))
        if "refused" in rows:
            raise InvalidInputError("this breaks a rule")
        if "broken" in rows:
            raise ZeroDivisionError(list(rows))
        return [self._one(row) for row in rows]

    def _one(self, text):
        return Prediction(
            challenge="messages",
            model=f"messages@{self.name}",
            answer=text.upper() or None,
            probabilities={"a": 0.25, "b": 0.75},
            confidence=0.75,
            prediction_set=("b",),
            abstained=not text,
            reason=None if text else AbstainReason.EMPTY,
            outlier=None,
        )


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(engine, "SHORTEST_WAIT", 0.001)


async def eventually(condition):
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the broker in memory tells nobody
            await asyncio.sleep(0.001)


def run(transport, current, *, until, telemetry=None):
    """Run the engine until a condition holds."""

    async def work():
        stage = Classifier(current, TextReader(Limits()), Limits())
        figures = telemetry or Telemetry()
        pump = Pump(transport, stage, results="out", letters="dead", telemetry=figures)
        running = asyncio.create_task(pump.run())
        await eventually(until)
        pump.stop()
        await running
        return pump

    return asyncio.run(work())


def answers(transport):
    return [json.loads(message.value) for message in transport.published("out")]


def test_each_message_gets_a_result_under_its_own_key():
    transport = MemoryTransport("sms", batch=3, partitions=2)
    for number in range(10):
        transport.send(f"m{number}".encode(), key=f"k{number}".encode(), partition=number % 2)

    run(transport, Model, until=lambda: len(transport.published("out")) >= 10)

    found = answers(transport)
    assert {each["key"] for each in found} == {f"sms:{number % 2}:{number // 2}" for number in range(10)}
    assert {(each["id"], each["answer"]) for each in found} == {(f"k{n}", f"M{n}") for n in range(10)}
    assert found[0]["sent_at"] == "2023-11-14T22:13:20Z"
    assert transport.committed == {("sms", 0): 5, ("sms", 1): 5}


def test_one_bad_message_stops_no_other():
    transport = MemoryTransport("sms")
    sent = [b"a", b"refused", b"broken", b"\xff", b"", None, b"b"]
    for value in sent:
        transport.send(value)
    telemetry = Telemetry()

    run(transport, Model, until=lambda: transport.committed, telemetry=telemetry)

    assert [each["answer"] for each in answers(transport)] == ["A", None, "B"]
    letters = {letter.name: letter for letter in transport.letters}
    assert {name: letter.headers["outclass-reason"] for name, letter in letters.items()} == {
        "sms:0:1": "invalid",
        "sms:0:2": "failed",
        "sms:0:3": "not-utf8",
        "sms:0:5": "no-value",
    }
    assert letters["sms:0:3"].value == b"\xff"
    figures = telemetry.exposition(ready=True).decode()
    assert 'outclass_stream_messages_total{outcome="answered"} 2.0' in figures
    assert 'outclass_stream_messages_total{outcome="empty"} 1.0' in figures
    assert 'outclass_stream_dead_letters_total{reason="failed"} 1.0' in figures


def test_no_log_line_holds_a_message(caplog):
    transport = MemoryTransport("sms")
    transport.send(b"broken")

    run(transport, Model, until=lambda: transport.committed)

    assert "could not be classified" in caplog.text
    assert "broken" not in caplog.text + str([vars(record) for record in caplog.records])


def test_what_cannot_be_published_is_tried_again_and_committed_after():
    transport = MemoryTransport("sms", batch=2)
    transport.failures = [UnavailableError("away")] * 3
    for value in (b"a", b"b", b"c"):
        transport.send(value)
    telemetry = Telemetry()

    run(transport, Model, until=lambda: transport.committed.get(("sms", 0)) == 3, telemetry=telemetry)

    assert [each["answer"] for each in answers(transport)] == ["A", "B", "C"]
    assert 'outclass_stream_errors_total{step="publish"} 3.0' in telemetry.exposition(ready=True).decode()


def test_a_stop_while_the_broker_is_away_commits_nothing():
    transport = MemoryTransport("sms")
    transport.failures = [UnavailableError("away")] * 1000
    transport.send(b"a")

    pump = run(transport, Model, until=lambda: len(transport.failures) < 998)

    assert transport.committed == {}
    assert transport.published("out") == []
    assert pump.problem == "stopping"


def test_a_model_that_is_not_ready_is_waited_for():
    transport = MemoryTransport("sms")
    transport.send(b"a")
    tries = []

    def current():
        tries.append(1)
        if len(tries) < 4:
            raise UnavailableError("no model is ready")
        return Model()

    run(transport, current, until=lambda: transport.committed)

    assert len(tries) == 4
    assert [each["answer"] for each in answers(transport)] == ["A"]


def test_a_new_champion_takes_over_between_batches():
    transport = MemoryTransport("sms", batch=2)
    models = [Model("one"), Model("two"), Model("three")]
    asked = iter(models)
    for number in range(6):
        transport.send(str(number).encode())

    run(transport, lambda: next(asked), until=lambda: transport.committed.get(("sms", 0)) == 6)

    assert [each["model"] for each in answers(transport)] == [
        *["messages@one"] * 2,
        *["messages@two"] * 2,
        *["messages@three"] * 2,
    ]
    assert [model.batches for model in models] == [[2], [2], [2]]


def test_a_letter_that_the_broker_finds_too_large_goes_without_its_value():
    transport = MemoryTransport("sms")
    transport.failures = [TooLargeError("too large"), TooLargeError("too large")]
    transport.send(b"\xff" * 10)

    run(transport, Model, until=lambda: transport.committed)

    letter = transport.letters[0]
    assert letter.value == b""
    assert letter.headers["outclass-cut-from"] == "10"


def test_the_status_says_whether_it_works():
    telemetry = Telemetry()
    telemetry.lags({("sms", 0): 3, ("sms", 1): 4})
    state = [Readiness(ready=False, model=None, problem="the broker does not answer")]

    with StatusServer(Source(telemetry=telemetry, readiness=lambda: state[0])) as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert httpx.get(f"{server.url}/livez").status_code == 200
        waiting = httpx.get(f"{server.url}/readyz")
        state[0] = Readiness(ready=True, model="messages@0", problem=None)
        working = httpx.get(f"{server.url}/readyz")
        figures = httpx.get(f"{server.url}/metrics").text
        assert httpx.get(f"{server.url}/else").status_code == 404

    assert (waiting.status_code, waiting.json()["problem"]) == (503, "the broker does not answer")
    assert (working.status_code, working.json()["model"]) == (200, "messages@0")
    assert 'outclass_stream_lag{partition="1",topic="sms"} 4.0' in figures
    assert "outclass_stream_ready 1.0" in figures


class Stuck(MemoryTransport):
    """Says that messages wait and hands out none."""

    async def lag(self):
        return {("sms", 0): 7}


def test_messages_that_never_come_make_it_unready(monkeypatch):
    monkeypatch.setattr(engine, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(engine, "STALL_SECONDS", 0.02)
    seen = []

    async def work():
        pump = Pump(Stuck("sms"), None, results="out", letters="dead", telemetry=Telemetry())
        running = asyncio.create_task(pump.run())
        async with asyncio.timeout(10):
            while not seen or seen[-1] in {None, "not started yet"}:
                await asyncio.sleep(0.001)
                seen.append(pump.problem)
        pump.stop()
        await running

    asyncio.run(work())

    assert None in seen
    assert seen[-1] == "messages wait, and none comes"


class Away(MemoryTransport):
    """Cannot be asked how many messages wait, until it can."""

    away = True

    async def lag(self):
        if self.away:
            raise UnavailableError("the broker does not answer")
        return {}


def test_an_idle_consumer_without_a_broker_is_not_ready(monkeypatch):
    monkeypatch.setattr(engine, "LOOK_SECONDS", 0.001)
    transport = Away("sms")

    async def work():
        pump = Pump(transport, None, results="out", letters="dead", telemetry=Telemetry())
        running = asyncio.create_task(pump.run())
        await eventually(lambda: pump.problem == "the broker does not answer")
        transport.away = False
        await eventually(lambda: pump.problem is None)
        pump.stop()
        await running

    asyncio.run(work())
