"""Records in the lab: numbers that they can be drawn by, how they are shown, how what is asked differs."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import InputError
from outclass.base.limits import Limits
from outclass.catalog.challenge import Challenge
from outclass.feedback.drift import Drift, Statistic, compare_numbers, compare_shares
from outclass.inputs.columns import InputColumn
from outclass.inputs.records import read_record
from outclass.inputs.table import ColumnTable
from outclass.site.tables.coding import recoded
from outclass.site.tables.spreads import most_telling

DRAWN, COMPARED = 6, 24
"""So many columns can be chosen in a chart, and are compared with what is asked; the most telling ones."""
KNOWN = "known values"
ROOM = 22
SIGNS = re.compile(r"[@${}]")

Floats = NDArray[np.float64]


def numbers_of(challenge: Challenge, table: ColumnTable) -> dict[str, Floats]:
    """Return numbers of records by name: the most telling columns, and how many values are known.

    Of a category it is the place of its value; what is not known stands left of all others.
    """
    found: dict[str, Floats] = {}
    for place in most_telling(challenge.name, table.columns)[:DRAWN]:
        title = unique(drawn_title(table.columns[place]), found)
        found[title] = placed(table.values[:, place].astype(np.float64))
    found[unique(KNOWN, found)] = (~np.isnan(table.values)).sum(axis=1).astype(np.float64)
    return found


def drawn_title(column: InputColumn) -> str:
    """Return what an axis of a column says, in the room that a phone has; without signs that charts read.

    >>> drawn_title(InputColumn(name="w", title="Width of the @{widest} part", kind="number"))
    'Width of the widest p\u2026'
    """
    plain = SIGNS.sub("", column.label).strip() or column.name
    return plain if len(plain) <= ROOM else f"{plain[: ROOM - 1]}\u2026"


def unique(title: str, taken: Mapping[str, object]) -> str:
    """Return a title that is not taken.

    >>> unique("a", {}), unique("a", {"a": 1})
    ('a', 'a (2)')
    """
    if title not in taken:
        return title
    return next(name for n in range(2, len(taken) + 3) if (name := f"{title} ({n})") not in taken)


def placed(values: Floats) -> Floats:
    """Return values without gaps: what is not known stands a twentieth of the range left of the least."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(len(values))
    low, high = float(known.min()), float(known.max())
    return np.where(np.isnan(values), low - ((high - low) or 1.0) / 20, values)


def statistics_of_records(challenge: Challenge) -> dict[str, Statistic]:
    """Return numbers of kept records by the names of their columns."""
    columns = challenge.input.columns
    read = reader_of(columns, challenge.limits)

    def statistic(place: int) -> Statistic:
        return lambda content: read(content)[place]

    return {
        columns[place].name: statistic(place) for place in most_telling(challenge.name, columns)[:COMPARED]
    }


class Reader:
    """Reads kept records, each once; one that cannot be read has no numbers."""

    def __init__(self, columns: tuple[InputColumn, ...], limits: Limits) -> None:
        self._columns, self._limits = columns, limits
        self._nothing: tuple[float | None, ...] = (None,) * len(columns)
        self._cached = lru_cache(maxsize=50_000)(self._read)

    def __call__(self, content: bytes) -> tuple[float | None, ...]:
        """Return the values of a record, None for what is not known."""
        return self._cached(content)

    def _read(self, content: bytes) -> tuple[float | None, ...]:
        """Read a record."""
        try:
            row = read_record(content, "application/json", self._limits, self._columns)
        except InputError:
            return self._nothing
        return tuple(None if np.isnan(value) else float(value) for value in row)


def reader_of(columns: tuple[InputColumn, ...], limits: Limits) -> Reader:
    """Return what reads kept records."""
    return Reader(columns, limits)


def reference_of(challenge: Challenge, table: ColumnTable, names: Sequence[str]) -> dict[str, Floats]:
    """Return the known values of labelled records by column, as kept records are read."""
    columns = challenge.input.columns
    rows = recoded(table.values, table.columns, columns)
    places = {column.name: place for place, column in enumerate(columns)}
    found = {}
    for name in names:
        values = rows[:, places[name]].astype(np.float64)
        found[name] = values[~np.isnan(values)]
    return found


def compare_columns(
    challenge: Challenge, reference: Mapping[str, Floats], live: Mapping[str, Floats]
) -> list[Drift]:
    """Compare each column: shares of the values of a category, numbers in ranges."""
    found = []
    for column in challenge.input.columns:
        if column.name not in reference or column.name not in live:
            continue
        before, after = reference[column.name], live[column.name]
        if column.is_category:
            titles = [value.label for value in column.values]
            known, asked = ([titles[int(code)] for code in side.tolist()] for side in (before, after))
            found.append(compare_shares(column.label, known, asked, titles))
        else:
            found.append(compare_numbers(column.label, before, after))
    return found
