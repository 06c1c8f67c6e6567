import copy
import json
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from outclass.base.errors import Problem
from outclass.catalog.bot_rules import PROBLEM_IDS as BOT_IDS
from outclass.catalog.challenge import Challenge
from outclass.catalog.column_rules import PROBLEM_IDS as COLUMN_IDS
from outclass.catalog.dictionary.rules import PROBLEM_IDS as DICTIONARY_IDS
from outclass.catalog.group_rules import PROBLEM_IDS as GROUP_IDS
from outclass.catalog.loader import packaged_folder
from outclass.catalog.photo_rules import PROBLEM_IDS as PHOTO_IDS
from outclass.catalog.sources.inaturalist.rules import PROBLEM_IDS as OBSERVATION_IDS
from outclass.catalog.strict_yaml import parse_yaml
from outclass.catalog.validation import (
    MAX_PROBLEMS,
    PROBLEM_IDS,
    challenge_problems,
    challenge_schema,
    line_of,
    nearest_name,
)
from small_challenge import declaration

DELETED = object()
DIGITS = yaml.safe_load((packaged_folder() / "digits" / "challenge.yaml").read_text(encoding="utf-8"))


def changed(path: str, value: object) -> dict[str, object]:
    """Return the small challenge with one value set or deleted; steps are joined by dots."""
    *above, last = (int(step) if step.isdigit() else step for step in path.split("."))
    declared = copy.deepcopy(declaration())
    place = declared
    for step in above:
        place = place[step]  # type: ignore[index,assignment]
    if value is DELETED:
        del place[last]  # type: ignore[arg-type]
    else:
        place[last] = value  # type: ignore[index]
    return declared


def problems(declared: object) -> tuple[Problem, ...]:
    return challenge_problems(parse_yaml(yaml.safe_dump(declared, sort_keys=False).encode()))


CASES = [
    ("titel", "Shapes", "unknown-key", "titel"),
    ("game", {"round": 5}, "unknown-key", "game.round"),
    ("dataset.source.files.train_images.sha", "0", "unknown-key", "dataset.source.files.train_images.sha"),
    ("title", DELETED, "missing-key", ""),
    ("dataset.licence", DELETED, "missing-key", "dataset"),
    ("classes.1.name", 7, "wrong-type", "classes[1].name"),
    ("classes", {"a": 1}, "wrong-type", "classes"),
    ("game", None, "wrong-type", "game"),
    ("split.train", True, "wrong-type", "split.train"),
    ("expect", {"accuracy": "high"}, "wrong-type", "expect.accuracy"),
    ("models.net.parameters", {"layers": [1]}, "wrong-type", "models.net.parameters.layers"),
    ("input.kind", "picture", "not-accepted", "input.kind"),
    ("metric", "f2", "not-accepted", "metric"),
    ("accent", "orange", "bad-form", "accent"),
    ("name", "My Shapes", "bad-form", "name"),
    ("models", {"My Net": {"title": "Net"}, "net": {"title": "Net"}}, "bad-form", "models"),
    ("classes.0.link", "javascript:alert(1)", "bad-form", "classes[0].link"),
    ("dataset.source.files.train_images.md5", "abc", "bad-form", "dataset.source.files.train_images.md5"),
    ("input.size", 4, "out-of-range", "input.size"),
    ("game", {"edge": 1.0}, "out-of-range", "game.edge"),
    ("expect", {"ece": 1.5}, "out-of-range", "expect.ece"),
    ("title", "", "bad-length", "title"),
    ("advisers", [], "bad-length", "advisers"),
    ("classes", [{"name": "a", "title": "A"}], "bad-length", "classes"),
    ("classes.2.name", "cross", "duplicate-class", "classes[2].name"),
    ("classes.2.title", "Circle", "duplicate-class", "classes[2].title"),
    ("champion", "nett", "unknown-model", "champion"),
    ("advisers", ["net", "oracle"], "unknown-model", "advisers[1]"),
    ("advisers", ["net", "net"], "duplicate-adviser", "advisers"),
    ("champion", {"geometric_mean": ["net", "nett"]}, "unknown-model", "champion.geometric_mean[1]"),
    ("champion", {"geometric_mean": ["net", "net"]}, "duplicate-adviser", "champion.geometric_mean"),
    ("input", {"kind": "series"}, "no-bands", "input"),
    ("input.bands", [{"name": "g", "wavelength": 4746}], "no-bands", "input"),
    ("dataset.source.labels", {"round": "ring"}, "unknown-class", "dataset.source.labels"),
    ("dataset.source.splits", {"a": "test"}, "unknown-split", "dataset.source.splits"),
    ("dataset.source.columns", {"color": "hue"}, "unknown-column", "dataset.source.columns"),
    ("split.game", 0.5, "split-sum", "split"),
    ("split", {"salt": "a", "train": 0.9, "validation": 0.0, "game": 0.1}, "empty-split", "split.validation"),
    ("dataset.source.kind", "idxx", "unknown-source", "dataset.source.kind"),
    ("dataset.source.files.test_labels", DELETED, "missing-role", "dataset.source.files"),
    ("dataset.source.files.pictures", {"path": "a"}, "unknown-role", "dataset.source.files.pictures"),
    (
        "dataset.source.files.train_images.path",
        "../a",
        "unsafe-path",
        "dataset.source.files.train_images.path",
    ),
    ("dataset.source.files.train_images.path", "/a", "unsafe-path", "dataset.source.files.train_images.path"),
    (
        "dataset.source.files.train_images.other_forms",
        ["a", "../b"],
        "unsafe-path",
        "dataset.source.files.train_images.other_forms[1]",
    ),
    (
        "dataset.source.files.train_images.url",
        "https://a.org/b",
        "no-checksum",
        "dataset.source.files.train_images",
    ),
]


def test_the_small_challenge_is_valid() -> None:
    assert problems(declaration()) == ()


@pytest.mark.parametrize(("path", "value", "expected", "where"), CASES, ids=[f"{c[2]} {c[0]}" for c in CASES])
def test_each_fault_is_one_problem(path: str, value: object, expected: str, where: str) -> None:
    (found,) = problems(changed(path, value))
    assert found.id == expected
    assert found.where.partition(", ")[2] == where
    assert found.got or found.hint
    assert found.what


@pytest.mark.parametrize(
    "bands",
    [
        [{"name": "g", "wavelength": 4746}, {"name": "g", "wavelength": 6366}],
        [{"name": "g", "number": 1, "wavelength": 4746}, {"name": "r", "wavelength": 6366}],
    ],
    ids=["name", "number"],
)
def test_two_bands_are_never_called_the_same(bands: list[dict[str, object]]) -> None:
    (found,) = problems(changed("input", {"kind": "series", "bands": bands}))
    assert found.id == "duplicate-band"
    assert found.where.endswith("input.bands")


def test_every_problem_of_form_and_sense_has_a_case() -> None:
    # test_loader.py; below; no known cause
    elsewhere = {"name-mismatch", "unknown-challenge", "endless-extends", "duplicate-band"}
    elsewhere |= {"more-problems", "invalid", *DICTIONARY_IDS}  # the last: test_dictionary_problems.py
    elsewhere |= set(COLUMN_IDS)  # test_column_rules.py
    elsewhere |= set(GROUP_IDS)  # test_groups.py
    elsewhere |= set(BOT_IDS)  # test_bot_rules.py
    elsewhere |= set(PHOTO_IDS)  # test_photo_sources.py
    elsewhere |= set(OBSERVATION_IDS)  # inaturalist/test_declaring.py
    of_yaml = set(list(PROBLEM_IDS)[: list(PROBLEM_IDS).index("unknown-key")])  # test_strict_yaml.py
    assert {case[2] for case in CASES} == set(PROBLEM_IDS) - of_yaml - elsewhere


def test_all_problems_are_reported_at_once_with_their_lines() -> None:
    text = yaml.safe_dump(declaration(), sort_keys=False)
    text = text.replace("title: Shapes\n", "titel: Shapes\n", 1).replace("'#ff8800'", "orange")
    text = text.replace("champion: net", "champion: nett\nmetric: !!str f2")
    found = challenge_problems(parse_yaml(text.encode()))
    assert {problem.id for problem in found} == {
        "yaml-tag",
        "unknown-key",
        "missing-key",
        "bad-form",
        "unknown-model",
        "not-accepted",
    }
    assert [line_of(problem) for problem in found] == sorted(line_of(problem) for problem in found)
    lines = text.splitlines()
    unknown = next(problem for problem in found if problem.id == "unknown-key")
    assert unknown.where == f"line {lines.index('titel: Shapes') + 1}, titel"
    assert unknown.hint == "the nearest key is `title`"


@pytest.mark.parametrize(
    ("given_key", "nearest"),
    [("titel", "title"), ("colour", "color"), ("Champion", "champion"), ("min_rounds", "minimum_rounds")],
)
def test_the_nearest_name(given_key: str, nearest: str) -> None:
    assert nearest_name(given_key, ["title", "color", "champion", "minimum_rounds", "name"]) == nearest


def test_a_number_for_a_text_says_to_quote_it() -> None:
    (found,) = problems(changed("classes.1.name", 7))
    assert found.accepted == "a text"
    assert found.hint == 'put it in quotes: "7"'


def test_a_flood_of_problems_is_cut() -> None:
    found = problems({**declaration(), **{f"key{number}": 1 for number in range(5000)}})
    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1].id == "more-problems"


def test_the_schema_is_a_schema_and_accepts_the_digits() -> None:
    schema = challenge_schema()
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(DIGITS)) == []


def test_every_field_of_the_schema_is_explained() -> None:
    definitions = challenge_schema()["$defs"]
    assert isinstance(definitions, dict)
    for name, definition in definitions.items():
        assert definition["description"], name


def steps_of(value: object, steps: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Return the way to every value inside a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [steps, *(way for key, item in inner for way in steps_of(item, (*steps, key)))]


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**6),
    st.floats(-2, 2, allow_nan=False),
    st.sampled_from(["", "net", "digits", "convnet", "drawing", "https://a.org", "#123456", "a" * 200]),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.sampled_from(["title", "name", "x"]), st.text(max_size=3), max_size=2),
)


@given(st.sampled_from(steps_of(DIGITS)[1:]), values)
@example(("dataset", "source", "files", "test_images", "bytes"), 1.0)
def test_schema_and_types_agree(way: tuple[str | int, ...], value: object) -> None:
    """What has no problems converts, and what converts has none of form."""
    declared = json.loads(json.dumps(DIGITS))
    place = declared
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    found = problems(declared)
    try:
        msgspec.convert(declared, Challenge)
    except msgspec.ValidationError:
        assert found
    else:
        of_sense = list(PROBLEM_IDS)[list(PROBLEM_IDS).index("name-mismatch") :]
        assert {problem.id for problem in found} <= set(of_sense)


def test_the_digits_are_worth_reading() -> None:
    classes = msgspec.convert(DIGITS, Challenge).classes
    assert [label.name for label in classes] == list("0123456789")
    for label in classes:
        assert len(label.story) > 80
        assert label.description
        assert label.link.startswith("https://")


def test_the_schema_line_of_the_digits_points_to_the_schema() -> None:
    path = packaged_folder() / "digits" / "challenge.yaml"
    first = path.read_text(encoding="utf-8").splitlines()[0]
    relative = first.partition("$schema=")[2]
    root = Path(__file__).parents[2]
    assert (root / "src/outclass/challenges/digits" / relative).resolve() == (
        root / "docs/reference/challenge.schema.json"
    ).resolve()
