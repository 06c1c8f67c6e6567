"""The share of objects of no known class."""

import numpy as np
import pytest

from outclass.challenges.stars.crowd import FARTHEST, Crowd, columns_that_count
from outclass.challenges.stars.features import MISSING
from outclass.challenges.stars.unknown import UnknownShare, entropy_of, fit_share


def column(values: np.ndarray) -> np.ndarray:
    return values[:, None]


def test_entropy_of_certain_and_of_even_answers() -> None:
    rows = np.array([[0.0, -1e9], [np.log(0.5), np.log(0.5)]])
    assert entropy_of(rows) == pytest.approx([0.0, np.log(2)])


def test_the_average_share_is_that_of_the_weights() -> None:
    random = np.random.default_rng(1)
    known, unknown = column(random.uniform(0, 1, 500)), column(random.uniform(0.5, 2, 300))
    share = fit_share(known, np.full(500, 0.9 / 500), unknown, np.full(300, 0.1 / 300))
    found = 0.9 * share.of(known).mean() + 0.1 * share.of(unknown).mean()
    assert found == pytest.approx(0.1, abs=0.005)
    assert share.slope > 0
    assert share.of(unknown).mean() > 3 * share.of(known).mean()


def test_it_never_falls_as_answers_get_less_sure() -> None:
    random = np.random.default_rng(2)
    known, unknown = column(random.uniform(1, 2, 200)), column(random.uniform(0, 1, 200))
    share = fit_share(known, np.full(200, 0.8 / 200), unknown, np.full(200, 0.2 / 200))
    assert share.slope == 0
    assert share.of(np.array([[0.0]]))[0] == pytest.approx(0.2)


def test_a_sign_that_would_let_it_fall_does_not_count_and_the_other_does() -> None:
    random = np.random.default_rng(3)
    known = np.stack([random.uniform(1, 2, 200), random.uniform(0, 1, 200)], axis=1)
    unknown = np.stack([random.uniform(0, 1, 200), random.uniform(0.5, 2, 200)], axis=1)
    share = fit_share(known, np.full(200, 0.8 / 200), unknown, np.full(200, 0.2 / 200))
    alone = fit_share(known[:, 1:], np.full(200, 0.8 / 200), unknown[:, 1:], np.full(200, 0.2 / 200))
    assert share.slope == 0
    assert (share.level, share.reach) == pytest.approx((alone.level, alone.slope))


def test_share_is_a_probability() -> None:
    shares = UnknownShare(level=-3.0, slope=2.0).of(column(np.linspace(0, 3, 10)))
    assert ((shares > 0) & (shares < 1)).all()


def two_classes() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(4)
    targets = np.repeat([0, 1], 300)
    rows = random.normal(size=(600, 4)) + 6.0 * targets[:, None] * np.array([1.0, 0.0, 0.0, 0.0])
    rows[:, 3] = np.where(random.uniform(size=600) < 0.9, MISSING, rows[:, 3])
    return rows.astype(np.float32), targets


def test_far_from_every_class_is_far() -> None:
    rows, targets = two_classes()
    crowd = Crowd.of(rows, targets)
    usual = crowd.distance(rows)
    between, aside = np.array([[3.0, 0, 0, 0]]), np.array([[0.0, 6.0, 0, 0]])
    far = crowd.distance(np.concatenate([between, aside]).astype(np.float32))
    assert (far > np.quantile(usual, 0.95)).all()


def test_a_column_that_most_rows_lack_does_not_count_and_a_missing_value_is_the_median() -> None:
    rows, targets = two_classes()
    crowd = Crowd.of(rows, targets)
    assert crowd.columns == (0, 1, 2)
    missing, median = rows[:1].copy(), rows[:1].copy()
    missing[0, 1], median[0, 1] = MISSING, np.float32(crowd.center[1])
    assert crowd.distance(missing) == pytest.approx(crowd.distance(median), abs=1e-5)


def test_no_value_reaches_further_than_some_deviations() -> None:
    rows, targets = two_classes()
    crowd = Crowd.of(rows, targets)
    far, further = np.zeros((1, 4), np.float32), np.zeros((1, 4), np.float32)
    far[0, 1], further[0, 1] = crowd.center[1] + FARTHEST * crowd.scale[1] + 1e-3, 1e8
    assert crowd.distance(far) == pytest.approx(crowd.distance(further))


def test_columns_are_chosen_by_their_names() -> None:
    names = ("context.photoz", "context.photoz_known", "curve.rest.3600.day_0", "elementary.flux_mean.r")
    assert columns_that_count(names) == (0, 2)
