"""Measure the resident memory of an idle server, and how soon it is ready, for each role.

Usage: python benchmarks/footprint.py [--seconds N]

Starts `outclass serve` with a home of its own, asks for pages and predictions, waits until it has been idle
for N seconds (10 by default), and prints what the process tree holds, in megabytes of 10^6 bytes.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import psutil

MEGABYTE = 1_000_000
READY_SECONDS = 120.0
PREDICT = "/api/v1/challenges/digits/predict"
PAGES = (
    *("/", "/c/digits/", "/c/digits/draw/", "/c/digits/leaderboard/", "/accounts/signup/", "/api/docs"),
    "/data/",
)
LIMITS = {"all": 400, "api": 130}


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What one role costs: seconds until ready, megabytes after the requests, megabytes idle."""

    role: str
    ready: float
    busy: float
    idle: float


@contextlib.contextmanager
def serving(role: str, home: str) -> Iterator[tuple[psutil.Process, str, float]]:
    """Run a server; yields its process, its address and the seconds until it was ready."""
    command = [sys.executable, "-m", "outclass", "serve", "--role", role, "--port", "0", "--json"]
    environment = os.environ | {"OUTCLASS_HOME": home}
    start = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    try:
        assert server.stdout is not None
        said = b""
        while line := server.stdout.readline():  # nothing more comes of a server that could not start
            said += line
            if line == b"}\n":
                break
        address: str = msgspec.json.decode(said)["url"].rstrip("/")
        wait_until_ready(address)
        yield psutil.Process(server.pid), address, time.perf_counter() - start
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def wait_until_ready(address: str) -> None:
    """Ask until the champion has answered its canary."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            urllib.request.urlopen(address + "/readyz", timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def resident(process: psutil.Process) -> float:
    """Return the megabytes of a process and its children."""
    tree = [process, *process.children(recursive=True)]
    return sum(each.memory_info().rss for each in tree) / MEGABYTE


def visit(address: str, role: str) -> None:
    """Ask for a prediction, and for the pages where the role has them."""
    body = msgspec.json.encode([0.0] * 400 + [1.0] * 28 + [0.0] * 356)
    for _ in range(50):
        request = urllib.request.Request(address + PREDICT, body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).close()
    for page in PAGES if role == "all" else ():
        urllib.request.urlopen(address + page, timeout=60).close()


def measure(role: str, seconds: float) -> Footprint:
    """Measure one role in a new home."""
    with tempfile.TemporaryDirectory() as home, serving(role, home) as (process, address, ready):
        visit(address, role)
        busy = resident(process)
        time.sleep(seconds)
        return Footprint(role=role, ready=ready, busy=busy, idle=resident(process))


def main() -> int:
    """Measure all roles and print the table; exit status 1 where one is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    found = [measure(role, options.seconds) for role in LIMITS]
    print("| role | ready after s | MB after requests | MB idle | at most |\n|---|---|---|---|---|")
    for one in found:
        print(f"| {one.role} | {one.ready:.1f} | {one.busy:.0f} | {one.idle:.0f} | {LIMITS[one.role]} |")
    return int(any(one.idle > LIMITS[one.role] for one in found))


if __name__ == "__main__":
    sys.exit(main())
