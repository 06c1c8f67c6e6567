"""The estimator: learning, going on after a kill, answering, exporting."""
# ruff: noqa: E402 - what needs torch is imported after the check that it is there

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="the digits model is trained with the extra [torch]")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx", reason="export needs the extra [train]")

from outclass.base.errors import ConflictError, OutclassError
from outclass.catalog.loader import load_challenge
from outclass.challenges.digits.model import DigitsEstimator, build, outliers
from outclass.training.data import TrainingData

TINY: dict[str, object] = {
    **load_challenge("digits").challenge.models["convnet"].parameters,
    "epochs": 2, "members": 1, "channels": "4-4-4-4-4-8", "bank": 30, "batch": 32, "half": False,
}  # fmt: skip


def drawn(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Ten easy classes: a square whose place says which it is."""
    random = np.random.default_rng(seed)
    targets = random.integers(0, 10, count)
    pictures = random.integers(0, 20, (count, 28, 28)).astype(np.uint8)
    for picture, target in zip(pictures, targets, strict=True):
        top, left = 4 + 11 * (int(target) // 5), 3 + 5 * (int(target) % 5)
        picture[top : top + 9, left : left + 4] = 255
    return pictures, targets


@pytest.fixture(scope="module")
def data() -> TrainingData:
    pictures, targets = drawn(160, 1)
    others, truth = drawn(40, 2)
    return TrainingData(
        inputs=pictures, targets=targets, validation_inputs=others, validation_targets=truth,
        classes=tuple("0123456789"), data_version="test",
    )  # fmt: skip


class KilledError(Exception):
    """Stands for a process that ends in the middle."""


def fitted(
    data: TrainingData, folder: Path, *, stop_after: int | None = None, seed: int = 1, **more: object
) -> DigitsEstimator:
    told: list[float] = []

    def progress(share: float, line: str) -> None:
        assert line
        told.append(share)
        if len(told) == stop_after:
            raise KilledError

    estimator = build(TINY | more)
    estimator.fit(data, seed=seed, folder=folder, device="cpu", progress=progress)
    assert told == sorted(told)
    return estimator


@pytest.fixture(scope="module")
def whole(data: TrainingData, tmp_path_factory: pytest.TempPathFactory) -> DigitsEstimator:
    return fitted(data, tmp_path_factory.mktemp("whole"))


def test_a_killed_training_goes_on_to_the_same_model(
    data: TrainingData, whole: DigitsEstimator, tmp_path: Path
) -> None:
    with pytest.raises(KilledError):
        fitted(data, tmp_path, stop_after=1)
    resumed = fitted(data, tmp_path)
    np.testing.assert_array_equal(resumed.predict(data.inputs).logits, whole.predict(data.inputs).logits)
    assert [path.name for path in (tmp_path / "seed-1").glob("checkpoint*")] == ["checkpoint.pt"]


def test_a_finished_training_is_not_done_again(data: TrainingData, tmp_path: Path) -> None:
    first = fitted(data, tmp_path)
    checkpoint = tmp_path / "seed-1" / "checkpoint.pt"
    written = checkpoint.stat().st_mtime_ns
    again = fitted(data, tmp_path)
    assert checkpoint.stat().st_mtime_ns == written
    assert again.seconds_ == first.seconds_ > 0
    np.testing.assert_array_equal(first.predict(data.inputs).logits, again.predict(data.inputs).logits)


def test_another_recipe_in_the_folder_is_refused(data: TrainingData, tmp_path: Path) -> None:
    fitted(data, tmp_path)
    with pytest.raises(ConflictError, match="another recipe"):
        fitted(data, tmp_path, rate=0.01)


def test_other_data_in_the_folder_are_refused(data: TrainingData, tmp_path: Path) -> None:
    fitted(data, tmp_path, epochs=1)
    other = TrainingData(
        inputs=data.inputs[::-1], targets=data.targets[::-1], validation_inputs=data.validation_inputs,
        validation_targets=data.validation_targets, classes=data.classes, data_version="other",
    )  # fmt: skip
    with pytest.raises(ConflictError):
        fitted(other, tmp_path, epochs=1)


def test_seeds_differ(data: TrainingData, whole: DigitsEstimator, tmp_path: Path) -> None:
    other = fitted(data, tmp_path, seed=2)
    assert (other.predict(data.inputs).logits != whole.predict(data.inputs).logits).any()


def test_members_are_the_nets_of_the_next_seeds(
    data: TrainingData, whole: DigitsEstimator, tmp_path: Path
) -> None:
    both = fitted(data, tmp_path, members=2)
    assert both.members_[0].count() == whole.members_[0].count()
    np.testing.assert_array_equal(both.members_[0].kernels[-1].values, whole.members_[0].kernels[-1].values)
    assert both.parameters_count() == 2 * whole.parameters_count()
    alone = fitted(data, tmp_path, seed=2)
    np.testing.assert_array_equal(both.members_[1].kernels[-1].values, alone.members_[0].kernels[-1].values)


def test_it_learns(data: TrainingData, tmp_path: Path) -> None:
    estimator = fitted(data, tmp_path, epochs=12, strength=0.0, final_strength=0.0, redrawn=0.0, dropout=0.0)
    answers = estimator.predict(data.validation_inputs).logits.argmax(axis=1)
    assert (answers == data.validation_targets).mean() > 0.6


@pytest.mark.parametrize("members", [1, 2])
def test_onnx_equals_the_estimator(data: TrainingData, tmp_path: Path, members: int) -> None:
    estimator = fitted(data, tmp_path, members=members)
    estimator.export_onnx(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    inputs = np.random.default_rng(3).random((7, 28, 28), dtype=np.float32)
    logits, outlier = session.run(["logits", "outlier"], {"image": inputs})
    expected = estimator.predict(inputs)
    assert expected.outlier is not None
    np.testing.assert_allclose(logits, expected.logits, atol=1e-4)
    np.testing.assert_allclose(outlier, expected.outlier, atol=1e-4)
    single = session.run(["logits"], {"image": inputs[:1]})[0]
    np.testing.assert_allclose(single, logits[:1], atol=1e-5)


def test_export_is_the_same_bytes_each_time(whole: DigitsEstimator, tmp_path: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        whole.export_onnx(tmp_path / name)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_bytes_and_shares_are_read_alike(data: TrainingData, whole: DigitsEstimator) -> None:
    shares = data.inputs.astype(np.float32) / 255
    np.testing.assert_allclose(whole.predict(shares).logits, whole.predict(data.inputs).logits, atol=1e-6)


def test_no_rows_give_no_answers(whole: DigitsEstimator) -> None:
    outputs = whole.predict(np.zeros((0, 28, 28), np.float32))
    assert outputs.logits.shape == (0, 10)
    assert outputs.outlier is not None
    assert outputs.outlier.shape == (0,)


def test_an_estimator_that_has_not_learned_says_so(tmp_path: Path) -> None:
    with pytest.raises(OutclassError, match="call fit first"):
        build(TINY).export_onnx(tmp_path / "model.onnx")


def test_outliers_are_float_pictures() -> None:
    pictures = outliers(3, 20)
    assert pictures.shape == (20, 28, 28)
    assert pictures.dtype == np.float32
    assert 0 <= pictures.min() < pictures.max() <= 1


def test_members_trained_beside_each_other_are_the_same(data: TrainingData, tmp_path: Path) -> None:
    beside = fitted(data, tmp_path / "beside", members=2, workers=2)
    here = fitted(data, tmp_path / "here", members=2)
    inputs = data.validation_inputs
    np.testing.assert_array_equal(beside.predict(inputs).logits, here.predict(inputs).logits)


def test_a_member_that_fails_in_its_own_process_is_told(data: TrainingData, tmp_path: Path) -> None:
    fitted(data, tmp_path, epochs=1)
    with pytest.raises(ConflictError):
        fitted(data, tmp_path, members=2, workers=2)
