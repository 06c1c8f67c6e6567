"""Rules of a data dictionary that no JSON Schema can state: what must fit what.

They read the plain values, taking what has the right type, so that they hold next to problems of form.
"""

import re
from collections.abc import Iterator, Mapping

from outclass.base.errors import Problem, shorten
from outclass.catalog.dictionary.steps import FEATURES
from outclass.catalog.strict_yaml import Steps, YamlFile

PROBLEM_IDS = {
    "no-place": "Nothing says where rows come from: `path`, `glob`, `files`, or `source` with a table.",
    "two-places": "A table says in two ways where its rows come from.",
    "two-names": "A setting is given by its name and by its older name.",
    "password-in-file": "A password stands in the file; passwords come from the environment only.",
    "bad-pattern": "A regular expression is broken, or looks around or back, which is not done here.",
    "one-of": "Exactly one of several keys must be given.",
    "min-above-max": "The least value is above the largest.",
    "contradiction": "A value or column is both wanted and excluded.",
    "no-single-file": "A checksum or sheet belongs to one file, and there are several or none.",
    "step-out-of-place": "A step that adds columns stands where texts are changed.",
    "unknown-step": "A tag names a step that is not registered; code is never run from a file.",
}

WAYS = ("path", "glob", "files")
SECRETS = ("password", "passwd", "pwd", "pass", "secret", "token")
WITH_PASSWORD = re.compile(r"[a-z][a-z0-9+]*://[^/\s:@]*:[^/\s@]+@")
LOOKING = re.compile(r"\(\?<?[=!]|\(\?P=|\\[1-9]")
OLDER = {"host": "hostname", "database": "db_name", "user": "username"}


def dictionary_rules(value: object, steps: Steps, file: YamlFile) -> Iterator[Problem]:
    """Yield the problems of the sense of one dictionary that stands at some place of a file."""
    declared = _dict(value)
    yield from place_rules(declared, steps, file)
    yield from table_rules(declared, steps, file)


def place_rules(declared: Mapping[str, object], steps: Steps, file: YamlFile) -> Iterator[Problem]:
    """Rows come from one place, and nothing secret says how to get there."""
    if isinstance(declared.get("source"), str):
        yield from _database(declared, steps, file)
    else:
        yield from _files(declared, steps, file)
    yield from _older_names(_dict(declared.get("config")), (*steps, "config"), file)
    yield from secrets(declared, steps, file)


def _database(declared: Mapping[str, object], steps: Steps, file: YamlFile) -> Iterator[Problem]:
    """A database has a table or a query, and no files but that of sqlite."""
    yield from _one_of(declared, ("table_name", "query"), steps, file)
    ways = [key for key in WAYS if declared.get(key) is not None]
    if declared["source"] == "sqlite":
        yield from _one_of(declared, ("path",), steps, file)
        ways = [key for key in ways if key != "path"]
    if ways:
        what = "a database has no files but that of sqlite, which is its `path`"
        yield Problem(id="two-places", where=file.place(steps), what=what, got=", ".join(ways))


def _files(declared: Mapping[str, object], steps: Steps, file: YamlFile) -> Iterator[Problem]:
    """Files are told in one way, and nothing is said of a database."""
    ways = [key for key in WAYS if declared.get(key) is not None]
    if len(ways) > 1:
        yield Problem(id="two-places", where=file.place(steps), what="one way is enough", got=", ".join(ways))
    elif not ways:
        yield Problem(
            id="no-place",
            where=file.place(steps),
            what="nothing says where the rows come from",
            accepted="path, glob, files, or source with table_name or query",
            got="none of these",
        )
    for key in ("table_name", "query", "config"):
        if key in declared:
            yield Problem(
                id="one-of",
                where=file.place((*steps, key)),
                what="this belongs to a database",
                got=key,
                accepted="together with `source:`",
            )
    for key in ("md5", "sha256"):
        if key in declared and "path" not in declared:
            yield Problem(
                id="no-single-file",
                where=file.place((*steps, key)),
                what="a checksum belongs to one file",
                got=key,
                hint="files: [{path: ..., sha256: ...}]",
            )


def _older_names(config: Mapping[str, object], steps: Steps, file: YamlFile) -> Iterator[Problem]:
    """A setting is given by one of its names."""
    for new, old in OLDER.items():
        if config.get(new) and config.get(old):
            yield Problem(
                id="two-names",
                where=file.place((*steps, old)),
                what=f"`{old}` is the older name of `{new}`",
                got=f"{new} and {old}",
                hint=f"keep `{new}`",
            )


def secrets(value: object, steps: Steps, file: YamlFile, *, top: bool = True) -> Iterator[Problem]:
    """Nothing secret stands in the file; a column may be called `password`."""
    if isinstance(value, str) and WITH_PASSWORD.search(value):
        yield _password(steps, file)
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        if isinstance(key, str) and key.lower() in SECRETS and (top or steps[-1:] == ("config",)):
            yield _password((*steps, key), file)
        else:
            yield from secrets(inner, (*steps, key), file, top=False)


def _password(steps: Steps, file: YamlFile) -> Problem:
    """Return the problem of a password, which is not repeated."""
    return Problem(
        id="password-in-file",
        where=file.place(steps),
        what="a password must not stand in a file",
        got="a password",
        accepted="the environment: PGPASSWORD, or the whole address in the variable of `config.variable`",
        hint="take it out, and change it where others may have read it",
    )


def table_rules(declared: Mapping[str, object], steps: Steps, file: YamlFile) -> Iterator[Problem]:
    """What is read and cleaned fits together."""
    if isinstance(rows := declared.get("nrows"), dict):
        yield from _one_of(rows, ("n", "random", "range"), (*steps, "nrows"), file)
        yield from _range(rows.get("range"), (*steps, "nrows", "range"), file)
    both = set(_texts(declared.get("use_columns"))) & set(_texts(declared.get("exclude_columns")))
    for name in sorted(both):
        yield Problem(
            id="contradiction",
            where=file.place((*steps, "exclude_columns")),
            what="this column is used and excluded",
            got=shorten(name),
        )
    for name, rules in _dict(declared.get("column_rules")).items():
        yield from column_rules(_dict(rules), (*steps, "column_rules", name), file)
    for name, given in _dict(declared.get("converters")).items():
        yield from _step_rules(given, (*steps, "converters", name), file, adds=False)
    yield from _step_rules(declared.get("postprocessors"), (*steps, "postprocessors"), file, adds=True)


def column_rules(rules: Mapping[str, object], steps: Steps, file: YamlFile) -> Iterator[Problem]:
    """The rules of a column can be kept all at once."""
    low, high = rules.get("min"), rules.get("max")
    numbers = _is_number(low) and _is_number(high)
    if (numbers or (isinstance(low, str) and isinstance(high, str))) and low > high:  # type: ignore[operator]
        yield Problem(
            id="min-above-max",
            where=file.place((*steps, "min")),
            what="no value is left",
            got=f"{low} > {high}",
        )
    if isinstance(pattern := rules.get("regex"), str):
        yield from _pattern(pattern, (*steps, "regex"), file)
    excluded = rules.get("exclude")
    for value in rules["unique_values"] if isinstance(rules.get("unique_values"), list) else ():  # type: ignore[attr-defined]
        if isinstance(excluded, list) and value in excluded:
            yield Problem(
                id="contradiction",
                where=file.place((*steps, "exclude")),
                what="this value is accepted and excluded",
                got=shorten(str(value)),
            )
    yield from _step_rules(rules.get("postprocessors"), (*steps, "postprocessors"), file, adds=False)


def _one_of(
    declared: Mapping[str, object], keys: tuple[str, ...], steps: Steps, file: YamlFile
) -> Iterator[Problem]:
    """Exactly one of some keys is given."""
    given = [key for key in keys if declared.get(key) is not None]
    if len(given) != 1:
        yield Problem(
            id="one-of",
            where=file.place(steps),
            what="one of these keys is needed" if not given else "one of these keys is enough",
            got=" and ".join(given) or "none",
            accepted=" or ".join(keys),
        )


def _range(value: object, steps: Steps, file: YamlFile) -> Iterator[Problem]:
    """A range of rows holds a row."""
    if isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)) and value[0] >= value[1]:
        yield Problem(
            id="min-above-max",
            where=file.place(steps),
            what="no row is left",
            got=f"{value[0]} to {value[1]}",
        )


def _pattern(pattern: str, steps: Steps, file: YamlFile) -> Iterator[Problem]:
    """A pattern can be compiled, and looks neither around nor back."""
    what = "this pattern is broken"
    if LOOKING.search(pattern):
        what, got = "a pattern cannot look around or back here", pattern
    else:
        try:
            re.compile(pattern if r"\p" not in pattern.lower() else "")
        except (re.error, RecursionError, OverflowError) as error:
            got = f"{shorten(pattern, 60)}: {error}"
        else:
            return
    yield Problem(id="bad-pattern", where=file.place(steps), what=what, got=shorten(got))


def _step_rules(given: object, steps: Steps, file: YamlFile, *, adds: bool) -> Iterator[Problem]:
    """Steps that add columns stand where they can, and their patterns are sound."""
    listed = given if isinstance(given, list) else [given]
    for place, step in enumerate(listed):
        here = (*steps, place) if isinstance(given, list) else steps
        name = step.get("name") if isinstance(step, dict) else step
        if not adds and name in FEATURES:
            yield Problem(
                id="step-out-of-place",
                where=file.place(here),
                what="this step adds columns; here texts are changed",
                got=shorten(str(name)),
                hint="put it under `postprocessors` of the whole set",
            )
        for key, pattern in _dict(_dict(step).get("patterns")).items():
            if isinstance(pattern, str):
                yield from _pattern(pattern, (*here, "patterns", key), file)


def _dict(value: object) -> dict[str, object]:
    """Return a mapping, or an empty one."""
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    """Return the texts of a list."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _is_number(value: object) -> bool:
    """Tell whether a value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)
