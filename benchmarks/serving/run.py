"""Compare prediction servers: same model, same body, same machine, one core for the server.

    python benchmarks/serving/run.py [--seconds 4] [--rounds 2] [--json FILE]

Needs the extras [site] and [train] (tables, and `onnx` to write the net) and psutil in the Python that runs
it. Each server gets an environment of its own in `--cache`; ours is a plain core install of this tree. The
server is pinned to the first core and the load to the last one; a quiet machine gives better figures.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import platformdirs
import psutil
from client import Load, drive, request_bytes
from contenders import Contender, contenders, install, programs, size_in_megabytes
from prepare import prepare_home
from reference import canvas_body, expected, framed_body, write_net

CONNECTIONS = (1, 16, 64)
START_SECONDS = 60
WARM_SECONDS = 1.0


@dataclass(slots=True, kw_only=True)
class Figures:
    """What was measured of one server; lists go by the number of connections."""

    name: str
    cpu: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    memory: float = 0.0
    start: float = 0.0
    install: float = 0.0
    failures: int = 0


def main() -> None:
    """Run all and print the table."""
    options = read_options()
    cores = pin_client()
    body, image = framed_body()
    with tempfile.TemporaryDirectory() as scratch:
        net = Path(scratch) / "reference.onnx"
        write_net(net)
        token = prepare_home(Path(scratch) / "home", net)
        environ = os.environ | {
            "REFERENCE_NET": str(net),
            "OUTCLASS_HOME": str(Path(scratch) / "home"),
            "OMP_NUM_THREADS": "1",
            "BENTOML_DO_NOT_TRACK": "True",
        }
        chosen = [c for c in contenders(token) if not options.only or c.name in options.only]
        places = {c.name: install(c, options.cache, fresh=options.fresh) for c in chosen}
        rounds: list[list[Figures]] = []
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", flush=True)
            rounds.append(
                [measure(c, places[c.name], environ, cores, (body, image), options.seconds) for c in chosen]
            )
        results = [best(list(column)) for column in zip(*rounds, strict=True)]
        crop = measure_crop(chosen, places, environ, cores, options.seconds)
    for result in results:
        result.install = size_in_megabytes(places[result.name])
    print(report(results, crop))
    if options.json:
        options.json.write_text(json.dumps({"servers": [asdict(r) for r in results], "crop": crop}, indent=2))


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each run of load")
    parser.add_argument("--rounds", type=int, default=2, help="the better figure of each server counts")
    parser.add_argument("--only", action="append", help="name of a server; may be given again")
    parser.add_argument("--fresh", action="store_true", help="install everything again")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(platformdirs.user_cache_dir("outclass-benchmarks", appauthor=False)),
    )
    return parser.parse_args()


def pin_client() -> list[int]:
    """Put the load on the last core; return the server's core, or nothing where cores cannot be chosen."""
    if not hasattr(os, "sched_setaffinity"):
        return []
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    return [cores[0]]


def measure(
    contender: Contender,
    place: Path,
    environ: dict[str, str],
    cores: list[int],
    sent: tuple[bytes, np.ndarray],
    seconds: float,
) -> Figures:
    """Start a server, check its answer, load it, stop it."""
    body, image = sent
    figures = Figures(name=contender.name)
    request = request_bytes(contender.path, body, contender.headers)
    with running(contender, place, environ, cores) as (port, process):
        figures.start = first_answer(contender, port, body, process, expected(image))
        asyncio.run(drive(port, request, 4, WARM_SECONDS))
        for connections in CONNECTIONS:
            load, cpu = loaded(process, port, request, connections, seconds)
            figures.cpu.append(cpu)
            figures.rate.append(load.rate)
            figures.p50.append(load.quantile(0.5))
            figures.p99.append(load.quantile(0.99))
            figures.failures += load.failures
        figures.memory = sum(p.memory_info().rss for p in tree(process)) / 1e6
    print(f"  {contender.name}: {[round(c, 3) for c in figures.cpu]} ms of CPU a request", flush=True)
    return figures


@contextlib.contextmanager
def running(
    contender: Contender, place: Path, environ: dict[str, str], cores: list[int]
) -> Iterator[tuple[int, psutil.Process]]:
    """Start a server on a free port, on its core, and stop it and its children at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [part.format(bin=programs(place), port=port) for part in contender.command]
    with tempfile.TemporaryFile() as output:
        started = psutil.Popen(command, env=environ, stdout=output, stderr=output)
        if cores:
            started.cpu_affinity(cores)
        try:
            yield port, started
        except Exception:
            output.seek(0)
            sys.stderr.write(output.read()[-4000:].decode("utf-8", "replace"))
            raise
        finally:
            stop(started)


def stop(started: psutil.Process) -> None:
    """Stop a server and all that it started."""
    family = tree(started)
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, left = psutil.wait_procs(family, timeout=10)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=10)


def tree(process: psutil.Process) -> list[psutil.Process]:
    """Return a process and its children."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


def first_answer(
    contender: Contender, port: int, body: bytes, process: psutil.Process, wanted: list[float]
) -> float:
    """Return the seconds from the start of the process to the first answer, which must be right."""
    url = f"http://127.0.0.1:{port}{contender.path}"
    headers = {"Content-Type": "application/json", **contender.headers}
    deadline = process.create_time() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
                found = json.loads(answer.read())
            break
        except OSError as error:
            if time.time() > deadline or process.poll() is not None:
                raise RuntimeError(f"{contender.name} does not answer: {error}") from error
            time.sleep(0.01)
    taken = time.time() - process.create_time()
    probabilities = list(found["probabilities"].values())
    assert np.allclose(probabilities, wanted, atol=1e-4), f"{contender.name} answers something else: {found}"
    return taken


def loaded(
    process: psutil.Process, port: int, request: bytes, connections: int, seconds: float
) -> tuple[Load, float]:
    """Load a server; return what the client saw and the server's CPU milliseconds for each request."""
    before = cpu_seconds(process)
    load = asyncio.run(drive(port, request, connections, seconds))
    used = cpu_seconds(process) - before
    return load, 1000 * used / max(1, len(load.latencies))


def cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU time of a process and its children so far."""
    return sum(t.user + t.system for t in (p.cpu_times() for p in tree(process)))


def best(column: list[Figures]) -> Figures:
    """Return the best of each figure over the rounds, as other programs only ever make them worse."""
    return Figures(
        name=column[0].name,
        cpu=[min(values) for values in zip(*(f.cpu for f in column), strict=True)],
        rate=[max(values) for values in zip(*(f.rate for f in column), strict=True)],
        p50=[min(values) for values in zip(*(f.p50 for f in column), strict=True)],
        p99=[min(values) for values in zip(*(f.p99 for f in column), strict=True)],
        memory=min(f.memory for f in column),
        start=min(f.start for f in column),
        failures=sum(f.failures for f in column),
    )


def measure_crop(
    chosen: list[Contender],
    places: dict[str, Path],
    environ: dict[str, str],
    cores: list[int],
    seconds: float,
) -> float | None:
    """Return the CPU milliseconds of our answer to a body that must be cropped and centered."""
    ours = next((c for c in chosen if c.name == "Outclass"), None)
    if ours is None:
        return None
    request = request_bytes(ours.path, canvas_body(), ours.headers)
    with running(ours, places[ours.name], environ, cores) as (port, process):
        body, image = framed_body()
        first_answer(ours, port, body, process, expected(image))
        asyncio.run(drive(port, request, 4, WARM_SECONDS))
        return loaded(process, port, request, 16, seconds)[1]


def report(results: list[Figures], crop: float | None) -> str:
    """Return the tables in Markdown."""
    base = next((r for r in results if r.name == "raw ASGI"), results[0])
    head = (
        "| server | CPU ms a request at 1 / 16 / 64 connections | x raw | requests/s at 1 / 16 / 64 "
        "| p50 ms | p99 ms | resident MB | start s | install MB |\n|" + "---|" * 9
    )
    lines = [
        f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}",
        "",
        head,
    ]
    for r in results:
        ratio = " / ".join(f"{mine / theirs:.2f}" for mine, theirs in zip(r.cpu, base.cpu, strict=True))
        lines.append(
            f"| {r.name} | {joined(r.cpu, 3)} | {ratio} | {joined(r.rate, 0)} | {joined(r.p50, 2)} "
            f"| {joined(r.p99, 2)} | {r.memory:.0f} | {r.start:.2f} | {r.install:.0f} |"
        )
    if crop is not None:
        lines += [
            "",
            f"Outclass with a body that must be cropped and centered, 16 connections: {crop:.3f} ms",
        ]
    if failures := {r.name: r.failures for r in results if r.failures}:
        lines += ["", f"requests that failed: {failures}"]
    return "\n".join(lines)


def joined(values: list[float], digits: int) -> str:
    """Return numbers with slashes."""
    return " / ".join(f"{value:,.{digits}f}" for value in values)


if __name__ == "__main__":
    main()
