"""The reference page says what the code does."""

import re
from pathlib import Path

import msgspec

from outclass.catalog.strict_yaml import parse_yaml
from outclass.catalog.weak_labels import WeakLabels
from outclass.catalog.weak_labels.rules import PROBLEM_IDS, RuleDeclaration, rules_of

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "weak-labels.md"


def test_every_problem_is_documented():
    text = PAGE.read_text(encoding="utf-8")

    assert dict(re.findall(r"^\| `([a-z-]+)` \| (A .*|Two .*?) \|$", text, re.MULTILINE)) == PROBLEM_IDS


def test_every_key_of_a_rule_is_documented():
    table = PAGE.read_text(encoding="utf-8").partition("| key of a rule | |\n|---|---|\n")[2]
    documented = re.findall(r"^\| `(\w+)` \|", table.partition("\n\n")[0], re.MULTILINE)

    assert documented == [field.encode_name for field in msgspec.structs.fields(RuleDeclaration)]


def test_the_example_runs():
    example = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    weak = WeakLabels(rules_of(parse_yaml(example.encode()), "example", ["notification", "spam"]))

    assert weak.apply(["Your code: 48291", "U won!", "you won the bet"]).labels == (
        "notification",
        "spam",
        None,
    )
