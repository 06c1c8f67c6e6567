"""Run as a process by the crash tests: trains in forks of itself, each of which may die at its nth commit.

Reads lines of JSON `{"home", "kill_at"}` and answers each with the exit code of its fork. Forking a process
that has imported everything makes many killed trainings cost seconds.
"""

import json
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
    """Make every rename count, and the nth one the last thing that the process does not do."""
    replace: Callable[..., Any] = os.replace
    done = 0

    def counted(*args: Any, **named: Any) -> Any:
        nonlocal done
        done += 1
        if done == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(*args, **named)

    os.replace = counted


def train(challenge: str, home: str, number: int) -> None:
    """Train, and be killed at the nth commit."""
    settings = Settings(home=Path(home), database_url="sqlite:///unused")
    kill_at(number)
    training.train(load_challenge(challenge), seed=1, settings=settings)


def main(challenge: str) -> None:
    """Answer requests until there are no more."""
    import outclass.training.pipeline  # noqa: F401, PLC0415 - before the forks, which all need it

    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            train(challenge, request["home"], request["kill_at"])
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
