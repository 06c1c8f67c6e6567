"""`outclass data labels`: what the rules of weak labels are worth."""

import msgspec
import pytest

RULES = """
rules:
  - {name: code, class: notification, pattern: 'code is \\d+'}
  - {name: free, class: spam, pattern: 'free'}
  - {name: prize, class: spam, pattern: 'prize'}
"""
TEXTS = "label\ttext\nham\tYour code is 123\nspam\tFREE prize\nham\tthe code is 5, free\nham\thello\n"


@pytest.fixture
def files(tmp_path):
    rules, texts = tmp_path / "rules.yaml", tmp_path / "texts.tsv"
    rules.write_text(RULES, encoding="utf-8")
    texts.write_text(TEXTS, encoding="utf-8")
    return rules, texts


def test_a_report_as_json(call, files):
    rules, texts = files

    found = call("data", "labels", rules, "--data", texts, "--labels", "ham=personal+notification", "--json")

    report = msgspec.json.decode(found.out)
    assert (report["texts"], report["labeled"], report["conflicting"]) == (4, 3, 1)
    assert (report["judged"], report["agreed"]) == (3, 3)
    assert {rule["name"]: rule["fired"] for rule in report["rules"]} == {"code": 2, "free": 2, "prize": 1}


def test_a_report_for_people(call, files):
    rules, texts = files

    out = call("data", "labels", rules, "--data", texts).out

    assert "labeled       3 (75.0%)" in out
    assert "code     free" in out.replace("  ", " " * 2)


def test_without_texts_it_says_what_to_give(call, files):
    found = call("data", "labels", files[0])

    assert found.code == 1
    assert "--data FILE" in found.err


def test_a_challenge_without_rules_is_told(call, files):
    found = call("data", "labels", "digits", "--data", files[1])

    assert found.code == 1
    assert "declares no rules" in found.err


@pytest.mark.parametrize("labels", ["ham", "=spam", "ham="])
def test_labels_of_no_form_are_told(call, files, labels):
    found = call("data", "labels", files[0], "--data", files[1], "--labels", labels)

    assert found.code == 1
    assert "this is no list of labels" in found.err


def test_a_class_that_is_not_there_is_told(call, files):
    found = call("data", "labels", files[0], "--challenge", "digits", "--data", files[1])

    assert found.code == 1
    assert "[unknown-class] line 3, rules[0].class" in found.err
