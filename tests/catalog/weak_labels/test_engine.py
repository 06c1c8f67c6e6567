import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outclass.catalog.weak_labels import WeakLabels, engine
from outclass.catalog.weak_labels.literals import required_literals
from outclass.catalog.weak_labels.rules import BadPatternError, Flag, Rule, check_pattern, with_flags

# Letters with more than one lower or upper form, so that folding is put to the test.
LETTERS = "aAbksSK\u017f\u212a\u0131\u0130ß -1"


def rule(name, pattern, label="spam", priority=0, unless=None):
    return Rule(name=name, label=label, pattern=pattern, unless=unless, priority=priority)


atoms = st.sampled_from(
    ["a", "b", "k", "S", "sk", "abk", "kiss", "Ska", r"\b", r"\s", r"\w", r"\d", ".", "[ks]", "[^a]", "[a-k]",
     r"[\sb]", "\u017f", "ß", "^", "$", r"\-", r"\p{L}", "[]a]", "[-a]", r"\x61", "(?i)", r"\<"]
)  # fmt: skip


def grow(inner):
    return st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join).map("(?:{})".format),
        st.tuples(
            inner.map("(?:{})".format), st.sampled_from(["?", "*", "+", "+?", "{2}", "{1,2}", "{0}", "{1}"])
        ).map("".join),
        inner.map("({})".format),
        inner.map("(?i:{})".format),
    )


patterns = st.recursive(atoms, grow, max_leaves=8)
texts = st.lists(st.text(alphabet=LETTERS, max_size=12) | st.none(), max_size=12)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(patterns, st.booleans()), min_size=1, max_size=5), texts)
@example([("kiss", True)], ["\u212ai\u017fS", "KISS", "kis"])
@example([("(?:kiss|abk)+a?", False)], ["abkkissa", "ABK"])
def test_the_prefilter_changes_nothing(given_patterns, messages):
    rules = []
    for number, (pattern, ignore) in enumerate(given_patterns):
        flags = [Flag.IGNORE_CASE] if ignore else []
        try:
            check_pattern(pattern, flags)
        except BadPatternError:
            continue
        rules.append(rule(f"r{number}", with_flags(pattern, flags), label=f"c{number % 2}"))

    fired = WeakLabels(rules).apply(messages)

    for found, one in zip(fired.places, rules, strict=True):
        plain = pl.Series(messages, dtype=pl.String).str.contains(one.pattern).fill_null(value=False)
        assert found.tolist() == np.flatnonzero(plain.to_numpy()).tolist()


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("congratulations", {"congratulations"}),
        (r"(?i)\bFREE\b", {"free"}),
        ("fr[e3][e3]", {"free", "fr3e", "fre3", "fr33"}),
        ("colou?r", {"color", "colour"}),
        (r"https?://\S+", {"http://", "https://"}),
        (r"(?:win|prize)s? now", {"win now", "wins now", "prize now", "prizes now"}),
        (r"\d+ (?:pounds|euro)", {" pounds", " euro"}),
        (r"abc*def", {"def"}),
        (r"(?:abc)+", {"abc"}),
        (r"(?:abc)?", set()),
        (r"abc|\d", set()),
        (r"\d{4}", set()),
        ("(?x) a b c d", set()),
        ("[[:alpha:]]abcd", set()),
        (r"\x61bcdef", set()),
        ("ab", set()),
    ],
)
def test_what_a_pattern_needs(pattern, literals):
    assert required_literals(pattern) == literals


def test_precedence_is_by_number_then_by_order_in_the_file():
    weak = WeakLabels.of(
        [
            {"name": "low", "class": "personal", "pattern": "code"},
            {"name": "first", "class": "spam", "pattern": "code", "priority": 2},
            {"name": "second", "class": "notification", "pattern": "code", "priority": 2},
        ]
    )

    fired = weak.apply(["a code", "nothing"])

    assert fired.labels == ("spam", None)
    assert fired.rules == ("first", None)
    assert fired.of(0) == ("first", "second", "low")
    assert fired.of(1) == ()
    assert fired.labels_among([("personal", "notification"), None]) == ("notification", None)


def test_unless_takes_texts_out():
    weak = WeakLabels.of([{"name": "win", "class": "spam", "pattern": r"\bwin", "unless": "window"}])

    assert weak.apply(["win now", "a window", "WINDOW to win", None, ""]).labels == ("spam", *[None] * 4)


def test_texts_are_worked_on_in_chunks(monkeypatch):
    monkeypatch.setattr(engine, "CHUNK", 3)
    weak = WeakLabels.of([{"name": "odd", "class": "spam", "pattern": "odd number"}])
    messages = [f"an {'odd' if number % 2 else 'even'} number" for number in range(10)]

    assert weak.apply(messages).places[0].tolist() == [1, 3, 5, 7, 9]
    assert weak.apply(pl.Series(messages)).places[0].tolist() == [1, 3, 5, 7, 9]


def test_no_text_and_no_rule_are_no_trouble():
    weak = WeakLabels.of([{"name": "odd", "class": "spam", "pattern": "odd"}])

    assert weak.apply([]).labels == ()
    assert weak.report([]).coverage == 0.0
    assert WeakLabels([]).apply(["a"]).labels == (None,)


def test_hostile_texts_take_linear_time():
    weak = WeakLabels.of([{"name": "nested", "class": "spam", "pattern": "(?:(?:aaaa+)+)+bbbb"}])

    fired = weak.apply(["a" * 200_000 + "bbb"])

    assert fired.labels == (None,)
    assert sum(fired.seconds) < 5
