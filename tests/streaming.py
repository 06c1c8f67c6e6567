"""Consumers as processes: started, watched by their metrics, stopped or killed by their id."""

import contextlib
import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from processes import OUTCLASS, environment

STANDING_IN = Path(__file__).parent / "stream" / "standing_in.py"
SECONDS = 40.0


@dataclass
class Consumer:
    """A running consumer."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    def done(self) -> int:
        """Return how many messages it is done with."""
        found = re.findall(r"^outclass_stream_messages_total\{.*\} (\S+)$", self.metrics(), re.MULTILINE)
        return int(sum(map(float, found)))

    def metrics(self) -> str:
        return httpx.get(f"{self.url}/metrics", timeout=10).text

    def ready(self) -> httpx.Response:
        return httpx.get(f"{self.url}/readyz", timeout=10)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=30)


def until(condition, seconds: float = SECONDS, say=lambda: "") -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not in time; {say()}"
        time.sleep(0.02)


def written(file: Path) -> int:
    """Return how many results the sink has written: its own count has those that came twice as well."""
    with contextlib.closing(sqlite3.connect(file)) as db:
        try:
            return int(db.execute("SELECT COUNT(*) FROM results").fetchone()[0])
        except sqlite3.OperationalError:  # there is no table yet
            return 0


@contextlib.contextmanager
def consuming(command: list[str], home: Path, name: str, **more: str) -> Iterator[Consumer]:
    """Run a consumer until the end of the block, or until it is stopped or killed."""
    log = home.parent / f"{name}.log"
    with log.open("a") as stream:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
            env=environment(home, **more),
            cwd=home.parent,
        )
        try:
            yield Consumer(process, _status(process, log), log)
        finally:
            process.kill()
            process.wait(timeout=10)
            process.stdout.close()


def _status(process: subprocess.Popen[str], log: Path) -> str:
    """Read where a consumer tells its figures, once it has joined its group."""
    text = ""
    for line in process.stdout:
        text += line
        if found := re.search(r"http://127\.0\.0\.1:\d+", text):
            return found[0]
    raise AssertionError(f"the consumer did not start: {log.read_text()[-3000:]}")


def standing_in(url: str, *words: object) -> list[str]:
    """Return the command of a consumer with a stand-in for the model."""
    return [sys.executable, str(STANDING_IN), url, *map(str, words)]


def outclass_stream(*words: object) -> list[str]:
    """Return `outclass stream WORDS` with its status on a free port."""
    return [*OUTCLASS, "stream", *map(str, words), "--metrics-port", "0", "--session-seconds", "1", "--json"]


def texts(count: int) -> list[bytes]:
    """Return messages, every second of them long."""
    return [
        json.dumps(
            {"id": number, "text": "win a prize, call now, win a prize" if number % 2 else "hi"}
        ).encode()
        for number in range(count)
    ]
