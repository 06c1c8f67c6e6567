"""Texts through the whole pipeline: trained, calibrated, exported, registered, asked, evaluated, searched."""

from pathlib import Path

import pytest

from outclass import training
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.versions import Simulation, collect
from outclass.checks import check
from outclass.inference.prediction import AbstainReason
from outclass.inference.predictor import Predictor
from outclass.inputs.text import rows_of_texts
from outclass.registry.searches import CellState
from outclass.registry.store import Registry
from outclass.training.search import SearchOptions, search_challenge
from small_texts import text_challenge, texts

MODEL = '''"""A linear model of texts."""

from outclass.training.linear_text import LATE_PARAMETERS, build, scan

__all__ = ["LATE_PARAMETERS", "build", "scan"]
'''
DECLARED = {
    "linear": {
        "title": "Linear",
        "parameters": {"least_texts": 1, "folds": 2, "disguises": 0},
        "search": {"cost": [0.1, 1.0], "least_texts": [1, 2]},
    }
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the challenge, its data and a trained champion."""
    folder = tmp_path_factory.mktemp("texts")
    text_challenge(folder / "notes", models=DECLARED)
    (folder / "notes" / "model.py").write_text(MODEL)
    settings = settings_of(folder)
    notes = load_challenge(folder / "notes")
    collect(notes, settings, simulate=Simulation(count=400, seed=1))
    record = training.train(notes, settings=settings)
    assert record.promoted
    return folder


def settings_of(folder: Path) -> Settings:
    return Settings(home=folder / "home", database_url="sqlite:///unused")


@pytest.fixture
def notes(home: Path) -> LoadedChallenge:
    return load_challenge(home / "notes")


@pytest.fixture
def predictor(home: Path, notes: LoadedChallenge) -> Predictor:
    return Predictor.load(Registry(settings_of(home)).champion("notes"), notes)


def test_the_champion_tells_the_classes_apart(predictor: Predictor) -> None:
    answers = predictor.predict_many(rows_of_texts(texts(40, 99)))
    right = sum(answer.answer == ("call", "offer")[place % 2] for place, answer in enumerate(answers))
    assert right >= 36
    assert predictor.predict_one("claim your free prize now").answer == "offer"


def test_what_shows_nothing_gets_no_answer(predictor: Predictor) -> None:
    answer = predictor.predict_one(" \u200b")
    assert answer.answer is None
    assert answer.reason is AbstainReason.EMPTY


def test_a_version_of_texts_holds_json_and_no_graph(home: Path) -> None:
    version = Registry(settings_of(home)).champion("notes")
    assert "model.json" in version.manifest.files
    assert "model.onnx" not in version.manifest.files
    assert version.signature.shape == ()
    assert version.manifest.scores["latency_ms"] < 50
    assert version.manifest.scores["bytes"] == version.manifest.sizes["model.json"]


def test_labelled_texts_are_scored(home: Path, notes: LoadedChallenge) -> None:
    rows = "\n".join(f"{('call', 'offer')[n % 2]}\t{text}" for n, text in enumerate(texts(60, 7)))
    (home / "kept.tsv").write_text(rows + "\n")
    result = training.evaluate(notes, home / "kept.tsv", settings=settings_of(home))
    assert result["n"] == 60
    assert float(str(result["accuracy"])) > 0.85


def test_every_promise_that_can_be_checked_is_kept(home: Path, notes: LoadedChallenge) -> None:
    failed = [(one.name, one.detail) for one in check(notes, settings=settings_of(home)) if one.failed]
    assert failed == []


def test_parameters_are_searched_on_shared_features(home: Path, notes: LoadedChallenge) -> None:
    summary = search_challenge(notes, settings_of(home), SearchOptions(folds=2, workers=1))
    assert summary.states[CellState.DONE] == 8
    assert summary.best is not None
    assert summary.best.mean is not None
    assert summary.best.mean > 0.85
