"""How long `outclass up` takes from a table to a site that can be played, without network.

    python benchmarks/tables/up.py digits
    python benchmarks/tables/up.py PATH.csv --seconds 60

`digits` writes scikit-learn's digits as a CSV of 64 columns first. Each run starts in an empty folder, with
the command as a user types it; the clock stops when the play page and the API have both answered 200.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from sklearn import datasets

from outclass.catalog.loader import load_challenge

PAUSE_SECONDS = 0.2
LIMIT_SECONDS = 600
SETS = ("iris", "wine", "breast_cancer", "digits")


def write_set(name: str, folder: Path) -> Path:
    """Write one of scikit-learn's own sets as CSV."""
    found = getattr(datasets, f"load_{name}")()
    path = folder / f"{name}.csv"
    names = found.target_names if name != "digits" else range(10)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*found.feature_names, "target"])
        writer.writerows([*row, names[label]] for row, label in zip(found.data, found.target, strict=True))
    return path


def answer(url: str, body: bytes | None = None) -> int:
    """Return the status of an answer, 0 where there is none yet."""
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def record_of(challenge: Path) -> bytes:
    """Return a record: the least of each number, the first value of each category."""
    columns = load_challenge(challenge).challenge.input.columns
    record = {each.name: each.values[0].name if each.values else each.low for each in columns}
    return json.dumps(record).encode()


def measure(path: Path, seconds: float, folder: Path) -> dict[str, object]:
    """Run the command and wait for both answers."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OUTCLASS_")}
    words = [
        sys.executable,
        "-m",
        "outclass",
        "up",
        str(path),
        "--port",
        "0",
        "--json",
        "--seconds",
        str(seconds),
    ]
    started = time.monotonic()
    with subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        try:
            for line in process.stdout:
                lines.append(line)
                if line.rstrip() == "}":
                    break
            told = json.loads("".join(lines))
            ready = time.monotonic() - started
            body = record_of(folder / "challenges" / told["challenge"])
            waits = {"play": (told["play"], None), "api": (told["api"], body)}
            statuses: dict[str, int] = {}
            while time.monotonic() - started < LIMIT_SECONDS:
                statuses = {name: answer(url, body) for name, (url, body) in waits.items()}
                if set(statuses.values()) == {200}:
                    break
                time.sleep(PAUSE_SECONDS)
            total = time.monotonic() - started
        finally:
            process.terminate()
    return {
        "seconds until all was learned": round(ready, 1),
        "seconds until both answered 200": round(total, 1),
        "statuses": statuses,
        "scores": told["scores"],
    }


def main() -> None:
    """Measure one table and print what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", help=f"a file, or one of {', '.join(SETS)}")
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        path = write_set(options.table, folder) if options.table in SETS else Path(options.table).resolve()
        print(json.dumps(measure(path, options.seconds, folder), indent=2))


if __name__ == "__main__":
    main()
