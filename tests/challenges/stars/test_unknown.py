"""The share of objects of no known class."""

import numpy as np
import pytest

from outclass.challenges.stars.unknown import UnknownShare, entropy_of, fit_share


def test_entropy_of_certain_and_of_even_answers() -> None:
    rows = np.array([[0.0, -1e9], [np.log(0.5), np.log(0.5)]])
    assert entropy_of(rows) == pytest.approx([0.0, np.log(2)])


def test_the_average_share_is_that_of_the_weights() -> None:
    random = np.random.default_rng(1)
    known, unknown = random.uniform(0, 1, 500), random.uniform(0.5, 2, 300)
    share = fit_share(known, np.full(500, 0.9 / 500), unknown, np.full(300, 0.1 / 300))
    found = 0.9 * share.of(known).mean() + 0.1 * share.of(unknown).mean()
    assert found == pytest.approx(0.1, abs=0.005)
    assert share.slope > 0
    assert share.of(unknown).mean() > 3 * share.of(known).mean()


def test_it_never_falls_as_answers_get_less_sure() -> None:
    random = np.random.default_rng(2)
    known, unknown = random.uniform(1, 2, 200), random.uniform(0, 1, 200)
    share = fit_share(known, np.full(200, 0.8 / 200), unknown, np.full(200, 0.2 / 200))
    assert share.slope == 0
    assert share.of(np.array([0.0]))[0] == pytest.approx(0.2)


def test_share_is_a_probability() -> None:
    shares = UnknownShare(level=-3.0, slope=2.0).of(np.linspace(0, 3, 10))
    assert ((shares > 0) & (shares < 1)).all()
