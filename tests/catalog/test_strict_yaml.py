import json
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from outclass.catalog.strict_yaml import MAX_BYTES, parse_yaml, read_yaml, resolve_plain

SYNTAX = "\n \t:-?[]{},&*!|>'\"%@#ab1~<"


def ids(content: bytes) -> list[str]:
    return [problem.id for problem in parse_yaml(content).problems]


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"a: no", {"a": "no"}),
        (b"a: on\nb: y", {"a": "on", "b": "y"}),
        (
            b"a: 12:30\nb: 2020-01-01\nc: 0x1f\nd: 1_000",
            {"a": "12:30", "b": "2020-01-01", "c": "0x1f", "d": "1_000"},
        ),
        (b"a: .inf\nb: .nan\nc: 1e999", {"a": ".inf", "b": ".nan", "c": "1e999"}),
        (
            b"a: 1\nb: 1.5\nc: -2e3\nd: true\ne: ~\nf:",
            {"a": 1, "b": 1.5, "c": -2000.0, "d": True, "e": None, "f": None},
        ),
        (b"a: \"1\"\nb: 'true'\n0: x", {"a": "1", "b": "true", "0": "x"}),
        (b"a: &x [1, 2]\nb: *x", {"a": [1, 2], "b": [1, 2]}),
        (b"a: >-\n  one\n  two\n", {"a": "one two"}),
        (b"\xef\xbb\xbfa: 1", {"a": 1}),
        (b"a: " + b"9" * 1000, {"a": "9" * 1000}),
    ],
)
def test_values_follow_yaml_1_2(content: bytes, value: object) -> None:
    file = parse_yaml(content)
    assert file.problems == ()
    assert file.value == value


@pytest.mark.parametrize(
    ("content", "problem", "where"),
    [
        (b"a: 1\nb:\n  c: 1\n  c: 2\n", "duplicate-key", "line 4, b.c"),
        (b"a: 1\nb: !!python/object/apply:os.system [ls]", "yaml-tag", "line 2, b"),
        (b"a: !!str 1", "yaml-tag", "line 1, a"),
        (b"!!binary a: 1", "yaml-tag", "line 1"),
        (b"a: &x {b: 1}\nc:\n  <<: *x", "merge-key", "line 3, c.<<"),
        (b"a: [*x]", "unknown-anchor", "line 1, a[0]"),
        (b"a: &x [*x]", "unknown-anchor", "line 1, a[0]"),
        (b"a: 1\n---\nb: 2", "two-documents", "line 2"),
        (b"? [a, b]\n: 1", "key-not-text", "line 1"),
        (b"a: 1\n  b: 2", "yaml-syntax", "line 2"),
        (b"a: [1\n", "yaml-syntax", "line 2"),
        (b"a: 1\nb: \x00", "yaml-syntax", "line 2"),
        (b"a: 1\nb: \xff", "not-utf8", "line 2"),
        (b"", "empty-file", "line 1"),
        (b"# only a comment\n", "empty-file", "line 1"),
        (b"[" * 100_000, "too-deep", "line 1, " + "[0]" * 16),
        (b"a: " + b"x" * MAX_BYTES, "file-too-large", "line 1"),
        (b"- 1\n" * 20_001, "too-many-values", "line 20000, [19999]"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_hostile_and_broken_files_are_problems(content: bytes, problem: str, where: str) -> None:
    (found,) = parse_yaml(content).problems
    assert (found.id, found.where) == (problem, where)


def test_duplicates_below_a_duplicate_are_not_reported_again() -> None:
    assert ids(b"a: {x: 1}\na: {x: 2}\n") == ["duplicate-key"]


def test_several_problems_are_found_at_once() -> None:
    assert ids(b"a: 1\na: 2\nb: !!x 1\n<<: {}\n") == ["duplicate-key", "yaml-tag", "merge-key"]


def test_a_bomb_of_anchors_is_refused_at_once() -> None:
    lines = [b"- &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [b"- &a%d [%s]" % (i, b", ".join([b"*a%d" % (i - 1)] * 9)) for i in range(1, 12)]
    start = time.process_time()
    assert ids(b"\n".join(lines)) == ["too-many-values"]
    assert time.process_time() - start < 1


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (found,) = read_yaml(tmp_path).problems
    assert found.id == "unreadable"


def test_places_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text("a:\n  - b: 1\n    c: 2\n  - d\n")
    file = read_yaml(path)
    assert file.place(("a", 0, "c")) == "line 3, a[0].c"
    assert file.place(("a", 1)) == "line 4, a[1]"
    assert file.place(("a", 0, "missing")) == "line 2, a[0].missing"
    assert file.place(()) == "line 1"


@given(
    st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode), st.text(SYNTAX).map(str.encode))
)
def test_anything_is_read_as_plain_data_or_refused(content: bytes) -> None:
    file = parse_yaml(content)
    for problem in file.problems:
        assert problem.where.startswith("line ")
    json.dumps(file.value, allow_nan=False)


# The writer follows YAML 1.1, where `1e3` is text; read as YAML 1.2, it is a number.
words = st.text(max_size=8).filter(lambda text: not text or isinstance(resolve_plain(text), str))
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words.filter(bool), inner, max_size=3),
    max_leaves=8,
)


@given(plain)
def test_what_is_written_is_read_back(value: object) -> None:
    file = parse_yaml(yaml.safe_dump(value).encode())
    assert file.problems == ()
    assert file.value == value
