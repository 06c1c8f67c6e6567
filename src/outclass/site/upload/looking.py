"""Look at an uploaded file, or make a challenge of it: a program of its own, with bounds of time and memory.

A file of a stranger is read by nothing else: what it costs, and what breaks on it, ends with this process.
"""

import contextlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from outclass.base.document import Document
from outclass.base.errors import OutclassError

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from outclass.catalog.recognizing import Choices

CPU_SECONDS = 60
MEMORY_BYTES = 6 << 30
"""Of addresses, most of which a reader of tables reserves and never uses."""
MOST_COLUMNS = 1000
LONGEST_LINE = 200_000
OPTION = re.compile(r" \([^()]*--[a-z]+[^()]*\)$")
SEPARATORS = (b",", b";", b"\t", b"|")
MOST_SHOWN = 200


class Asked(Document, frozen=True, kw_only=True):
    """What is to be done with a file.

    Attributes
    ----------
    keep
        Use columns that seem to tell the label, too.
    into, name
        Make the challenge `name` in this folder; without them only look.
    """

    path: str
    label: str | None = None
    question: str | None = None
    title: str | None = None
    keep: bool = False
    into: str | None = None
    name: str | None = None


class Seen(Document, frozen=True, kw_only=True):
    """What was found, or why no challenge can be made of it."""

    columns: tuple[str, ...] = ()
    rows: int = 0
    label: str | None = None
    kind: str | None = None
    title: str = ""
    question: str = ""
    objects: int = 0
    classes: dict[str, int] = {}
    evidence: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    problem: str | None = None
    problem_id: str | None = None
    hint: str | None = None


def bound_resources() -> None:
    """Let this process take so much time and memory, where the system can bound it."""
    if sys.platform == "win32":
        return
    bounds = {
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in bounds.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def look(asked: Asked) -> Seen:
    """Do what is asked; an error of the data is part of the answer."""
    from outclass.catalog.recognizing.tables import look_at_table  # noqa: PLC0415 - after bounds are set

    path = Path(asked.path)
    seen = Seen()
    if (problem := first_line_problem(path)) is not None:
        return told(seen, problem)
    try:
        frame = look_at_table(path, choices_of(asked)).frame
        columns = tuple(name for name in frame.columns if not name.startswith("__"))
        seen = Seen(columns=columns[:MOST_SHOWN], rows=len(frame))
        del frame
        return recognized(path, choices_of(asked, columns), asked, seen)
    except OutclassError as error:
        found = error.what if error.got is None else f"{error.what}: {error.got}"
        return told(seen, found, str(getattr(error, "id", error.kind)), error.accepted)


def first_line_problem(path: Path) -> str | None:
    """Return what is wrong with the first line, before anything costly is done with it."""
    with path.open("rb") as file:
        line = file.readline(LONGEST_LINE + 1)
    if len(line) > LONGEST_LINE:
        return f"the first line is longer than {LONGEST_LINE:,} bytes, so this is no table"
    columns = max(line.count(mark) for mark in SEPARATORS) + 1
    if columns > MOST_COLUMNS:
        return f"there are {columns:,} columns; at most {MOST_COLUMNS:,} are read here"
    return None


def choices_of(asked: Asked, columns: tuple[str, ...] = ()) -> "Choices":
    """Return what is asked in the words of the catalogue."""
    from outclass.catalog.recognizing import Choices  # noqa: PLC0415 - after bounds are set

    keep = tuple(name for name in columns if name != asked.label) if asked.keep else ()
    return Choices(label=asked.label, question=asked.question, title=asked.title, keep=keep)


def recognized(path: Path, choices: "Choices", asked: Asked, seen: Seen) -> Seen:
    """Find out what a file holds, and write its challenge where that is asked."""
    from outclass.catalog.recognizing import recognize, write_challenge  # noqa: PLC0415 - see above

    found = recognize(path, choices)
    if asked.into is not None and asked.name is not None:
        write_challenge(found, asked.name, Path(asked.into))
    dataset = found.draft.get("dataset", {})
    columns = dataset.get("columns", {}) if isinstance(dataset, dict) else {}
    return msgspec.structs.replace(
        seen,
        label=asked.label or (columns.get("label") if isinstance(columns, dict) else None),
        kind=found.kind.value,
        title=str(found.draft.get("title", found.title)),
        question=str(found.draft.get("question", "")),
        objects=found.objects,
        classes=dict(found.classes),
        evidence=tuple(plain(line) for line in found.evidence),
        doubts=tuple(plain(line) for line in found.doubts),
    )


def plain(line: str) -> str:
    """Return a sentence without what is said of the command line."""
    return OPTION.sub("", line)


def told(seen: Seen, problem: str, problem_id: str | None = None, hint: str | None = None) -> Seen:
    """Return an answer with a problem."""
    return msgspec.structs.replace(seen, problem=problem, problem_id=problem_id, hint=hint)


def main() -> int:
    """Read what is asked from standard input, and write what was found to standard output."""
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    bound_resources()
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    sys.stdout.buffer.write(msgspec.json.encode(look(asked)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
