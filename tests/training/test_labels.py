"""What the labels of a file stand for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import DataError, InvalidInputError
from outclass.training.labels import parse_labels, plain_groups

CLASSES = ("personal", "notification", "spam")


def test_without_a_map_each_class_is_itself() -> None:
    groups = parse_labels(None, CLASSES)
    assert groups == plain_groups(CLASSES)
    assert groups.targets(["spam", "personal"]).tolist() == [2, 0]


def test_classes_that_are_joined_count_as_one() -> None:
    groups = parse_labels("ham=personal+notification,spam=spam", CLASSES)
    assert groups.names == ("ham", "spam")
    assert groups.targets(["ham", "spam"]).tolist() == [0, 1]
    sums = groups.sums(np.array([[0.5, 0.3, 0.2]]))
    assert sums.tolist() == [[0.8, 0.2]]
    assert groups.any_of(np.array([[False, True, False]])).tolist() == [[True, False]]


def test_a_class_that_no_label_stands_for_stays_an_answer() -> None:
    groups = parse_labels("ham=personal", CLASSES)
    assert groups.names == ("ham", "notification", "spam")
    with pytest.raises(DataError, match="no class; got notification"):
        groups.targets(["ham", "notification"])


def test_two_labels_may_stand_for_the_same() -> None:
    groups = parse_labels("promo=spam,fraud=spam,ham=personal+notification", CLASSES)
    assert groups.names == ("promo/fraud", "ham")
    assert groups.targets(["fraud", "promo", "ham"]).tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ham=personal+spam,spam=spam", "ham and spam share spam"),
        ("ham=personal+spam,spam=spam+notification", "ham and spam share spam"),
        ("ham=personal,ham=spam", "a label comes twice"),
        ("ham=eggs", "no such class.*eggs"),
        ("ham", "no list of labels"),
        ("=spam", "no list of labels"),
        ("ham=", "no list of labels"),
        ("", "no list of labels"),
    ],
)
def test_a_map_that_makes_no_sense_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        parse_labels(text, CLASSES)


@given(st.lists(st.integers(0, 3), min_size=5, max_size=5))
def test_any_partition_keeps_all_probability(owners: list[int]) -> None:
    classes = tuple("abcde")
    unions: dict[int, list[str]] = {}
    for name, owner in zip(classes, owners, strict=True):
        unions.setdefault(owner, []).append(name)
    text = ",".join(f"label{owner}={'+'.join(names)}" for owner, names in unions.items())
    groups = parse_labels(text, classes)
    probabilities = np.random.default_rng(0).dirichlet(np.ones(5), size=4)
    assert groups.sums(probabilities).sum(axis=1) == pytest.approx(np.ones(4))
    assert sorted(index for members in groups.members for index in members) == [0, 1, 2, 3, 4]
