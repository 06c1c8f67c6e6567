import pytest

from outclass.base.errors import ChallengeFileError
from outclass.catalog.weak_labels import WeakLabels
from outclass.catalog.weak_labels.rules import BadPatternError, Flag, check_pattern

CLASSES = ("personal", "notification", "spam")


def problems_of(tmp_path, text, classes=CLASSES):
    path = tmp_path / "rules.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ChallengeFileError) as caught:
        WeakLabels.load(path, classes)
    return {problem.id: problem for problem in caught.value.problems}


def test_a_rule_file_is_read(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(
        """
title: Rules for messages
rules:
  - name: code
    class: notification
    pattern: 'code is \\d{4,8}'
    description: one-time codes
  - {name: shout, class: spam, pattern: 'WIN', flags: [], priority: 5, unless: 'window'}
""",
        encoding="utf-8",
    )

    weak = WeakLabels.load(path, CLASSES)

    assert [rule.name for rule in weak.rules] == ["shout", "code"]  # the higher priority first
    assert weak.rules[0].pattern == "WIN"
    assert weak.rules[1].pattern == r"(?i)code is \d{4,8}"


def test_all_problems_of_a_file_are_told_at_once(tmp_path):
    found = problems_of(
        tmp_path,
        """
rules:
  - {name: a, class: spamm, pattern: 'x+'}
  - {name: a, class: spam, pattern: '(ab'}
  - {name: b, class: spam, pattern: 'x*'}
""",
    )

    assert set(found) == {"unknown-class", "duplicate-rule", "bad-pattern", "matches-everything"}
    assert found["unknown-class"].hint == "the nearest class is `spam`"
    assert found["bad-pattern"].where == "line 4, rules[1].pattern, character 1"
    assert "unclosed group" in found["bad-pattern"].what


@pytest.mark.parametrize(
    ("pattern", "character", "what"),
    [
        ("(ab", 1, "unclosed group"),
        ("ab(?=c)", 3, "look-ahead"),
        (r"(a)\1", 4, "backreferences"),
        ("ab[z-a]", 4, "class range"),
        ("a{,3}", 3, "repetition"),
        ("*a", 1, "repetition"),
        (r"\k", 1, "escape"),
    ],
)
def test_a_broken_pattern_is_told_by_its_character(pattern, character, what):
    with pytest.raises(BadPatternError, match=what) as caught:
        check_pattern(pattern, [Flag.IGNORE_CASE])

    assert caught.value.character == character


def test_a_broken_pattern_of_several_lines_is_told_by_line():
    with pytest.raises(BadPatternError) as caught:
        check_pattern("a # first\n b)", [Flag.VERBOSE])

    assert (caught.value.line, caught.value.character) == (2, 3)


def test_a_pattern_too_large_to_compile_is_refused(tmp_path):
    found = problems_of(tmp_path, "rules: [{name: bomb, class: spam, pattern: '((a{1000}){1000}){1000}'}]")

    assert "size limit" in found["bad-pattern"].what


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rules: []", "bad-length"),
        ("rules: [{name: a, class: spam}]", "missing-key"),
        ("rules: [{name: a, class: spam, pattern: x, patern: y}]", "unknown-key"),
        ("rules: [{name: A b, class: spam, pattern: x}]", "bad-form"),
        ("rules: [{name: a, class: spam, pattern: 7}]", "wrong-type"),
        ("rules: [{name: a, class: spam, pattern: x, priority: 1.5}]", "wrong-type"),
        ("rules: [{name: a, class: spam, pattern: x, priority: 100000}]", "out-of-range"),
        ("rules: [{name: a, class: spam, pattern: x, flags: [ignorecase]}]", "not-accepted"),
        ("rules: {a: b}", "wrong-type"),
        ("rules: [!!python/name:os.system ]", "yaml-tag"),
        ("x: [", "yaml-syntax"),
        ("", "empty-file"),
        (b"\xff\xfe", "not-utf8"),
        ("rules: [{name: a, class: spam, pattern: '" + "x" * 2001 + "'}]", "bad-length"),
    ],
)
def test_each_wrong_value_has_its_message(tmp_path, text, problem):
    assert problem in problems_of(tmp_path, text)


def test_an_unknown_key_names_the_nearest(tmp_path):
    found = problems_of(tmp_path, "rules: [{name: a, class: spam, pattern: x, patern: y}]")

    assert found["unknown-key"].hint == "the nearest key is `pattern`"


def test_a_missing_file_is_an_error_of_ours(tmp_path):
    with pytest.raises(ChallengeFileError, match="cannot be read"):
        WeakLabels.load(tmp_path / "none.yaml")
