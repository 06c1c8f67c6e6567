"""Run as a process by the crash tests: trains once, and may kill itself at its nth commit.

Arguments: the challenge's folder, the home, the seed, and the number of the rename that is not done any more
(0: none).
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from outclass import training
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge


def kill_at(number: int) -> None:
    """Make every rename count, and the nth one the end."""
    replace: Callable[..., Any] = os.replace
    done = 0

    def counted(*args: Any, **named: Any) -> Any:
        nonlocal done
        done += 1
        if done == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(*args, **named)

    os.replace = counted


if __name__ == "__main__":
    folder, home, seed, number = sys.argv[1:]
    kill_at(int(number))
    training.train(
        load_challenge(folder),
        seed=int(seed),
        settings=Settings(home=Path(home), database_url="sqlite:///unused"),
        promote=seed == "1",
    )
