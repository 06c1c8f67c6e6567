"""Run as a process by the crash tests: trains, and may kill itself at its nth commit.

Arguments: the challenge's folder, the home, the seed, and the number of the rename that is not done any more
(0: none). Without arguments, each line of standard input holds them as a list in JSON: a fork of this
process, which has everything loaded, does it, and its exit code is printed.
"""

import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from outclass import training
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge

LOADED = ("luigi", "onnx", "onnx.checker", "polars", "outclass.training.pipeline")
"""What training loads when it begins; nothing of it is used before the process forks."""


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


def run(folder: str, home: str, seed: str, number: str) -> None:
    """Train in this process."""
    kill_at(int(number))
    training.train(
        load_challenge(folder),
        seed=int(seed),
        settings=Settings(home=Path(home), database_url="sqlite:///unused"),
        promote=seed == "1",
    )


def fork(arguments: list[str]) -> int:
    """Train in a fork of this process, and return its exit code."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        run(*arguments)
        code = 0
    except BaseException:  # noqa: BLE001 - the child must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main(*arguments: str) -> None:
    """Train once, or once for each line of standard input."""
    if arguments:
        run(*arguments)
        return
    for name in LOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        print(fork(json.loads(line)), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(*sys.argv[1:])
