"""Measure what the core install takes on disk, in an environment of its own.

Usage: python benchmarks/install_size.py [REQUIREMENTS] [--limit MB]

REQUIREMENTS is requirements/core.txt by default. Prints the heaviest parts; exit status 1 above the limit.
pip and setuptools, which every environment has, do not count; compiled bytecode does.
"""

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOT_COUNTED = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence")
SHOWN = 12
MEGABYTE = 1_000_000


def install(folder: Path, requirements: Path) -> Path:
    """Make an environment with the pinned packages and this one; return its packages' folder."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = [python, "-m", "pip", "install", "--quiet", "--quiet", "--no-input"]
    subprocess.run([*pip, "--no-deps", "-r", requirements], check=True)
    subprocess.run([*pip, "--no-deps", ROOT], check=True)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(
        subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    )


def size_of(path: Path) -> int:
    """Return the bytes of a file or of all files in a folder."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files)


def main() -> int:
    """Install, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("requirements", nargs="?", type=Path, default=ROOT / "requirements" / "core.txt")
    parser.add_argument("--limit", type=int, default=350, help="megabytes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        packages = install(Path(folder), options.requirements)
        sizes = {
            path.name: size_of(path) for path in packages.iterdir() if not path.name.startswith(NOT_COUNTED)
        }
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True)[:SHOWN]:
        print(f"{sizes[name] / MEGABYTE:8.1f} MB  {name}")
    total = sum(sizes.values()) / MEGABYTE
    print(f"{total:8.1f} MB  in all, {len(sizes)} entries; at most {options.limit} MB")
    return int(total > options.limit)


if __name__ == "__main__":
    sys.exit(main())
