"""What Bokeh draws: made in a process of its own, once for each name, and kept.

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

SOURCES = Path(outclass.charts.__file__).resolve().parent
SECONDS = 60.0


def drawn(settings: Settings, name: str, *command: str, given: bytes = b"") -> bytes:
    """Return what a module of `outclass.charts` prints, from the file of that name once it is there.

    Parameters
    ----------
    name
        Of the file; it changes with whatever decides the content.
    command
        The module and its arguments.
    given
        What the module reads.

    Raises
    ------
    UnavailableError
        Bokeh cannot make it.
    """
    path = settings.home / "charts" / name
    if not path.is_file():
        with FileLock(settings.home / "locks" / "charts.lock", timeout=SECONDS):
            if not path.is_file():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(path, printed(*command, given=given))
    return path.read_bytes()


def printed(module: str, *words: str, given: bytes) -> bytes:
    """Return what a module of `outclass.charts` prints."""
    command = [sys.executable, "-m", f"outclass.charts.{module}", *words]
    done = subprocess.run(  # noqa: S603 - our own module
        command, input=given, capture_output=True, check=False, timeout=SECONDS
    )
    if done.returncode:
        raise UnavailableError("the chart cannot be made", got=done.stderr.decode(errors="replace")[-200:])
    return done.stdout.strip()


@lru_cache(maxsize=8)
def mark_of(*sources: str) -> bytes:
    """Return what tells what these modules of `outclass.charts` draw from what other versions do."""
    content = b"".join((SOURCES / name).read_bytes() for name in sources)
    return sha256(content + version("bokeh").encode()).digest()
