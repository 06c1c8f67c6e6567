"""Start `outclass` as a process of its own, wait until it answers, stop it by its id."""

import atexit
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import httpx

OUTCLASS = [sys.executable, "-m", "outclass"]
START_SECONDS = 60.0
STOP_SECONDS = 30.0


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment in which state lives in a folder of its own."""
    dropped = ("OUTCLASS_", "DATABASE_", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "OUTCLASS_HOME": str(home), "OMP_NUM_THREADS": "1", **more}


def run_outclass(
    home: Path, *words: str, given: str | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [*OUTCLASS, *words],
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        env=environment(home, **more),
        cwd=home.parent,
        check=False,
        timeout=100,
    )


@dataclass(kw_only=True)
class Server:
    """A running server."""

    process: subprocess.Popen[str]
    url: str
    log: Path
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        """Open connections to it."""
        self.client = httpx.Client(base_url=self.url, timeout=10.0)

    def wait_until(self, path: str, status: int = 200) -> httpx.Response:
        """Ask until the answer has a status."""
        deadline = time.monotonic() + START_SECONDS
        while (answer := self.client.get(path)).status_code != status:
            assert time.monotonic() < deadline, (
                f"{path} answers {answer.status_code}: {self.log.read_text()[-3000:]}"
            )
            time.sleep(0.05)
        return answer

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=STOP_SECONDS)


KEPT = ("static", "charts")
"""Folders of a home that the first start of a site fills, with the same for each home of one version."""


@lru_cache(maxsize=1)
def prepared() -> Path:
    """Return a folder for what a site prepared at its first start, removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="outclass-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def take_over(source: Path, target: Path) -> None:
    """Copy what a site prepared, unless it is there."""
    for name in KEPT:
        if (source / name).is_dir() and not (target / name).exists():
            shutil.copytree(source / name, target / name)


@contextlib.contextmanager
def prepared_site(home: Path, *words: str, **more: str) -> Iterator[Server]:
    """Run `outclass serve WORDS` as `serving`; what every site prepares is done once for all of them."""
    take_over(prepared(), home)
    with serving(home, *words, **more) as server:
        take_over(home, prepared())
        yield server


@contextlib.contextmanager
def serving(home: Path, *words: str, **more: str) -> Iterator[Server]:
    """Run `outclass serve WORDS` on a free port until the end of the block."""
    log = home.parent / "serve.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [*OUTCLASS, "serve", "--port", "0", "--json", *words],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(home, **more),
            cwd=home.parent,
        )
        try:
            server = Server(process=process, url=_address(process, log), log=log)
            with server.client:
                yield server
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(timeout=STOP_SECONDS)


def _address(process: subprocess.Popen[str], log: Path) -> str:
    """Read the server's address from its first lines, and wait for its first answer."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r'"url": "(http://127\.0\.0\.1:\d+)"', log.read_text()):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{found[1]}/livez", timeout=START_SECONDS)
                return found[1]
        time.sleep(0.05)
    raise AssertionError(f"the server did not start: {log.read_text()[-3000:]}")
