"""Progress bars on standard error, where that is a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from outclass.base.progress import Progress, no_progress
from outclass.cli.output import error_console


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


@contextmanager
def progress_bars(*, quiet: bool = False) -> Iterator[Progress]:
    """Give a progress function that draws bars; one that does nothing when quiet or not on a terminal."""
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
