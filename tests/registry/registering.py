"""Run as a process by the crash tests: registers and promotes; may kill itself at its nth durable step."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from outclass.base.settings import Settings
from outclass.registry.store import Registry


def count_steps(kill_at: int) -> None:
    """Make every flush and rename count, and the nth one the last."""
    done = 0

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **named: Any) -> Any:
            nonlocal done
            done += 1
            if done == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **named)

        return step

    os.fsync, os.replace = wrap(os.fsync), wrap(os.replace)


def main(home: str, kill_at: str, *folders: str) -> None:
    """Register each folder, and make each the champion."""
    count_steps(int(kill_at))
    registry = Registry(
        Settings(home=Path(home), database_url="sqlite:///unused"), packaged=Path(home) / "packaged"
    )
    for folder in folders:
        version = registry.register(
            Path(folder), lineage={"seed": "1"}, scores={}, created="2026-01-01T00:00:00Z"
        )
        registry.promote("digits", version.id)


if __name__ == "__main__":
    main(*sys.argv[1:])
