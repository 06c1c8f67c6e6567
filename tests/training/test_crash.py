"""Killed at any commit and run again, the pipeline comes to the same end; nothing is done twice."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge
from outclass.registry.runs import RunState, RunStore
from outclass.registry.store import Registry

SCRIPT = Path(__file__).with_name("running.py")
TARGETS = ("fit.json", "calibration.json", "scores.json", "export", "registered.json")
NEVER = 0
RunOnce = Callable[[Path, int], int]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")


@pytest.fixture(scope="module")
def run_once(bars: LoadedChallenge) -> Iterator[RunOnce]:
    """Return a function that trains in a process, killed at its nth commit, and gives its exit code."""
    command = [sys.executable, str(SCRIPT), str(bars.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        pipes = process.stdin, process.stdout

        def run(home: Path, kill_at: int) -> int:
            pipes[0].write(json.dumps({"home": str(home), "kill_at": kill_at}) + "\n")
            pipes[0].flush()
            return int(pipes[1].readline())

        yield run
        process.stdin.close()


def settings_of(home: Path) -> Settings:
    return Settings(home=home, database_url="sqlite:///unused")


def run_folder(home: Path) -> Path:
    (folder,) = (path.parent for path in (home / "runs" / "bars").glob("*/run.json"))
    return folder


def results(home: Path) -> dict[str, int]:
    """Return the time at which each finished step's result was put in place."""
    folder = run_folder(home)
    return {name: (folder / name).stat().st_mtime_ns for name in TARGETS if (folder / name).exists()}


def assert_whole(home: Path) -> None:
    """What is finished is whole, and the registry is sound."""
    assert Registry(settings_of(home)).faults("bars") == ()
    for path in home.rglob("*.json"):
        if ".partial-" not in str(path):
            json.loads(path.read_bytes())


def model_hashes(home: Path) -> dict[str, str]:
    version = Registry(settings_of(home)).champion("bars")
    return {name: version.manifest.files[name] for name in ("model.onnx", "signature.json")}


def test_killed_at_every_commit_and_run_again(run_once: RunOnce, tmp_path: Path) -> None:
    assert run_once(tmp_path / "whole", NEVER) == 0
    expected = model_hashes(tmp_path / "whole")
    for kill_at in range(1, 100):
        home = tmp_path / f"killed-{kill_at}"
        code = run_once(home, kill_at)
        assert_whole(home)
        before = results(home) if (home / "runs").exists() and list(home.rglob("run.json")) else {}
        if code == 0:
            break
        assert code == -signal.SIGKILL
        assert run_once(home, NEVER) == 0
        assert_whole(home)
        assert model_hashes(home) == expected
        assert results(home).items() >= before.items()
        assert (run_folder(home) / "fit" / "epochs.log").read_text().count("3\n") == 1
        assert len(Registry(settings_of(home)).versions("bars")) == 1
        (record,) = RunStore(settings_of(home)).list("bars")
        assert record.state is RunState.FINISHED
        assert record.promoted
        assert not list(run_folder(home).glob(".partial-*"))
    assert kill_at > 15


def test_killed_again_and_again(run_once: RunOnce, tmp_path: Path) -> None:
    home = tmp_path / "home"
    kills = 0
    while (code := run_once(home, 5)) != 0:
        assert code == -signal.SIGKILL
        assert_whole(home)
        kills += 1
        assert kills < 30
    assert kills > 2
    assert Registry(settings_of(home)).champion("bars").manifest.challenge == "bars"
