"""Prediction sets hold the truth of new rows as often as was asked, and are those of serving."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from outclass.inference.abstain import set_of
from outclass.inference.predictor import calibrate
from outclass.registry.version import PredictionSet, PredictionSetMethod
from outclass.training.sets import (
    choose_prediction_set,
    fit_prediction_set,
    prediction_sets,
    set_quantile,
    standard_error,
    threshold_quantile,
)

METHODS = tuple(PredictionSetMethod)
CUMULATIVE, THRESHOLD = PredictionSetMethod.CUMULATIVE, PredictionSetMethod.THRESHOLD


def simulate(seed: int, count: int, spread: float = 2.0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return probabilities of five classes, and truths drawn from them."""
    random = np.random.default_rng(seed)
    probabilities = calibrate(random.normal(0, spread, (count, 5)).astype(np.float32), 1.0)
    drawn = random.random((count, 1)) > np.cumsum(probabilities, axis=1)
    return probabilities, np.minimum(drawn.sum(axis=1), 4).astype(np.int64)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.99])
def test_sets_cover_new_rows(coverage: float, method: PredictionSetMethod) -> None:
    probabilities, targets = simulate(2, 6000)
    rule = fit_prediction_set(probabilities[:3000], targets[:3000], coverage, method=method)
    sets = prediction_sets(probabilities[3000:], rule)
    covered = sets[np.arange(3000), targets[3000:]].mean()
    assert covered == pytest.approx(coverage, abs=0.02)


def test_a_threshold_gives_the_smaller_sets() -> None:
    probabilities, targets = simulate(3, 4000)
    sizes = {
        method: prediction_sets(probabilities, fit_prediction_set(probabilities, targets, 0.9, method=method))
        .sum(axis=1)
        .mean()
        for method in METHODS
    }
    assert sizes[THRESHOLD] < sizes[CUMULATIVE]


@pytest.mark.parametrize("method", METHODS)
def test_sets_of_too_few_rows_hold_everything(method: PredictionSetMethod) -> None:
    probabilities = np.array([[0.9, 0.1]])
    rule = fit_prediction_set(probabilities, np.array([0]), 0.99, method=method)
    assert rule.quantile == 1.0
    assert prediction_sets(np.array([[1.0, 0.0]]), rule).any()
    assert set_quantile(probabilities, np.array([0]), 0.99) == 1.0
    assert threshold_quantile(probabilities, np.array([0]), 0.99) == 1.0


def test_a_level_above_the_accuracy_is_chosen() -> None:
    probabilities, targets = simulate(4, 4000, spread=8.0)
    accuracy = (probabilities.argmax(axis=1) == targets).mean()
    rule = choose_prediction_set(probabilities, targets, method=THRESHOLD)
    assert 0.9 < accuracy < rule.coverage == 0.95
    assert prediction_sets(probabilities, rule).any(axis=1).mean() > 0.97


def test_a_level_below_the_accuracy_leaves_sets_empty() -> None:
    probabilities, targets = simulate(4, 4000, spread=8.0)
    rule = fit_prediction_set(probabilities, targets, 0.8, method=THRESHOLD)
    empty = ~prediction_sets(probabilities, rule).any(axis=1)
    assert empty.any()
    right = probabilities.argmax(axis=1) == targets
    assert right[empty].mean() < right[~empty].mean()


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.floats(0, 1), st.sampled_from(METHODS))
def test_sets_are_those_of_serving(seed: int, quantile: float, method: PredictionSetMethod) -> None:
    probabilities = np.random.default_rng(seed).dirichlet(np.full(4, 0.3), size=3)
    rule = PredictionSet(method=method, coverage=0.9, quantile=quantile)
    for row, members in zip(probabilities, prediction_sets(probabilities, rule), strict=True):
        served = set_of(row.tolist(), rule)
        assert set(np.flatnonzero(members).tolist()) == set(served)
        assert served == sorted(served, key=row.tolist().__getitem__, reverse=True)


def test_rows_in_groups_are_covered_more_safely() -> None:
    probabilities, targets = simulate(5, 3000)
    alone = [str(number) for number in range(3000)]
    together = [str(number // 100) for number in np.argsort(np.argsort(probabilities.max(axis=1))).tolist()]
    held = np.random.default_rng(1).random(3000) < 0.9
    assert standard_error(held, alone) == pytest.approx((0.9 * 0.1 / 3000) ** 0.5, rel=0.1)
    assert standard_error(held, ["same"] * 3000) == pytest.approx(0)
    plain, safe, safer = (
        fit_prediction_set(probabilities, targets, 0.9, None, THRESHOLD, groups).quantile
        for groups in (None, alone, together)
    )
    assert plain < safe < safer
