"""The same code on NATS JetStream."""

import asyncio
import contextlib
import json
import shutil
import sqlite3
import subprocess
from collections import Counter

import pytest

from brokers import free_port, nats_command, running
from processes import run_outclass
from streaming import consuming, outclass_stream, standing_in, texts, until, written


@pytest.fixture(scope="module")
def nats_url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nats")
    port = free_port()
    with running(nats_command(port, folder), port, folder / "nats.log"):
        yield f"nats://127.0.0.1:{port}"


def send(url, subject, values):
    import nats  # noqa: PLC0415 - where it is installed

    async def work():
        client = await nats.connect(url)
        stream = client.jetstream()
        await stream.add_stream(name=subject, subjects=[subject])
        for value in values:
            await stream.publish(subject, value)
        await client.close()

    asyncio.run(work())


def read(url, subject, least):
    import nats  # noqa: PLC0415 - where it is installed

    async def work():
        client = await nats.connect(url)
        subscription = await client.jetstream().subscribe(subject, ordered_consumer=True)
        found = [await subscription.next_msg(timeout=10) for _ in range(least)]
        await client.close()
        return found

    return asyncio.run(work())


def test_messages_are_classified_and_written_once(nats_url, home, tmp_path):
    count = 400
    send(nats_url, "sms", [*texts(count), b"\xff\xfe"])
    command = standing_in(nats_url, "sms", "results", "sms-readers", 50, "--slow", 0.001, "--session", 1)
    file = tmp_path / "results.sqlite3"
    sink = ["sink", "--broker", nats_url, "--in", "results", "--table", "results", "--partitions", 1]

    with consuming(command, home, "one") as one:
        until(lambda: one.done() >= 50)
        one.kill()
    with consuming(command, home, "two") as two:
        with consuming(outclass_stream(*sink, "--database", f"sqlite:///{file}"), home, "sink") as writer:
            until(lambda: written(file) >= count, say=lambda: (two.done(), writer.done()))
            assert writer.stop() == 0
        until(lambda: 'outclass_stream_lag{partition="0",topic="sms"}' in two.metrics())
        assert two.stop() == 0

    with sqlite3.connect(file) as db:
        rows = db.execute("SELECT key, id, answer FROM results").fetchall()
    assert Counter(key for key, _, _ in rows) == Counter(f"sms:0:{place}" for place in range(1, count + 1))
    assert all(answer == ("spam" if int(name) % 2 else "personal") for _, name, answer in rows)
    letter = read(nats_url, "sms.dead-letter", 1)[0]
    assert letter.data == b"\xff\xfe"
    assert letter.headers["outclass-reason"] == "not-utf8"
    assert json.loads(read(nats_url, "results", 1)[0].data)["key"].startswith("sms:0:")


def test_a_server_that_is_killed_and_comes_back_has_everything(home, tmp_path):
    count, port = 3000, free_port()
    url = f"nats://127.0.0.1:{port}"
    file = tmp_path / "results.sqlite3"
    command = nats_command(port, tmp_path / "nats")
    words = standing_in(url, "sms", "results", "readers", 20, "--slow", 0.002)
    sink = ["sink", "--broker", url, "--in", "results", "--table", "results", "--partitions", 1]

    with contextlib.ExitStack() as stack:
        with running(command, port, tmp_path / "nats.log") as server:
            send(url, "sms", texts(count))
            one = stack.enter_context(consuming(words, home, "one"))
            writer = stack.enter_context(
                consuming(outclass_stream(*sink, "--database", f"sqlite:///{file}"), home, "sink")
            )
            until(lambda: writer.done() >= 40)
            server.kill()
        until(lambda: one.ready().status_code == 503, say=one.metrics)
        with running(command, port, tmp_path / "nats.log"):
            until(lambda: written(file) >= count, seconds=60, say=lambda: (one.done(), writer.done()))
            assert one.ready().status_code == 200
            assert (one.stop(), writer.stop()) == (0, 0)

    with sqlite3.connect(file) as db:
        keys = Counter(key for (key,) in db.execute("SELECT key FROM results"))
    assert keys == Counter(f"sms:0:{place}" for place in range(1, count + 1))


def test_a_server_that_wants_a_password_gets_it_from_the_environment(home, tmp_path):
    port = free_port()
    command = [*nats_command(port, tmp_path / "nats"), "--user", "me", "--pass", "secret"]
    words = ["digits", "--broker", f"nats://127.0.0.1:{port}", "--in", "a", "--out", "b"]
    known = {"OUTCLASS_BROKER_USER": "me", "OUTCLASS_BROKER_PASSWORD": "secret"}

    with running(command, port, tmp_path / "nats.log"):
        refused = run_outclass(home, "stream", *words)
        with consuming(outclass_stream(*words, "--partitions", 1), home, "known", **known) as one:
            assert one.ready().json()["ready"]
            assert one.stop() == 0
            log = one.log.read_text()

    assert refused.returncode == 1
    assert "the broker does not answer" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "secret" not in log + refused.stderr


def test_a_connection_may_be_encrypted(home, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60)
    port = free_port()
    command = nats_command(port, tmp_path / "nats")
    command += ["--tls", "--tlscert", str(certificate), "--tlskey", str(key)]
    stream = ["digits", "--broker", f"tls://127.0.0.1:{port}", "--in", "a", "--out", "b"]

    with running(command, port, tmp_path / "nats.log"):
        unknown = run_outclass(home, "stream", *stream)
        trusted = {"SSL_CERT_FILE": str(certificate)}
        with consuming(outclass_stream(*stream, "--partitions", 1), home, "tls", **trusted) as one:
            assert one.ready().json()["ready"]
            assert one.stop() == 0

    assert unknown.returncode == 1
    assert "the broker does not answer" in unknown.stderr


@pytest.mark.parametrize(
    ("port", "said"), [(9, "the broker does not answer"), (None, "no stream keeps this subject")]
)
def test_what_is_wrong_at_the_start_is_said(nats_url, home, port, said):
    url = nats_url if port is None else f"nats://127.0.0.1:{port}"

    done = run_outclass(home, "stream", "digits", "--broker", url, "--in", "absent", "--out", "b")

    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
