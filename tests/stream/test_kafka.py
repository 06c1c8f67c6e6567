"""Against a real broker process: nothing is lost, nothing is doubled, nothing stops the stream."""

import json
import re
import sqlite3
from collections import Counter

import pytest

from brokers import free_port, kafka
from processes import run_outclass
from streaming import consuming, outclass_stream, standing_in, texts, until

POISON = [b"\xff\xfe\x00 no text", b'{"text": ', b'{"id": 7}', b'{"text": 5}', None, b"x" * 100_001]
REASONS = {"not-utf8": 1, "not-json": 1, "no-text": 2, "no-value": 1, "too-large": 1}


def rows_of(path):
    with sqlite3.connect(path) as db:
        return db.execute(
            'SELECT key, id, answer FROM results ORDER BY topic, "partition", position'
        ).fetchall()


def count_of(path):
    try:
        with sqlite3.connect(path) as db:
            return db.execute("SELECT count(*) FROM results").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def test_killed_consumers_lose_nothing_and_the_sink_doubles_nothing(kafka_broker, home, tmp_path):
    count, partitions = 3000, 4
    kafka_broker.create("sms", "sms.out", partitions=partitions)
    messages = [*texts(count // 2), *POISON, *texts(count)[count // 2 :]]
    kafka_broker.send("sms", messages, partitions=partitions)
    file = tmp_path / "results.sqlite3"
    sink = ["sink", "--broker", kafka_broker.url, "--in", "sms.out", "--table", "results"]
    sink_command = outclass_stream(*sink, "--database", f"sqlite:///{file}", "--partitions", 1)
    command = standing_in(kafka_broker.url, "sms", "sms.out", "outclass-sms", 100, "--slow", 0.0005)
    command += ["--session", "1"]  # that of a killed consumer has to end before the next one begins

    with consuming([*command, "--die-before-commit", "3"], home, "first") as first:
        assert first.process.wait(timeout=30) == -9  # after 3 batches were published and 2 committed
    with consuming(command, home, "second") as second, consuming(sink_command, home, "sink") as writer:
        until(lambda: second.done() > 300)
        second.kill()
        until(lambda: writer.done() > 300)
        writer.kill()
    with consuming(command, home, "third") as third, consuming(sink_command, home, "sink") as writer:
        until(lambda: count_of(file) >= count, say=lambda: (count_of(file), third.metrics()))
        assert third.stop() == 0
        assert writer.stop() == 0

    published = kafka_broker.read("sms.out", least=count)
    keys = Counter(json.loads(one.value)["key"] for one in published)
    assert len(keys) == count
    assert max(keys.values()) > 1  # the batch that was published and not committed came again
    rows = rows_of(file)
    assert len(rows) == count
    assert {key for key, _, _ in rows} == set(keys)
    assert sorted(int(name) for _, name, _ in rows) == list(range(count))
    assert all(answer == ("spam" if int(name) % 2 else "personal") for _, name, answer in rows)
    letters = {one.headers["outclass-source"]: one for one in kafka_broker.read("sms.dead-letter", least=6)}
    assert Counter(one.headers["outclass-reason"] for one in letters.values()) == REASONS


def test_two_consumers_share_the_partitions_and_repeat_nothing(kafka_broker, home):
    count, partitions = 6000, 4
    kafka_broker.create("shared", "shared.out", partitions=partitions)
    kafka_broker.send("shared", texts(count), partitions=partitions)
    command = standing_in(kafka_broker.url, "shared", "shared.out", "sharing", 50, "--slow", 0.001)

    with consuming(command, home, "one") as one:
        until(lambda: one.done() > 100)
        with consuming(command, home, "two") as two:
            until(lambda: one.done() + two.done() >= count, say=lambda: (one.done(), two.done()))
            shares = one.done(), two.done()
            owned = [set(re.findall(r'partition="(\d)"', each.metrics())) for each in (one, two)]
            assert two.stop() == 0  # leaves the group at once, so that the other has all partitions again
        kafka_broker.send("shared", texts(partitions), partitions=partitions)
        until(lambda: one.done() >= shares[0] + partitions)
        assert one.stop() == 0

    assert min(shares) > count // 10
    assert owned[0] & owned[1] == set()
    assert owned[0] | owned[1] == {"0", "1", "2", "3"}
    published = [json.loads(each.value) for each in kafka_broker.read("shared.out", least=count + partitions)]
    assert len(published) == count + partitions
    assert len({each["key"] for each in published}) == count + partitions


def test_results_keep_the_order_and_the_keys_of_their_messages(kafka_broker, home):
    kafka_broker.create("ordered", partitions=2)
    kafka_broker.create("ordered.out", partitions=2)
    kafka_broker.send("ordered", texts(500), partitions=2)

    with consuming(
        standing_in(kafka_broker.url, "ordered", "ordered.out", "order", 64), home, "order"
    ) as one:
        until(lambda: one.done() >= 500)
        assert one.stop() == 0

    published = kafka_broker.read("ordered.out", least=500)
    for number in (0, 1):
        lane = [each for each in published if each.partition == number]
        answers = [json.loads(each.value) for each in lane]
        assert [each["offset"] for each in answers] == list(range(250))
        assert {each["partition"] for each in answers} == {number}
        assert [each.key for each in lane] == [str(each["id"]).encode() for each in answers]


def test_whatever_senders_do_is_read(kafka_broker, home):
    kafka_broker.create("senders", "senders.out")
    for compression in (None, "gzip", "snappy", "lz4", "zstd"):
        kafka_broker.send("senders", texts(20), compression=compression)
    strange = [("content-type", b"\xff\xfe"), ("correlation_id", b""), ("reply_to", b"elsewhere")]
    kafka_broker.send("senders", texts(20), headers=strange)
    command = standing_in(kafka_broker.url, "senders", "senders.out", "senders", 1000)

    with consuming(command, home, "senders") as one:
        until(lambda: one.done() >= 120, say=one.log.read_text)
        assert one.stop() == 0

    published = kafka_broker.read("senders.out", least=120)
    assert {json.loads(each.value)["offset"] for each in published} == set(range(120))
    assert len(published) == 120


def test_the_sink_begins_anew_with_a_new_database(kafka_broker, home, tmp_path):
    kafka_broker.create("again", "again.out")
    kafka_broker.send("again", texts(50))
    with consuming(standing_in(kafka_broker.url, "again", "again.out", "again", 10), home, "again") as one:
        until(lambda: one.done() >= 50)
        assert one.stop() == 0
    sink = [
        "sink",
        "--broker",
        kafka_broker.url,
        "--in",
        "again.out",
        "--table",
        "results",
        "--partitions",
        1,
    ]

    for number in range(2):  # the group has committed everything after the first
        file = tmp_path / f"{number}.sqlite3"
        with consuming(outclass_stream(*sink, "--database", f"sqlite:///{file}"), home, "sink") as writer:
            until(lambda file=file: count_of(file) >= 50)
            assert writer.stop() == 0

        assert len(rows_of(file)) == 50


def test_a_stop_finishes_the_batch_and_commits_it(kafka_broker, home):
    kafka_broker.create("stopped", "stopped.out")
    kafka_broker.send("stopped", texts(400))
    command = standing_in(kafka_broker.url, "stopped", "stopped.out", "stopping", 100, "--slow", 0.002)

    with consuming(command, home, "one") as one:
        until(lambda: one.done() >= 100)
        assert one.stop() == 0
    left = 400 - len(kafka_broker.read("stopped.out", least=100))
    with consuming(command, home, "two") as two:
        until(lambda: two.done() >= left)
        assert two.stop() == 0

    published = kafka_broker.read("stopped.out", least=400)
    assert Counter(json.loads(each.value)["key"] for each in published) == Counter(
        f"stopped:0:{offset}" for offset in range(400)
    )


def test_a_broker_that_goes_away_is_waited_for(tmp_path, home):
    port = free_port()
    with kafka(tmp_path, port) as broker:
        broker.create("gone", "gone.out")
        broker.send("gone", texts(50))
        command = standing_in(broker.url, "gone", "gone.out", "waiting", 10)
        with consuming(command, home, "one") as one:
            until(lambda: one.done() >= 50)
            broker.process.kill()
            broker.process.wait(timeout=10)
            with kafka(tmp_path, port) as again:  # empty: this broker keeps everything in memory
                again.create("gone", "gone.out", "gone.dead-letter")
                again.send("gone", texts(30))
                until(lambda: one.done() >= 80, say=lambda: one.log.read_text()[-2000:])
                assert one.ready().status_code == 200
                assert len(again.read("gone.out", least=30)) == 30
                assert one.stop() == 0
            assert "win a prize" not in one.log.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--broker", "kafka://127.0.0.1:9", "--in", "a", "--out", "b"], "the broker does not answer"),
        (["--broker", "http://127.0.0.1", "--in", "a", "--out", "b"], "this is no broker"),
        (["--broker", "kafka://me:secret@127.0.0.1", "--in", "a", "--out", "b"], "OUTCLASS_BROKER_PASSWORD"),
        (["--broker", "KAFKA", "--in", "absent", "--out", "b"], "there is no such topic"),
        (["--broker", "KAFKA", "--in", "a", "--out", "a"], "a name of its own"),
    ],
)
def test_what_is_wrong_at_the_start_is_said(kafka_broker, home, words, said):
    words = [kafka_broker.url if word == "KAFKA" else word for word in words]

    done = run_outclass(home, "stream", "digits", *words)

    assert done.returncode == 1
    assert said in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr
    assert "Unclosed" not in done.stderr
