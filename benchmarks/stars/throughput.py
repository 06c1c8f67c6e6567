"""How many objects of the wide survey one core answers in a second, beside others, in one run.

    python benchmarks/stars/throughput.py [--rivals FOLDER] [--home FOLDER] [--json]

The objects are simulated ones outside the deep fields. Times are of the processor, the fastest of some
rounds; `README.md` says how to install the others.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from outclass.base.errors import OutclassError
from outclass.base.settings import Settings
from outclass.catalog import load_challenge
from outclass.catalog.challenge import InputDeclaration
from outclass.challenges.stars import features, process, simulate
from outclass.challenges.stars.curves import curve_features, curve_names
from outclass.challenges.stars.elementary import elementary_features, elementary_names
from outclass.challenges.stars.frame import MARGIN
from outclass.inference.predictor import Predictor
from outclass.inputs.series import FACTS, SeriesTable
from outclass.registry.store import Registry

HERE = Path(__file__).parent
OBJECTS, SLOW_OBJECTS, ROUNDS, BLOCK = 1000, 20, 3, 250
DDF = FACTS.index("ddf")
RIVALS = {
    "light-curve": ("light_curve_features.py", 400, "elementary", "19 features of each band"),
    "cesium": ("cesium_features.py", 20, "elementary", "18 features of each band"),
    "george": ("george_curves.py", 10, "process", "the same curves, dense"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table."""

    name: str
    what: str
    per_second: float
    ratio: float | None = None
    note: str = ""


def wide_objects(count: int, seed: int) -> SeriesTable:
    """Return simulated objects outside the deep fields."""
    table = simulate.population(2 * count, seed).inputs
    assert isinstance(table, SeriesTable)
    wide = np.flatnonzero((table.facts[:, DDF] != 1) & (np.diff(table.starts) > 0))
    return table.take(wide[:count])


def blocks(table: SeriesTable) -> list[SeriesTable]:
    """Return the objects in blocks, as a batch job would take them."""
    return [table.take(np.arange(low, min(low + BLOCK, len(table)))) for low in range(0, len(table), BLOCK)]


def rate(work: Callable[[SeriesTable], object], parts: list[SeriesTable]) -> float:
    """Return objects per second of the processor, of the fastest round."""
    work(parts[0])
    fastest = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for part in parts:
            work(part)
        fastest = min(fastest, time.process_time() - began)
    return sum(len(part) for part in parts) / fastest


def ours(table: SeriesTable, declared: InputDeclaration, predictor: Predictor | None) -> dict[str, float]:
    """Return our objects per second by stage."""
    parts, few = blocks(table), blocks(table.take(np.arange(SLOW_OBJECTS)))
    found = {
        "elementary": rate(lambda part: elementary_features(part, declared), parts),
        "process": rate(lambda part: process.fit_curves(part, declared), parts),
        "curve": rate(lambda part: curve_features(part, declared), parts),
        "numpy": rate(lambda part: curve_features(part, declared, compiled=False), few),
        "rows": rate(lambda part: features.prepare(part, declared), parts),
    }
    if predictor is not None:
        found["answer"] = rate(lambda part: predictor.predict_many(features.prepare(part, declared)), parts)
    return found


def one_by_one(
    table: SeriesTable, declared: InputDeclaration, predictor: Predictor | None
) -> dict[str, list[float]]:
    """Return p50 and p95 in milliseconds of one object after the other, warm, by processor and clock."""
    taken: dict[str, list[float]] = {"processor": [], "clock": []}
    for place in range(min(len(table), 600)):
        single = table.take([place])
        clock, processor = time.perf_counter(), time.process_time()
        row = features.prepare(single, declared)
        if predictor is not None:
            predictor.predict_one(row[0])
        taken["processor"].append(time.process_time() - processor)
        taken["clock"].append(time.perf_counter() - clock)
    return {name: list(np.percentile(np.array(each[100:]) * 1000, [50, 95])) for name, each in taken.items()}


def write_objects(table: SeriesTable, declared: InputDeclaration, path: Path) -> None:
    """Write what the others read: observations, and of some objects our curve at each day."""
    curves = process.fit_curves(table, declared)
    some = RIVALS["george"][1]
    traced = np.full((some, len(declared.bands), 2000), np.nan)
    for place in range(some):
        series = table[place]
        grid = np.arange(series.mjd[0] - MARGIN, series.mjd[-1] + MARGIN)
        traced[place, :, : len(grid)] = curves.mean_at(place, grid, curves.wavelengths)
    np.savez(
        path,
        starts=table.starts,
        mjd=table.mjd,
        band=table.passband,
        flux=table.flux,
        error=table.flux_err,
        shares=curves.seen.flux,
        deviations=np.sqrt(curves.seen.variance),
        curves=traced,
        wavelengths=curves.wavelengths,
        scales=np.array(process.TIME_SCALES),
    )


def rival(name: str, folder: Path, objects: Path) -> dict[str, float] | None:
    """Run another's features in its own environment, or return None where it is not installed."""
    script, count, _, _ = RIVALS[name]
    python = folder / name / "bin" / "python"
    if not python.is_file():
        return None
    command = [str(python), str(HERE / "rivals" / script), str(objects), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=900)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def champion(home: Path | None) -> Predictor | None:
    """Return the champion of stars, packaged or of a home, or None where there is none."""
    settings = Settings.from_environment({**os.environ, **({"OUTCLASS_HOME": str(home)} if home else {})})
    try:
        version = Registry(settings).champion("stars")
    except OutclassError as error:
        print(f"no champion: {error}", file=sys.stderr)
        return None
    return Predictor.load(version, load_challenge("stars"))


def lines_of(
    found: dict[str, float], others: dict[str, dict[str, float] | None], declared: InputDeclaration
) -> list[Line]:
    """Return the table."""
    columns = len(elementary_names(declared)), len(curve_names(declared))
    what = {
        "elementary": f"features of the adviser Trotta, {columns[0]} columns",
        "process": "Gaussian process, eight time scales",
        "curve": f"Gaussian process with the features of the adviser Boone, {columns[1]} columns",
        "numpy": "the same without numba",
        "rows": "features of both",
        "answer": "curve in, both advisers' probabilities out",
    }
    lines = [
        Line(name="Outclass", what=text, per_second=found[key]) for key, text in what.items() if key in found
    ]
    for name, answer in others.items():
        if answer is None:
            continue
        speed = answer["count"] / answer["seconds"]
        base = found[RIVALS[name][2]]
        note = f"curves differ by {answer['difference']:.0e} of the peak" if "difference" in answer else ""
        lines.append(Line(name=name, what=RIVALS[name][3], per_second=speed, ratio=base / speed, note=note))
    return lines


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rivals", type=Path, help="a folder with one virtual environment per name")
    parser.add_argument("--home", type=Path, help="an OUTCLASS_HOME whose champion answers")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    declared = load_challenge("stars").challenge.input
    table = wide_objects(OBJECTS, seed=77)
    predictor = champion(options.home)
    found = ours(table, declared, predictor)
    single = one_by_one(table, declared, predictor)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "objects.npz"
        write_objects(table, declared, path)
        others = {name: rival(name, options.rivals, path) for name in RIVALS} if options.rivals else {}
    lines = lines_of(found, others, declared)
    if options.json:
        print(json.dumps({"lines": [vars_of(line) for line in lines], "one_ms": single}, indent=1))
        return
    print(f"{len(table)} objects, {len(table.mjd) / len(table):.0f} observations each\n")
    print("| | what | objects/s | ours over theirs |\n|---|---|---:|---:|")
    for line in lines:
        times = f"{line.ratio:.{0 if line.ratio > 10 else 2}f}" if line.ratio else ""
        what = f"{line.what}; {line.note}" if line.note else line.what
        print(f"| {line.name} | {what} | {line.per_second:,.0f} | {times} |")
    for name, (middle, high) in single.items():
        print(f"\none object, warm, by the {name}: p50 {middle:.2f} ms, p95 {high:.2f} ms")


def vars_of(line: Line) -> dict[str, object]:
    """Return a line's fields."""
    return {name: getattr(line, name) for name in Line.__dataclass_fields__}


if __name__ == "__main__":
    main()
