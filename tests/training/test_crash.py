"""Killed at any commit and run again, the pipeline comes to the same end; nothing is done twice."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from outclass import training
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.registry.runs import RunState, RunStore
from outclass.registry.store import Registry
from pulses import collect_pulses, write_pulses

SCRIPT = Path(__file__).with_name("running.py")
TARGETS = ("fit.json", "calibration.json", "scores.json", "export", "registered.json")
NEVER = 0
Run = Callable[[LoadedChallenge, Path, int], int]

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows"),
    pytest.mark.timeout(400),
]


def start(bars: LoadedChallenge, home: Path, *, seed: int = 1) -> subprocess.Popen[bytes]:
    """Start a process that trains."""
    command = [sys.executable, str(SCRIPT), str(bars.folder), str(home), str(seed), str(NEVER)]
    return subprocess.Popen(command)


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Return a function that trains in a process killed at its nth commit, and returns its exit code."""
    command = [sys.executable, str(SCRIPT)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        given, told = process.stdin, process.stdout

        def train(bars: LoadedChallenge, home: Path, kill_at: int) -> int:
            print(json.dumps([str(bars.folder), str(home), "1", str(kill_at)]), file=given, flush=True)
            return int(told.readline())

        yield train


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


def test_killed_at_every_commit_and_run_again(bars: LoadedChallenge, run: Run, tmp_path: Path) -> None:
    training.train(bars, seed=1, settings=settings_of(tmp_path / "whole"))
    expected = model_hashes(tmp_path / "whole")
    for kill_at in range(1, 100):
        home = tmp_path / f"killed-{kill_at}"
        code = run(bars, home, kill_at)
        assert_whole(home)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        before = results(home) if list(home.rglob("run.json")) else {}
        training.train(bars, seed=1, settings=settings_of(home))
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


def test_killed_again_and_again(bars: LoadedChallenge, run: Run, tmp_path: Path) -> None:
    kills = 0
    while (code := run(bars, tmp_path, 6)) != 0:
        assert code == -signal.SIGKILL
        assert_whole(tmp_path)
        kills += 1
        assert kills < 30
    assert kills > 2
    assert Registry(settings_of(tmp_path)).champion("bars").manifest.challenge == "bars"


def test_runs_at_once_share_the_data_and_lose_nothing(bars: LoadedChallenge, tmp_path: Path) -> None:
    with start(bars, tmp_path, seed=1) as one, start(bars, tmp_path, seed=2) as two:
        assert (one.wait(), two.wait()) == (0, 0)
    assert_whole(tmp_path)
    assert len(Registry(settings_of(tmp_path)).versions("bars")) == 2
    records = RunStore(settings_of(tmp_path)).list("bars")
    assert {(record.seed, record.state) for record in records} == {(s, RunState.FINISHED) for s in (1, 2)}
    assert len(list((tmp_path / "runs" / "bars").glob("rows-*.lock"))) == 1


def test_an_ensemble_killed_and_run_again_comes_to_the_same_end(run: Run, tmp_path: Path) -> None:
    pulses = load_challenge(write_pulses(tmp_path / "pulses"))
    collect_pulses(pulses, settings_of(tmp_path / "whole"), count=150)
    shutil.copytree(tmp_path / "whole", tmp_path / "empty")
    training.train(pulses, seed=1, settings=settings_of(tmp_path / "whole"))
    expected = files_of(tmp_path / "whole")
    kills = 0
    for kill_at in range(2, 200, 14):
        home = Path(shutil.copytree(tmp_path / "empty", tmp_path / f"killed-{kill_at}"))
        code = run(pulses, home, kill_at)
        registry = Registry(settings_of(home))
        assert not [fault for name in registry.names() for fault in registry.faults(name)]
        if code == 0:
            break
        assert code == -signal.SIGKILL
        kills += 1
        training.train(pulses, seed=1, settings=settings_of(home))
        assert files_of(home) == expected
        logs = [path.read_text() for path in (home / "runs" / "pulses").glob("*/fit/learned.log")]
        assert [log.count("3\n") for log in logs] == [1, 1]
        records = RunStore(settings_of(home)).list("pulses")
        assert {record.state for record in records} == {RunState.FINISHED}
        assert len(records) == 3
    assert kills > 3


def files_of(home: Path) -> dict[str, dict[str, str]]:
    """Return the hashes of what decides the answers, by model."""
    champion = Registry(settings_of(home)).champion("pulses")
    kept = ("model.onnx", "oof.parquet", "signature.json")
    return {
        each.name: {name: value for name, value in each.manifest.files.items() if name in kept}
        for each in (champion, *champion.members)
    }
