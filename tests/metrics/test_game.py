import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from outclass.base.errors import InvalidInputError
from outclass.metrics import game

Floats = NDArray[np.float64]


@st.composite
def distributions(draw: st.DrawFn, smallest: float = 0.0, size: int | None = None) -> Floats:
    k = size or draw(st.integers(2, 14))
    raw = draw(hnp.arrays(np.float64, k, elements=st.floats(0, 1, width=32)))
    assume(raw.sum() > 1e-6)
    return np.asarray(smallest + (1 - k * smallest) * raw / raw.sum())


@given(distributions(smallest=0.005), st.floats(0, 0.5), st.integers(1, 1000), st.data())
def test_payouts_are_fair_less_the_edge(
    dealing: Floats, edge: float, stake: int, data: st.DataObject
) -> None:
    bet = game.allocate(data.draw(distributions(size=len(dealing))), stake)
    expected = float((dealing * bet * game.payouts(dealing, edge)).sum())
    assert expected == pytest.approx((1 - edge) * stake)


@given(distributions(), st.floats(0, 1))
def test_a_class_that_is_not_dealt_pays_nothing(shares: Floats, tempering: float) -> None:
    dealing = game.tempered(shares, tempering)
    assert ((game.payouts(dealing, 0.05) == 0) == (shares == 0)).all()


@given(distributions(), st.floats(0, 1))
def test_tempering_gives_probabilities_and_keeps_the_order(shares: Floats, tempering: float) -> None:
    dealing = game.tempered(shares, tempering)
    assert dealing.sum() == pytest.approx(1)
    assert (dealing >= 0).all()
    order = np.argsort(shares, kind="stable")
    assert (np.diff(dealing[order]) >= -1e-12).all()


def test_tempering_goes_from_the_data_to_all_alike() -> None:
    counts = [900, 100, 0]
    assert game.tempered(counts, 1).tolist() == pytest.approx([0.9, 0.1, 0])
    assert game.tempered(counts, 0).tolist() == pytest.approx([0.5, 0.5, 0])


@given(distributions(), st.integers(0, 10_000))
def test_allocation_sums_to_the_stake_and_is_near(forecast: Floats, stake: int) -> None:
    dollars = game.allocate(forecast, stake)
    assert dollars.sum() == stake
    assert (dollars >= 0).all()
    assert (np.abs(dollars - forecast / forecast.sum() * stake) < 1 + 1e-6).all()


@given(st.lists(st.integers(0, 100), min_size=2, max_size=10).filter(any))
def test_whole_dollars_are_allocated_as_they_are(dollars: list[int]) -> None:
    assert game.allocate(dollars, sum(dollars)).tolist() == dollars


@given(st.integers(2, 10), st.data())
def test_skill_is_proper_above_its_floor(k: int, data: st.DataObject) -> None:
    belief = data.draw(distributions(smallest=game.FLOOR, size=k))
    said = data.draw(distributions(smallest=game.FLOOR, size=k))
    dealing = data.draw(distributions(smallest=0.001, size=k))
    honest, other = (
        float(belief @ np.array([game.skill(float(p[i]), float(dealing[i]), k) for i in range(k)]))
        for p in (belief, said)
    )
    assert honest >= other - 1e-9


@given(st.integers(2, 10), st.data())
def test_betting_nothing_on_unlikely_classes_gains_no_more_than_their_dollars(
    k: int, data: st.DataObject
) -> None:
    belief = data.draw(distributions(size=k))
    bold = np.where(belief < game.FLOOR, 0, belief)
    scores = [
        np.array([game.skill(float(p), 1 / k, k) for p in said]) for said in (belief, bold / bold.sum())
    ]
    assert belief @ (scores[1] - scores[0]) <= 100 * math.log2(1 / (1 - k * game.FLOOR)) / math.log2(k)


def test_skill_has_its_marks() -> None:
    assert game.skill(0.1, 0.1, 10) == 0
    assert game.skill(1.0, 0.1, 10) == pytest.approx(100)
    assert game.skill(0.0, 0.1, 10) == game.skill(game.FLOOR, 0.1, 10) == pytest.approx(-100)
    assert game.skill(np.array([0.1, 1.0]), np.array([0.1, 0.1]), 10).tolist() == pytest.approx([0, 100])


def test_historic_payouts_go_by_rarity() -> None:
    assert game.historic_payouts([500, 3, 0, 40]).tolist() == [50_000, 1_000_000, 0, 100_000]
    assert game.historic_payouts(range(1, 16)).tolist() == [*game.HISTORIC_PAYOUTS, 10, 10]


def test_winnings_are_whole_cents_of_the_true_class() -> None:
    assert game.winnings([80, 20], [1.2666, 3.8], 0) == 101.33
    assert game.winnings([80, 20], [1.2666, 3.8], 1) == 76
    assert game.winnings([100, 0], [1.2666, 3.8], 1) == 0


@pytest.mark.parametrize("bets", [[0, 0], [-1, 2], [float("nan"), 1], []])
def test_what_is_no_bet_is_refused(bets: list[float]) -> None:
    with pytest.raises(InvalidInputError):
        game.stake_to_probabilities(bets)


@pytest.mark.parametrize("shares", [[0, 0], [-1, 2], [float("inf"), 1]])
def test_what_is_no_share_is_refused(shares: list[float]) -> None:
    with pytest.raises(InvalidInputError):
        game.tempered(shares, 0.5)
