"""The default model of drawings, on the 8 x 8 digits that come with scikit-learn and on MNIST."""

import gzip
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from outclass.base.errors import DataError, OutclassError
from outclass.catalog.challenge import InputKind
from outclass.training.data import Outputs, TrainingData
from outclass.training.estimator import CrossFitted, default_model
from outclass.training.pictures import build
from outclass.training.pictures.describing import SIDE
from outclass.training.pictures.learning import find_basis
from outclass.training.pictures.model import described_rows
from outclass.training.pictures.recipe import WIDTHS, Recipe, cost, plan
from outclass.training.pictures.scaling import best_stiffness, log_loss, scale_for

ROWS, SECONDS = 600, 1.0
CLASSES = tuple("0123456789")


def ignore(_share: float, _text: str) -> None:
    """Tell nobody."""


def digits(count: int) -> TrainingData:
    """Return real digits of 8 x 8 pixels, those that follow as validation rows."""
    found = load_digits()
    rows = np.asarray(found.images, np.float32) / 16
    return TrainingData(
        inputs=rows[:count],
        targets=found.target[:count].astype(np.int64),
        validation_inputs=rows[count:],
        validation_targets=found.target[count:].astype(np.int64),
        classes=CLASSES,
        data_version="digits",
        groups=tuple(f"d{place}" for place in range(count)),
    )


@pytest.fixture(scope="module")
def data() -> TrainingData:
    """Return the digits that all tests learn from."""
    return digits(ROWS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that a model was learned in."""
    return tmp_path_factory.mktemp("fit")


@pytest.fixture(scope="module")
def learned(data: TrainingData, folder: Path) -> CrossFitted:
    """Return an estimator that has learned within a second."""
    estimator = build({"seconds": SECONDS})
    estimator.fit(data, seed=3, folder=folder, device="cpu", progress=ignore)
    assert isinstance(estimator, CrossFitted)
    return estimator


def accuracy(outputs: Outputs, targets: NDArray[np.int64]) -> float:
    """Return the share of right answers."""
    return float((outputs.logits.argmax(axis=1) == targets).mean())


def test_it_is_what_drawings_without_code_learn_by() -> None:
    """No `model.py` is needed."""
    module = default_model(InputKind.DRAWING)
    assert module is not None
    assert module.build is build


def test_it_reads_digits_it_never_saw(learned: CrossFitted, data: TrainingData) -> None:
    """600 digits of 8 x 8 pixels teach the others."""
    found = learned.predict(data.validation_inputs)
    assert accuracy(found, data.validation_targets) >= 0.95
    assert log_loss(found.logits, data.validation_targets) < 0.25


def test_answers_out_of_fold_are_honest(learned: CrossFitted, data: TrainingData) -> None:
    """Of rows that were learned from they are as good as of new ones; new groups get the final model."""
    unseen = learned.out_of_fold(data.inputs, data.groups)
    whole = learned.predict(data.inputs)
    assert 0.9 <= accuracy(unseen, data.targets) < 1.0
    assert log_loss(unseen.logits, data.targets) > log_loss(whole.logits, data.targets)
    assert learned.out_of_fold(data.inputs, data.groups) is unseen
    new = learned.out_of_fold(data.validation_inputs[:50], [f"new{n}" for n in range(50)])
    final = learned.predict(data.validation_inputs[:50])
    np.testing.assert_allclose(new.logits, final.logits, atol=2e-3)
    assert new.outlier is not None
    assert final.outlier is not None
    np.testing.assert_allclose(new.outlier, final.outlier, rtol=2e-3)


def test_the_graph_answers_as_the_estimator(learned: CrossFitted, data: TrainingData, tmp_path: Path) -> None:
    """One file holds all; one row is answered as it is among others; empty drawings get an answer, too."""
    learned.export_onnx(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == ["image"]
    rows = data.validation_inputs[:20]
    logits, outlier = session.run(["logits", "outlier"], {"image": rows})
    np.testing.assert_allclose(logits, learned.predict(rows).logits, atol=1e-4)
    assert outlier.shape == (20,)
    alone = session.run(["logits"], {"image": rows[4:5]})[0]
    np.testing.assert_allclose(alone[0], logits[4], atol=1e-4)
    nothing = session.run(["logits", "outlier"], {"image": np.zeros((1, 8, 8), np.float32)})
    assert all(np.isfinite(one).all() for one in nothing)


def test_what_is_no_digit_lies_farther_away(learned: CrossFitted, data: TrainingData) -> None:
    """The outlier score parts noise from digits."""
    noise = np.random.default_rng(1).random((200, 8, 8)).astype(np.float32)
    real, made = learned.predict(data.validation_inputs).outlier, learned.predict(noise).outlier
    assert real is not None
    assert made is not None
    assert np.median(made) > np.quantile(real, 0.95)


def test_learning_again_takes_up_what_is_there(
    learned: CrossFitted, data: TrainingData, folder: Path, tmp_path: Path
) -> None:
    """The same folder gives the same model at once, the same seed elsewhere the same numbers."""
    kept = (folder / "model.npz").stat().st_mtime_ns
    again = build({"seconds": SECONDS})
    again.fit(data, seed=3, folder=folder, device="cpu", progress=ignore)
    assert (folder / "model.npz").stat().st_mtime_ns == kept
    elsewhere = build({"seconds": SECONDS})
    told: list[float] = []
    elsewhere.fit(
        data, seed=3, folder=tmp_path, device="cpu", progress=lambda share, _text: told.append(share)
    )
    rows = data.validation_inputs[:30]
    np.testing.assert_array_equal(again.predict(rows).logits, learned.predict(rows).logits)
    np.testing.assert_allclose(elsewhere.predict(rows).logits, learned.predict(rows).logits, atol=1e-3)
    assert told == sorted(told)
    assert 0.5 < told[-1] <= 1.0


def test_bytes_and_floats_are_the_same_drawing(learned: CrossFitted, data: TrainingData) -> None:
    """255 is 1."""
    gray = np.rint(data.validation_inputs[:10] * 255).astype(np.uint8)
    floats = gray.astype(np.float32) / np.float32(255)
    np.testing.assert_allclose(learned.predict(gray).logits, learned.predict(floats).logits, atol=1e-5)


def test_no_rows_and_no_model(learned: CrossFitted) -> None:
    """Nothing is answered with nothing; before learning there is no answer."""
    assert learned.predict(np.zeros((0, 8, 8), np.float32)).logits.shape == (0, 10)
    with pytest.raises(OutclassError, match="not learned"):
        build({}).predict(np.zeros((1, 8, 8), np.float32))


@pytest.mark.parametrize("size", [8, 13, 28, 30, 57, 64, 100, 1024])
def test_drawings_of_any_size_are_described_alike(size: int) -> None:
    """A small one is enlarged, a large one made smaller."""
    y, x = np.mgrid[0:size, 0:size] / size
    ring = (np.abs(np.hypot(x - 0.5, y - 0.5) - 0.3) < 0.08).astype(np.float32)
    found = described_rows(ring[None])
    same = described_rows(
        ((np.abs(np.hypot(*(np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5)) - 0.3)) < 0.08)[None].astype(np.float32)
    )
    assert found.shape == same.shape
    assert np.isfinite(found).all()
    assert np.corrcoef(found[0], same[0])[0, 1] > 0.6


def test_few_rows_and_missing_classes(tmp_path: Path) -> None:
    """Twelve drawings of two of three classes teach what they can; one class teaches nothing."""
    small = digits(400)
    chosen = np.flatnonzero(small.targets < 2)[:12]
    few = TrainingData(
        inputs=small.inputs[chosen],
        targets=small.targets[chosen],
        validation_inputs=small.inputs[:0],
        validation_targets=small.targets[:0],
        classes=("0", "1", "2"),
        data_version="few",
    )
    estimator = build({"seconds": 1})
    estimator.fit(few, seed=1, folder=tmp_path, device="cpu", progress=ignore)
    held = np.flatnonzero(small.targets < 2)[12:]
    found = estimator.predict(small.inputs[held])
    assert accuracy(found, small.targets[held]) > 0.9
    one = TrainingData(
        inputs=few.inputs[:3],
        targets=np.zeros(3, np.int64),
        validation_inputs=few.inputs[:0],
        validation_targets=few.targets[:0],
        classes=("0", "1"),
        data_version="one",
    )
    with pytest.raises(DataError, match="one class"):
        build({}).fit(one, seed=1, folder=tmp_path / "one", device="cpu", progress=ignore)


def test_the_plan_keeps_to_the_time() -> None:
    """More time means more functions, more rows mean fewer; of very many rows some are taken."""
    widths = [plan(Recipe(seconds=seconds), 20_000)[1] for seconds in (1, 5, 20, 60, 600)]
    assert widths == sorted(widths)
    assert widths[-1] == WIDTHS[0]
    rows, width = plan(Recipe(seconds=5), 10_000_000)
    assert (rows < 100_000, width) == (True, WIDTHS[-1])
    assert cost(rows, width) < cost(2 * rows, width)
    assert plan(Recipe(seconds=0.001), 5000)[0] == 200
    with pytest.raises(DataError, match="not accepted"):
        build({"speed": 3})


def test_scaling_makes_scores_honest() -> None:
    """A matrix is used where rows are many and a class is mistaken in one direction only."""
    chance = np.random.default_rng(1)
    targets = chance.integers(0, 3, 4000)
    scores = (np.eye(3)[targets] + 0.6 * chance.standard_normal((4000, 3))).astype(np.float32)
    scores[:, 2] += 0.5
    one = scale_for(scores, targets)
    better = scale_for(scores, targets, best_stiffness(scores, targets))
    assert log_loss(better.apply(scores), targets) < log_loss(one.apply(scores), targets)
    assert log_loss(scores[:0], targets[:0]) == np.inf


def test_directions_of_equal_rows() -> None:
    """Rows that do not differ break nothing."""
    basis = find_basis(np.ones((5, 7), np.float32))
    assert basis.apply(np.ones((2, 7), np.float32)).shape[0] == 2


def test_mnist(shared_data: Path, tmp_path: Path) -> None:
    """1,500 of MNIST teach 96 % of the next 2,000."""

    def read(name: str, offset: int, count: int) -> NDArray[np.uint8]:
        with gzip.open(shared_data / "digits" / name) as file:
            file.read(offset)
            return np.frombuffer(file.read(count), dtype=np.uint8)

    pictures = read("train-images-idx3-ubyte.gz", 16, 3500 * 784).reshape(-1, 28, 28)
    labels = read("train-labels-idx1-ubyte.gz", 8, 3500).astype(np.int64)
    data = TrainingData(
        inputs=pictures[:1500],
        targets=labels[:1500],
        validation_inputs=pictures[:0],
        validation_targets=labels[:0],
        classes=CLASSES,
        data_version="mnist",
    )
    estimator = build({"seconds": 2})
    estimator.fit(data, seed=1, folder=tmp_path, device="cpu", progress=ignore)
    assert accuracy(estimator.predict(pictures[1500:]), labels[1500:]) >= 0.96
