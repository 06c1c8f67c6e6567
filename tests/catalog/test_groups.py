import copy

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from outclass.catalog.challenge import Challenge
from outclass.catalog.groups import ClassGroup, leaves_of, parents_of
from outclass.catalog.strict_yaml import parse_yaml
from outclass.catalog.validation import challenge_problems
from small_challenge import declaration


def declared(groups):
    """Return the small challenge (circle, cross, ...) with groups."""
    value = copy.deepcopy(declaration())
    value["groups"] = groups
    return value


def group(name, *members):
    return {"name": name, "title": f"a {name}", "members": list(members)}


def problems(groups):
    text = yaml.safe_dump(declared(groups), sort_keys=False).encode()
    return [(found.id, found.where.partition(", ")[2]) for found in challenge_problems(parse_yaml(text))]


def names():
    return [label["name"] for label in declaration()["classes"]]


def test_groups_form_a_tree_over_the_classes():
    first, second, *_ = names()
    groups = [group("all", "pair"), group("pair", first, second)]

    assert problems(groups) == []
    challenge = msgspec.convert(declared(groups), Challenge)
    assert challenge.group_leaves == {"all": {first, second}, "pair": {first, second}}
    assert parents_of(challenge.groups) == {"pair": "all", first: "pair", second: "pair"}


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([group("pair", "CLASS", "nothing")], ("unknown-member", "groups[0].members[1]")),
        ([group("CLASS", "OTHER")], ("duplicate-group", "groups[0].name")),
        ([group("a", "CLASS"), group("a", "OTHER")], ("duplicate-group", "groups[1].name")),
        ([group("a", "CLASS"), group("b", "CLASS")], ("two-parents", "groups[1].members[0]")),
        ([group("a", "CLASS", "CLASS")], ("two-parents", "groups[0].members[1]")),
        ([group("a", "a")], ("endless-group", "groups[0].members")),
        ([group("a", "b"), group("b", "a")], ("endless-group", "groups[0].members")),
        ([{"name": "a", "title": "a", "members": []}], ("bad-length", "groups[0].members")),
        ([{"name": "a", "members": ["CLASS"]}], ("missing-key", "groups[0]")),
        ([{"name": "a", "title": "a", "members": "CLASS"}], ("wrong-type", "groups[0].members")),
        ("all", ("wrong-type", "groups")),
    ],
)
def test_what_is_no_tree_is_told_with_its_place(groups, expected):
    first, second, *_ = names()
    text = yaml.safe_dump(groups).replace("CLASS", first).replace("OTHER", second)

    assert expected in problems(yaml.safe_load(text))


def test_a_problem_says_what_may_have_been_meant():
    first = names()[0]
    value = declared([group("pair", first[:-1])])
    found = challenge_problems(parse_yaml(yaml.safe_dump(value).encode()))

    assert found[0].hint == f"the nearest name is {first}"


TREES = st.recursive(st.just(1), lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=12).filter(
    lambda tree: isinstance(tree, list)
)


@given(TREES)
def test_the_root_holds_every_class_once(tree):
    groups, classes = [], []

    def build(node):
        if node == 1:
            classes.append(f"class-{len(classes)}")
            return classes[-1]
        name = f"group-{len(groups)}"
        groups.append(name)
        made[name] = ClassGroup(name=name, title=name, members=tuple(build(child) for child in node))
        return name

    made = {}
    root = build(tree)
    leaves = leaves_of(tuple(made.values()))

    assert leaves[root] == set(classes)
    assert set(leaves) == set(groups)
    for name, one in made.items():
        parts = [leaves.get(member, frozenset([member])) for member in one.members]
        assert leaves[name] == frozenset().union(*parts)
        assert sum(map(len, parts)) == len(leaves[name])


def test_a_challenge_may_carry_a_warning():
    value = declaration() | {"warning": "Mind the step."}

    assert msgspec.convert(value, Challenge).warning == "Mind the step."
    assert msgspec.convert(declaration(), Challenge).warning == ""
