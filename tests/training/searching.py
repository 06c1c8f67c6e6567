"""Run as a process by the tests of searches: a grid on one worker, killed after its nth result.

Arguments: the challenge's folder, the home, and the number of results (0: not killed).
"""

import os
import signal
import sys
from pathlib import Path

from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.registry.searches import Cell, SearchPlan, SearchStore
from outclass.training.search import SearchOptions, search_challenge


def kill_after(number: int) -> None:
    """Make every result count, and the nth one the last."""
    save = SearchStore.save_cell
    done = 0

    def counted(self: SearchStore, plan: SearchPlan, cell: Cell) -> None:
        nonlocal done
        save(self, plan, cell)
        done += 1
        if done == number:
            os.kill(os.getpid(), signal.SIGKILL)

    SearchStore.save_cell = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    folder, home, number = sys.argv[1:]
    kill_after(int(number))
    search_challenge(
        load_challenge(folder),
        Settings(home=Path(home), database_url="sqlite:///unused"),
        SearchOptions(folds=3, workers=1),
    )
