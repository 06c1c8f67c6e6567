"""The steps of learning from tables, one by one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from odd_tables import SIZES, odd_rows, training_data
from outclass.training.tabular.boosting import best_rounds
from outclass.training.tabular.budget import Budget, Deadline
from outclass.training.tabular.choosing import Candidate, Family, choose
from outclass.training.tabular.encoding import learn_encoder
from outclass.training.tabular.journal import Setting, Trial, read_trials, spent_in, write_trials
from outclass.training.tabular.logistic import Problem
from outclass.training.tabular.material import deal, material_of
from outclass.training.tabular.parts import log_softmax, soften
from outclass.training.typical import typical_rows

FAST = settings(max_examples=40, deadline=None)
NUMBERS = st.one_of(st.floats(-1e9, 1e9, width=32), st.just(float("nan")))


@FAST
@given(arrays.arrays(np.float32, st.tuples(st.integers(3, 30), st.just(3)), elements=NUMBERS))
def test_every_row_is_encoded_by_finite_numbers(rows: np.ndarray) -> None:
    encoder = learn_encoder(rows, (0, 0, 0), knots=3)
    for found in (encoder.encode(rows), encoder.unscaled(rows)):
        assert np.isfinite(found).all()
    assert encoder.encode(rows).shape == (len(rows), encoder.width)


def test_a_missing_number_is_flagged_and_a_rare_value_has_a_place() -> None:
    rows, _ = odd_rows(300)
    encoder = learn_encoder(rows, SIZES)
    encoded = encoder.encode(rows)
    flags = encoded[:, len(encoder.numbers) :][:, : len(encoder.flags)]
    np.testing.assert_array_equal(flags.astype(bool), np.isnan(rows[:, encoder.flags]))
    assert encoder.flags.tolist() == [1, 3]
    assert list(zip(encoder.value_columns, encoder.values, strict=True)) == [
        (2, 0), (2, 1), (2, 2), (2, 3), (3, 0), (3, 1),
    ]  # fmt: skip


@FAST
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), min_size=5, max_size=80), st.integers(2, 5))
def test_groups_stay_together_and_folds_are_alike(rows: list[tuple[int, int]], count: int) -> None:
    groups = [f"g{group}" for group, _ in rows]
    folds = deal(groups, np.array([target for _, target in rows]), count)
    assert set(folds) == set(groups)
    sizes = np.bincount(list(folds.values()), minlength=count)
    assert sizes.max() - sizes.min() <= 1
    assert folds == deal(groups[::-1], np.array([target for _, target in rows][::-1]), count)


def test_logistic_regression_finds_the_least_penalized_loss() -> None:
    rows, targets = odd_rows(200)
    encoded = learn_encoder(rows, SIZES).encode(rows)
    problem = Problem(encoded, targets, np.ones(200), 3)
    weights, offsets = problem.fit(1.0)
    value, slope = problem.loss(np.concatenate([weights, offsets[None]]).ravel(), 1.0)
    assert np.abs(slope).max() < 0.01 * value
    worse = problem.loss(np.concatenate([weights * 1.05, offsets[None]]).ravel(), 1.0)[0]
    assert worse > value


def test_a_share_of_the_prior_bounds_every_loss() -> None:
    logs = log_softmax(np.array([[900.0, 0.0], [0.0, 0.0]]))
    soft = soften(logs, np.array([0.3, 0.7]), 0.01)
    np.testing.assert_allclose(np.exp(soft).sum(axis=1), 1.0)
    assert soft[0, 1] == pytest.approx(np.log(0.007))


def candidate(family: Family, losses: np.ndarray) -> Candidate:
    return Candidate(
        family=family,
        parameters={},
        logs=np.zeros((len(losses), 2)),
        losses=losses,
        folds=(),
        shares=(1.0,),
        refit=lambda whole, deadline: (),
    )


def test_the_simplest_within_one_standard_error_is_chosen() -> None:
    random = np.random.default_rng(0)
    best = candidate(Family.BOOSTED, random.random(400))
    noise = random.normal(size=400)
    noise -= noise.mean()
    near = candidate(Family.LINEAR, best.losses + noise + 0.04)
    far = candidate(Family.LINEAR, best.losses + noise + 0.06)
    assert choose([best, near]) is near
    assert choose([best, far]) is best
    assert (
        choose([replace(best, family=Family.LINEAR), replace(near, family=Family.BOOSTED)]).family
        is Family.LINEAR
    )


def test_rounds_are_those_that_are_best_over_all_folds() -> None:
    assert best_rounds([[3.0, 1.0, 2.0], [3.0, 2.5, 2.0]], [10, 10]) == 2
    assert best_rounds([[3.0, 1.0], [3.0, 2.5, 0.0]], [1, 100]) == 3


def test_a_deadline_passes_when_its_share_is_spent() -> None:
    now = [100.0]
    budget = Budget(10.0, spent=2.0, clock=lambda: now[0])
    deadline = budget.until(0.5)
    assert budget.share == pytest.approx(0.2)
    assert deadline.left == pytest.approx(3.0)
    assert deadline.portion(0.5).left == pytest.approx(1.5)
    now[0] += 3.0
    assert deadline.passed
    assert isinstance(deadline, Deadline)


def test_trials_are_noted_and_a_damaged_note_is_no_trouble(tmp_path: Path) -> None:
    trials = [Trial(setting=Setting(leaves=4), loss=0.5, seconds=3.0)]
    write_trials(tmp_path, trials)
    assert read_trials(tmp_path) == trials
    assert spent_in(tmp_path) == 3.0
    (tmp_path / "trials.json").write_bytes(b"{")
    assert read_trials(tmp_path) == []


def test_fewer_rows_keep_their_folds() -> None:
    rows, targets = odd_rows(100)
    whole = material_of(training_data(rows, targets), SIZES, 4)
    few = whole.fewer(30, seed=1)
    places = [
        int(np.flatnonzero((whole.rows == row).all(axis=1) | False)[0])
        for row in few.rows
        if not np.isnan(row).any()
    ]
    known = ~np.isnan(few.rows).any(axis=1)
    np.testing.assert_array_equal(few.folds[known], whole.folds[places])
    assert len(few.targets) == 30


@FAST
@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 60), st.integers(1, 4)), elements=NUMBERS))
def test_typical_rows_hold_the_values_of_each_column(rows: np.ndarray) -> None:
    typical = np.array(typical_rows(rows), dtype=np.float32)
    assert 6 <= len(typical) <= 32
    for found, column in zip(typical.T, rows.T, strict=True):
        missing = np.isnan(column).mean()
        assert abs(np.isnan(found).mean() - missing) <= 1.0 / len(found) + 1e-6
        known = column[~np.isnan(column)]
        for value in found[~np.isnan(found)]:
            assert np.isclose(known, value, rtol=1e-5, atol=1e-30).any()
