"""Dawid and Skene's estimate: their own data, simulated people, and laws that hold for any answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from outclass.feedback.consensus import NO_SMOOTHING, Smoothing, Votes, dawid_skene, majority

# Table 1 of the paper: each patient's fitness as five anaesthetists judged it, the first of them three times.
PATIENTS = """
1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111
2223212 1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111
2322222 1111111 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432
1111111 1111111 1212111 2322222 1211111 2222222
"""
OBSERVERS = (0, 0, 0, 1, 2, 3, 4)
# Its results: shares of the classes, and how the first observer judges patients of class 1, 2 and 4.
SHARES = [0.40, 0.42, 0.11, 0.07]
FIRST = {0: [0.89, 0.11, 0.00, 0.00], 1: [0.07, 0.88, 0.05, 0.00], 3: [0.00, 0.00, 0.56, 0.44]}


def paper() -> Votes:
    """Return the answers of the paper."""
    return Votes.of(
        (
            (patient, observer, int(digit) - 1)
            for patient, digits in enumerate(PATIENTS.split())
            for observer, digit in zip(OBSERVERS, digits, strict=True)
        ),
        classes=4,
    )


def test_the_results_of_the_paper_come_out() -> None:
    found = dawid_skene(paper(), smoothing=NO_SMOOTHING)
    assert found.prior == pytest.approx(SHARES, abs=0.006)
    for fitness, row in FIRST.items():
        assert found.confusion[0, fitness] == pytest.approx(row, abs=0.006)
    # Patient 3 was 1, 1, 2 for the first and 2, 1, 2, 2 for the others.
    assert found.labels[2] == 1
    assert found.posterior.max(axis=1).min() > 0.5


def simulate(
    seed: int, accuracies: list[float], *, items: int = 300, classes: int = 3, each: int = 5
) -> tuple[Votes, NDArray[np.int64]]:
    """Return answers of people of known accuracy, and the truth."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, items)
    rows = []
    for item in range(items):
        for voter in random.choice(len(accuracies), each, replace=False):
            right = random.random() < accuracies[voter]
            wrong = (truth[item] + random.integers(1, classes)) % classes
            rows.append((item, int(voter), int(truth[item] if right else wrong)))
    return Votes.of(rows, classes), truth


@pytest.mark.parametrize("seed", range(5))
def test_it_finds_more_than_a_majority_where_people_differ(seed: int) -> None:
    votes, truth = simulate(seed, [0.95, 0.9, 0.9, 0.45, 0.4, 0.4, 0.35, 0.35])
    found = (dawid_skene(votes).labels == truth).mean()
    counted = (majority(votes).argmax(axis=1) == truth).mean()
    assert found > counted + 0.05
    assert found > 0.85


def test_it_finds_who_is_good() -> None:
    accuracies = [0.95, 0.9, 0.7, 0.5]
    votes, _ = simulate(7, accuracies, items=1500, each=4)
    found = dawid_skene(votes)
    by_voter = dict(zip(votes.voters, found.accuracy(), strict=True))
    assert [by_voter[place] for place in range(4)] == pytest.approx(accuracies, abs=0.05)


def test_somebody_who_always_says_the_opposite_still_tells_something() -> None:
    votes, truth = simulate(3, [0.9, 0.9, 0.9, 0.02, 0.02], classes=2, each=5)
    found = dawid_skene(votes)
    assert (found.labels == truth).mean() > (majority(votes).argmax(axis=1) == truth).mean()
    assert found.accuracy()[list(votes.voters).index(3)] < 0.15


def test_known_items_stay_and_turn_a_wrong_crowd() -> None:
    # Three liars against one honest person: the majority is wrong, and nothing but gold can tell.
    random = np.random.default_rng(5)
    truth = random.integers(0, 2, 200)
    rows = [
        (item, voter, int(truth[item] if voter == 0 else 1 - truth[item]))
        for item in range(200)
        for voter in range(4)
    ]
    votes = Votes.of(rows, classes=2)
    assert (dawid_skene(votes).labels == truth).mean() < 0.1
    gold = {item: int(truth[item]) for item in range(20)}
    found = dawid_skene(votes, gold=gold)
    assert (found.labels == truth).all()
    assert found.posterior[list(votes.items).index(3), truth[3]] == 1.0


def test_the_weight_of_an_answer_counts() -> None:
    rows = [("a", "one", 0), ("a", "two", 1), ("a", "three", 1)]
    assert dawid_skene(Votes.of(rows, 2)).labels.tolist() == [1]
    assert dawid_skene(Votes.of(rows, 2, [1.0, 0.2, 0.2])).labels.tolist() == [0]


def test_one_answer_does_not_make_certain() -> None:
    found = dawid_skene(Votes.of([("a", "one", 0)], 2))
    assert 0.6 < found.posterior[0, 0] < 0.95


def test_nothing_is_concluded_from_nothing() -> None:
    found = dawid_skene(Votes.of([], 3))
    assert found.posterior.shape == (0, 3)
    assert found.prior == pytest.approx([1 / 3] * 3)


answers = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 4), st.integers(0, 2)),
    max_size=40,
    unique_by=lambda row: row[:2],
)


@given(rows=answers, known=st.dictionaries(st.integers(0, 8), st.integers(0, 2), max_size=3))
def test_the_objective_never_falls_and_probabilities_sum_to_one(
    rows: list[tuple[int, int, int]], known: dict[int, int]
) -> None:
    found = dawid_skene(Votes.of(rows, 3), gold=known)
    assert np.diff(found.objective).min(initial=0.0) >= -1e-9
    assert found.posterior.sum(axis=1) == pytest.approx(np.ones(len(found.posterior)))
    assert found.confusion.sum(axis=2) == pytest.approx(np.ones(found.confusion.shape[:2]))
    for item, label in known.items():
        if item in found.votes.items:
            assert found.posterior[found.votes.items.index(item), label] == 1.0


@given(rows=answers, seed=st.integers(0, 99))
def test_the_order_of_answers_changes_nothing(rows: list[tuple[int, int, int]], seed: int) -> None:
    mixed = [rows[place] for place in np.random.default_rng(seed).permutation(len(rows))]
    one, other = dawid_skene(Votes.of(rows, 3)), dawid_skene(Votes.of(mixed, 3))
    places = [other.votes.items.index(name) for name in one.votes.items]
    assert one.posterior == pytest.approx(other.posterior[places], abs=1e-6)


@given(rows=answers)
def test_the_names_of_classes_change_nothing(rows: list[tuple[int, int, int]]) -> None:
    turned = [(item, voter, (label + 1) % 3) for item, voter, label in rows]
    one, other = dawid_skene(Votes.of(rows, 3)), dawid_skene(Votes.of(turned, 3))
    assert one.posterior == pytest.approx(np.roll(other.posterior, -1, axis=1), abs=1e-6)


def test_smoothing_spreads_what_is_not_right() -> None:
    assert Smoothing(answers=10, accuracy=0.7).confusion(4).tolist()[0] == pytest.approx([7.0, 1.0, 1.0, 1.0])
