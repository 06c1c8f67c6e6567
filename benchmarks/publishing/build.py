"""Time, memory and size of data files: `python benchmarks/publishing/build.py [--rows N]...`.

Makes a table of so many rows with two models' advice on each, collects it, and makes its data file in a
process of its own; then a data file straight from the CSV. Memory is the most that such a process held.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from outclass.catalog.dataset import current_version
from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import collect
from outclass.publish.database.build import build_database
from outclass.publish.database.plain import Terms, build_table_database
from publications import advised_model
from small_challenge import declaration, settings_in, write_challenge

COLORS = ("red", "green", "blue", "white")
NUMBERS = tuple(f"x{place}" for place in range(6))


def make(folder: Path, rows: int) -> None:
    """Write a table and its challenge, collect it and give it two models with advice."""
    random = np.random.default_rng(1)
    label = random.integers(0, 2, rows)
    columns = {
        "label": np.array(["no", "yes"])[label],
        "color": np.array(COLORS)[random.integers(0, 4, rows)],
    }
    columns |= {name: (random.normal(label, 1)).round(5) for name in NUMBERS}
    home = folder / "challenges" / "rows"
    home.mkdir(parents=True)
    pl.DataFrame(columns).write_csv(home / "rows.csv")
    numbers = [{"name": name, "kind": "number"} for name in NUMBERS]
    color = {"name": "color", "kind": "category", "values": [{"name": name} for name in COLORS]}
    declared = declaration() | {
        "name": "rows",
        "input": {"kind": "table", "columns": [color, *numbers]},
        "classes": [{"name": "no", "title": "No"}, {"name": "yes", "title": "Yes"}],
        "dataset": {
            "title": "Rows",
            "licence": "CC0-1.0",
            "citation": "Made up.",
            "path": "rows.csv",
            "columns": {"label": "label"},
        },
        "split": {"salt": "rows-1", "train": 0.9, "validation": 0.05, "holdout": 0.0, "game": 0.05},
        "models": {"first": {"title": "First"}, "second": {"title": "Second"}},
        "advisers": ["first", "second"],
        "champion": "first",
    }
    settings = settings_in(folder / "home")
    loaded = load_challenge(write_challenge(home, declared))
    version = collect(loaded, settings)
    for seed, name in enumerate(("rows", "rows.second")):
        advised_model(settings, loaded, version, name, seed=seed)


def build(folder: Path) -> dict[str, object]:
    """Make the data file of the version in use."""
    settings = settings_in(folder / "home")
    loaded = load_challenge(folder / "challenges" / "rows")
    version = current_version("rows", settings)
    assert version is not None
    file = build_database(version, loaded, settings)
    return {"rows": file.rows, "bytes": file.path.stat().st_size}


def plain(folder: Path) -> dict[str, object]:
    """Make a data file straight from the table."""
    source = folder / "challenges" / "rows" / "rows.csv"
    file = build_table_database(source, folder / "plain.sqlite", terms=Terms(title="Rows"))
    return {"rows": {"rows": file.rows}, "bytes": file.path.stat().st_size}


STEPS = {"make": make, "build": build, "plain": plain}


def measured(step: str, folder: Path, *more: str) -> dict[str, object]:
    """Run a step in a process of its own."""
    command = [sys.executable, __file__, "--step", step, "--folder", str(folder), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def run_step(step: str, folder: Path, rows: int) -> None:
    """Run a step here and print what it took."""
    before, started, used = rss(), time.perf_counter(), time.process_time()
    found = STEPS[step](folder, rows) if step == "make" else STEPS[step](folder)
    took = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - used}
    print(json.dumps((found or {}) | took | {"megabytes": rss(), "before": before}))


def rss() -> float:
    """Return the largest resident size of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print a line for each step and size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, action="append")
    parser.add_argument("--step")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.step:
        run_step(given.step, given.folder, (given.rows or [0])[0])
        return
    print(
        "| | rows | seconds | CPU s | MB memory (at the start) | MB on disk |\n|---|---:|---:|---:|---:|---:|"
    )
    for rows in given.rows or [100_000, 1_000_000]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            measured("make", folder, "--rows", str(rows))
            for step in ("build", "plain"):
                found = measured(step, folder)
                size = found["bytes"] / 1e6
                memory = f"{found['megabytes']:.0f} ({found['before']:.0f})"
                took = f"{found['seconds']:.1f} | {found['cpu']:.1f}"
                print(f"| {step} | {rows:,} | {took} | {memory} | {size:.1f} |")


if __name__ == "__main__":
    main()
