"""Memory and time to collect a large set of light curves from files in the form of PLAsTiCC's archive.

``python benchmarks/stars/reading.py --objects 154000 --points 130`` writes such files into a temporary folder
(made-up numbers with the columns and digits of the archive), collects them, and prints what it took.
"""

import argparse
import json
import tempfile
import threading
import time
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from outclass.base.settings import Settings
from outclass.catalog.declared_data import FileDeclaration
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.versions import collect

BLOCK = 10_000
CODES = (6, 15, 42, 90)
FILES = {"metadata": "metadata.csv", "light_curves": "light_curves.csv"}


class Watch:
    """Notes the most memory that is not mapped from files, every 20 ms."""

    def __init__(self) -> None:
        self.peak_kb = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.02):
            lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
            found = [int(line.split()[1]) for line in lines if line.startswith("RssAnon:")]
            self.peak_kb = max([self.peak_kb, *found])

    def stop(self) -> int:
        """Return the peak in MB."""
        self._stop.set()
        self._thread.join()
        return self.peak_kb // 1024


def write_files(folder: Path, objects: int, points: int, seed: int) -> None:
    """Write objects and observations."""
    random = np.random.default_rng(seed)
    known = {
        "ra": random.uniform(0, 360, objects),
        "decl": random.uniform(-60, 0, objects),
        "hostgal_photoz": random.uniform(0.01, 2, objects),
        "true_target": random.choice(CODES, objects),
    }
    table = pl.DataFrame({"object_id": np.arange(objects), "ddf_bool": 0, "mwebv": 0.02} | known)
    table.write_csv(folder / FILES["metadata"])
    with (folder / FILES["light_curves"]).open("wb") as file:
        for start in range(0, objects, BLOCK):
            count = min(BLOCK, objects - start)
            size = count * points
            times = np.sort(random.uniform(59580, 60675, (count, points)), axis=1)
            columns = {
                "object_id": np.repeat(np.arange(start, start + count), points),
                "mjd": times.ravel().round(4),
                "passband": random.integers(0, 6, size),
                "flux": random.normal(0, 20, size).round(6),
                "flux_err": random.uniform(1, 9, size).round(6),
                "detected_bool": random.integers(0, 2, size),
            }
            pl.DataFrame(columns).write_csv(file, include_header=start == 0)


def challenge_in(folder: Path) -> LoadedChallenge:
    """Return stars with the files of a folder as their source."""
    stars = load_challenge("stars").challenge
    files = {role: FileDeclaration(path=name) for role, name in FILES.items()}
    source = msgspec.structs.replace(stars.dataset.source, files=files)
    dataset = msgspec.structs.replace(stars.dataset, source=source)
    return LoadedChallenge(challenge=msgspec.structs.replace(stars, dataset=dataset), folder=folder)


def main() -> None:
    """Write, collect and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=20_000)
    parser.add_argument("--points", type=int, default=130)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder, given.objects, given.points, given.seed)
        home = folder / "home"
        settings = Settings(home=home, database_url=f"sqlite:///{home}/site.sqlite3", mirror=None)
        watch, started = Watch(), time.perf_counter()
        version = collect(challenge_in(folder), settings)
        seconds = time.perf_counter() - started
        found = {
            "objects": given.objects,
            "rows": version.document.observations,
            "seconds": round(seconds, 1),
            "rows_per_second": round(version.document.observations / seconds),
            "peak_mb": watch.stop(),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
