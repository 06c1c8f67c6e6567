"""A server that is killed while rows come in loses nothing that it confirmed, and doubles nothing."""

import contextlib
import threading
from collections import Counter
from pathlib import Path

import httpx
import msgspec
import pytest

from databases import make_shared_tables, sqlite_url
from outclass.base.keys import create_key
from outclass.base.sql import Database
from processes import Server, serving
from small_texts import text_challenge

PATH = "/api/v1/challenges/notes/rows"
REQUESTS = 120
ROWS = 5


def body(number: int) -> bytes:
    rows = [{"id": f"{number}-{row}", "text": f"message {row} of {number}"} for row in range(ROWS)]
    return b"\n".join(msgspec.json.encode(row) for row in rows)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    text_challenge(tmp_path / "challenges" / "notes")
    make_shared_tables(sqlite_url(folder)).close()
    return folder


@pytest.fixture
def key(home: Path) -> str:
    db = Database.connect(sqlite_url(home))
    _, text = create_key(db, owner_id=None, name="gateway", scopes=["ingest"], requests_per_day=1_000_000)
    db.close()
    return text


def kept(home: Path) -> Counter[str]:
    """Count the rows on the disk by their id."""
    folder = home / "data" / "notes" / "inbox" / "rows"
    lines = (line for path in folder.glob("*.jsonl") for line in path.read_bytes().splitlines())
    return Counter(msgspec.json.decode(line)["id"] for line in lines)


def send(server: Server, key: str, number: int) -> bool:
    """Send one request; tell whether it was confirmed."""
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/x-ndjson",
        "Idempotency-Key": f"batch-{number}",
    }
    with contextlib.suppress(httpx.TransportError):
        return server.client.post(PATH, content=body(number), headers=headers).status_code == 200
    return False


def send_all(server: Server, key: str, numbers: list[int], confirmed: set[int]) -> None:
    """Send requests one after the other until the server is gone."""
    for number in numbers:
        if server.process.poll() is not None:
            return
        if send(server, key, number):
            confirmed.add(number)


def test_kill_9_in_the_middle(home: Path, key: str) -> None:
    confirmed: set[int] = set()
    with serving(home, "--role", "api") as server:
        threads = [
            threading.Thread(
                target=send_all, args=(server, key, list(range(part, REQUESTS, 3)), confirmed), daemon=True
            )
            for part in range(3)
        ]
        for thread in threads:
            thread.start()
        while len(confirmed) < REQUESTS // 4:
            assert any(thread.is_alive() for thread in threads)
            threads[0].join(timeout=0.002)
        server.process.kill()
        server.process.wait(timeout=30)
        for thread in threads:
            thread.join(timeout=30)
    after_the_kill = kept(home)
    first = set(confirmed)
    with serving(home, "--role", "api") as server:
        send_all(server, key, [number for number in range(REQUESTS) if number not in first], confirmed)
        send_all(server, key, sorted(first)[:5], confirmed)  # confirmed, but the sender did not hear of it

    assert REQUESTS // 4 <= len(first) < REQUESTS
    assert confirmed == set(range(REQUESTS))
    assert all(after_the_kill[f"{number}-{row}"] == 1 for number in first for row in range(ROWS))
    assert kept(home) == Counter(f"{number}-{row}" for number in range(REQUESTS) for row in range(ROWS))
