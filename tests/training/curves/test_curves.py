"""The default model of series: from observations to a graph, without any code of the challenge."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from outclass.catalog.challenge import InputKind
from outclass.catalog.hooks import default_features, features_sha256, hook_path, load_features
from outclass.catalog.loader import load_challenge
from outclass.inputs.light_curves.features import MISSING
from outclass.training.curves import build
from outclass.training.curves.estimator import CurvesEstimator, marked_rows
from outclass.training.data import TrainingData
from outclass.training.estimator import default_model, model_hook
from small_challenge import write_challenge
from small_series import CLASSES, curves, declaration


def ignore(_share: float, _text: str) -> None:
    """Tell nobody."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a challenge of series without a `features.py` and a `model.py`."""
    return write_challenge(tmp_path_factory.mktemp("project") / "curves", declaration())


@pytest.fixture(scope="module")
def data(folder: Path) -> TrainingData:
    """Return the default features of made-up curves."""
    loaded = load_challenge(folder)
    rows = load_features(loaded).prepare(curves(240, 3), loaded.challenge.input)
    targets = (np.arange(240) % 3).astype(np.int64)
    return TrainingData(
        inputs=rows[:180],
        targets=targets[:180],
        validation_inputs=rows[180:],
        validation_targets=targets[180:],
        classes=CLASSES,
        data_version="curves",
        groups=tuple(f"g{place}" for place in range(180)),
    )


@pytest.fixture(scope="module")
def learned(data: TrainingData, tmp_path_factory: pytest.TempPathFactory) -> CurvesEstimator:
    """Return an estimator that has learned a little."""
    estimator = build({"seconds": 6, "folds": 3})
    assert isinstance(estimator, CurvesEstimator)
    estimator.fit(data, seed=1, folder=tmp_path_factory.mktemp("fit"), device="cpu", progress=ignore)
    return estimator


def test_series_need_no_code(folder: Path) -> None:
    """Features and model are there by default, and their hash is that of the packaged files."""
    loaded = load_challenge(folder)
    assert hook_path(loaded, "features") == default_features()
    assert hook_path(loaded, "model") is None
    assert load_features(loaded).__name__ == "outclass.inputs.light_curves.features"
    assert len(str(features_sha256(loaded))) == 64
    module = default_model(InputKind.SERIES)
    assert module is not None
    assert model_hook(loaded) is module


def test_curves_are_told_apart(learned: CurvesEstimator, data: TrainingData) -> None:
    """New ones as well as those learned from, by folds."""
    found = learned.predict(data.validation_inputs).logits.argmax(axis=1)
    assert (found == data.validation_targets).mean() >= 0.9
    unseen = learned.out_of_fold(data.inputs, data.groups).logits.argmax(axis=1)
    assert (unseen == data.targets).mean() >= 0.9
    assert learned.facts_["family"]
    assert learned.seconds_ > 0
    assert learned.describe()


def test_the_graph_reads_what_is_missing(
    learned: CurvesEstimator, data: TrainingData, tmp_path: Path
) -> None:
    """Features as they are served, with `MISSING` in them, are answered as the estimator does."""
    learned.export_onnx(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    rows = data.validation_inputs.copy()
    rows[::3, 5:60] = MISSING
    logits = session.run(["logits"], {"inputs": rows})[0]
    np.testing.assert_allclose(logits, learned.predict(rows).logits, atol=1e-3)
    assert np.isnan(marked_rows(rows)[0, 5])
    zeros = session.run(["logits"], {"inputs": np.zeros((1, rows.shape[1]), np.float32)})[0]
    assert np.isfinite(zeros).all()
