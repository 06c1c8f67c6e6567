"""Rules of the columns of a table: a table has some, each with a name of its own and what its kind needs."""

from collections.abc import Iterator
from typing import cast

from outclass.base.errors import Problem, nearest_name, shorten
from outclass.catalog.strict_yaml import YamlFile

RESERVED = ("object_id", "group_id", "label", "split")
"""Columns that files of data versions have besides."""
WHERE = ("input", "columns")
OF_NUMBERS, OF_CATEGORIES = ("unit", "low", "high", "whole"), ("values", "others")
PROBLEM_IDS = {
    "no-columns": "A table declares no columns, or another kind of input does.",
    "duplicate-column": "Two columns of a table have the same name.",
    "reserved-column": "A column has a name that files of data versions use themselves.",
    "no-values": "A category lists fewer than two values, or a number lists some.",
    "duplicate-value": "Two values of a category have the same name.",
    "not-of-kind": "A column has a key that is for columns of the other kind.",
    "low-above-high": "The least of what is usual is above the most.",
    "not-of-records": "`inputs` or `repeats` stands with another kind of input than a table.",
    "unknown-input": "`inputs` names a column that is not declared.",
}


def column_rules(file: YamlFile) -> Iterator[Problem]:
    """Yield what is wrong with the columns of a table."""
    value = file.value if isinstance(file.value, dict) else {}
    declared = _dict(value.get("input"))
    kind = declared.get("kind")
    columns = [_dict(column) for column in _list(declared.get("columns"))]
    if isinstance(kind, str) and (kind == "table") != bool(columns):
        yield Problem(
            id="no-columns",
            where=file.place(("input",)),
            what="only a table has columns" if columns else "a table needs `columns`",
            got=f"{len(columns)} columns for {shorten(kind)}",
        )
    yield from _names(columns, file)
    for place, column in enumerate(columns):
        yield from _kind(column, place, file)
    yield from _dataset(_dict(value.get("dataset")), kind, [column.get("name") for column in columns], file)


def _names(columns: list[dict[str, object]], file: YamlFile) -> Iterator[Problem]:
    """Names differ from each other and from those that are taken."""
    seen: dict[str, int] = {}
    for place, column in enumerate(columns):
        name = column.get("name")
        if not isinstance(name, str):
            continue
        where = file.place((*WHERE, place, "name"))
        if name in RESERVED:
            hint = "give it another name, and the file's own under dataset.columns.inputs"
            what = "this name is taken by a column of data versions"
            accepted = f"any but {', '.join(RESERVED)}"
            yield Problem(
                id="reserved-column", where=where, what=what, got=name, accepted=accepted, hint=hint
            )
        if name in seen:
            hint = f"the first is columns[{seen[name]}]"
            what = "two columns have the same name"
            yield Problem(id="duplicate-column", where=where, what=what, got=shorten(name), hint=hint)
        seen.setdefault(name, place)


def _kind(column: dict[str, object], place: int, file: YamlFile) -> Iterator[Problem]:
    """A category has values that differ, a number a range; neither has keys of the other."""
    kind, values = column.get("kind"), _list(column.get("values"))
    steps = (*WHERE, place)
    if kind not in {"category", "number"}:
        return
    is_category = kind == "category"
    for key in OF_NUMBERS if is_category else OF_CATEGORIES:
        if key in column:
            yield Problem(
                id="not-of-kind",
                where=file.place((*steps, key)),
                what=f"a {kind} has no `{key}`",
                accepted=", ".join(OF_CATEGORIES if is_category else OF_NUMBERS),
            )
    if is_category and len(values) < 2:
        yield Problem(
            id="no-values",
            where=file.place(steps),
            what="a category needs two values or more",
            got=f"{len(values)} values",
            hint="list them under `values`, or leave the column out: one value tells nothing",
        )
    names = [name for value in values if isinstance(name := _dict(value).get("name"), str)]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        what = "two values have the same name"
        where = file.place((*steps, "values"))
        yield Problem(id="duplicate-value", where=where, what=what, got=shorten(name))
    low, high = column.get("low"), column.get("high")
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        where = file.place((*steps, "low"))
        yield Problem(id="low-above-high", where=where, what="`low` is above `high`", got=f"{low} and {high}")


def _dataset(
    dataset: dict[str, object], kind: object, names: list[object], file: YamlFile
) -> Iterator[Problem]:
    """What the data set says of records is said of records, and of columns that there are."""
    inputs = _dict(_dict(dataset.get("columns")).get("inputs"))
    if isinstance(kind, str) and kind != "table":
        for steps, there in ((("columns", "inputs"), bool(inputs)), (("repeats",), "repeats" in dataset)):
            if there:
                where = file.place(("dataset", *steps))
                what = f"`{steps[-1]}` is for a table"
                yield Problem(id="not-of-records", where=where, what=what, got=shorten(kind))
        return
    known = [name for name in names if isinstance(name, str)]
    for name in inputs:
        if known and name not in known:
            nearest = nearest_name(str(name), known)
            yield Problem(
                id="unknown-input",
                where=file.place(("dataset", "columns", "inputs", name)),
                what="no column of this name is declared under input.columns",
                got=shorten(str(name)),
                hint=f"the nearest is `{nearest}`" if nearest else None,
            )


def _dict(value: object) -> dict[str, object]:
    """Return a mapping, or an empty one."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    """Return a list, or an empty one."""
    return value if isinstance(value, list) else []
