"""Which number stands for which value: a model and a data version each have their own columns.

They are those of the challenge as it was when they were made. Where it was changed since, titles are the new
ones as far as they mean the same, and rows are written anew before another's numbers could be taken for them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.challenge import Challenge
from outclass.inputs.columns import InputColumn

Values = NDArray[np.float32]
Columns = tuple[InputColumn, ...]


def same_coding(one: Sequence[InputColumn], other: Sequence[InputColumn]) -> bool:
    """Tell whether rows of the one mean the same as rows of the other."""
    return one == other or [*map(code_of, one)] == [*map(code_of, other)]


def code_of(column: InputColumn) -> tuple[str, str, tuple[str, ...]]:
    """Return what the numbers of a column mean."""
    return column.name, column.kind.value, tuple(value.name for value in column.values)


def titled(columns: Columns, challenge: Challenge) -> Columns:
    """Return columns with the titles, hints and bounds that the challenge has now."""
    now = challenge.input.columns
    if same_coding(columns, now):
        return now
    known = {code_of(column): column for column in now}
    return tuple(known.get(code_of(column), column) for column in columns)


def recoded(rows: Values, columns: Sequence[InputColumn], wanted: Sequence[InputColumn]) -> Values:
    """Return rows of some columns as rows of others; a value that these do not have is not known."""
    if same_coding(columns, wanted):
        return rows
    places = {column.name: place for place, column in enumerate(columns)}
    found = np.full((len(rows), len(wanted)), np.nan, dtype=np.float32)
    for place, column in enumerate(wanted):
        at = places.get(column.name)
        if at is not None and columns[at].kind is column.kind:
            found[:, place] = recoded_column(rows[:, at], columns[at], column)
    return found


def recoded_column(values: Values, column: InputColumn, wanted: InputColumn) -> Values:
    """Return the values of one column as those of another of the same kind."""
    if not column.is_category:
        return values
    codes = {value.name: float(code) for code, value in enumerate(wanted.values)}
    table = np.array([codes.get(value.name, np.nan) for value in column.values], dtype=np.float32)
    known = ~np.isnan(values)
    found = np.full(len(values), np.nan, dtype=np.float32)
    found[known] = table[values[known].astype(np.int64)]
    return found
