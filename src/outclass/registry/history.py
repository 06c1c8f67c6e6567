"""The history of a challenge's scores: a line for each measurement, in the order in which they were made.

`HOME/history/CHALLENGE.jsonl` holds one JSON object a line. Lines are only ever added, each by one write that
reaches the disk; a line that a crash cut off is passed over, and the next one begins on a line of its own.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec

from outclass.base.settings import Settings
from outclass.base.store import FileLock
from outclass.registry.store import utc_now

FOLDER = "history"


class Measurement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measurement of a model.

    Attributes
    ----------
    at
        When, in UTC.
    model, data
        The version of the model, and what it was measured on: a data version or the name of a file.
    kind
        What was done: `evaluate`, `train`, `retrain`, `search`.
    commit
        The commit of the working folder, where it is one of Git.
    outcome
        Of training: whether the version was promoted or refused.
    """

    at: str
    model: str
    data: str
    kind: str = "evaluate"
    commit: str | None = None
    outcome: str | None = None
    scores: dict[str, float]


def history_file(settings: Settings, challenge: str) -> Path:
    """Return where the history of a challenge lies."""
    return settings.home / FOLDER / f"{challenge}.jsonl"


def append(
    settings: Settings,
    challenge: str,
    *,
    model: str,
    data: str,
    scores: Mapping[str, object],
    kind: str = "evaluate",
    outcome: str | None = None,
    at: str | None = None,
) -> Measurement:
    """Add a measurement; of the scores, those that are numbers are kept."""
    made = Measurement(
        at=at or utc_now(),
        model=model,
        data=data,
        kind=kind,
        commit=current_commit(),
        outcome=outcome,
        scores={
            name: float(value)
            for name, value in scores.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        },
    )
    path = history_file(settings, challenge)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")), path.open("a+b") as file:
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"
        else:
            torn = False
        file.write((b"\n" if torn else b"") + msgspec.json.encode(made) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return made


def read(settings: Settings, challenge: str) -> tuple[Measurement, ...]:
    """Return the history of a challenge, the oldest first; lines that are none are passed over."""
    path = history_file(settings, challenge)
    if not path.is_file():
        return ()
    found = []
    for line in path.read_bytes().splitlines():
        try:
            found.append(msgspec.json.decode(line, type=Measurement))
        except msgspec.MsgspecError:
            continue
    return tuple(found)


def current_commit(folder: Path | None = None) -> str | None:
    """Return the commit of a working folder, None where it is none of Git's or Git is not here."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],  # noqa: S607 - Git as the user has it
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
