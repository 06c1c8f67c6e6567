"""The models of stars that come with the package: whole, small, made by this code, better than a guess."""

from pathlib import Path

import numpy as np
import pytest

from outclass.base.settings import Settings
from outclass.catalog.hooks import Hook, features_sha256, load_hook
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.inference.predictor import Predictor
from outclass.metrics.report import Report, evaluate_all
from outclass.registry.store import Registry
from outclass.training.rows import cut_nights, rows_of

pytestmark = pytest.mark.timeout(400)  # the loops are compiled first, where they never were
MEGABYTE = 1_000_000
SHOWN = 200


@pytest.fixture(scope="module")
def stars() -> LoadedChallenge:
    return load_challenge("stars")


@pytest.fixture(scope="module")
def predictor(stars: LoadedChallenge, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    home = tmp_path_factory.mktemp("home")
    registry = Registry(Settings(home=home, database_url="sqlite:///unused"))
    return Predictor.load(registry.champion("stars"), stars)


@pytest.fixture(scope="module")
def sample(stars: LoadedChallenge) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows of some objects to play with, whole and after five nights, and their classes."""
    hook = load_hook(stars, Hook.SIMULATE)
    assert hook is not None
    table = hook.sample()
    series = table.inputs.take(np.arange(SHOWN))
    names = stars.challenge.class_names
    targets = np.array([names.index(label) for label in table.labels[:SHOWN]])
    return rows_of(stars, series), rows_of(stars, cut_nights(series, 5)), targets


def report_of(predictor: Predictor, rows: np.ndarray, targets: np.ndarray) -> Report:
    names = predictor.version.signature.classes
    return evaluate_all(targets, predictor.scores(rows).probabilities, names)


def test_the_models_are_small_and_made_by_this_code(stars: LoadedChallenge, predictor: Predictor) -> None:
    versions = [predictor.version, *(member.version for member in predictor.members)]
    assert [version.name for version in versions] == ["stars", "stars.trotta", "stars.boone"]
    assert {version.signature.features_sha256 for version in versions} == {features_sha256(stars)}
    for version in versions:
        assert sum(version.manifest.sizes.values()) <= MEGABYTE
        assert "oof.parquet" not in version.manifest.files
        assert version.manifest.lineage["simulated"] == "yes"
        assert "imulated" in (Path(version.folder) / "card.md").read_text()


def test_the_consensus_knows_most_of_the_sample(
    predictor: Predictor, sample: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    rows, early, targets = sample
    whole = report_of(predictor, rows, targets)
    assert whole.accuracy is not None
    assert whole.accuracy > 0.55
    assert whole.flat_log_loss is not None
    assert whole.flat_log_loss < 1.3
    first = report_of(predictor, early, targets)
    assert first.flat_log_loss is not None
    assert whole.flat_log_loss < first.flat_log_loss < np.log(15) + 0.5


def test_what_is_impossible_gets_exactly_nothing(
    stars: LoadedChallenge, predictor: Predictor, sample: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    rows, _, _ = sample
    places = {label.name: label.facts.get("galactic") for label in stars.challenge.classes}
    for row, answer in zip(rows, predictor.predict_many(rows), strict=True):
        here = "yes" if row[0] else "no"
        for chances in (answer.probabilities, *(member for _, member in answer.members)):
            assert abs(sum(chances.values()) - 1) < 1e-6
            assert not [name for name, p in chances.items() if p and places[name] not in {here, None}]
            assert chances["99"] > 0
