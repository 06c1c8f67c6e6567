"""What a model of tables promises: honest, kept, equal when exported, and done in time."""

import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
import pytest

from odd_tables import CLASSES, SIZES, odd_rows, training_data
from outclass.base.errors import DataError, OutclassError
from outclass.training.estimator import CrossFitted, Described
from outclass.training.tabular import build, estimator
from outclass.training.tabular.estimator import TabularEstimator
from outclass.training.tabular.parts import log_softmax


class Learned(NamedTuple):
    """An estimator that has learned, and where."""

    estimator: TabularEstimator
    folder: Path
    told: list[tuple[float, str]]


@pytest.fixture(autouse=True)
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tables have the columns of these tests without a challenge file."""
    monkeypatch.setattr(estimator, "sizes_of", lambda data: SIZES)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    folder = tmp_path_factory.mktemp("fit")
    told: list[tuple[float, str]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(estimator, "sizes_of", lambda data: SIZES)
        return Learned(fitted(folder, told=told), folder, told)


def fitted(
    folder: Path, *, told: list[tuple[float, str]] | None = None, **parameters: object
) -> TabularEstimator:
    made = build({"seconds": 30, "trials": 2, "folds": 3, **parameters})
    assert isinstance(made, TabularEstimator)
    notes = [] if told is None else told

    def tell(share: float, text: str) -> None:
        notes.append((share, text))

    made.fit(training_data(*odd_rows(240)), seed=1, folder=folder, device="cpu", progress=tell)
    return made


def loss(logits: np.ndarray, targets: np.ndarray) -> float:
    return float(-log_softmax(logits)[np.arange(len(targets)), targets].mean())


def test_it_learns_what_is_to_be_learned(learned: Learned) -> None:
    rows, targets = odd_rows(500, seed=9)
    assert loss(learned.estimator.predict(rows).logits, targets) < 0.6


def test_advice_comes_from_models_that_did_not_see_the_row(tmp_path: Path) -> None:
    rows, _ = odd_rows(240)
    targets = np.random.default_rng(3).integers(0, 3, 240)
    data = training_data(rows, targets)
    made = build({"seconds": 600, "trials": 1, "folds": 3})
    assert isinstance(made, CrossFitted)
    made.fit(data, seed=1, folder=tmp_path, device="cpu", progress=lambda share, text: None)
    assert loss(made.out_of_fold(rows, data.groups).logits, targets) > 1.05


def test_rows_of_an_unknown_group_are_answered_by_the_final_model(learned: Learned) -> None:
    rows, _ = odd_rows(20, seed=4)
    found = learned.estimator.out_of_fold(rows, ["new"] * 20)
    np.testing.assert_array_equal(found.logits, learned.estimator.predict(rows).logits)


def test_a_second_call_takes_up_what_was_learned(learned: Learned) -> None:
    rows, _ = odd_rows(50, seed=5)
    again = fitted(learned.folder)
    np.testing.assert_array_equal(again.predict(rows).logits, learned.estimator.predict(rows).logits)
    np.testing.assert_array_equal(again.predict(rows).outlier, learned.estimator.predict(rows).outlier)
    assert again.describe() == learned.estimator.describe()


def test_the_same_seed_learns_the_same(learned: Learned, tmp_path: Path) -> None:
    rows, _ = odd_rows(50, seed=6)
    again = fitted(tmp_path)
    np.testing.assert_array_equal(again.predict(rows).logits, learned.estimator.predict(rows).logits)


def test_progress_rises_and_names_the_models(learned: Learned) -> None:
    shares = [share for share, _ in learned.told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    told = " ".join(text for _, text in learned.told)
    assert all(name in told for name in ("baseline", "linear", "bent", "alike", "boosted", "log loss"))


@pytest.mark.parametrize("family", ["baseline", "linear", "bent", "alike", "boosted", "average"])
def test_the_exported_graph_answers_as_every_kind_of_model(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only(found: list[estimator.Candidate]) -> estimator.Candidate:
        return next(one for one in found if one.family == family)

    monkeypatch.setattr(estimator, "choose", only)
    made = fitted(tmp_path, trials=1)
    made.export_onnx(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    rows = strange_rows()
    logits, outlier = session.run(["logits", "outlier"], {"inputs": rows})
    expected = made.predict(rows)
    assert expected.outlier is not None
    np.testing.assert_allclose(np.exp(logits), np.exp(expected.logits), atol=1e-5)
    np.testing.assert_allclose(outlier, expected.outlier, rtol=1e-4)
    np.testing.assert_allclose(np.exp(logits).sum(axis=1), 1.0, atol=1e-5)


def strange_rows() -> np.ndarray:
    """Return real rows, and rows of nothing, of rare values, and of numbers far off."""
    rows, _ = odd_rows(200, seed=7)
    rows[0] = np.nan
    rows[1:4, 0] = [1e9, -1e9, np.nan]
    rows[4:8, 2] = [0, 1, 2, 3]
    rows[8, 3] = 2
    rows[9, 4] = 8.0
    return rows


def test_strange_rows_are_called_unlike(learned: Learned) -> None:
    usual = learned.estimator.predict(odd_rows(500, seed=8)[0]).outlier
    strange = learned.estimator.predict(strange_rows()).outlier
    assert usual is not None
    assert strange is not None
    assert (strange[[0, 1, 2, 8, 9]] > np.quantile(usual, 0.99)).all()


def test_the_card_tells_what_was_tried_and_what_matters(learned: Learned) -> None:
    assert isinstance(learned.estimator, Described)
    text = learned.estimator.describe()
    assert "(chosen)" in text
    assert "| baseline | 1.0" in text
    rises = [line for line in text.splitlines() if line.startswith("| column ") and "rise" not in line]
    assert rises[0].split("|")[1].strip() in {"column 1", "column 2", "column 3"}
    assert "| column 5 | 0.0000 |" in text


def test_without_lightgbm_the_linear_models_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("growing", "boosting"):
        monkeypatch.delitem(sys.modules, f"outclass.training.tabular.{name}", raising=False)
    monkeypatch.delattr("outclass.training.tabular.growing", raising=False)
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    made = fitted(tmp_path)
    assert made.report_.family in {"linear", "bent", "alike", "together"}
    assert "boosted" not in {one.family for one in made.report_.tried}
    assert "pip install 'outclass[tables]'" in made.describe()


def test_little_time_is_kept_to_and_still_gives_an_answer(tmp_path: Path) -> None:
    rows, targets = odd_rows(20_000)
    made = build({"seconds": 1, "folds": 3})
    started = time.monotonic()
    made.fit(training_data(rows, targets), seed=1, folder=tmp_path, device="cpu", progress=lambda s, t: None)
    assert time.monotonic() - started < 10  # whatever else runs here
    assert loss(made.predict(rows).logits, targets) < 1.0


def test_few_rows_and_a_class_of_one_are_no_trouble(tmp_path: Path) -> None:
    rows, targets = odd_rows(12)
    targets[:] = [0] * 6 + [1] * 5 + [2]
    made = build({"seconds": 600, "trials": 1})
    made.fit(training_data(rows, targets), seed=1, folder=tmp_path, device="cpu", progress=lambda s, t: None)
    logits = made.predict(rows).logits
    assert logits.shape == (12, len(CLASSES))
    assert np.isfinite(logits).all()
    assert loss(logits, targets) < 3


def test_what_is_no_parameter_is_refused() -> None:
    with pytest.raises(DataError, match=r"trials"):
        build({"minutes": 3})
    with pytest.raises(DataError):
        build({"seconds": 0})


def test_nothing_is_answered_before_it_has_learned() -> None:
    with pytest.raises(OutclassError, match="call fit first"):
        build({}).predict(odd_rows(3)[0])
