"""The history keeps every measurement, whatever happens meanwhile."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from outclass.base.settings import Settings
from outclass.registry.history import append, current_commit, history_file, read


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with an empty home."""
    return Settings(home=tmp_path, database_url="sqlite:///unused")


def add(settings: Settings, number: int = 1) -> None:
    """Add a measurement."""
    scores = {"accuracy": 0.9, "n": number, "model": "x", "classes": [], "none": None, "flag": True}
    append(settings, "shapes", model=f"shapes@{number}", data="d1", scores=scores)


def test_a_line_for_each_measurement_with_its_numbers(settings: Settings) -> None:
    assert read(settings, "shapes") == ()
    add(settings, 1)
    add(settings, 2)
    first, second = read(settings, "shapes")
    assert (first.model, second.model) == ("shapes@1", "shapes@2")
    assert first.scores == {"accuracy": 0.9, "n": 1.0}
    line = json.loads(history_file(settings, "shapes").read_text().splitlines()[0])
    assert set(line) >= {"at", "model", "data", "scores"}


def test_a_line_that_was_cut_off_costs_itself_alone(settings: Settings) -> None:
    add(settings, 1)
    path = history_file(settings, "shapes")
    path.write_bytes(path.read_bytes() + b'{"at": "2026-')
    add(settings, 2)
    assert [one.model for one in read(settings, "shapes")] == ["shapes@1", "shapes@2"]


def test_two_at_once_lose_nothing(settings: Settings) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: add(settings, number), range(12)))
    assert {one.scores["n"] for one in read(settings, "shapes")} == set(range(12))


def test_the_commit_is_that_of_the_folder_or_none(tmp_path: Path) -> None:
    assert current_commit(tmp_path) is None
    assert current_commit(tmp_path / "missing") is None
