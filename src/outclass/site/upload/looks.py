"""What was found in a file that was sent; asked of a process of its own, and remembered beside the file."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import msgspec

from outclass.base.document import to_json
from outclass.base.errors import UnavailableError
from outclass.base.store import write_atomic
from outclass.site.upload.looking import Asked, Seen
from outclass.site.upload.staging import Sent, folder_of

SECONDS = 90.0
TOO_MUCH = "reading this file takes too much time or memory; send a smaller one"


def look_at(home: Path, sent: Sent, label: str | None = None, *, keep: bool = False) -> Seen:
    """Return what a file holds, with this column as its label or with the likeliest one.

    Parameters
    ----------
    keep
        Use columns that seem to tell the label, too.
    """
    folder = folder_of(home, sent)
    kept = folder / f"look-{sha256(f'{keep} {label}'.encode()).hexdigest()[:12]}.json"
    try:
        return msgspec.json.decode(kept.read_bytes(), type=Seen)
    except (OSError, msgspec.DecodeError):
        seen = ask(Asked(path=str(folder / sent.file), label=label, keep=keep))
        if (
            seen.problem is None or seen.problem_id is not None
        ):  # what this machine could not do may be tried again
            write_atomic(kept, to_json(seen))
        return seen


def ask(asked: Asked) -> Seen:
    """Ask the program that looks at files."""
    words = [sys.executable, "-m", "outclass.site.upload.looking"]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            words,
            input=msgspec.json.encode(asked),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
            env={**os.environ, "POLARS_MAX_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        return Seen(problem=TOO_MUCH)
    except OSError as error:
        raise UnavailableError("files cannot be read now", hint="try again soon") from error
    try:
        return msgspec.json.decode(done.stdout, type=Seen)
    except msgspec.DecodeError:
        return Seen(problem=TOO_MUCH if done.returncode < 0 else "this file cannot be read")
