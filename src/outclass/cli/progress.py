"""Progress on standard error: bars where that is a terminal, lines of JSON where a program asks for them."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from outclass.base.progress import Progress, no_progress
from outclass.cli.output import error_console

SECONDS_BETWEEN = 0.3


@dataclass(slots=True, kw_only=True)
class BarProgress:
    """One bar for each step, in the order in which they begin."""

    bars: Bars
    tasks: dict[str, TaskID] = field(default_factory=dict)

    def __call__(self, step: str, share: float | None, text: str = "") -> None:
        """Move the bar of a step."""
        if step not in self.tasks:
            self.tasks[step] = self.bars.add_task(step, total=None, text="")
        total = None if share is None else 1.0
        self.bars.update(self.tasks[step], total=total, completed=share or 0.0, text=text)


@dataclass(slots=True, kw_only=True)
class LineProgress:
    """One line of JSON for each step that begins, and for what changes, a few times a second."""

    last: float = 0.0
    step: str = ""

    def __call__(self, step: str, share: float | None, text: str = "") -> None:
        """Write where a step is."""
        now = time.monotonic()
        if step == self.step and now - self.last < SECONDS_BETWEEN and share != 1.0:
            return
        self.last, self.step = now, step
        told = {"step": step, "share": share, "text": text}
        sys.stderr.write(msgspec.json.encode({"progress": told}).decode() + "\n")
        sys.stderr.flush()


@contextmanager
def progress_bars(*, quiet: bool = False) -> Iterator[Progress]:
    """Give a progress function that draws bars; one that does nothing when quiet or not on a terminal.

    With `OUTCLASS_PROGRESS=lines` it writes lines of JSON, also when quiet.
    """
    if os.environ.get("OUTCLASS_PROGRESS") == "lines":
        yield LineProgress()
        return
    if quiet or not sys.stderr.isatty():
        yield no_progress
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<12}"),
        BarColumn(bar_width=32),
        TimeElapsedColumn(),
        TextColumn("{task.fields[text]}", style="dim"),
    )
    with Bars(*columns, console=error_console(), transient=False) as bars:
        yield BarProgress(bars=bars)
