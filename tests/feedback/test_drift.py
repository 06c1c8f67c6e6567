"""Drift is found where there is one, and not where chance explains what is seen."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.sql import Database
from outclass.feedback.drift import (
    DAY,
    Drift,
    chi_square,
    compare_numbers,
    compare_shares,
    compare_traffic,
    drawing_statistics,
    kolmogorov_smirnov_test,
    live_traffic,
    series_statistics,
    stability_index,
    text_statistics,
    traffic_of,
)
from outclass.feedback.log import INSERT, LoggedPrediction, to_row

CLASSES = ("personal", "notification", "spam")


def drawn(seed: int, count: int, shares: tuple[float, ...]) -> list[str]:
    """Return classes drawn by their shares."""
    return [str(name) for name in np.random.default_rng(seed).choice(CLASSES, count, p=shares)]


BEFORE = drawn(1, 5000, (0.7, 0.1, 0.2))


def psi_of(found: Drift) -> float:
    """Return the index that there must be."""
    assert found.psi is not None
    return found.psi


def test_the_same_traffic_is_no_drift() -> None:
    found = compare_shares("answers", BEFORE, drawn(2, 800, (0.7, 0.1, 0.2)), CLASSES)
    assert found.verdict == "none"
    assert 0 <= psi_of(found) < 0.02
    assert (found.p_value or 0) > 0.05
    assert (found.n_reference, found.n_live, found.test) == (5000, 800, "chi-square")


def test_other_shares_are_a_large_drift() -> None:
    found = compare_shares("answers", BEFORE, drawn(2, 800, (0.3, 0.1, 0.6)), CLASSES)
    assert found.verdict == "large"
    # By its definition: sum of (q - p) ln(q / p).
    p, q = np.array([0.7, 0.1, 0.2]), np.array([0.3, 0.1, 0.6])
    assert found.psi == pytest.approx(float(((q - p) * np.log(q / p)).sum()), rel=0.15)
    assert (found.low or 0) < psi_of(found) < (found.high or 0)
    assert found.p_value == pytest.approx(1 / 501)
    assert sum(share.live for share in found.shares) == 800


def test_a_handful_of_predictions_proves_nothing() -> None:
    found = compare_shares("answers", BEFORE, ["spam", "spam", "personal"], CLASSES)
    assert found.verdict == "unsure"
    assert (found.by_chance or 0) > 0.1


def test_nothing_is_said_of_nothing() -> None:
    for found in (
        compare_shares("answers", [], ["spam"], CLASSES),
        compare_shares("answers", ["spam"], [], CLASSES),
        compare_shares("answers", ["spam"], ["egg"], CLASSES),
        compare_numbers("words", np.zeros(0), np.ones(3)),
    ):
        assert (found.psi, found.verdict, found.shares) == (None, "unsure", ())


def test_longer_messages_are_seen() -> None:
    random = np.random.default_rng(1)
    before = random.normal(80, 20, 4000)
    assert compare_numbers("characters", before, random.normal(80, 20, 500)).verdict == "none"
    found = compare_numbers("characters", before, random.normal(110, 20, 500))
    assert (found.verdict, found.test) == ("large", "Kolmogorov-Smirnov")
    assert found.shares[0].reference_share == pytest.approx(0.1, abs=0.01)
    assert found.shares[-1].live_share > 0.4


def test_values_that_are_all_alike_make_one_range() -> None:
    found = compare_numbers("words", np.ones(50), np.ones(20))
    assert psi_of(found) < 0.05
    assert found.verdict == "none"


def test_the_two_sample_test_is_that_of_scipy() -> None:
    scipy = pytest.importorskip("scipy.stats")
    random = np.random.default_rng(4)
    for shift in (0.0, 0.1, 0.3):
        one, other = random.normal(0, 1, 900), random.normal(shift, 1, 700)
        distance, p_value = kolmogorov_smirnov_test(one, other)
        known = scipy.ks_2samp(one, other, method="asymp")
        assert distance == pytest.approx(known.statistic)
        assert p_value == pytest.approx(known.pvalue, abs=0.02)
    table = np.array([[30, 10, 60], [25, 30, 45]])
    assert chi_square(table[:1], table[1:])[0] == pytest.approx(scipy.chi2_contingency(table).statistic)


counts = st.lists(st.integers(0, 500), min_size=2, max_size=6).filter(lambda row: sum(row) > 0)


@given(row=counts, factor=st.integers(1, 5))
def test_the_index_is_never_negative_and_the_same_both_ways(row: list[int], factor: int) -> None:
    one, other = np.array(row), np.array(row[::-1]) * factor
    index = stability_index(one, other)
    assert index >= 0
    assert index == pytest.approx(stability_index(other, one))
    assert stability_index(one, one) == pytest.approx(0.0)


def log(
    db: Database, name: str, *, answer: str | None, text: str | None, age: float = 1.0, model: str = "m@1"
) -> None:
    """Keep a prediction."""
    entry = LoggedPrediction(
        id=name,
        challenge="messages",
        model=model,
        created_at=time.time() - age * DAY,
        key_id=None,
        answer=answer,
        confidence=0.9,
        abstained=False,
        reason=None,
        probabilities={},
        milliseconds=1.0,
        input_sha256="",
        input=None if text is None else text.encode(),
    )
    db.execute(INSERT, to_row(entry))


def test_live_traffic_is_read_from_the_log_and_inputs_only_where_they_were_kept(db: Database) -> None:
    log(db, "a", answer="spam", text="win a prize")
    log(db, "b", answer="personal", text=None)
    log(db, "c", answer=None, text="")
    log(db, "old", answer="spam", text="x", age=99)
    log(db, "other", answer="notification", text="code 1", model="m@2")
    found = live_traffic(db, "messages", statistics=text_statistics(lambda text: 0.5 if text else None))
    assert sorted(found.answers) == ["notification", "personal", "spam"]
    assert sorted(found.statistics["words"]) == [0.0, 2.0, 3.0]
    assert found.statistics["share of unknown words"].tolist() == [0.5, 0.5]
    only = live_traffic(db, "messages", model="m@2")
    assert (only.answers, only.statistics) == (("notification",), {})


def test_everything_that_both_sides_have_is_compared() -> None:
    texts = [b"see you at six", b"win now", None]
    one = traffic_of(["personal", "spam", "spam"], [0.9, 0.8, 0.7], texts, text_statistics())
    names = [found.name for found in compare_traffic(one, one, CLASSES)]
    assert names == ["answers", "confidence", "characters", "words"]
    bare = traffic_of(["personal"], [0.9])
    assert [found.name for found in compare_traffic(one, bare, CLASSES)] == ["answers", "confidence"]


def test_drawings_and_series_have_numbers_too() -> None:
    ink = drawing_statistics()["share of ink"]
    assert (ink(bytes([255, 0])), ink(b"")) == (0.5, None)
    kept = b'{"object": {}, "mjd": [59000.0, 59010.5], "flux": [1, 2]}'
    numbers = {name: measure(kept) for name, measure in series_statistics().items()}
    assert numbers == {"observations": 2.0, "days": 10.5}
