"""A model of photos that starts from what the network's own classes say."""

import dataclasses

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outclass.base.errors import DataError
from outclass.training.data import TrainingData
from outclass.training.estimator import CrossFitted
from outclass.training.photos import informed
from outclass.training.photos.folds import fold_of
from outclass.training.photos.imagenet import CLASSES, Classifier, packaged_classifier, rounded
from outclass.training.photos.informed import InformedProbe, Recipe, correct
from outclass.training.photos.knowledge import Knowledge, Pooling, know, log_softmax

LION, TIGER, CHEETAH = 291, 292, 293
NAMES = ("lion", "none", "tiger", "cheetah")
KNOWN = Knowledge(
    shares={LION: {"lion": 1.0}, TIGER: {"tiger": 1.0}, CHEETAH: {"cheetah": 3.0, "tiger": 1.0}}, none="none"
)
WIDTH = 40
"""Features: the first ones are those that the classifier looks at."""


def small_classifier(width: int = 32) -> Classifier:
    """Return a layer whose weights are drawn."""
    random = np.random.default_rng(5)
    weights = random.normal(0, 0.3, (CLASSES, width)).astype(np.float32)
    return rounded(weights, random.normal(0, 0.1, CLASSES).astype(np.float32))


@pytest.fixture(autouse=True)
def classifier(monkeypatch: pytest.MonkeyPatch) -> Classifier:
    """Stand a small layer in the place of the packaged one."""
    layer = small_classifier()
    monkeypatch.setattr(informed, "packaged_classifier", lambda: layer)
    return layer


def photos(layer: Classifier, classes: list[int], each: int = 12, seed: int = 0) -> np.ndarray:
    """Return features that look to the layer like some of its classes, with noise."""
    random = np.random.default_rng(seed)
    rows = random.normal(0, 0.5, (len(classes) * each, WIDTH)).astype(np.float32)
    for place, number in enumerate(classes):
        rows[place * each : (place + 1) * each, : layer.width] += 0.05 * layer.weights[number]
    return rows


def data(rows: np.ndarray, targets: list[int], groups: list[str] | None = None) -> TrainingData:
    """Return rows to learn from."""
    return TrainingData(
        inputs=rows,
        targets=np.array(targets),
        validation_inputs=rows[:1],
        validation_targets=np.array(targets[:1]),
        classes=NAMES,
        data_version="0",
        groups=tuple(groups or [str(place) for place in range(len(rows))]),
    )


def fitted(tmp_path, rows, targets, knowledge=KNOWN, groups=None, **recipe) -> InformedProbe:
    """Return an estimator that has learned."""
    estimator = informed.build(recipe, knowledge)
    learn = data(rows, targets, groups)
    estimator.fit(learn, seed=1, folder=tmp_path, device="cpu", progress=lambda *_: None)
    return estimator


def test_the_packaged_layer_has_a_row_for_each_class_of_imagenet():
    layer = packaged_classifier()

    assert layer.weights.shape == (CLASSES, 1280)
    assert layer.scales.shape == layer.offsets.shape == (CLASSES,)
    assert np.isfinite(layer.scales).all()


def test_rounding_changes_logits_little():
    random = np.random.default_rng(1)
    weights, offsets = random.normal(size=(CLASSES, 64)), random.normal(size=CLASSES)
    rows = random.normal(size=(5, 70)).astype(np.float32)
    layer = rounded(weights.astype(np.float32), offsets.astype(np.float32))

    exact = rows[:, :64] @ weights.T + offsets
    assert np.abs(layer.logits(rows) - exact).max() < 0.03 * exact.std()


def test_without_photos_the_answer_is_the_networks_own(classifier):
    rows = photos(classifier, [LION, TIGER, CHEETAH, 7])
    logits = classifier.logits(rows).astype(np.float64)
    chances = np.exp(log_softmax(logits))
    head = InformedProbe(Recipe(), KNOWN)._unlearned(WIDTH, NAMES)
    found = np.exp(head.outputs(rows).logits)

    assert found[:, 0] == pytest.approx(chances[:, LION], abs=1e-4)
    assert found[:, 1] == pytest.approx(np.delete(chances, KNOWN.own, axis=1).sum(axis=1), abs=1e-4)
    assert found[:, 2] == pytest.approx(chances[:, TIGER] + chances[:, CHEETAH] / 4, abs=1e-4)


def test_a_class_that_the_challenge_does_not_have_is_told(classifier):
    wrong = Knowledge(shares={LION: {"puma": 1.0}}, none="none")

    with pytest.raises(DataError, match=r"puma.*lion, none"):
        know(photos(classifier, [LION]), classifier, wrong, NAMES)


@pytest.mark.parametrize("pooling", Pooling)
@pytest.mark.parametrize("learn", [True, False])
def test_the_graph_answers_as_the_estimator(tmp_path, classifier, pooling, learn):
    rows = photos(classifier, [LION, TIGER, 7])
    knowledge = dataclasses.replace(KNOWN, pooling=pooling)
    estimator = fitted(tmp_path, rows, [0] * 12 + [2] * 12 + [1] * 12, knowledge, learn=learn, sharpness=1.3)
    estimator.export_onnx(tmp_path / "model.onnx")
    session = ort.InferenceSession(str(tmp_path / "model.onnx"))
    others = np.concatenate([photos(classifier, [CHEETAH, 900], seed=3), np.zeros((1, WIDTH), np.float32)])

    logits, outlier = session.run(["logits", "outlier"], {"features": others})
    expected = estimator.predict(others)
    assert expected.outlier is not None
    assert logits == pytest.approx(expected.logits, abs=2e-4)
    assert outlier == pytest.approx(expected.outlier, abs=2e-3)
    assert np.exp(logits).sum(axis=1) == pytest.approx(1.0, abs=1e-4)


def test_photos_of_some_classes_leave_the_others_what_they_had(tmp_path, classifier):
    rows = photos(classifier, [LION, TIGER, 7])
    estimator = fitted(tmp_path, rows, [0] * 12 + [2] * 12 + [1] * 12, penalty=1e-4)
    assert estimator.head_ is not None
    asked = photos(classifier, [CHEETAH, LION], seed=9)
    plain = know(asked, classifier, KNOWN, NAMES).kinds

    kinds = np.delete(np.exp(estimator.predict(asked).logits), 1, axis=1)
    kinds /= kinds.sum(axis=1, keepdims=True)
    assert estimator.head_.learned.tolist() == [True, True, False]
    assert kinds[:, 2] == pytest.approx(np.exp(log_softmax(plain))[:, 2], abs=1e-4)


def test_photos_correct_what_the_network_takes_for_another_class(tmp_path, classifier):
    rows = photos(classifier, [LION, TIGER, 7])
    swapped = [2] * 12 + [0] * 12 + [1] * 12
    estimator = fitted(tmp_path, rows, swapped, penalty=1e-5)
    untaught = fitted(tmp_path, rows, swapped, learn=False)

    assert (estimator.predict(rows).logits.argmax(axis=1) == swapped).mean() > 0.95
    assert (untaught.predict(rows).logits.argmax(axis=1) == swapped).mean() < 0.5


def test_without_photos_of_none_the_networks_doubt_stays(tmp_path, classifier):
    rows = photos(classifier, [LION, TIGER])
    knowledge = dataclasses.replace(KNOWN, trust=0.7, offset=0.4)
    estimator = fitted(tmp_path, rows, [0] * 12 + [2] * 12, knowledge)
    evidence = know(rows, classifier, KNOWN, NAMES).evidence

    assert estimator.predict(rows).outlier == pytest.approx(-(0.7 * evidence + 0.4), abs=1e-4)


def test_photos_of_none_alone_teach_nothing(tmp_path, classifier):
    rows = photos(classifier, [7, 8])
    found = fitted(tmp_path, rows, [1] * 24).predict(rows)

    head = InformedProbe(Recipe(), KNOWN)._unlearned(WIDTH, NAMES)
    assert found.logits == pytest.approx(head.outputs(rows).logits)


def test_advice_on_a_photo_is_of_a_model_that_did_not_see_its_group(tmp_path, classifier):
    rows = photos(classifier, [LION, TIGER, 7])
    targets = [0] * 12 + [2] * 12 + [1] * 12
    groups = [f"group {place // 3}" for place in range(36)]
    estimator = fitted(tmp_path, rows, targets, groups=groups, penalty=1e-5)
    assert isinstance(estimator, CrossFitted)
    found = estimator.out_of_fold(rows, groups)
    new = estimator.out_of_fold(rows, [f"new {place}" for place in range(36)])

    assert new.logits == pytest.approx(estimator.predict(rows).logits)
    for fold, head in enumerate(estimator.fold_heads_):
        chosen = np.array([fold_of(group, 5) == fold for group in groups])
        if chosen.any():
            assert found.logits[chosen] == pytest.approx(head.outputs(rows[chosen]).logits)
    assert not np.allclose(found.logits, estimator.predict(rows).logits)


def test_learning_again_gives_the_same(tmp_path, classifier):
    rows = photos(classifier, [LION, TIGER, 7])
    targets = [0] * 12 + [2] * 12 + [1] * 12
    first, second = (fitted(tmp_path, rows, targets) for _ in range(2))
    for estimator, name in ((first, "a"), (second, "b")):
        estimator.export_onnx(tmp_path / name)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_parameter_that_is_none_is_told():
    with pytest.raises(DataError, match=r"penalty.*learn"):
        informed.build({"penalty": -1.0}, KNOWN)


CHANCES = st.lists(st.floats(-8, 8), min_size=4, max_size=4)


@given(CHANCES, CHANCES, st.lists(st.booleans(), min_size=4, max_size=4))
@settings(max_examples=60)
def test_sharing_anew_keeps_the_sum_and_the_classes_without_photos(kinds, corrections, learned):
    before, marks = np.array([kinds]), np.array(learned)
    after = correct(before, marks, np.array([corrections])[:, marks])

    assert np.exp(after).sum() == pytest.approx(1.0)
    assert after[0, ~marks] == pytest.approx(log_softmax(before)[0, ~marks])
