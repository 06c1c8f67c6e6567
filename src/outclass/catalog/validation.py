"""All problems of a challenge file at once: its form, by the JSON Schema of the types, then its sense."""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from outclass.base.errors import Problem, nearest_name, shorten
from outclass.catalog.bot_rules import PROBLEM_IDS as BOT_IDS
from outclass.catalog.challenge import Challenge
from outclass.catalog.column_rules import PROBLEM_IDS as COLUMN_IDS
from outclass.catalog.declared_bot import BOT_FORMS
from outclass.catalog.dictionary.rules import PROBLEM_IDS as DICTIONARY_IDS
from outclass.catalog.forms import FORMS
from outclass.catalog.group_rules import PROBLEM_IDS as GROUP_IDS
from outclass.catalog.photo_rules import PROBLEM_IDS as PHOTO_IDS
from outclass.catalog.rules import broken_rules
from outclass.catalog.sources.inaturalist.rules import PROBLEM_IDS as OBSERVATION_IDS
from outclass.catalog.strict_yaml import YamlFile

MAX_PROBLEMS = 100
PASSWORD = "password-in-file"  # noqa: S105 - the id of a problem
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"

TYPE_NAMES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys with values",
    "null": "nothing",
}
PROBLEM_IDS = {
    "unreadable": "The file cannot be read at all.",
    "file-too-large": "The file is larger than 256 KiB.",
    "not-utf8": "The file is not in UTF-8.",
    "yaml-syntax": "The file is no YAML.",
    "empty-file": "The file holds nothing.",
    "two-documents": "A second YAML document follows after `---`.",
    "too-deep": "Values lie more than 16 levels deep.",
    "too-many-values": "There are more than 20,000 values, those repeated by `*anchors` counted again.",
    "unknown-anchor": "An `*alias` has no `&anchor` above it.",
    "yaml-tag": "A value carries a tag such as `!!python/object`; tags are not read.",
    "merge-key": "A merge key `<<` is used; write the keys out.",
    "key-not-text": "A key is a list or a mapping.",
    "duplicate-key": "The same key stands twice in one place.",
    "unknown-key": "A key has no meaning here; the message names the nearest one that has.",
    "missing-key": "A key that is needed is not there.",
    "wrong-type": "A value is of another type than needed, such as a number where a text must be.",
    "not-accepted": "A value is not one of those listed.",
    "bad-form": "A text does not have the form that is needed.",
    "out-of-range": "A number is too small or too large.",
    "bad-length": "A text or list is too short or too long.",
    "name-mismatch": "The challenge has another name than its folder.",
    "duplicate-class": "Two classes have the same name or title.",
    "unknown-model": "`champion` or `advisers` names a model that is not declared under `models`.",
    "unknown-challenge": "`extends` names no challenge.",
    "endless-extends": "`extends` leads back to the challenge itself.",
    "no-bands": "A series declares no bands, or another kind of input does.",
    "duplicate-band": "Two bands have the same name or number.",
    "duplicate-adviser": "`advisers` or the champion names a model twice.",
    "split-sum": "The shares of `split` do not sum to 1.",
    "empty-split": "`train` or `validation` gets no objects.",
    "unknown-source": "There is no reader of this kind.",
    "missing-role": "The reader needs a file that is not declared.",
    "unknown-role": "The reader does not read a file of this role.",
    "unsafe-path": "A path leaves the folder that it is relative to.",
    "no-checksum": "A file that is downloaded has none of `sha256`, `md5` and `packed_md5`.",
    "unknown-column": "The reader reads no column of this name.",
    "unknown-split": "`splits` names no side of the split.",
    "unknown-class": "`labels`, or a taxon, leads to no class.",
    **COLUMN_IDS,
    **GROUP_IDS,
    **BOT_IDS,
    **PHOTO_IDS,
    **OBSERVATION_IDS,
    **DICTIONARY_IDS,
    "invalid": "The value breaks a rule that has no id of its own.",
    "more-problems": "There are more problems than are listed.",
}


def is_whole(_: object, value: object) -> bool:
    """Tell whether a value is a whole number as the types have it: JSON Schema takes 1.0 for one, too."""
    return isinstance(value, int) and not isinstance(value, bool)


Validator = extend(  # type: ignore[no-untyped-call]  # of jsonschema
    Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", is_whole)
)


def challenge_schema() -> dict[str, object]:
    """Return the JSON Schema of `challenge.yaml`, for editors."""
    return schema_of(Challenge, "Outclass challenge")


def schema_of(kind: type, title: str) -> dict[str, object]:
    """Return the JSON Schema of a kind of file."""
    schema = msgspec.json.schema(kind)
    _clean_descriptions(schema)
    return {"$schema": SCHEMA_DIALECT, "title": title, **schema}


def challenge_problems(file: YamlFile) -> tuple[Problem, ...]:
    """Return what is wrong with a challenge file by line; none for a valid one."""
    return problems_of(file, challenge_schema(), broken_rules)


def problems_of(
    file: YamlFile, schema: Mapping[str, object], rules: Callable[[YamlFile], Iterator[Problem]]
) -> tuple[Problem, ...]:
    """Return what is wrong with a file by line, at most 100: of the YAML, the form, and the sense."""
    found = dict.fromkeys(_all_problems(file, schema, rules))
    secret = {problem.where for problem in found if problem.id == PASSWORD}
    told = [problem for problem in found if problem.id == PASSWORD or problem.where not in secret]
    told.sort(key=line_of)
    if len(told) <= MAX_PROBLEMS:
        return tuple(told)
    more = Problem(id="more-problems", where="line 1", what="there are more problems than are listed here")
    return (*told[:MAX_PROBLEMS], more)


def line_of(problem: Problem) -> int:
    """Return the line that a problem stands on."""
    return int(problem.where.removeprefix("line ").partition(",")[0])


def _all_problems(
    file: YamlFile, schema: Mapping[str, object], rules: Callable[[YamlFile], Iterator[Problem]]
) -> Iterator[Problem]:
    """Yield problems of the YAML, of the form, and of the sense."""
    yield from file.problems
    if file.value is None and file.problems:
        return
    yield from form_problems(file, schema)
    if isinstance(file.value, dict):
        yield from rules(file)


def form_problems(file: YamlFile, schema: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what is wrong with the form of a file by its JSON Schema."""
    errors = Validator(schema).iter_errors(file.value)
    found = (problem for error in errors for problem in _problems_of(error, file))
    # Repeats go first: the schema tells of each missing key as often as keys are missing.
    yield from dict.fromkeys(islice(found, 10 * MAX_PROBLEMS))


def _problems_of(error: ValidationError, file: YamlFile) -> Iterator[Problem]:
    """Turn one error of the schema into problems that say what to do."""
    steps, rule = tuple(error.absolute_path), error.validator_value
    schema = error.schema if isinstance(error.schema, dict) else {}
    keys = error.instance if isinstance(error.instance, dict) else {}
    match error.validator:
        case "additionalProperties":
            known = tuple(schema.get("properties", {}))
            for key in (key for key in keys if key not in known):
                yield _unknown_key(key, known, file.place((*steps, key)))
        case "required":
            for key in (key for key in schema["required"] if key not in keys):
                what = f"`{key}` is missing"
                yield Problem(id="missing-key", where=file.place(steps), what=what, hint=f"add `{key}:`")
        case "anyOf":
            yield from _problems_of_any(error, file)
        case "type":
            yield _wrong_type(error.instance, [str(rule)], file.place(steps))
        case _:
            yield _value_problem(error, schema, file.place(steps))


def _value_problem(error: ValidationError, schema: dict[str, Any], where: str) -> Problem:
    """Return the problem of a value that has the right type."""
    accepted: str | None = None
    match error.validator:
        case "enum":
            name, what, accepted = (
                "not-accepted",
                "this value is not accepted",
                ", ".join(map(str, schema["enum"])),
            )
        case "pattern":
            name, what = "bad-form", "this text has not the form needed"
            accepted = (FORMS | BOT_FORMS)[schema["pattern"]]
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            name, what, accepted = "out-of-range", "this number is out of range", _range(schema)
        case "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties":
            name, what, accepted = "bad-length", "this is too short or too long", _length(schema)
        case _:
            name, what = "invalid", shorten(error.message)
    return Problem(id=name, where=where, what=what, got=_show(error.instance), accepted=accepted)


def _problems_of_any(error: ValidationError, file: YamlFile) -> Iterator[Problem]:
    """Yield what is wrong with a value that may have one of several types, taking the type that it has."""
    branches: dict[object, list[ValidationError]] = {}
    for each in error.context or ():
        branches.setdefault(each.schema_path[0], []).append(each)
    same_type = [found for found in branches.values() if not any(map(_has_other_type, found))]
    if same_type:
        for each in same_type[0]:
            yield from _problems_of(each, file)
    else:
        refused = [found[0] for found in branches.values()]
        types = ["string" if each.validator == "enum" else str(each.validator_value) for each in refused]
        yield _wrong_type(error.instance, types, file.place(tuple(error.absolute_path)))


def _has_other_type(error: ValidationError) -> bool:
    """Tell whether a branch is refused because the value as a whole is of another type."""
    whole = not error.relative_path
    return whole and (
        error.validator == "type" or (error.validator == "enum" and not isinstance(error.instance, str))
    )


def _unknown_key(key: str, known: tuple[str, ...], where: str) -> Problem:
    """Return the problem of a key that means nothing here."""
    nearest = nearest_name(key, known)
    return Problem(
        id="unknown-key",
        where=where,
        what=f"`{shorten(key, 60)}` is no key here",
        accepted=", ".join(known),
        hint=f"the nearest key is `{nearest}`" if nearest else None,
    )


def _wrong_type(got: object, types: list[str], where: str) -> Problem:
    """Return the problem of a value of another type."""
    quoted = "string" in types and isinstance(got, bool | int | float)
    return Problem(
        id="wrong-type",
        where=where,
        what="this value has the wrong type",
        got=_show(got),
        accepted=" or ".join(dict.fromkeys(TYPE_NAMES.get(name, name) for name in types if name != "null")),
        hint=f'put it in quotes: "{got}"' if quoted else None,
    )


def _range(schema: Mapping[str, object]) -> str:
    """Say which numbers a schema accepts."""
    words = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    return " and ".join(f"{word} {schema[key]}" for key, word in words.items() if key in schema)


def _length(schema: Mapping[str, object]) -> str:
    """Say which lengths a schema accepts."""
    words = {
        "minLength": "at least {} characters",
        "maxLength": "at most {} characters",
        "minItems": "at least {} items",
        "maxItems": "at most {} items",
        "minProperties": "at least {} keys",
    }
    parts = (text.format(schema[key]) for key, text in words.items() if key in schema)
    return " and ".join(
        part.replace("1 characters", "1 character").replace("1 keys", "1 key") for part in parts
    )


def _show(value: object) -> str:
    """Return a value as JSON, which YAML reads too, shortened."""
    if isinstance(value, dict | list):
        return f"{TYPE_NAMES['object' if isinstance(value, dict) else 'array']} ({len(value)})"
    return "nothing" if value is None else shorten(json.dumps(value, ensure_ascii=False))


def _clean_descriptions(schema: object) -> None:
    """Take the indentation of docstrings out of descriptions."""
    if isinstance(schema, dict):
        if isinstance(text := schema.get("description"), str):
            schema["description"] = inspect.cleandoc(text)
        for value in schema.values():
            _clean_descriptions(value)
