"""Of few rows all models that may be the best answer together, of many the simplest of them."""

import numpy as np
import pytest

from outclass.training.tabular.budget import Budget, Deadline
from outclass.training.tabular.choosing import Candidate, Family, candidate_of, choose, together_of_few
from outclass.training.tabular.material import Material
from outclass.training.tabular.mixture import AnyPart
from outclass.training.tabular.parts import Shares

CLASSES = 2


def material(count: int) -> Material:
    targets = np.arange(count) % CLASSES
    return Material(
        rows=np.zeros((count, 1), dtype=np.float32),
        sizes=(0,),
        targets=targets,
        weights=np.ones(count),
        folds=np.arange(count) // CLASSES % 2,
        fold_of={str(place): place // CLASSES % 2 for place in range(count)},
        classes=CLASSES,
        count=2,
    )


def candidate(family: Family, sure: float, rows: Material, *, time: bool = True) -> Candidate:
    """Return a model that says the first class of every row, as sure as asked."""
    part = Shares(np.array([sure, 0.0], dtype=np.float32))

    def refit(whole: Material, deadline: Deadline) -> tuple[AnyPart, ...] | None:
        assert len(whole.targets) == len(rows.targets)
        assert not deadline.passed
        return (part,) if time else None

    return candidate_of(family, {"sure": sure}, [part, part], rows, refit)


def several(rows: Material, *, time: bool = True) -> list[Candidate]:
    return [
        candidate(Family.BASELINE, 0.0, rows),
        candidate(Family.LINEAR, 0.1, rows),
        candidate(Family.ALIKE, 0.2, rows, time=time),
        candidate(Family.BOOSTED, 0.3, rows),
    ]


def test_models_of_few_rows_answer_together_and_trees_count_half() -> None:
    rows = material(40)
    found = several(rows)
    (both,) = together_of_few(found, rows)
    assert both.parameters == {"linear": 0.4, "alike": 0.4, "boosted": 0.2}
    assert sum(both.shares) == pytest.approx(1.0)
    assert [len(fold) for fold in both.folds] == [3, 3]
    np.testing.assert_allclose(both.logs[0, 0] - both.logs[0, 1], 0.4 * 0.1 + 0.4 * 0.2 + 0.2 * 0.3)
    assert choose([*found, both]) is both
    parts = both.refit(rows, Budget(600).until(1.0))
    assert parts is not None
    assert len(parts) == len(both.shares)


def test_models_that_have_no_time_to_learn_from_all_rows_are_not_mixed_with_others() -> None:
    rows = material(40)
    (both,) = together_of_few(several(rows, time=False), rows)
    assert both.refit(rows, Budget(600).until(1.0)) is None


def test_of_many_rows_the_simplest_answers() -> None:
    rows = material(1002)
    found = several(rows)
    assert together_of_few(found, rows) == []
    assert choose(found).family is Family.BASELINE


def test_what_is_clearly_worse_does_not_answer() -> None:
    rows = material(900)
    good = candidate_of(
        Family.LINEAR, {}, [Shares(np.zeros(2, dtype=np.float32))] * 2, rows, lambda whole, deadline: None
    )
    right = Candidate(
        family=Family.ALIKE,
        parameters={},
        logs=np.log(np.eye(2)[rows.targets] * 0.8 + 0.1),
        losses=np.full(900, -np.log(0.9)),
        folds=good.folds,
        shares=(1.0,),
        refit=good.refit,
    )
    assert together_of_few([good, right], rows) == []
    assert choose([good, right]) is right
