"""Calibration and prediction sets keep what they promise on new rows."""

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from outclass.catalog.challenge import Challenge, Metric
from outclass.catalog.loader import load_challenge
from outclass.inference.predictor import calibrate
from outclass.training.calibrate import best_temperature, choose, doubt
from outclass.training.data import Outputs, among_present
from outclass.training.sets import set_quantile


def simulate(seed: int, count: int, temperature: float) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return logits that are right but too sure by a factor, and truths drawn from the right ones."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (count, 5))
    probabilities = calibrate(logits.astype(np.float32), 1.0)
    targets = np.array([random.choice(5, p=row) for row in probabilities])
    return (logits * temperature).astype(np.float32), targets


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_is_found(temperature: float) -> None:
    logits, targets = simulate(1, 4000, temperature)
    assert best_temperature(logits, targets) == pytest.approx(temperature, rel=0.08)


def test_abstention_keeps_what_it_should_and_stops_outliers() -> None:
    random = np.random.default_rng(3)
    logits, targets = simulate(3, 2000, 1.0)
    rows = Outputs(logits=logits * 8, outlier=random.normal(0, 1, 2000).astype(np.float32))
    others = Outputs(logits=logits[:500], outlier=random.normal(6, 1, 500).astype(np.float32))
    chosen = choose(rows, targets, others)
    assert 0.984 <= chosen.kept <= 0.991
    assert chosen.outlier_pass is not None
    assert chosen.outlier_pass < 0.01


def test_a_model_without_an_outlier_score_has_no_such_threshold() -> None:
    logits, targets = simulate(4, 500, 1.0)
    chosen = choose(Outputs(logits=logits), targets, None)
    assert chosen.abstention.outlier is None
    assert chosen.outlier_pass is None
    assert chosen.kept == pytest.approx(0.99, abs=0.003)
    assert 0 < chosen.abstention.confidence < 0.5


def test_the_prior_is_that_of_the_rows() -> None:
    logits, targets = simulate(5, 500, 1.0)
    chosen = choose(Outputs(logits=logits), targets, None)
    assert chosen.prior == pytest.approx(np.bincount(targets, minlength=5) / 500)


def weighed(*, share: float = 0.0) -> Challenge:
    """Return a challenge of five classes, the third of double weight, the last perhaps with a share."""
    challenge = load_challenge("digits").challenge
    classes = tuple(
        msgspec.structs.replace(label, weight=2.0 if place == 2 else 1.0, share=share if place == 4 else 0.0)
        for place, label in enumerate(challenge.classes[:5])
    )
    return msgspec.structs.replace(challenge, classes=classes, metric=Metric.WEIGHTED_LOG_LOSS)


def test_rows_weigh_as_their_class_does() -> None:
    logits, targets = simulate(6, 2000, 2.0)
    weights = np.where(targets == 1, 5.0, 1.0)
    repeated = np.repeat(np.arange(len(targets)), weights.astype(int))
    assert best_temperature(logits, targets, weights) == pytest.approx(
        best_temperature(logits[repeated], targets[repeated]), rel=1e-3
    )
    probabilities = calibrate(logits, 1.0)
    assert set_quantile(probabilities, targets, 0.9, weights) == pytest.approx(
        set_quantile(probabilities[repeated], targets[repeated], 0.9), abs=0.01
    )


def test_the_prior_is_that_of_the_class_weights() -> None:
    logits, targets = simulate(7, 500, 1.0)
    chosen = choose(Outputs(logits=logits), targets, None, weighed())
    assert chosen.prior == pytest.approx(np.array([1, 1, 2, 1, 1]) / 6)
    seen = targets < 4
    chosen = choose(Outputs(logits=logits[seen]), targets[seen], None, weighed(share=0.1))
    assert chosen.prior == pytest.approx([0.18, 0.18, 0.36, 0.18, 0.1])


def test_an_assumed_share_does_not_move_the_temperature() -> None:
    logits, targets = simulate(8, 4000, 2.0)
    seen = targets < 4
    rows, truths = logits[seen].copy(), targets[seen]
    found = []
    for bias in (-20.0, 5.0):
        rows[:, 4] = bias
        found.append(choose(Outputs(logits=rows), truths, None, weighed(share=0.1)).temperature)
    assert found[0] == pytest.approx(found[1], rel=1e-3)


def test_scores_are_among_the_classes_that_rows_can_be_of() -> None:
    challenge = weighed(share=0.1)
    targets = np.array([0, 1])
    probabilities = np.array([[0.4, 0.1, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, 0.0, 1.0]])
    found = among_present(probabilities, targets, challenge)
    assert found.tolist() == [[0.8, 0.2, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]]
    with_unknown = np.array([0, 4])
    assert among_present(probabilities, with_unknown, challenge) is probabilities
    assert among_present(probabilities, targets, weighed()) is probabilities


def test_doubt_where_no_error_was_seen_fades_with_rows() -> None:
    assert [doubt(count) for count in (5, 100, 1000)] == [0.05, 0.005, 0.0005]
    assert doubt(4000) == 0.5 / 4000 / 4
    found = []
    for count in (50, 200, 1000, 8000):
        targets = np.arange(count) % 2
        logits = np.where(np.eye(2)[targets] > 0, 3.0, -3.0).astype(np.float32)
        found.append(best_temperature(logits, targets, smoothing=doubt(count)))
    assert found == sorted(found, reverse=True)
    assert found[0] > 1 > found[-1]
