"""The empty figures of charts: made by Bokeh in a process of its own, once per installation, and kept.

So no process that serves pages loads Bokeh, which takes a second and 35 MB.
"""

import subprocess
import sys
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import outclass.charts
from outclass.base.errors import UnavailableError
from outclass.base.settings import Settings
from outclass.base.store import FileLock, write_atomic

SOURCE = Path(outclass.charts.__file__).resolve().parent / "figure.py"
SECONDS = 60.0


@lru_cache(maxsize=8)
def figure_json(settings: Settings, bands: int) -> bytes:
    """Return the figure for so many bands as JSON.

    Raises
    ------
    UnavailableError
        Bokeh cannot make it.
    """
    path = settings.home / "charts" / f"figure-{bands}-{figure_mark()}.json"
    if not path.is_file():
        with FileLock(settings.home / "locks" / "charts.lock", timeout=SECONDS):
            if not path.is_file():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(path, made(bands))
    return path.read_bytes()


@lru_cache(maxsize=1)
def figure_mark() -> str:
    """Return what tells the figures of this version from those of others."""
    return sha256(SOURCE.read_bytes() + version("bokeh").encode()).hexdigest()[:12]


def made(bands: int) -> bytes:
    """Have the figure made."""
    command = [sys.executable, "-m", "outclass.charts.figure", str(bands)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=SECONDS)  # noqa: S603 - our own module
    if done.returncode:
        raise UnavailableError("the chart cannot be made", got=done.stderr.decode(errors="replace")[-200:])
    return done.stdout.strip()
