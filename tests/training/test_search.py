"""Searches: what is tried, what is kept, and that nothing is done twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bars import write_bars
from outclass import training
from outclass.base.errors import InputError, NotFoundError, UnavailableError
from outclass.base.settings import Settings
from outclass.catalog.challenge import SearchRange
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.registry.runs import RunStore
from outclass.registry.searches import CellState, Method, SearchStore
from outclass.training.search import SearchOptions, search_challenge
from outclass.training.search.engines import DaskEngine, check_address
from outclass.training.search.space import Grid, Optuna, Space, grid_trials, points_of

SCRIPT = Path(__file__).with_name("searching.py")
SEARCH = {"sharpness": [0.00001, 0.01], "epochs": [1, 3]}
QUICK = SearchOptions(folds=3, workers=1)


def searchable(folder: Path, search: dict[str, object]) -> LoadedChallenge:
    """Write the challenge of bars with something to search."""
    path = write_bars(folder) / "challenge.yaml"
    declared = yaml.safe_load(path.read_text())
    declared["models"]["centroid"]["search"] = search
    path.write_text(yaml.safe_dump(declared, sort_keys=False))
    return load_challenge(folder)


@pytest.fixture
def bars(tmp_path: Path) -> LoadedChallenge:
    return searchable(tmp_path / "bars", SEARCH)


def cell_times(settings: Settings) -> dict[str, int]:
    """Return when each result was written."""
    return {path.name: path.stat().st_mtime_ns for path in settings.runs_folder.rglob("cells/*.json")}


def test_a_grid_has_all_points_and_ranges_have_steps() -> None:
    space: Space = {"a": (1, 2), "b": SearchRange(low=0.1, high=10, log=True, points=3)}
    found = [trial.parameters for trial in grid_trials(space)]
    assert len(found) == 6
    assert found[0] == {"a": 1, "b": 0.1}
    assert points_of(SearchRange(low=0, high=1, points=3)) == (0.0, 0.5, 1.0)


def test_a_grid_is_searched_whole_and_its_best_trial_is_trained(
    bars: LoadedChallenge, settings: Settings
) -> None:
    summary = search_challenge(bars, settings, replace(QUICK, workers=2))
    assert summary.states == {
        CellState.PENDING: 0,
        CellState.RUNNING: 0,
        CellState.DONE: 12,
        CellState.FAILED: 0,
    }
    best, worst = summary.trials[0], summary.trials[-1]
    assert best.mean is not None
    assert worst.mean is not None
    assert best.mean > worst.mean or best.mean == 1.0
    assert all(len(one.cells) == 3 for one in summary.trials)
    record = training.train(bars, settings=settings, recipe=f"search-{summary.plan.id}", promote=False)
    assert record.parameters == best.trial.parameters
    assert RunStore(settings).get("bars", record.id).recipe == f"search-{summary.plan.id}"


def test_a_second_call_repeats_nothing(bars: LoadedChallenge, settings: Settings) -> None:
    first = search_challenge(bars, settings, QUICK)
    before = cell_times(settings)
    assert search_challenge(bars, settings, QUICK) == first
    assert cell_times(settings) == before


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_a_killed_search_goes_on_without_repeating(bars: LoadedChallenge, settings: Settings) -> None:
    command = [sys.executable, str(SCRIPT), str(bars.folder), str(settings.home), "5"]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    before = cell_times(settings)
    assert len(before) == 5
    store = SearchStore(settings)
    (plan,) = store.list("bars")
    assert store.summary(plan).states[CellState.PENDING] == 7
    summary = search_challenge(bars, settings, QUICK)
    assert summary.states[CellState.DONE] == 12
    after = cell_times(settings)
    assert {name: after[name] for name in before} == before


def test_a_trial_that_fails_is_told_and_tried_again(tmp_path: Path, settings: Settings) -> None:
    bars = searchable(tmp_path / "bars", {"epochs": [1, "many"]})
    summary = search_challenge(bars, settings, QUICK)
    assert summary.states[CellState.FAILED] == 3
    assert summary.states[CellState.DONE] == 3
    assert summary.best is not None
    assert summary.best.trial.parameters == {"epochs": 1}
    cells = SearchStore(settings).cells(summary.plan)
    assert "many" in str(cells[1, 0].error)
    before = cell_times(settings)
    search_challenge(bars, settings, QUICK)
    again = [name for name, at in cell_times(settings).items() if before[name] != at]
    assert sorted(again) == ["00001-00.json", "00001-01.json", "00001-02.json"]


def test_optuna_keeps_to_its_trials_and_goes_on(tmp_path: Path, settings: Settings) -> None:
    bars = searchable(tmp_path / "bars", {"sharpness": {"low": 0.0001, "high": 1, "log": True}})
    options = replace(QUICK, method=Method.OPTUNA, trials=3)
    first = search_challenge(bars, settings, options)
    assert len(first.trials) == 3
    before = cell_times(settings)
    more = search_challenge(bars, settings, replace(options, trials=5))
    assert len(more.trials) == 5
    after = cell_times(settings)
    assert {name: after[name] for name in before} == before
    values = [one.trial.parameters["sharpness"] for one in more.trials]
    assert len(set(values)) == 5
    assert all(0.0001 <= float(value) <= 1 for value in values)


def test_no_budget_no_trials(tmp_path: Path, settings: Settings) -> None:
    bars = searchable(tmp_path / "bars", {"sharpness": {"low": 0.0001, "high": 1, "log": True}})
    options = replace(QUICK, method=Method.OPTUNA, budget=0.0)
    assert search_challenge(bars, settings, options).trials == ()


def test_optuna_goes_where_the_scores_are_low() -> None:
    proposer = Optuna({"x": SearchRange(low=-10, high=10)}, seed=1, most=60)
    tried = []
    for _ in range(60):
        (trial,) = proposer.propose(1)
        x = float(trial.parameters["x"])
        tried.append(x)
        proposer.tell(trial, (x - 3) ** 2)
    assert proposer.propose(1) == []
    early = sum(abs(x - 3) for x in tried[:10]) / 10
    late = sum(abs(x - 3) for x in tried[-10:]) / 10
    assert late < early / 2


def test_a_grid_is_proposed_once() -> None:
    grid = Grid({"a": (1, 2)})
    assert len(grid.propose(1)) == 2
    assert grid.propose(1) == []


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (replace(QUICK, folds=1), InputError),
        (replace(QUICK, budget=5.0), InputError),
        (replace(QUICK, model="other"), NotFoundError),
        (replace(QUICK, engine="tcp://10.0.0.1:8786"), InputError),
        (replace(QUICK, engine="http://127.0.0.1:8786"), InputError),
    ],
)
def test_options_that_make_no_sense_are_refused(
    bars: LoadedChallenge, settings: Settings, options: SearchOptions, error: type[Exception]
) -> None:
    with pytest.raises(error):
        search_challenge(bars, settings, options)


def test_a_model_without_a_space_is_refused(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(InputError, match="declares nothing to search"):
        search_challenge(load_challenge(write_bars(tmp_path / "bars")), settings, QUICK)


def test_a_recipe_must_name_a_search(bars: LoadedChallenge, settings: Settings) -> None:
    with pytest.raises(NotFoundError, match="no search of this id"):
        training.train(bars, settings=settings, recipe="search-centroid-grid-0000000000")


def test_schedulers_on_other_machines_need_encryption() -> None:
    check_address("tls://scheduler.example.org:8786")
    check_address("tcp://127.0.0.1:8786")
    with pytest.raises(InputError, match="TLS"):
        check_address("tcp://scheduler.example.org:8786")


def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("dask.distributed", reason="the extra dask is not installed")
    monkeypatch.setattr("outclass.training.search.engines.CONNECT_SECONDS", "0.5s")
    with pytest.raises(UnavailableError):
        DaskEngine("tcp://127.0.0.1:9")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_dask_finishes_although_a_worker_is_killed(tmp_path: Path, settings: Settings) -> None:
    distributed = pytest.importorskip("dask.distributed", reason="the extra dask is not installed")
    bars = searchable(tmp_path / "bars", {"epochs": [40, 41, 42, 43]})
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        victim = next(iter(cluster.workers.values())).pid
        killed = threading.Event()

        def kill() -> None:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and not cell_times(settings):
                threading.Event().wait(0.02)
            os.kill(victim, signal.SIGKILL)
            killed.set()

        thread = threading.Thread(target=kill)
        thread.start()
        summary = search_challenge(bars, settings, replace(QUICK, engine=cluster.scheduler_address))
        thread.join()
    assert killed.is_set()
    assert summary.states[CellState.DONE] == 12
    assert summary.best is not None
