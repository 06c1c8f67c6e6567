"""Charts of the lab: drawn by Bokeh in a process of its own, once for each content, and kept.

So no process that serves pages loads Bokeh, which takes a second and 35 MB.
"""

import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec

import outclass.charts
from outclass.base.errors import UnavailableError
from outclass.base.settings import Settings
from outclass.base.store import FileLock, write_atomic
from outclass.charts.specs import Chart

SOURCES = ("dashboard.py", "specs.py")
SECONDS = 60.0
KEPT = 200
"""Most files that are kept; the oldest go first."""


def charts_json(settings: Settings, charts: Sequence[Chart]) -> bytes:
    """Return charts as `Bokeh.embed.embed_item` reads them, a list.

    Raises
    ------
    UnavailableError
        Bokeh cannot make them.
    """
    asked = msgspec.json.encode(charts)
    folder = settings.home / "charts"
    path = folder / f"board-{sha256(mark() + asked).hexdigest()[:24]}.json"
    if not path.is_file():
        with FileLock(settings.home / "locks" / "charts.lock", timeout=SECONDS):
            if not path.is_file():
                folder.mkdir(parents=True, exist_ok=True)
                write_atomic(path, drawn(asked))
                forget_oldest(folder)
    return path.read_bytes()


def drawn(asked: bytes) -> bytes:
    """Have charts drawn."""
    command = [sys.executable, "-m", "outclass.charts.dashboard"]
    done = subprocess.run(  # noqa: S603 - our own module
        command, input=asked, capture_output=True, check=False, timeout=SECONDS
    )
    if done.returncode:
        raise UnavailableError("the charts cannot be made", got=done.stderr.decode(errors="replace")[-200:])
    return done.stdout.strip()


def forget_oldest(folder: Path) -> None:
    """Remove what is beyond the number that is kept."""
    files = sorted(folder.glob("board-*.json"), key=lambda path: path.stat().st_mtime)
    for path in files[:-KEPT]:
        path.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def mark() -> bytes:
    """Return what tells the charts of this version from those of others."""
    folder = Path(outclass.charts.__file__).resolve().parent
    return b"".join((folder / name).read_bytes() for name in SOURCES) + version("bokeh").encode()
