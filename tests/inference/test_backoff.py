"""Where no class is likely enough, the smallest group that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.inference.backoff import Hedge, back_off

GROUPS = {
    "big": frozenset({"lion", "tiger"}),
    "wild": frozenset({"lion", "tiger", "bobcat"}),
    "any": frozenset({"lion", "tiger", "bobcat", "dog"}),
    "pets": frozenset({"dog"}),
}


def chances(lion: float, tiger: float, bobcat: float, dog: float) -> dict[str, float]:
    return {"lion": lion, "tiger": tiger, "bobcat": bobcat, "dog": dog}


def test_a_likely_class_needs_no_group() -> None:
    assert back_off(chances(0.85, 0.1, 0.03, 0.02), GROUPS) is None


def test_the_smallest_group_is_named() -> None:
    assert back_off(chances(0.5, 0.4, 0.05, 0.05), GROUPS) == Hedge("big", pytest.approx(0.9))
    assert back_off(chances(0.4, 0.2, 0.3, 0.1), GROUPS) == Hedge("wild", pytest.approx(0.9))


def test_a_group_of_everything_says_nothing() -> None:
    assert back_off(chances(0.4, 0.0, 0.1, 0.5), GROUPS) is None


def test_nothing_declared_is_nothing_to_back_off_to() -> None:
    assert back_off(chances(0.4, 0.3, 0.2, 0.1), {}) is None
    assert back_off({}, GROUPS) is None


@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4), st.floats(0.3, 0.99))
def test_a_named_group_is_sure_enough_and_holds_the_best(weights: list[float], confidence: float) -> None:
    total = sum(weights)
    found = chances(*(weight / total for weight in weights))
    best = max(found, key=found.__getitem__)
    hedge = back_off(found, GROUPS, confidence)
    if hedge is None:
        return
    assert found[best] < confidence
    assert best in GROUPS[hedge.group]
    assert hedge.confidence >= confidence - 1e-6
    assert hedge.confidence == pytest.approx(sum(found[name] for name in GROUPS[hedge.group]))
