"""Processor time and memory of a million simulated objects, extrapolated from a measured 20,000.

    python benchmarks/stars/scale.py [--count 20000] [--home FOLDER] [--json FILE]

Each stage is a process of its own, run for a quarter of the objects and for all of them. Time and memory of a
million follow the straight line through both. FOLDER holds the models that answer (default: the usual home
and the models of the package).
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from outclass.base.settings import Settings
from outclass.catalog import load_challenge
from outclass.catalog.versions import Simulation, collect, current_version
from outclass.challenges.stars import features, simulate
from outclass.challenges.stars.forms import WORKSHOP
from outclass.inference.predictor import Predictor
from outclass.registry.store import Registry

COUNT, PART, MILLION, SEED = 20_000, 4, 1_000_000, 1
BLOCK = 2_000
ROWS = "rows.float32"
MIB = 1024.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a stage took: processor seconds, the most memory in MiB, and memory before it began."""

    objects: int
    seconds: float
    peak: float
    start: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Where a stage reads and writes."""

    settings: Settings
    models: Settings
    count: int

    @property
    def rows(self) -> Path:
        """Return the file of the features."""
        return self.settings.home / ROWS


Stage = Callable[[Workplace], None]


def make(place: Workplace) -> None:
    """Simulate all objects."""
    simulate.population(place.count, SEED)


def write(place: Workplace) -> None:
    """Simulate, clean, split, hash and write: what `outclass collect stars --simulate` does."""
    collect(load_challenge("stars"), place.settings, simulate=Simulation(count=place.count, seed=SEED))


def read(place: Workplace) -> None:
    """Read the version back, a block at a time."""
    version = current_version("stars", place.settings)
    assert version is not None
    for block in version.blocks(size=BLOCK):
        assert len(block.inputs)


def extract(place: Workplace) -> None:
    """Read a block at a time and write its features, all columns of both advisers."""
    declared = load_challenge("stars").challenge.input
    version = current_version("stars", place.settings)
    assert version is not None
    with place.rows.open("wb") as out:
        for block in version.blocks(size=BLOCK):
            out.write(features.prepare(block.inputs, declared).tobytes())  # type: ignore[arg-type]  # series


def answer(name: str) -> Stage:
    """Return the stage in which a model answers every row."""

    def stage(place: Workplace) -> None:
        predictor = Predictor.load(Registry(place.models).champion(name))
        width = len(features.names(load_challenge("stars").challenge.input))
        with place.rows.open("rb") as file:
            while len(rows := np.fromfile(file, dtype=np.float32, count=BLOCK * width)):
                predictor.scores(rows.reshape(-1, width))

    return stage


STAGES: Mapping[str, Stage] = MappingProxyType(
    {
        "simulate": make,
        "simulate and write": write,
        "read": read,
        "read and features": extract,
        "stars.trotta": answer("stars.trotta"),
        "stars.boone": answer("stars.boone"),
        "stars (both, consensus)": answer("stars"),
    }
)


def peak() -> float:
    """Return the most memory that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


def run_stage(name: str, place: Workplace) -> Cost:
    """Run a stage in this process; what is compiled once for ever does not count."""
    if STAGES[name] is extract:
        WORKSHOP.compiled()
    start, begun = peak(), time.process_time()
    STAGES[name](place)
    return Cost(objects=place.count, seconds=time.process_time() - begun, peak=peak(), start=start)


def in_process(name: str, home: Path, models: Path, count: int) -> Cost:
    """Run a stage in a process of its own."""
    command = [sys.executable, __file__, "--stage", name, "--count", str(count), "--work", str(home)]
    done = subprocess.run([*command, "--home", str(models)], check=True, stdout=subprocess.PIPE, text=True)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def million(small: Cost, large: Cost) -> Cost:
    """Return what a million objects would take, on the straight line through two measurements."""
    share = (MILLION - small.objects) / (large.objects - small.objects)
    return Cost(
        objects=MILLION,
        seconds=small.seconds + share * (large.seconds - small.seconds),
        peak=max(small.peak + share * (large.peak - small.peak), large.peak),
        start=large.start,
    )


def on_disk(home: Path) -> float:
    """Return the size of the data version in MiB."""
    return sum(path.stat().st_size for path in (home / "data").rglob("*.parquet")) / MIB / MIB


def measure(count: int, models: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Run every stage twice, print a table, and return the figures."""
    print(f"| stage | CPU s, {count:,} | per object, ms | peak MiB | CPU s, {MILLION:,} | peak GiB |")
    print("|---|---|---|---|---|---|")
    found: dict[str, dict[str, dict[str, float]]] = {}
    with TemporaryDirectory() as folder:
        homes = {size: Path(folder) / str(size) for size in (count // PART, count)}
        for name in STAGES:
            small, large = (in_process(name, home, models, size) for size, home in homes.items())
            far = million(small, large)
            slope = (large.seconds - small.seconds) / (large.objects - small.objects)
            cells = (
                f"{large.seconds:.1f}",
                f"{1000 * slope:.3f}",
                f"{large.peak:.0f}",
                f"{far.seconds:,.0f}",
            )
            print(f"| {name} | {' | '.join(cells)} | {far.peak / MIB:.1f} |", flush=True)
            found[name] = {"small": asdict(small), "large": asdict(large), "million": asdict(far)}
        size = on_disk(homes[count])
        print(f"\ndata version: {size:.0f} MiB, {size / count * MILLION / MIB:.1f} GiB for {MILLION:,}")
        rows = (homes[count] / ROWS).stat().st_size / MIB / MIB
        print(f"features: {rows:.0f} MiB, {rows / count * MILLION / MIB:.1f} GiB for {MILLION:,}")
    return found


def main() -> None:
    """Measure, or be one of the measured stages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--home", type=Path, default=Settings.from_environment().home)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--stage", choices=tuple(STAGES), help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage is None:
        found = measure(options.count, options.home)
        if options.json:
            options.json.write_text(json.dumps(found, indent=1))
        return
    usual = Settings.from_environment()
    place = Workplace(
        settings=replace(usual, home=options.work),
        models=replace(usual, home=options.home),
        count=options.count,
    )
    options.work.mkdir(exist_ok=True)
    print(json.dumps(asdict(run_stage(options.stage, place))))


if __name__ == "__main__":
    main()
