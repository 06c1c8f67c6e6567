"""Labels that were changed on purpose are found; clean ones are left alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outclass.training.suspects.confident import UNSURE, expected_classes, label_suspects, thresholds_of


def answers(count: int, classes: int, seed: int, sharpness: float = 4.0):
    """Return the truth of some rows, and what a fair model says of them."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, count)
    logits = random.normal(0, 1, (count, classes))
    logits[np.arange(count), truth] += sharpness
    chances = np.exp(logits)
    return truth, chances / chances.sum(axis=1, keepdims=True)


def test_changed_labels_are_found_and_come_first() -> None:
    truth, chances = answers(2000, 4, seed=1, sharpness=6.0)
    random = np.random.default_rng(2)
    changed = random.choice(2000, 60, replace=False)
    labels = truth.copy()
    labels[changed] = (labels[changed] + random.integers(1, 4, 60)) % 4
    rows, suggested = label_suspects(chances, labels)

    found = set(rows.tolist()) & set(changed.tolist())
    assert len(found) >= 50
    assert len(rows) <= 2 * len(changed)
    assert set(rows[:30].tolist()) <= set(changed.tolist())
    places = {row: place for place, row in enumerate(rows.tolist())}
    right = [suggested[places[row]] == truth[row] for row in found]
    assert np.mean(right) > 0.95


def test_a_rare_class_with_a_low_threshold_accuses_nobody() -> None:
    labels = np.array([0] * 98 + [1] * 2)
    chances = np.tile([0.9, 0.1], (100, 1))
    assert len(label_suspects(chances, labels)[0]) == 0


def test_a_class_that_nobody_has_is_never_suggested() -> None:
    labels = np.array([0, 1, 0, 1])
    chances = np.array([[0.1, 0.1, 0.8]] * 4)
    assert thresholds_of(chances, labels)[2] == np.inf
    assert 2 not in expected_classes(chances, labels)


@settings(max_examples=50)
@given(st.integers(2, 6), st.integers(1, 80), st.integers(0, 10_000))
def test_laws(classes: int, count: int, seed: int) -> None:
    truth, chances = answers(count, classes, seed, sharpness=1.0)
    expected = expected_classes(chances, truth)
    rows, suggested = label_suspects(chances, truth)

    bounds = thresholds_of(chances, truth)
    sure = expected != UNSURE
    assert (chances[sure, expected[sure]] >= bounds[expected[sure]]).all()
    assert (suggested != truth[rows]).all()
    assert len(set(rows.tolist())) == len(rows)
    margins = chances[rows, suggested] - chances[rows, truth[rows]]
    assert (np.diff(margins) <= 1e-12).all()
    assert (margins > 0).all()


def test_the_example_of_the_method() -> None:
    # Two confident rows of class 0, one of them labeled 1 (section 3.1 of the paper, made small).
    chances = np.array([[0.9, 0.1], [0.95, 0.05], [0.85, 0.15], [0.2, 0.8], [0.1, 0.9]])
    rows, suggested = label_suspects(chances, np.array([0, 0, 1, 1, 1]))
    assert rows.tolist() == pytest.approx([])
    chances[2] = [0.97, 0.03]
    rows, suggested = label_suspects(chances, np.array([0, 0, 1, 1, 1]))
    assert (rows.tolist(), suggested.tolist()) == ([2], [0])
