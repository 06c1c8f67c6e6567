"""Killed at any moment, the registry holds whole versions only; two processes at once lose nothing."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from outclass.base.store import PARTIAL
from outclass.registry.store import Registry

MakeFiles = Callable[..., Path]
SCRIPT = Path(__file__).with_name("registering.py")
NEVER = "0"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")


def start(registry: Registry, kill_at: str, *folders: Path) -> subprocess.Popen[bytes]:
    home = str(registry.home.parent)
    return subprocess.Popen([sys.executable, str(SCRIPT), home, kill_at, *map(str, folders)])


def assert_sound(registry: Registry) -> None:
    """What is registered is whole, and the aliases point at it."""
    assert registry.faults("digits") == ()
    known = {version.id for version in registry.versions("digits")}
    aliases = registry.aliases("digits")
    assert {aliases.champion, aliases.challenger, *aliases.previous} - {None} <= known


def test_kill_at_every_durable_step(registry: Registry, make_files: MakeFiles) -> None:
    first, second = make_files(1), make_files(2)
    steps = 0
    while True:
        steps += 1
        code = start(registry, str(steps), first, second).wait(timeout=60)
        assert_sound(registry)
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert steps > 4
    assert len(registry.versions("digits")) == 2
    assert registry.aliases("digits").champion is not None
    registry.promote("digits", registry.versions("digits")[0].id)
    assert not list((registry.home / "digits").glob(f"{PARTIAL}*"))


def test_two_processes_at_once(registry: Registry, make_files: MakeFiles) -> None:
    folders = [make_files(seed) for seed in range(8)]
    processes = [start(registry, NEVER, *folders[n::2]) for n in range(2)]
    processes.append(start(registry, NEVER, *folders))
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    assert_sound(registry)
    assert len(registry.versions("digits")) == 8
    aliases = registry.aliases("digits")
    assert len({aliases.champion, *aliases.previous}) == 8
