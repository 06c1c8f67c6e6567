"""The API as a process: bodies over a real socket, memory, graceful stop, kill -9."""

import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from apis import PREDICT, STROKE
from databases import make_shared_tables, sqlite_url
from models import tiny_digits_version
from outclass.base.sql import Database
from processes import Server, serving

MEGABYTES = 1024 * 1024
MOST_RESIDENT = 130 * MEGABYTES


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    tiny_digits_version(folder / "models", favorite=7)
    make_shared_tables(sqlite_url(folder)).close()
    return folder


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    with serving(home, "--role", "api", OUTCLASS_ANONYMOUS_BURST="10000") as found:
        found.wait_until("/readyz")
        yield found


@contextlib.contextmanager
def talk(server: Server) -> Iterator[socket.socket]:
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10.0) as connection:
        yield connection


def answer_to(connection: socket.socket) -> bytes:
    """Return what comes until the end of a problem document."""
    received = b""
    while not received.rstrip().endswith(b"}"):
        part = connection.recv(65_536)
        if not part:
            break
        received += part
    return received


def head(*lines: str) -> bytes:
    return "\r\n".join((f"POST {PREDICT} HTTP/1.1", "Host: localhost", *lines, "", "")).encode()


def kept(home: Path) -> int:
    db = Database.connect(sqlite_url(home))
    rows = db.fetch_all("SELECT id FROM prediction")
    db.close()
    return len(rows)


def test_bodies_over_a_socket(server: Server) -> None:
    with talk(server) as connection:
        connection.sendall(head("Content-Length: 60000000"))
        announced = answer_to(connection)
    assert announced.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in announced.lower()
    with talk(server) as connection:
        connection.sendall(head("Transfer-Encoding: chunked"))
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 11:
                connection.sendall(b"100000\r\n" + bytes(0x100000) + b"\r\n")
                sent += 1
        assert answer_to(connection).startswith(b"HTTP/1.1 413 ")
    assert server.client.post(PREDICT, content=bytes(60_000_000)).status_code == 413
    with talk(server) as connection:
        connection.sendall(head("Content-Length: 10") + b"[0")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert server.client.post(PREDICT, json=STROKE).status_code == 200
    memory = psutil.Process(server.process.pid).memory_info().rss
    assert memory < 1.5 * MOST_RESIDENT


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted otherwise")
def test_resident_memory(server: Server) -> None:
    for _ in range(20):
        assert server.client.post(PREDICT, json=STROKE).status_code == 200
    assert psutil.Process(server.process.pid).memory_info().rss < MOST_RESIDENT


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be asked to stop there")
def test_a_graceful_stop_writes_everything(server: Server, home: Path) -> None:
    for _ in range(10):
        assert server.client.post(PREDICT, json=STROKE).status_code == 200
    assert server.stop() == 0
    assert kept(home) == 10
    lines = [line for line in server.log.read_text().splitlines() if '"event":"request"' in line]
    assert len(lines) == 10


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_kill_9_loses_at_most_a_second(server: Server, home: Path) -> None:
    times = []
    while not times or time.monotonic() - times[0] < 1.5:
        assert server.client.post(PREDICT, json=STROKE).status_code == 200
        times.append(time.monotonic())
    server.process.kill()
    server.process.wait()
    old = sum(times[-1] - moment > 1.0 for moment in times)
    assert kept(home) >= old > 0
