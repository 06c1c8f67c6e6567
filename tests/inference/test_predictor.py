import json
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import tiny_digits_version, tiny_onnx, tiny_signature, write_version
from outclass.base.errors import InvalidInputError, RegistryError
from outclass.inference.abstain import prediction_set, softmax
from outclass.inference.prediction import AbstainReason
from outclass.inference.predictor import CHUNK, Predictor

START = """
import sys, time
began = time.perf_counter()
from pathlib import Path
import msgspec
import numpy as np
from outclass.inference.predictor import Predictor
from outclass.registry.version import Manifest, ModelVersion, Signature
folder = Path(sys.argv[1])
version = ModelVersion(
    id=folder.name, folder=folder,
    manifest=msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest),
    signature=msgspec.json.decode((folder / "signature.json").read_bytes(), type=Signature),
)
answer = Predictor.load(version).predict_one(np.eye(28, dtype=np.float32)).answer
import json
print(json.dumps({"seconds": time.perf_counter() - began, "answer": answer, "modules": sorted(sys.modules)}))
"""
HEAVY = {"polars", "sklearn", "torch", "django", "pandas", "litestar", "structlog", "rich", "onnx"}


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(tiny_digits_version(tmp_path_factory.mktemp("models"), seed=3))


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(5).random((2 * CHUNK + 3, 28, 28), dtype=np.float32)


def test_one_equals_many(predictor: Predictor, rows: np.ndarray) -> None:
    many = predictor.predict_many(rows)
    assert len(many) == len(rows)
    for index in (0, 1, CHUNK - 1, CHUNK, len(rows) - 1):
        alone = predictor.predict_one(rows[index])
        assert alone.answer == many[index].answer
        assert alone.probabilities == pytest.approx(many[index].probabilities, abs=1e-6)


def test_scores_are_the_numbers_of_the_predictions(predictor: Predictor, rows: np.ndarray) -> None:
    scores = predictor.scores(rows)
    many = predictor.predict_many(rows)
    assert scores.probabilities == pytest.approx(
        np.array([list(p.probabilities.values()) for p in many]), abs=1e-9
    )
    assert scores.outlier == pytest.approx(np.array([p.outlier for p in many]), abs=1e-6)
    assert predictor.scores(rows[:0]).probabilities.shape == (0, 10)
    assert predictor.predict_many(rows[:0]) == []


def test_answer_names_model_and_most_probable_class(predictor: Predictor, rows: np.ndarray) -> None:
    prediction = predictor.predict_one(rows[0])
    assert prediction.model == predictor.version.reference
    assert prediction.confidence == max(prediction.probabilities.values())
    assert prediction.probabilities[prediction.answer or ""] == prediction.confidence
    assert prediction.prediction_set[0] == prediction.answer
    assert not prediction.abstained


def test_empty_drawing_has_no_answer(predictor: Predictor) -> None:
    prediction = predictor.predict_one(np.zeros((28, 28), dtype=np.float32))
    assert prediction.answer is None
    assert prediction.reason is AbstainReason.EMPTY
    assert prediction.prediction_set == predictor.version.signature.classes


def test_outlier_and_undecided_abstain(tmp_path: Path, rows: np.ndarray) -> None:
    strict = Predictor.load(tiny_digits_version(tmp_path, seed=3, outlier_above=-1e9))
    unsure = Predictor.load(tiny_digits_version(tmp_path, seed=3, confidence=1.0))
    assert strict.predict_one(rows[0]).reason is AbstainReason.OUTLIER
    prediction = unsure.predict_one(rows[0])
    assert prediction.reason is AbstainReason.UNDECIDED
    assert prediction.abstained
    assert prediction.answer is not None


@pytest.mark.parametrize("shape", [(27, 28), (28,), (1, 28, 28, 2), ()])
def test_wrong_shape_is_refused(predictor: Predictor, shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInputError):
        predictor.predict_many(np.zeros(shape, dtype=np.float32))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1.5, -0.5, 3e38])
def test_values_out_of_range_are_refused(predictor: Predictor, value: float) -> None:
    row = np.zeros((28, 28), dtype=np.float32)
    row[3, 4] = value
    with pytest.raises(InvalidInputError, match="out of range"):
        predictor.predict_one(row)


def test_canary_that_differs_is_refused(tmp_path: Path) -> None:
    other = tiny_signature(favorite=3)
    version = write_version(tmp_path, other, tiny_onnx(favorite=4), champion=False)
    with pytest.raises(RegistryError, match="canary"):
        Predictor.load(version)


def test_model_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    version = tiny_digits_version(tmp_path)
    (version.folder / "model.onnx").write_bytes(tiny_onnx(seed=9))
    with pytest.raises(RegistryError, match="manifest"):
        Predictor.load(version)
    (version.folder / "model.onnx").unlink()
    with pytest.raises(RegistryError, match="cannot be read"):
        Predictor.load(version)


def test_model_that_is_no_onnx_is_refused(tmp_path: Path) -> None:
    version = write_version(tmp_path, tiny_signature(), b"not a model", champion=False)
    with pytest.raises(RegistryError, match="cannot be loaded"):
        Predictor.load(version)


@pytest.mark.parametrize("change", [{"input_name": "x"}, {"logits_name": "y"}, {"outlier_name": "z"}])
def test_signature_that_does_not_fit_is_refused(tmp_path: Path, change: dict[str, str]) -> None:
    signature = msgspec.structs.replace(tiny_signature(), **change)
    with pytest.raises(RegistryError, match="signature"):
        Predictor.load(write_version(tmp_path, signature, tiny_onnx(), champion=False))


def test_ready_in_a_second_without_heavy_modules(tmp_path: Path) -> None:
    version = tiny_digits_version(tmp_path, favorite=6)
    best = min((start_up(version.folder) for _ in range(3)), key=lambda report: report["seconds"])
    assert best["answer"] == "6"
    assert not HEAVY & {name.partition(".")[0] for name in best["modules"]}
    assert best["seconds"] < 1.0


def start_up(folder: Path) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", START, str(folder)], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


logit_rows = st.lists(st.floats(-80, 80), min_size=2, max_size=20)


@given(logits=logit_rows, temperature=st.floats(0.05, 20))
def test_softmax_is_a_distribution_that_keeps_the_order(logits: list[float], temperature: float) -> None:
    probabilities = softmax(logits, temperature)
    assert sum(probabilities) == pytest.approx(1.0)
    assert all(0.0 <= p <= 1.0 for p in probabilities)
    assert probabilities[logits.index(max(logits))] == max(probabilities)


@given(logits=logit_rows, quantile=st.floats(0, 1))
def test_prediction_set_is_the_smallest_that_reaches_the_quantile(
    logits: list[float], quantile: float
) -> None:
    probabilities = softmax(logits, 1.0)
    members = prediction_set(probabilities, quantile)
    assert len(set(members)) == len(members) >= 1
    assert min(probabilities[i] for i in members) >= max(
        (p for i, p in enumerate(probabilities) if i not in members), default=0.0
    )
    reached = sum(probabilities[i] for i in members)
    assert reached >= quantile or len(members) == len(probabilities)
    assert sum(probabilities[i] for i in members[:-1]) < quantile or len(members) == 1
