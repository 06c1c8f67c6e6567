"""Columns of a table: which are kept, what they are called, which types they get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.dictionary.declaration import DType, TableKeys

ROW = "__row"
"""The number of a row in its file, from 1."""

TYPES: dict[DType, pl.DataType] = {
    DType.STRING: pl.String(),
    DType.STR: pl.String(),
    DType.OBJECT: pl.String(),
    DType.CATEGORY: pl.String(),
    DType.INTEGER: pl.Int64(),
    DType.INT: pl.Int64(),
    DType.INT8: pl.Int8(),
    DType.INT16: pl.Int16(),
    DType.INT32: pl.Int32(),
    DType.INT64: pl.Int64(),
    DType.FLOAT: pl.Float64(),
    DType.FLOAT32: pl.Float32(),
    DType.FLOAT64: pl.Float64(),
    DType.BOOLEAN: pl.Boolean(),
    DType.BOOL: pl.Boolean(),
    DType.DATE: pl.Date(),
    DType.DATETIME: pl.Datetime("us"),
}
"""A category stays a text: the same values are the same however they came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns that are read: our name of each, in order, and the file's."""

    names: Mapping[str, str]

    @property
    def own(self) -> tuple[str, ...]:
        """Return our names, in order."""
        return tuple(self.names)


def lay_out(header: Sequence[str], declared: TableKeys, where: str) -> Layout:
    """Decide which columns of a file are read, by the keys that choose and rename them.

    Raises
    ------
    DataError
        A key names a column that is not there, or two columns get one name.
    """
    renamed = renames(header, declared, where)
    own = [renamed.get(name, name) for name in header]
    if twice := [name for name in own if own.count(name) > 1]:
        raise DataError("two columns have the same name", where=where, got=twice[0], hint="see column_names")
    files = dict(zip(own, header, strict=True))
    _check_known("use_columns", declared.use_columns, own, where)
    _check_known("exclude_columns", declared.exclude_columns, own, where)
    kept = [name for name in declared.use_columns or own if name not in declared.exclude_columns]
    if declared.index_col is not None:
        first = index_column(declared.index_col, own, where)
        kept = [first, *(name for name in kept if name != first)]
    if not kept:
        raise DataError("no column is left", where=where, accepted=", ".join(own))
    for key, names in named_columns(declared):
        _check_known(key, names, kept, where)
    return Layout(names={name: files[name] for name in kept})


def renames(header: Sequence[str], declared: TableKeys, where: str) -> dict[str, str]:
    """Return the new names of columns by their old ones."""
    given = declared.column_names
    if isinstance(given, dict):
        _check_known("column_names", tuple(given), header, where)
        return dict(given)
    if len(given) != len(header):
        raise DataError(
            "column_names lists another number of columns than the file has",
            where=where,
            got=f"{len(given)} names for {len(header)} columns",
        )
    return dict(zip(header, given, strict=True))


def index_column(given: str | int, own: Sequence[str], where: str) -> str:
    """Return the column that names the rows."""
    if isinstance(given, int):
        if given >= len(own):
            raise DataError("there is no such column", where=f"{where}, index_col", got=given)
        return own[given]
    _check_known("index_col", (given,), own, where)
    return given


def named_columns(declared: TableKeys) -> list[tuple[str, tuple[str, ...]]]:
    """Return the keys that speak of columns, with those that they name."""
    rules = declared.dataframe_rules
    steps = [step for step in declared.postprocessors if not isinstance(step, str)]
    return [
        ("converters", tuple(declared.converters)),
        ("parse_dates", tuple(declared.parse_dates)),
        ("dtypes", tuple(declared.dtypes)),
        ("column_rules", tuple(declared.column_rules)),
        *(
            (f"dataframe_rules.{key}", found)
            for key in ("drop_na", "drop_duplicates")
            if rules is not None and isinstance(found := getattr(rules, key), tuple)
        ),
        *(("postprocessors", step.columns) for step in steps),
    ]


def _check_known(key: str, names: Sequence[str], known: Sequence[str], where: str) -> None:
    """Refuse a column that is not there, naming the nearest that is."""
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, 1, 0)
            raise DataError(
                "there is no such column",
                where=f"{where}, {key}",
                got=name,
                accepted=", ".join(known),
                hint=f"the nearest is {near[0]}" if near else None,
            )


def types_of(declared: TableKeys) -> dict[str, pl.DataType]:
    """Return the type that each column must get, of those that are told."""
    dates: dict[str, pl.DataType] = dict.fromkeys(declared.parse_dates, pl.Datetime("us"))
    return dates | {name: TYPES[kind] for name, kind in declared.dtypes.items()}
