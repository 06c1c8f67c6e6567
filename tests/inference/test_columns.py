"""What each column of a record does to its answer."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from outclass.inference.columns import affordable, explain_record, model_bytes
from outclass.inference.predictor import Predictor
from outclass.inputs.table import encode
from small_tables import COLUMNS, FIRST, flowers_version


@pytest.fixture
def predictor(tmp_path: Path) -> Predictor:
    return Predictor.load(flowers_version(tmp_path))


@pytest.fixture
def row() -> np.ndarray:
    return encode([FIRST], COLUMNS)[0]


def compared_with(predictor: Predictor, *rows: tuple[float | None, ...]) -> Predictor:
    """Return the model with other typical rows."""
    version = predictor.version
    signature = msgspec.structs.replace(version.signature, background=rows)
    return Predictor.unchecked(replace(version, signature=signature))


def test_effects_are_on_the_log_odds_of_the_answer(predictor: Predictor, row: np.ndarray) -> None:
    typical = (40.0, 12.0, 1.0, 1.0, 5.0)
    effects = {one.name: one.effect for one in explain_record(compared_with(predictor, typical), row)}
    changed = row.copy()
    changed[1] = 12.0
    chances = predictor.scores(np.stack([row, changed])).probabilities
    answer = int(chances[0].argmax())
    odds = np.log(chances[:, answer] / (1 - chances[:, answer]))
    assert effects["petals"] == pytest.approx(odds[0] - odds[1], abs=1e-4)


def test_a_column_that_the_model_does_not_read_does_nothing(predictor: Predictor, row: np.ndarray) -> None:
    typical = (40.0, 12.0, 1.0, 1.0, 5.0), (None, 20.0, 2.0, 0.0, 7.0)
    shares = explain_record(compared_with(predictor, *typical), row)
    effects = {one.name: one.effect for one in shares}
    assert effects["height"] == effects["color"] == effects["stem_width"] == 0.0
    assert [one.name for one in shares[:2]] == ["petals", "thorns"]
    assert [abs(one.effect) for one in shares] == sorted((abs(one.effect) for one in shares), reverse=True)


def test_a_value_as_typical_as_any_does_nothing(predictor: Predictor, row: np.ndarray) -> None:
    same = tuple(float(one) for one in row)
    assert all(one.effect == 0.0 for one in explain_record(compared_with(predictor, same), row))


def test_a_model_without_typical_rows_is_compared_with_missing_values(
    predictor: Predictor, row: np.ndarray
) -> None:
    effects = {one.name: one.effect for one in explain_record(predictor, row)}
    assert effects["petals"] > 1.0


def test_a_very_sure_answer_still_has_effects(predictor: Predictor, row: np.ndarray) -> None:
    sure = row.copy()
    sure[1] = 500.0
    typical = (40.0, 12.0, 1.0, 1.0, 5.0)
    effects = {one.name: one.effect for one in explain_record(compared_with(predictor, typical), sure)}
    assert effects["petals"] > 5.0
    assert np.isfinite(list(effects.values())).all()


def test_a_large_model_is_asked_fewer_rows(predictor: Predictor) -> None:
    typical = np.arange(64.0, dtype=np.float32).reshape(32, 2)
    assert len(affordable(typical, 1000)) == 32
    assert len(affordable(typical, 1_200_000)) == 32
    assert len(affordable(np.repeat(typical, 5, axis=1), 1_200_000)) == 6
    wide = np.random.default_rng(0).permutation(np.arange(800.0, dtype=np.float32)).reshape(8, 100)
    (middle,) = affordable(wide, 1_200_000)
    np.testing.assert_array_equal(middle, np.sort(wide, axis=0)[4])
    assert model_bytes(predictor) > 0
