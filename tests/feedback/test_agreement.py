"""Coefficients of agreement against published examples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.feedback.agreement import (
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    measure,
    pairwise,
    percent_agreement,
)

# K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, part C: four observers, twelve units.
OBSERVERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
# The example of Fleiss' kappa that is told most often: fourteen people, ten things, five categories.
FLEISS = """
0 0 0 0 14; 0 2 6 4 2; 0 0 3 5 6; 0 3 9 2 0; 2 2 8 1 1; 7 7 0 0 0; 3 2 6 3 0; 2 5 3 2 2; 6 5 2 1 0; 0 2 2 3 7
"""


def krippendorff_answers() -> list[tuple[int, int, int]]:
    """Return his example as answers."""
    return [
        (unit, observer, int(value) - 1)
        for observer, line in enumerate(OBSERVERS)
        for unit, value in enumerate(line.split())
        if value != "."
    ]


def test_alpha_is_that_of_its_author() -> None:
    assert measure(krippendorff_answers(), 5).alpha == pytest.approx(0.743, abs=5e-4)


def test_fleiss_kappa_is_that_of_the_example() -> None:
    counts = np.array([[float(n) for n in row.split()] for row in FLEISS.split(";")])
    assert fleiss_kappa(counts) == pytest.approx(0.210, abs=5e-4)


def test_cohens_kappa_of_two_people_over_what_both_answered() -> None:
    first = [0] * 25 + [1] * 25
    second = [0] * 20 + [1] * 5 + [0] * 10 + [1] * 15
    answers = [(item, "ann", label) for item, label in enumerate(first)]
    answers += [(item, "bob", label) for item, label in enumerate(second)]
    found = measure([*answers, (99, "ann", 0)], 2)
    assert found.kappa == pytest.approx(0.4)
    assert found.percent == pytest.approx(0.7)
    assert (found.items, found.shared, found.answers, found.people) == (51, 50, 101, 2)


def test_too_little_says_nothing() -> None:
    found = measure([("a", "ann", 0)], 2)
    assert (found.percent, found.kappa, found.alpha) == (None, None, None)
    assert cohen_kappa(np.zeros((2, 2))) is None


def test_agreement_without_any_variety_is_no_evidence() -> None:
    found = measure([("a", "ann", 0), ("a", "bob", 0)], 2)
    assert (found.percent, found.kappa, found.alpha) == (1.0, None, 1.0)


def test_pairs_are_of_people_who_share_items() -> None:
    answers = [("a", "ann", 0), ("a", "bob", 0), ("b", "cy", 1)]
    assert list(pairwise(answers, 2)) == [("ann", "bob")]


tables = st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=12)


@given(rows=tables)
def test_perfect_agreement_is_one_and_nothing_is_more(rows: list[list[int]]) -> None:
    counts = np.array(rows, dtype=np.float64)
    alpha, percent = krippendorff_alpha(counts), percent_agreement(counts)
    assert alpha is None or alpha <= 1 + 1e-12
    assert (alpha is None) == (percent is None)
    if percent == 1.0:
        assert alpha == 1.0
