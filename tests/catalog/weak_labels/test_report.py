import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import DataError
from outclass.catalog.weak_labels import WeakLabels

RULES = [
    {"name": "code", "class": "notification", "pattern": "code", "priority": 1},
    {"name": "free", "class": "spam", "pattern": "free"},
    {"name": "win", "class": "spam", "pattern": "win"},
    {"name": "never", "class": "personal", "pattern": "xyzzy"},
]
TEXTS = ["your code", "free code", "free win", "win", "hello", "code again"]
PEOPLE = ["notification", "spam", "spam", "personal+spam", "personal", None]


def test_the_report_counts_everything():
    report = WeakLabels.of(RULES).report(TEXTS, PEOPLE)
    code, free, win, never = report.rules

    assert (report.texts, report.labeled, report.coverage) == (6, 5, 5 / 6)
    assert (report.overlapping, report.conflicting) == (2, 1)
    assert (report.judged, report.agreed, report.disagreed, report.accuracy) == (4, 3, 1, 0.75)
    assert report.silent == ("never",)
    assert (code.fired, code.decided, code.alone, code.overlaps, code.conflicts) == (3, 3, 2, 1, 1)
    assert (code.judged, code.agreed, code.disagreed, code.precision) == (2, 1, 1, 0.5)
    assert code.disagreements == (1,)
    assert (free.fired, free.decided, free.overlaps, free.conflicts) == (2, 1, 2, 1)
    assert win.agreed == 2  # a label that leaves it open agrees with each class it names
    assert (never.fired, never.precision) == (0, None)
    assert [(pair.first, pair.second, pair.texts) for pair in report.conflicts] == [("code", "free", 1)]
    spam = next(one for one in report.classes if one.label == "spam")
    assert (spam.rules, spam.decided, spam.judged, spam.agreed, spam.recall) == (2, 2, 2, 2, 0.5)


def test_cost_is_told_for_each_rule():
    report = WeakLabels.of(RULES).report(TEXTS * 1000)

    assert all(rule.microseconds > 0 for rule in report.rules)
    total = report.shared_microseconds + sum(rule.microseconds for rule in report.rules)
    assert total * report.texts == pytest.approx(report.seconds * 1e6)


def test_without_people_nothing_is_judged():
    report = WeakLabels.of(RULES).report(TEXTS)

    assert (report.judged, report.accuracy) == (0, None)


def test_labels_of_another_length_are_refused():
    with pytest.raises(DataError, match="not equally many"):
        WeakLabels.of(RULES).report(TEXTS, ["spam"])


@given(st.lists(st.lists(st.sampled_from(["code", "free", "win", "hello"]), max_size=4), max_size=20))
def test_counts_add_up(words):
    report = WeakLabels.of(RULES).report([" ".join(text) for text in words])

    assert sum(rule.decided for rule in report.rules) == report.labeled
    assert all(rule.alone + rule.overlaps == rule.fired for rule in report.rules)
    assert all(rule.conflicts <= rule.overlaps for rule in report.rules)
    assert report.conflicting <= report.overlapping <= report.labeled <= report.texts
