"""Measure what a package takes to be there: megabytes on disk, seconds to import, megabytes in memory.

Usage: python benchmarks/import_cost.py onnxruntime tensorflow-cpu=tensorflow ...

Each package is installed into an environment of its own, with all that it needs, and imported twice; the
second time counts. `PACKAGE=MODULE` where the module has another name.
"""

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PROBE = """
import importlib, resource, sys, time
started = time.process_time()
importlib.import_module(sys.argv[1])
print(time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
MEGABYTE = 1_000_000


def measure(package: str, module: str, folder: Path) -> tuple[float, float, float]:
    """Return megabytes on disk, processor seconds of the import, and resident megabytes after it."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    before = size_of(folder)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--quiet", package], check=True)
    runs = [
        subprocess.run([python, "-c", PROBE, module], check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    ]
    seconds, resident = map(float, runs[-1].split()[-2:])
    return (size_of(folder) - before) / MEGABYTE, seconds, resident


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def main() -> None:
    """Print a row for each package."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("packages", nargs="+", metavar="PACKAGE[=MODULE]")
    print(f"{'package':24} {'MB on disk':>10} {'import, CPU s':>14} {'MB in memory':>13}")
    for named in parser.parse_args().packages:
        package, _, module = named.partition("=")
        with tempfile.TemporaryDirectory() as folder:
            size, seconds, resident = measure(package, module or package, Path(folder))
        print(f"{package:24} {size:10.0f} {seconds:14.2f} {resident:13.0f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
