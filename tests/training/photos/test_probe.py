"""The linear probe: what it learns, how it chooses, and that its file answers as it does."""

import numpy as np
import onnxruntime as ort
import pytest
from sklearn.linear_model import LogisticRegression

from outclass.base.errors import DataError, OutclassError
from outclass.training.data import TrainingData
from outclass.training.estimator import CrossFitted
from outclass.training.photos.folds import fold_of
from outclass.training.photos.head import fit_path, learn_path
from outclass.training.photos.imagenet import packaged_classifier
from outclass.training.photos.lifting import lifts_for, rivals_of
from outclass.training.photos.own_view import learn_view
from outclass.training.photos.probe import build

CLASSES = ("cat", "dog", "fox")


def silent(share, text):
    """Tell nobody."""


def material(count=150, width=40, seed=0):
    """Return features that are like a network's: none below 0, and classes overlap."""
    random = np.random.default_rng(seed)
    targets = random.integers(0, len(CLASSES), count)
    centers = random.gamma(1.0, 1.0, (len(CLASSES), width))
    rows = np.maximum(centers[targets] + random.normal(0, 1.2, (count, width)), 0).astype(np.float32)
    return rows, targets


def data_of(rows, targets, groups=()):
    return TrainingData(
        inputs=rows,
        targets=targets,
        validation_inputs=rows[:0],
        validation_targets=targets[:0],
        classes=CLASSES,
        data_version="0",
        groups=groups,
    )


def fitted(tmp_path, rows, targets, groups=(), **parameters):
    probe = build(parameters)
    probe.fit(data_of(rows, targets, groups), seed=0, folder=tmp_path, device="cpu", progress=silent)
    return probe


def test_it_tells_classes_apart(tmp_path):
    rows, targets = material()
    probe = fitted(tmp_path, rows[:100], targets[:100])
    assert (probe.predict(rows[100:]).logits.argmax(axis=1) == targets[100:]).mean() > 0.8
    assert isinstance(probe, CrossFitted)
    assert probe.facts_["cost"] in probe.costs


def test_the_regression_is_that_of_scikit_learn():
    random = np.random.default_rng(1)
    rows = random.normal(size=(80, 6)).astype(np.float32)
    targets = (rows @ random.normal(size=(6, 3)) + random.gumbel(size=(80, 3))).argmax(axis=1)
    ((weights, offsets),) = fit_path(rows, targets, np.ones(80), [2.0])
    peer = LogisticRegression(C=2.0, tol=1e-8, max_iter=1000).fit(rows, targets)
    ours = np.exp(rows @ weights + offsets)
    np.testing.assert_allclose(ours / ours.sum(axis=1, keepdims=True), peer.predict_proba(rows), atol=2e-3)


def test_noise_is_more_of_an_outlier_than_photos_are():
    rows, targets = material()
    head = learn_path(rows, targets, 3, [10.0])[0]
    strange = head.outputs(np.random.default_rng(2).gamma(0.1, 9.0, rows.shape).astype(np.float32))
    assert np.median(strange.outlier) > np.median(head.outputs(rows).outlier)


def test_the_file_answers_as_the_estimator(tmp_path):
    rows, targets = material()
    probe = fitted(tmp_path, rows, targets)
    probe.export_onnx(tmp_path / "model.onnx")
    session = ort.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    asked = np.concatenate([rows[:20], np.zeros((1, rows.shape[1]), dtype=np.float32)])
    logits, outlier = session.run(["logits", "outlier"], {"features": asked})
    expected = probe.predict(asked)
    np.testing.assert_allclose(logits, expected.logits, atol=1e-3)
    np.testing.assert_allclose(outlier, expected.outlier, atol=1e-3)
    assert outlier.shape == (21,)


def as_named(count=60):
    """Return features whose first ones the backbone itself would name, and targets by those names."""
    weights = packaged_classifier().weights.astype(np.float32)
    named = (281, 207, 277)
    random = np.random.default_rng(3)
    targets = random.integers(0, len(CLASSES), count)
    pull = weights[list(named)][targets] / 127
    rows = np.maximum(random.gamma(0.5, 0.6, (count, weights.shape[1] + 24)), 0)
    rows[:, : weights.shape[1]] = np.maximum(rows[:, : weights.shape[1]] + pull, 0)
    return rows.astype(np.float32), targets


def test_the_own_view_helps_where_photos_are_few_and_the_file_answers_alike(tmp_path):
    rows, targets = as_named()
    view = learn_view(rows, targets)
    assert view.columns(rows).shape == (60, 1000 + len(CLASSES))
    np.testing.assert_allclose(view.mixing.sum(axis=1), 1, atol=1e-5)
    probe = fitted(tmp_path, rows[:12], targets[:12], own=True, folds=2, costs="30")
    plain = fitted(tmp_path / "plain", rows[:12], targets[:12], folds=2, costs="30")
    right, without = (
        (one.predict(rows[12:]).logits.argmax(axis=1) == targets[12:]).mean() for one in (probe, plain)
    )
    assert right > 0.7
    assert right >= without
    probe.export_onnx(tmp_path / "model.onnx")
    session = ort.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    logits, outlier = session.run(["logits", "outlier"], {"features": rows})
    np.testing.assert_allclose(logits, probe.predict(rows).logits, atol=2e-3)
    np.testing.assert_allclose(outlier, probe.predict(rows).outlier, atol=1e-3)
    again = fitted(tmp_path, rows[:12], targets[:12], own=True, folds=2, costs="30")
    np.testing.assert_array_equal(again.predict(rows).logits, probe.predict(rows).logits)


def test_other_features_have_no_own_view(tmp_path):
    rows, targets = material(60)
    with pytest.raises(DataError, match="packaged backbone"):
        fitted(tmp_path, rows, targets, own=True)


def test_advice_is_by_a_model_that_did_not_see_the_group(tmp_path):
    rows, targets = material(90)
    groups = tuple(f"site {place // 3}" for place in range(90))
    probe = fitted(tmp_path, rows, targets, groups, costs="1000")
    changed = targets.copy()
    changed[:3] = (changed[:3] + 1) % 3
    other = fitted(tmp_path / "other", rows, changed, groups, costs="1000")
    same = probe.out_of_fold(rows[:3], groups[:3])
    np.testing.assert_array_equal(same.logits, other.out_of_fold(rows[:3], groups[:3]).logits)
    assert (probe.predict(rows[:3]).logits != other.predict(rows[:3]).logits).any()
    assert (same.logits != probe.predict(rows[:3]).logits).any()


def test_groups_that_were_not_learned_from_get_the_final_model(tmp_path):
    rows, targets = material(60)
    probe = fitted(tmp_path, rows, targets, tuple(str(place) for place in range(60)))
    found = probe.out_of_fold(rows[:4], ["new"] * 4)
    np.testing.assert_array_equal(found.logits, probe.predict(rows[:4]).logits)


def test_a_run_goes_on_from_what_the_folder_holds(tmp_path):
    rows, targets = material(60)
    first = fitted(tmp_path, rows, targets)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npz")}
    second = fitted(tmp_path, rows, targets)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npz")}
    np.testing.assert_array_equal(first.predict(rows).logits, second.predict(rows).logits)


def test_a_class_without_photos_is_never_the_answer(tmp_path):
    rows, targets = material(60)
    kept = targets < 2
    probe = fitted(tmp_path, rows[kept], targets[kept])
    logits = probe.predict(rows).logits
    assert logits.shape == (60, 3)
    assert (logits.argmax(axis=1) < 2).all()


def test_balance_lifts_the_rare_class(tmp_path):
    rows, targets = material(300)
    kept = (targets != 2) | (np.arange(300) % 8 == 0)
    plain = fitted(tmp_path / "plain", rows[kept], targets[kept], costs="3")
    level = fitted(tmp_path / "level", rows[kept], targets[kept], costs="3", balance=1.0)
    rare = targets == 2
    assert (level.predict(rows[rare]).logits.argmax(axis=1) == 2).mean() >= (
        plain.predict(rows[rare]).logits.argmax(axis=1) == 2
    ).mean()
    assert level.predict(rows).logits[:, 2].mean() > plain.predict(rows).logits[:, 2].mean()


def test_odds_are_raised_until_the_share_is_found_of_held_out_photos(tmp_path):
    rows, targets = material(300, width=5)
    groups = tuple(str(place) for place in range(300))
    plain = fitted(tmp_path, rows, targets, groups, costs="3")
    lifted = fitted(tmp_path, rows, targets, groups, costs="3", found="fox=0.97")
    of_them = targets == 2
    before, after = (
        (one.out_of_fold(rows[of_them], np.array(groups)[of_them]).logits.argmax(axis=1) == 2).mean()
        for one in (plain, lifted)
    )
    assert before < 0.95
    assert 0.95 <= after < 1
    added = lifted.predict(rows).logits - plain.predict(rows).logits
    np.testing.assert_allclose(added[:, :2], 0, atol=1e-6)
    assert np.ptp(added[:, 2]) < 1e-4


def test_what_is_found_already_stays_as_it_is(tmp_path):
    rows, targets = material(60)
    plain, same = (fitted(tmp_path, rows, targets, found=found) for found in ("", "fox=0.01"))
    np.testing.assert_array_equal(plain.predict(rows).logits, same.predict(rows).logits)


def test_a_class_is_found_where_it_is_likelier_than_a_group_together():
    names = ("bobcat", "coyote", "deer", "lion")
    groups = [("coyote", "deer"), ("coyote", "deer", "lion"), ("bobcat", "lion")]
    assert rivals_of(0, names, []) == [[1], [2], [3]]
    assert rivals_of(0, names, groups[:1]) == [[1, 2], [3]]
    assert rivals_of(0, names, groups) == [[1, 2, 3]]
    assert rivals_of(3, names, groups) == [[1, 2], [0]]

    logits = np.log(np.tile(np.array([[0.4, 0.3, 0.3, 0.0001]], dtype=np.float32), (40, 1)))
    targets = np.tile(np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2]), 4)
    alone = lifts_for({"bobcat": 0.5}, names, logits, targets)
    together = lifts_for({"bobcat": 0.5}, names, logits, targets, groups[:1])
    assert alone.tolist() == [0, 0, 0, 0]
    assert together[0] > 0.3


def test_a_share_of_no_class_is_refused(tmp_path):
    with pytest.raises(OutclassError, match="fox"):
        fitted(tmp_path, *material(60), found="wolf=0.5")


def test_one_class_is_refused(tmp_path):
    rows, targets = material(60)
    with pytest.raises(DataError, match="one class"):
        fitted(tmp_path, rows, np.zeros_like(targets))


@pytest.mark.parametrize(
    ("parameters", "accepted"),
    [
        ({"cost": 3}, "costs"),
        ({"changes": "upside-down"}, "flip"),
        ({"costs": "3 1"}, "rise"),
        ({"costs": "many"}, "rise"),
        ({"found": "fox"}, "SHARE"),
        ({"found": "fox=1"}, "SHARE"),
    ],
)
def test_unknown_parameters_are_refused(parameters, accepted):
    with pytest.raises(DataError, match=accepted):
        build(parameters)


def test_folds_are_the_same_for_ever():
    assert [fold_of(f"group {place}", 5) for place in range(8)] == [2, 3, 2, 0, 4, 2, 3, 2]
