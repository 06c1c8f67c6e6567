import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.metrics import scores

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@st.composite
def evaluations(draw: st.DrawFn) -> tuple[Indices, Floats]:
    n, k = draw(st.integers(1, 30)), draw(st.integers(2, 6))
    raw = draw(hnp.arrays(np.float64, (n, k), elements=st.floats(0, 1, width=32)))
    raw[raw.sum(axis=1) == 0] = 1.0
    targets = draw(hnp.arrays(np.int64, n, elements=st.integers(0, k - 1)))
    return targets, raw / raw.sum(axis=1, keepdims=True)


@given(evaluations())
def test_scores_stay_in_their_ranges(evaluation: tuple[Indices, Floats]) -> None:
    t, p = evaluation
    for score in (
        scores.accuracy,
        scores.ece,
        scores.macro_recall,
        scores.macro_f1,
        scores.worst_class_recall,
    ):
        assert 0 <= score(t, p) <= 1
    assert 0 <= scores.brier(t, p) <= 2 + 1e-9
    assert 0 <= scores.log_loss(t, p) <= -math.log(scores.SMALLEST) + 1e-9
    assert scores.worst_class_recall(t, p) <= scores.macro_recall(t, p) + 1e-12


@given(evaluations(), st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_rows(evaluation, random) -> None:  # type: ignore[no-untyped-def]
    t, p = evaluation
    order = list(range(len(t)))
    random.shuffle(order)
    for score in (
        scores.accuracy,
        scores.log_loss,
        scores.flat_log_loss,
        scores.brier,
        scores.ece,
        scores.macro_f1,
    ):
        assert score(t, p) == pytest.approx(score(t[order], p[order]), abs=1e-12)


@given(evaluations())
def test_the_truth_has_the_best_scores(evaluation: tuple[Indices, Floats]) -> None:
    t, p = evaluation
    truth = np.eye(p.shape[1])[t]
    assert scores.accuracy(t, truth) == scores.macro_recall(t, truth) == scores.macro_f1(t, truth) == 1
    assert scores.log_loss(t, truth) == scores.flat_log_loss(t, truth) == scores.brier(t, truth) == 0
    assert scores.ece(t, truth) == 0


@given(
    hnp.arrays(np.float64, 4, elements=st.floats(0.01, 1)),
    hnp.arrays(np.float64, 4, elements=st.floats(0.01, 1)),
)
def test_log_loss_and_brier_are_proper(belief: Floats, said: Floats) -> None:
    belief, said = belief / belief.sum(), said / said.sum()
    for score in (scores.log_loss, scores.brier):
        each = [[score([i], [p]) for i in range(4)] for p in (belief, said)]
        honest, other = (float(belief @ np.array(row)) for row in each)
        assert honest <= other + 1e-12


@given(evaluations())
def test_scores_agree_with_scikit_learn(evaluation: tuple[Indices, Floats]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    t, p = evaluation
    answers, every = p.argmax(axis=1), list(range(p.shape[1]))
    clipped = np.clip(p, scores.SMALLEST, 1)
    present = sorted(set(t) | set(answers))
    assert scores.accuracy(t, p) == pytest.approx(metrics.accuracy_score(t, answers))
    assert scores.log_loss(t, p) == pytest.approx(
        metrics.log_loss(t, clipped / clipped.sum(axis=1, keepdims=True), labels=every), abs=1e-9
    )
    expected = metrics.f1_score(t, answers, labels=present, average="macro", zero_division=0)
    assert scores.macro_f1(t, p) == pytest.approx(expected)
    expected = metrics.recall_score(t, answers, labels=sorted(set(t)), average="macro")
    assert scores.macro_recall(t, p) == pytest.approx(expected)


scored = hnp.arrays(np.float64, st.integers(1, 20), elements=st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))


@given(scored, scored)
def test_auroc_is_the_chance_to_be_above(positive: Floats, negative: Floats) -> None:
    pairs = [(a > b) + 0.5 * (a == b) for a in positive for b in negative]
    assert scores.auroc(positive, negative) == pytest.approx(np.mean(pairs))
    assert scores.auroc(positive, negative) + scores.auroc(negative, positive) == pytest.approx(1)


def test_flat_log_loss_weighs_classes_alike() -> None:
    targets, p = [0, 0, 0, 1], [[0.5, 0.5]] * 3 + [[0.75, 0.25]]
    assert scores.flat_log_loss(targets, p) == pytest.approx((math.log(2) + math.log(4)) / 2)
    assert scores.weighted_log_loss(targets, p, [1, 3]) == pytest.approx((math.log(2) + 3 * math.log(4)) / 4)
    assert scores.log_loss(targets, p) == pytest.approx((3 * math.log(2) + math.log(4)) / 4)


def test_calibration_error_by_hand() -> None:
    p = [[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 10
    targets = [0] * 8 + [1] * 2 + [0] * 6 + [1] * 4
    assert scores.ece(targets, p) == pytest.approx(0.5 * 0.1)


def test_a_calibrated_model_has_a_small_calibration_error() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.5, 1, 200_000)
    targets = (random.uniform(size=len(confidence)) > confidence).astype(int)
    assert scores.ece(targets, np.stack([confidence, 1 - confidence], axis=1)) < 0.005


def test_classes_without_rows_are_left_out_of_averages() -> None:
    targets, p = [0, 0], [[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]]
    assert scores.macro_recall(targets, p) == 0.5
    assert np.isnan(scores.recalls(targets, p)[1:]).all()
    assert scores.precisions(targets, p)[:2].tolist() == [1.0, 0.0]
    assert scores.macro_f1(targets, p) == pytest.approx((2 / 3 + 0) / 2)


def test_scores_of_nothing_are_not_numbers() -> None:
    nothing = np.zeros((0, 3))
    for score in (
        scores.accuracy,
        scores.log_loss,
        scores.flat_log_loss,
        scores.ece,
        scores.worst_class_recall,
    ):
        assert math.isnan(score([], nothing))
    assert math.isnan(scores.auroc([], [1.0]))


def test_coverage_and_set_coverage() -> None:
    assert scores.coverage([True, False, True, True]) == 0.75
    assert scores.set_coverage([0, 1], [[True, True], [True, False]]) == 0.5


@pytest.mark.parametrize(
    ("targets", "probabilities", "message"),
    [
        ([0], [[0.5, 0.5], [0.5, 0.5]], "do not fit"),
        ([0], [0.5, 0.5], "do not fit"),
        ([2], [[0.5, 0.5]], "not a class"),
        ([-1], [[0.5, 0.5]], "not a class"),
        ([0], [[0.9, 0.9]], "no probabilities"),
        ([0], [[float("nan"), 1.0]], "no probabilities"),
        ([0], [[-0.5, 1.5]], "no probabilities"),
    ],
)
def test_what_is_no_evaluation_is_refused(targets, probabilities, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match=message):
        scores.accuracy(targets, probabilities)


def test_row_weights_make_classes_weigh_what_they_should() -> None:
    targets = [0, 0, 0, 1]
    weights = scores.row_weights(targets, [1, 2])
    assert weights.mean() == pytest.approx(1)
    assert weights[:3].sum() * 2 == pytest.approx(weights[3])
    assert len(scores.row_weights([], [1, 2])) == 0


def test_weighted_rows_count_as_often_in_calibration_and_coverage() -> None:
    targets = np.array([0, 0, 1])
    p = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    repeated = [0, 1, 2, 2, 2]
    weights = [1.0, 1.0, 3.0]
    assert scores.ece(targets, p, weights=weights) == pytest.approx(
        scores.ece(targets[repeated], p[repeated])
    )
    members = np.array([[True, False], [False, True], [False, True]])
    assert scores.set_coverage(targets, members, weights) == pytest.approx(4 / 5)
