import copy

import pytest
import yaml

from outclass.base.errors import Problem
from outclass.catalog.column_rules import PROBLEM_IDS
from outclass.catalog.strict_yaml import parse_yaml
from outclass.catalog.validation import challenge_problems
from small_challenge import declaration as shapes
from small_tables import declaration

NUMBER = {"name": "height", "kind": "number"}
CASES = [
    ("input.columns", [], "no-columns", "input"),
    ("input.columns.1.name", "height", "duplicate-column", "input.columns[1].name"),
    ("input.columns.1.name", "label", "reserved-column", "input.columns[1].name"),
    ("input.columns.2.values", [{"name": "red"}], "no-values", "input.columns[2]"),
    ("input.columns.2.values.1.name", "red", "duplicate-value", "input.columns[2].values"),
    ("input.columns.2.unit", "cm", "not-of-kind", "input.columns[2].unit"),
    ("input.columns.0.others", True, "not-of-kind", "input.columns[0].others"),
    ("input.columns.0.low", 200.0, "low-above-high", "input.columns[0].low"),
    ("dataset.columns.inputs.stem", "Stem", "unknown-input", "dataset.columns.inputs.stem"),
    ("input.columns.1.name", "No. of petals", "bad-form", "input.columns[1].name"),
    ("input.columns.0.kind", "date", "not-accepted", "input.columns[0].kind"),
]


def changed(path: str, value: object, declared: dict[str, object]) -> dict[str, object]:
    """Return a challenge with one value set."""
    found = copy.deepcopy(declared)
    *above, last = (int(step) if step.isdigit() else step for step in path.split("."))
    place = found
    for step in above:
        place = place[step]  # type: ignore[index,assignment]
    place[last] = value  # type: ignore[index]
    return found


def problems(declared: object) -> list[Problem]:
    return list(challenge_problems(parse_yaml(yaml.safe_dump(declared, sort_keys=False).encode())))


def test_the_small_table_is_valid() -> None:
    assert problems(declaration()) == []


@pytest.mark.parametrize(("path", "value", "expected", "where"), CASES, ids=[f"{c[2]} {c[0]}" for c in CASES])
def test_each_fault_is_one_problem(path: str, value: object, expected: str, where: str) -> None:
    (found,) = problems(changed(path, value, declaration()))
    assert found.id == expected
    assert found.where.partition(", ")[2] == where


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("input.columns", [NUMBER], "no-columns"),
        ("dataset.repeats", "all", "not-of-records"),
        ("dataset.columns", {"inputs": {"height": "Height"}}, "not-of-records"),
    ],
)
def test_only_a_table_speaks_of_columns(path: str, value: object, expected: str) -> None:
    assert [found.id for found in problems(changed(path, value, shapes()))] == [expected]


def test_every_rule_has_a_case() -> None:
    assert set(PROBLEM_IDS) <= {case[2] for case in CASES} | {"not-of-records"}
