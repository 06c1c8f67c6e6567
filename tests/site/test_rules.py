"""Laws of the game: odds, pay, skill, dealing."""

from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.catalog.challenge import PayoutScale
from outclass.catalog.loader import load_challenge
from outclass.site.play.advice import reweigh
from outclass.site.play.dealing import Shelf, choose
from outclass.site.play.rules import rules_for, skill_of, winnings_cents
from outclass.site.play.standings import shared_ranks

DIGITS = load_challenge("digits").challenge
COUNTS = st.lists(st.integers(0, 1000), min_size=10, max_size=10).filter(
    lambda counts: sum(map(bool, counts)) > 1
)


@given(counts=COUNTS, bets=st.lists(st.integers(0, 100), min_size=10, max_size=10))
def test_whatever_is_bet_the_house_keeps_its_edge(counts: list[int], bets: list[int]) -> None:
    rules = rules_for(DIGITS, counts)
    dealt = [name for name, q in rules.dealing.items() if q > 0]
    dollars = dict(zip(DIGITS.class_names, bets, strict=True))
    expected = sum(rules.dealing[name] * winnings_cents(dollars, rules.payouts, name) for name in dealt)
    on_dealt = sum(dollars[name] for name in dealt)
    assert expected == pytest.approx(95 * on_dealt, abs=0.5 * on_dealt + 1e-6)
    assert all((rules.payouts[name] is None) == (rules.dealing[name] == 0) for name in rules.dealing)


@given(st.lists(st.integers(0, 100), min_size=2, max_size=6).filter(any), st.data())
def test_stating_what_one_believes_is_best(believed: list[int], data: st.DataObject) -> None:
    weights = [max(b, 1) for b in believed]
    belief = {str(i): w / sum(weights) for i, w in enumerate(weights)}
    dealing = {name: 1 / len(belief) for name in belief}
    other = data.draw(st.lists(st.integers(1, 100), min_size=len(belief), max_size=len(belief)))
    stated = dict(zip(belief, other, strict=True))
    honest = {name: round(10_000 * p) for name, p in belief.items()}
    if all(p >= 0.01 for p in belief.values()) and all(o / sum(other) >= 0.01 for o in other):
        mean = [
            sum(p * skill_of(bet, dealing, name) for name, p in belief.items()) for bet in (honest, stated)
        ]
        assert mean[0] >= mean[1] - 0.05


@given(st.lists(st.integers(0, 20), min_size=3, max_size=3), st.integers(1, 30), st.integers(0, 99))
def test_a_deal_repeats_nothing_and_takes_the_unseen_first(sizes: list[int], count: int, seed: int) -> None:
    shelves = [
        Shelf(
            unseen=tuple(f"{place}-new-{n}" for n in range(size)),
            seen=tuple(f"{place}-old-{n}" for n in range(size // 2)),
        )
        for place, size in enumerate(sizes)
    ]
    chosen = choose(shelves, [0.5, 0.3, 0.2], count, Random(seed))
    ids = [object_id for object_id, _ in chosen]
    assert len(set(ids)) == len(ids) == min(count, sum(map(len, shelves)))
    assert all(first == ("new" in object_id) for object_id, first in chosen)
    for place, shelf in enumerate(shelves):
        mine = [object_id for object_id in ids if object_id.startswith(f"{place}-")]
        if any("old" in object_id for object_id in mine):
            assert set(shelf.unseen) <= set(mine)


def test_classes_come_up_as_the_odds_say() -> None:
    shelves = [Shelf(unseen=tuple(f"{c}{n}" for n in range(10)), seen=()) for c in "abc"]
    random = Random(1)
    weights = [0.6, 0.3, 0.1]
    first = [choose(shelves, weights, 1, random)[0][0][0] for _ in range(6000)]
    shares = [first.count(c) / 6000 for c in "abc"]
    assert shares == pytest.approx(weights, abs=0.02)


def test_place_in_a_deal_says_nothing_of_the_class() -> None:
    shelves = [Shelf(unseen=tuple(f"{c}{n}" for n in range(50)), seen=()) for c in "ab"]
    random = Random(2)
    deals = [[object_id[0] for object_id, _ in choose(shelves, [0.7, 0.3], 5, random)] for _ in range(3000)]
    shares = [np.mean([deal[place] == "a" for deal in deals]) for place in range(5)]
    assert shares == pytest.approx([0.7] * 5, abs=0.03)


@given(
    st.lists(st.floats(0.001, 1), min_size=3, max_size=3),
    st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
    st.lists(st.floats(0, 1), min_size=3, max_size=3).filter(lambda q: sum(q) > 0.01),
)
def test_advice_under_another_prior_is_a_forecast(p: list[float], old: list[float], new: list[float]) -> None:
    shares = reweigh(p, old, new)
    assert sum(shares) == pytest.approx(1)
    assert all(share == 0 for share, q in zip(shares, new, strict=True) if q == 0)


@given(st.lists(st.floats(0.001, 1), min_size=3, max_size=3))
def test_the_same_prior_changes_nothing(p: list[float]) -> None:
    total = sum(p)
    assert reweigh([x / total for x in p], [0.2, 0.3, 0.5], [0.2, 0.3, 0.5]) == pytest.approx(
        [x / total for x in p]
    )


@given(st.lists(st.integers(0, 5)).map(lambda values: sorted(values, reverse=True)))
def test_a_rank_is_one_more_than_the_number_of_those_ahead(values: list[int]) -> None:
    assert shared_ranks(values) == [1 + sum(other > value for other in values) for value in values]


def test_the_historic_table_pays_by_rarity() -> None:
    game = msgspec.structs.replace(DIGITS.game, scale=PayoutScale.HISTORIC)
    rules = rules_for(msgspec.structs.replace(DIGITS, game=game), [40, 16, 4, 0, 0, 0, 0, 0, 0, 0])
    paid = [rules.payouts[name] for name in DIGITS.class_names]
    assert paid == [5_000_000, 10_000_000, 100_000_000] + [None] * 7
