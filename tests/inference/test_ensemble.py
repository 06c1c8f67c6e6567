"""An ensemble answers with the geometric mean of its members, and says what each of them answers."""

from pathlib import Path

import numpy as np
import pytest

from ensembles import CLASSES, register_ensemble, register_member, write_ensemble
from outclass.base.errors import RegistryError
from outclass.base.settings import Settings
from outclass.inference.champion import ChampionWatcher
from outclass.inference.prediction import AbstainReason
from outclass.inference.predictor import Predictor
from outclass.registry.store import Registry

ROWS = np.array([[1, 1, 9], [0, 1, 9], [0, 0, 9]], dtype=np.float32)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    settings = Settings(home=tmp_path / "home", database_url="sqlite:///unused")
    return Registry(settings, packaged=tmp_path / "packaged")


@pytest.fixture
def predictor(registry: Registry, tmp_path: Path) -> Predictor:
    return Predictor.load(register_ensemble(registry, tmp_path / "files"))


def test_probabilities_are_the_geometric_mean_of_the_members(predictor: Predictor) -> None:
    first, second = (member.scores(ROWS).probabilities for member in predictor.members)
    mean = np.sqrt(first * second)
    expected = mean / mean.sum(axis=1, keepdims=True)
    assert predictor.scores(ROWS).probabilities == pytest.approx(expected, abs=1e-7)
    answers = predictor.predict_many(ROWS)
    found = np.array([list(answer.probabilities.values()) for answer in answers])
    assert found == pytest.approx(expected, abs=1e-7)
    assert np.abs(found.sum(axis=1) - 1).max() < 1e-12


def test_each_member_is_named_with_its_own_probabilities(predictor: Predictor) -> None:
    answers = predictor.predict_many(ROWS)
    for place, member in enumerate(predictor.members):
        alone = member.predict_many(ROWS)
        for answer, own in zip(answers, alone, strict=True):
            reference, probabilities = answer.members[place]
            assert reference == member.version.reference
            assert probabilities == pytest.approx(own.probabilities, abs=1e-9)
    assert answers[0].model == predictor.version.reference
    assert predictor.members[0].predict_one(ROWS[0]).members == ()


def test_what_is_impossible_stays_exactly_so(predictor: Predictor) -> None:
    galactic, distant, unknown = predictor.predict_many(ROWS)
    assert galactic.probabilities["burst"] == 0.0
    assert all(chances["burst"] == 0.0 for _, chances in galactic.members)
    assert distant.probabilities["burst"] > 0
    assert unknown.probabilities == distant.probabilities
    assert set(galactic.prediction_set) == {"flash", "glow"}


def test_an_object_without_observations_gets_no_answer(predictor: Predictor) -> None:
    rows = np.array([[1, 1, 0], [1, 1, 9]], dtype=np.float32)
    empty, seen = predictor.predict_many(rows)
    assert (empty.answer, empty.reason, empty.members) == (None, AbstainReason.EMPTY, ())
    assert empty.probabilities == dict(zip(CLASSES, (0.4, 0.4, 0.2), strict=True))
    assert seen.answer == "flash"
    alone = predictor.members[0].predict_many(rows)
    assert [answer.reason for answer in alone] == [AbstainReason.EMPTY, None]


def test_one_equals_many(predictor: Predictor) -> None:
    together = predictor.predict_many(ROWS)
    assert [predictor.predict_one(row) for row in ROWS] == together


def test_a_new_ensemble_takes_over_with_its_members(
    registry: Registry, predictor: Predictor, tmp_path: Path
) -> None:
    watcher = ChampionWatcher(registry, "pulses")
    assert watcher.check()
    before = watcher.current()
    member = register_member(registry, tmp_path / "files" / "new", "pulses.plain", (0.0, 0.0, 3.0))
    registry.promote(member.name, member.id)
    assert not watcher.check()
    files = write_ensemble(tmp_path / "files" / "newer", (member, predictor.version.members[1]))
    newer = registry.register(files, lineage={}, scores={})
    registry.promote("pulses", newer.id)
    assert watcher.check()
    assert watcher.current().version == newer
    assert watcher.current().members[0].version == member
    assert before.predict_one(ROWS[1]).answer == "flash"
    assert watcher.current().predict_one(ROWS[1]).answer == "burst"


def test_an_ensemble_with_a_changed_member_does_not_take_over(
    registry: Registry, predictor: Predictor, tmp_path: Path
) -> None:
    watcher = ChampionWatcher(registry, "pulses")
    watcher.check()
    member = register_member(registry, tmp_path / "files" / "new", "pulses.plain", (0.0, 0.0, 3.0))
    files = write_ensemble(tmp_path / "files" / "newer", (member, predictor.version.members[1]))
    newer = registry.register(files, lineage={}, scores={})
    registry.promote("pulses", newer.id)
    (member.folder / "model.onnx").write_bytes(b"x")
    assert not watcher.check()
    assert "model.onnx" in str(watcher.problem)
    assert watcher.current().version == predictor.version
    with pytest.raises(RegistryError):
        Predictor.load(newer)
