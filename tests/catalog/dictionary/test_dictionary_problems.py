"""Every key of a data dictionary refuses a wrong value, and says what would be right."""

# ruff: noqa: E501 - a table of cases is read line by line

from pathlib import Path

import msgspec
import pytest
import yaml

from outclass.base.errors import ChallengeFileError, Problem
from outclass.catalog.dictionary.declaration import (
    ColumnRules,
    DataDictionary,
    DataframeRules,
    Rows,
    Sampling,
    SqlConfig,
)
from outclass.catalog.dictionary.files import parse_catalogue
from outclass.catalog.dictionary.rules import PROBLEM_IDS
from outclass.catalog.dictionary.steps import Step

HERE = Path("catalog.yaml")
SHA = "0" * 64

CASES = [
    # key, dictionary besides `path: a.csv`, id, where, part of what is accepted or hinted
    ("path", {"path": 7}, "wrong-type", "path", "a text"),
    ("path", {"path": ""}, "bad-length", "path", "at least 1 character"),
    ("glob", {"path": None, "glob": ["a"]}, "wrong-type", "glob", "a text"),
    ("files", {"path": None, "files": "a.csv"}, "wrong-type", "files", "a list"),
    ("files", {"path": None, "files": [{"path": "a", "sha": "0"}]}, "unknown-key", "files[0].sha", "sha256"),
    ("source", {"path": None, "source": "oracle", "table_name": "t"}, "not-accepted", "source", "postgresql"),
    ("table_name", {"path": None, "source": "sql", "table_name": "t; drop"}, "bad-form", "table_name", "letters"),
    ("query", {"path": None, "source": "sql", "query": ["x"]}, "wrong-type", "query", "a text"),
    ("config", {"path": None, "source": "sql", "query": "x", "config": {"port": 0}}, "out-of-range", "config.port", "1"),
    ("config", {"path": None, "source": "sql", "query": "x", "config": {"hots": "h"}}, "unknown-key", "config.hots", "`host`"),
    ("decimal", {"decimal": ";"}, "not-accepted", "decimal", ","),
    ("thousands", {"thousands": "_"}, "not-accepted", "thousands", "'"),
    ("chunksize", {"chunksize": 0}, "out-of-range", "chunksize", "at least 1"),
    ("chunksize", {"chunksize": "many"}, "wrong-type", "chunksize", "a whole number"),
    ("delimiter", {"delimiter": ";;"}, "bad-form", "delimiter", "one character"),
    ("quote", {"quote": "''"}, "bad-length", "quote", "at most 1"),
    ("header", {"header": "yes"}, "wrong-type", "header", "true or false"),
    ("sheetname", {"sheetname": -1}, "out-of-range", "sheetname", "at least 0"),
    ("encoding", {"encoding": "klingon"}, "not-accepted", "encoding", "utf-8"),
    ("na_values", {"na_values": "NA"}, "wrong-type", "na_values", "a list"),
    ("nrows", {"nrows": 0}, "out-of-range", "nrows", "at least 1"),
    ("nrows", {"nrows": {"n": 3, "first": 3}}, "unknown-key", "nrows.first", "random"),
    ("nrows", {"nrows": {"n": 3, "random": 4}}, "one-of", "nrows", "n or random or range"),
    ("nrows", {"nrows": {"range": [5, 5]}}, "min-above-max", "nrows.range", ""),
    ("parse_dates", {"parse_dates": True}, "wrong-type", "parse_dates", "a list"),
    ("index_col", {"index_col": -1}, "out-of-range", "index_col", "at least 0"),
    ("column_names", {"column_names": "a"}, "wrong-type", "column_names", "keys with values"),
    ("use_columns", {"use_columns": "a"}, "wrong-type", "use_columns", "a list"),
    ("exclude_columns", {"exclude_columns": [1]}, "wrong-type", "exclude_columns[0]", "a text"),
    ("exclude_columns", {"use_columns": ["a"], "exclude_columns": ["a"]}, "contradiction", "exclude_columns", ""),
    ("converters", {"converters": {"a": "lambda x: x"}}, "not-accepted", "converters.a", "to_lowercase"),
    ("converters", {"converters": {"a": "get_regex_features"}}, "step-out-of-place", "converters.a", "postprocessors"),
    ("dtypes", {"dtypes": {"a": "complex"}}, "not-accepted", "dtypes.a", "integer"),
    ("md5", {"md5": "abc"}, "bad-form", "md5", "32 hexadecimal"),
    ("sha256", {"sha256": "ABC"}, "bad-form", "sha256", "64 hexadecimal"),
    ("sha256", {"path": None, "glob": "*.csv", "sha256": SHA}, "no-single-file", "sha256", "files:"),
    ("checksum", {"checksum": "ignore"}, "not-accepted", "checksum", "warn"),
    ("column_rules", {"column_rules": {"a": {"dropna": True}}}, "unknown-key", "column_rules.a.dropna", "`drop_na`"),
    ("drop_na", {"column_rules": {"a": {"drop_na": "yes"}}}, "wrong-type", "column_rules.a.drop_na", "true or false"),
    ("drop_duplicates", {"column_rules": {"a": {"drop_duplicates": 1}}}, "wrong-type", "column_rules.a.drop_duplicates", "true"),
    ("unique_values", {"column_rules": {"a": {"unique_values": "x"}}}, "wrong-type", "column_rules.a.unique_values", "a list"),
    ("exclude", {"column_rules": {"a": {"exclude": [[1]]}}}, "wrong-type", "column_rules.a.exclude[0]", "a text"),
    ("exclude", {"column_rules": {"a": {"unique_values": [1], "exclude": [1]}}}, "contradiction", "column_rules.a.exclude", ""),
    ("min", {"column_rules": {"a": {"min": [0]}}}, "wrong-type", "column_rules.a.min", "a number"),
    ("max", {"column_rules": {"a": {"max": True}}}, "wrong-type", "column_rules.a.max", "a number"),
    ("min", {"column_rules": {"a": {"min": 2, "max": 1}}}, "min-above-max", "column_rules.a.min", ""),
    ("regex", {"column_rules": {"a": {"regex": "("}}}, "bad-pattern", "column_rules.a.regex", ""),
    ("regex", {"column_rules": {"a": {"regex": "(?=a)b"}}}, "bad-pattern", "column_rules.a.regex", ""),
    ("na_values", {"column_rules": {"a": {"na_values": "-"}}}, "wrong-type", "column_rules.a.na_values", "a list"),
    ("on_error", {"column_rules": {"a": {"on_error": "ignore"}}}, "not-accepted", "column_rules.a.on_error", "clear"),
    ("postprocessors", {"column_rules": {"a": {"postprocessors": ["lower"]}}}, "not-accepted", "column_rules.a.postprocessors[0]", "to_lowercase"),
    ("dataframe_rules", {"dataframe_rules": {"drop_dups": True}}, "unknown-key", "dataframe_rules.drop_dups", "drop_duplicates"),
    ("drop_na", {"dataframe_rules": {"drop_na": "a"}}, "wrong-type", "dataframe_rules.drop_na", "a list"),
    ("drop_duplicates", {"dataframe_rules": {"drop_duplicates": 3}}, "wrong-type", "dataframe_rules.drop_duplicates", "true"),
    ("sampling", {"sampling": {"factor": 0}}, "out-of-range", "sampling.factor", "above 0"),
    ("sampling", {"sampling": {"factor": 0.1, "kind": "first"}}, "not-accepted", "sampling.kind", "random"),
    ("sampling", {"sampling": {"factor": 0.1, "seed": "a"}}, "wrong-type", "sampling.seed", "a whole number"),
    ("sampling", {"sampling": {"seed": 1}}, "missing-key", "sampling", "factor"),
    ("postprocessors", {"postprocessors": ["os.system"]}, "not-accepted", "postprocessors[0]", "remove_tabs"),
    ("postprocessors", {"postprocessors": [{"name": "get_tfidf_features", "features": 0}]}, "out-of-range", "postprocessors[0].features", "at least 1"),
    ("postprocessors", {"postprocessors": [{"name": "remove_stopwords", "language": "la"}]}, "not-accepted", "postprocessors[0].language", "en"),
    ("postprocessors", {"postprocessors": [{"name": "get_regex_features", "patterns": {"x": "["}}]}, "bad-pattern", "postprocessors[0].patterns.x", ""),
    ("exporter", {"exporter": "excel"}, "not-accepted", "exporter", "parquet"),
    ("exporter", {"exporter": {"kind": "sql", "if_exists": "merge"}}, "not-accepted", "exporter.if_exists", "append"),
    ("title", {"title": ["x"]}, "wrong-type", "title", "a text"),
    ("licence", {"licence": 4}, "wrong-type", "licence", "quotes"),
    ("citation", {"citation": {}}, "wrong-type", "citation", "a text"),
    ("notes", {"notes": []}, "wrong-type", "notes", "a text"),
    ("delimitr", {"delimitr": ";"}, "unknown-key", "delimitr", "`delimiter`"),
    ("place", {"path": None}, "no-place", "", "glob"),
    ("place", {"glob": "*"}, "two-places", "", ""),
    ("place", {"source": "sql", "table_name": "t"}, "two-places", "", ""),
    ("place", {"table_name": "t"}, "one-of", "table_name", "source"),
    ("place", {"path": None, "source": "sqlite", "table_name": "t"}, "one-of", "", "path"),
    ("place", {"path": None, "source": "sql", "table_name": "t", "query": "q"}, "one-of", "", "query"),
    ("config", {"path": None, "source": "sql", "table_name": "t", "config": {"host": "a", "hostname": "b"}}, "two-names", "config.hostname", "keep `host`"),
    ("config", {"path": None, "source": "sql", "table_name": "t", "config": {"password": "geheim"}}, "password-in-file", "config.password", "environment"),
    ("config", {"path": None, "source": "sql", "table_name": "t", "config": {"host": "postgresql://me:geheim@h/d"}}, "password-in-file", "config.host", "environment"),
    ("password", {"password": "geheim"}, "password-in-file", "password", "environment"),
]  # fmt: skip


def problems(declared: dict[str, object]) -> tuple[Problem, ...]:
    whole = {"path": "a.csv"} | declared
    entry = {key: value for key, value in whole.items() if value is not None}
    text = yaml.safe_dump({"messages": entry}, sort_keys=False)
    try:
        parse_catalogue(text.encode(), HERE)
    except ChallengeFileError as error:
        return error.problems
    return ()


@pytest.mark.parametrize(
    ("key", "declared", "expected", "where", "told"),
    CASES,
    ids=[f"{case[0]} {case[2]} {case[3]}" for case in CASES],
)
def test_a_wrong_value_is_one_problem_that_says_what_to_do(
    key: str, declared: dict[str, object], expected: str, where: str, told: str
) -> None:
    (found,) = problems(declared)
    assert found.id == expected
    assert found.where.partition(", ")[2] == (f"messages.{where}" if where else "messages")
    assert told in f"{found.accepted} {found.hint}"
    assert found.got or found.hint
    assert "geheim" not in repr(found)


def test_every_key_has_a_case() -> None:
    tested = {case[0] for case in CASES}
    kinds = (DataDictionary, ColumnRules, DataframeRules)
    keys = {field.name for kind in kinds for field in msgspec.structs.fields(kind)}
    assert keys - tested == set()
    assert {msgspec.structs.fields(kind)[0].name for kind in (Rows, Sampling, SqlConfig, Step)}


def test_every_problem_of_the_sense_has_a_case() -> None:
    assert set(PROBLEM_IDS) - {case[2] for case in CASES} == {"unknown-step"}  # test_old_forms.py


def test_all_problems_are_reported_at_once() -> None:
    found = problems(
        {"delimitr": ";", "chunksize": 0, "sampling": {"factor": 2}, "column_rules": {"a": {"regex": "("}}}
    )
    assert {problem.id for problem in found} == {"unknown-key", "out-of-range", "bad-pattern"}
    assert len(found) == 4


def test_all_keys_together_are_accepted() -> None:
    declared = {
        "path": "a.csv", "delimiter": ";", "quote": "'", "header": 2, "encoding": "latin-1", "na_values": ["-", 0],
        "nrows": {"range": [10, 20]}, "parse_dates": {"day": "%d.%m.%Y"}, "index_col": "id", "column_names": {"a": "id"},
        "use_columns": ["id", "day"], "converters": {"id": ["remove_tabs"]}, "dtypes": {"id": "int"},
        "column_rules": {"id": {"min": 0, "max": 9, "drop_na": True, "on_error": "drop"}},
        "dataframe_rules": {"drop_na": ["id"], "drop_duplicates": True}, "sampling": {"factor": 0.5, "seed": 4},
        "postprocessors": ["remove_emoji", {"name": "get_regex_features", "patterns": {"x": "x"}}],
        "exporter": {"kind": "sqlite", "table_name": "t"}, "chunksize": 10, "sha256": SHA, "checksum": "warn",
        "title": "T", "licence": "CC0-1.0", "citation": "me", "notes": "n",
    }  # fmt: skip
    assert problems(declared) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 2]", "wrong-type"),
        ("{}", "bad-length"),
        ("1a: {path: b}", "bad-form"),
        ("a: {path: b}\na: {path: c}", "duplicate-key"),
        ("a: !!python/object/apply:os.system [ls]", "yaml-tag"),
        ("a: *nothing", "unknown-anchor"),
    ],
)
def test_a_file_that_is_no_catalogue_says_so(text: str, expected: str) -> None:
    with pytest.raises(ChallengeFileError) as caught:
        parse_catalogue(text.encode(), HERE)
    assert expected in {problem.id for problem in caught.value.problems}


def test_a_bomb_of_anchors_is_refused_at_once() -> None:
    levels = ["a0: &a0 {path: x}"] + [
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}], b{n}: [{', '.join([f'*a{n - 1}'] * 10)}]}}"
        for n in range(1, 9)
    ]
    with pytest.raises(ChallengeFileError) as caught:
        parse_catalogue("\n".join(levels).encode(), HERE)
    assert "too-many-values" in {problem.id for problem in caught.value.problems}
