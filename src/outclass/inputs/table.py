"""Records of named columns as the rows that a model is asked: numbers, categories, what is missing.

A row is float32 ``[columns]``: a number as it is, a category by its place in the column's `values` from 0,
NaN where nothing is known.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import InvalidInputError, nearest_name
from outclass.inputs.columns import InputColumn

LARGEST_NUMBER = 1e15
"""Numbers further from 0 are refused: wide enough for any column, narrow enough to compute with."""
MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "null", "none", "--", "?"})
"""What stands for a missing value in texts, in any case, unless the column has a value of that name."""
NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\s*", re.ASCII)
LISTED, MOST_COMPARED, NAME_LENGTH = 12, 200, 120
"""So many values of a category are listed in an error, and of so many the nearest is named."""
NAN = math.nan
FEW_VALUES = 256
"""So many values are looked at one by one, which is quicker than by arrays."""

Values = NDArray[np.float32]
Value = float | str | None
"""A value as people read it: a number, the name of a category's value, or None."""
Record = dict[str, Value]


@dataclass(frozen=True, slots=True)
class ColumnTable:
    """Many records.

    Attributes
    ----------
    columns
        What each place of a row is.
    values
        float32 ``[n, columns]``: numbers, places of categories, NaN where nothing is known.
    """

    columns: tuple[InputColumn, ...]
    values: Values

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.values)

    def __iter__(self) -> Iterator[Record]:
        """Yield each record."""
        return (record(row, self.columns) for row in self.values)

    def __getitem__(self, place: int) -> Record:
        """Return one record."""
        return record(self.values[place], self.columns)

    def take(self, places: Sequence[int] | NDArray[np.int64]) -> "ColumnTable":
        """Return the records at some places, in that order."""
        return ColumnTable(self.columns, self.values[np.asarray(places, dtype=np.int64)])


class Coder:
    """Turns the records of some columns into rows.

    Attributes
    ----------
    places
        The place of each column by its name.
    codes
        The place of each value of each category, by its name; None for a number.
    categories
        The places of the columns that are categories.
    """

    def __init__(self, columns: Sequence[InputColumn]) -> None:
        self.columns = tuple(columns)
        self.places = {column.name: place for place, column in enumerate(self.columns)}
        self.codes = tuple(
            {value.name: float(code) for code, value in enumerate(column.values)}
            if column.is_category
            else None
            for column in self.columns
        )
        self._last = [LARGEST_NUMBER if codes is None else len(codes) - 1.0 for codes in self.codes]
        self.categories = np.flatnonzero([codes is not None for codes in self.codes])

    def row(self, given: Mapping[str, object], where: str = "") -> list[float]:
        """Return the row of one record from JSON; `InvalidInputError` names the column that is wrong.

        A column that is not given, or is null, is missing. Numbers are numbers; the value of a category is
        its name, as a text, or as the number or truth value that is written alike.
        """
        places, found = self.places, [NAN] * len(self.columns)
        for name, value in given.items():
            place = places.get(name)
            if place is None:
                raise unknown_column(name, self.columns, where)
            if value is None:
                continue
            codes = self.codes[place]
            if codes is None:
                if type(value) is not float and type(value) is not int:
                    raise self._wrong(place, value, where)
                if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
                    raise self._wrong(place, value, where)
                found[place] = float(value)
            else:
                code = codes.get(value) if type(value) is str else self._alike(place, value)
                if code is None and not (self.columns[place].others and type(value) is str):
                    raise self._wrong(place, value, where)
                found[place] = NAN if code is None else code
        return found

    def read(self, place: int, text: str, where: str = "") -> float:
        """Return the value of one column from a text, as forms and CSV have it."""
        codes = self.codes[place]
        if codes is not None and (code := codes.get(text, codes.get(text.strip()))) is not None:
            return code
        if text.strip().lower() in MISSING_WORDS:
            return NAN
        if codes is not None:
            if self.columns[place].others:
                return NAN
            raise self._wrong(place, text, where)
        if not NUMBER.fullmatch(text) or not abs(number := float(text)) <= LARGEST_NUMBER:
            raise self._wrong(place, text, where)
        return number

    def texts(self, given: Mapping[str, str], where: str = "") -> list[float]:
        """Return the row of one record whose values are texts."""
        found = [NAN] * len(self.columns)
        for name, text in given.items():
            place = self.places.get(name)
            if place is None:
                raise unknown_column(name, self.columns, where)
            found[place] = self.read(place, text, where)
        return found

    def check(self, rows: Values) -> None:
        """Refuse rows with numbers beyond all use, or with places that a category does not have.

        Raises
        ------
        InvalidInputError
            It names the first column that is wrong, and the value.
        """
        if rows.size <= FEW_VALUES:
            wrong = (
                (row, place, value)
                for row, values in enumerate(rows.tolist())
                for place, (value, last) in enumerate(zip(values, self._last, strict=True))
                if value == value  # noqa: PLR0124 - NaN is not itself, and means that nothing is known
                and not (
                    -LARGEST_NUMBER <= value <= last
                    if last == LARGEST_NUMBER
                    else 0 <= value <= last and value % 1 == 0
                )
            )
            found = next(wrong, None)
        else:
            found = self._find_wrong(rows)
        if found is not None:
            row, place, value = found
            raise self._wrong(place, value, f"row {row}" if len(rows) > 1 else "")

    def _find_wrong(self, rows: Values) -> tuple[int, int, float] | None:
        """Return row, place and value of the first that its column does not accept."""
        with np.errstate(invalid="ignore"):
            wrong = np.abs(rows) > np.array(self._last, dtype=np.float32)
            places = self.categories
            codes = rows[:, places]
            wrong[:, places] |= (codes < 0) | (codes != np.floor(codes)) & ~np.isnan(codes)
        if not wrong.any():
            return None
        row, place = (int(each) for each in np.argwhere(wrong)[0])
        return row, place, float(rows[row, place])

    def unusual(self, row: Values) -> tuple[str, ...]:
        """Return the columns whose number lies outside what is usual."""
        return tuple(
            [
                column.name
                for column, value in zip(self.columns, row.tolist(), strict=True)
                if (column.low is not None and value < column.low)
                or (column.high is not None and value > column.high)
            ]
        )

    def _alike(self, place: int, value: object) -> float | None:
        """Return the place of a category's value that is given as a number or truth value."""
        codes = self.codes[place]
        if codes is None or not isinstance(value, bool | int | float):
            return None
        names = [str(value), str(value).lower()]
        if isinstance(value, float) and value.is_integer():
            names.append(str(int(value)))
        return next((codes[name] for name in names if name in codes), None)

    def _wrong(self, place: int, value: object, where: str) -> InvalidInputError:
        """Return the error of a value that its column does not accept."""
        column = self.columns[place]
        shown = f'"{value}"' if isinstance(value, str) else _plain(value)
        what = "this value is not one of those accepted" if column.is_category else "this is no usable number"
        return InvalidInputError(
            what,
            where=f"{where}.{column.name}" if where else column.name,
            got=shown,
            accepted=accepted_values(column),
            hint=nearest_value(column, value),
        )


_coders: dict[int, Coder] = {}
MOST_CODERS = 64


def coder_of(columns: tuple[InputColumn, ...]) -> Coder:
    """Return the coder of some columns, made once: comparing hundreds of values costs more than a row."""
    known = _coders.get(id(columns))
    if known is None or known.columns is not columns:
        if len(_coders) >= MOST_CODERS:
            _coders.clear()
        known = _coders[id(columns)] = Coder(columns)
    return known


def encode(records: Sequence[Mapping[str, object]], columns: tuple[InputColumn, ...]) -> Values:
    """Return records, as JSON has them, as rows: float32 ``[n, columns]``.

    Examples
    --------
    >>> from outclass.inputs.columns import CategoryValue, ColumnKind
    >>> values = (CategoryValue(name="a"), CategoryValue(name="n"))
    >>> odor = InputColumn(name="odor", kind=ColumnKind.CATEGORY, values=values)
    >>> width = InputColumn(name="width", kind=ColumnKind.NUMBER)
    >>> encode([{"odor": "n", "width": 1.5}, {}], (odor, width)).tolist()
    [[1.0, 1.5], [nan, nan]]
    """
    coder = coder_of(columns)
    many = len(records) > 1
    rows = [coder.row(each, f"objects[{place}]" if many else "") for place, each in enumerate(records)]
    return np.array(rows, dtype=np.float32).reshape(len(rows), len(columns))


def record(row: Values, columns: Sequence[InputColumn]) -> Record:
    """Return a row as people read it; numbers have as many digits as float32 tells apart.

    Examples
    --------
    >>> record(np.array([5.1], dtype=np.float32), [InputColumn(name="width", kind="number")])
    {'width': 5.1}
    """
    return {column.name: value_of(column, value) for column, value in zip(columns, row, strict=True)}


def value_of(column: InputColumn, value: np.float32) -> Value:
    """Return one value of a row as people read it."""
    if np.isnan(value):
        return None
    if column.is_category:
        return column.values[int(value)].name
    number = float(str(np.float32(value)))
    return int(number) if column.whole and number.is_integer() else number


def accepted_values(column: InputColumn) -> str:
    """Say what a column accepts."""
    if not column.is_category:
        unit = f", in {column.unit}" if column.unit else ""
        return f"a number from {-LARGEST_NUMBER:g} to {LARGEST_NUMBER:g}{unit}; null where it is not known"
    names = [
        f"{value.name} ({value.title})" if value.title not in {"", value.name} else value.name
        for value in column.values[:LISTED]
    ]
    more = len(column.values) - len(names)
    listed = ", ".join(names) + (f" and {more} more" if more > 0 else "")
    return f"{listed}; null where it is not known"


def nearest_value(column: InputColumn, value: object) -> str | None:
    """Return which value of a category may be meant, by its name or title; None where none is near."""
    if not isinstance(value, str) or len(column.values) > MOST_COMPARED:
        return None
    names = {word.lower(): one.name for one in column.values for word in (one.title, one.name) if word}
    near = get_close_matches(value[:NAME_LENGTH].lower(), names, 1)
    return f"the nearest is `{names[near[0]]}`" if near else None


def unknown_column(name: str, columns: Sequence[InputColumn], where: str = "") -> InvalidInputError:
    """Return the error of a column that is not declared."""
    names = [column.name for column in columns]
    nearest = nearest_name(name, names)
    return InvalidInputError(
        "there is no such column",
        where=where or "record",
        got=f'"{name}"',
        accepted=", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if names[LISTED:] else ""),
        hint=f"the nearest is `{nearest}`" if nearest else None,
    )


def _plain(value: object) -> str:
    """Return a value of JSON as JSON has it; of numbers that JSON does not have, as Python has it."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    try:
        return msgspec.json.encode(value).decode()
    except (OverflowError, ValueError, TypeError):
        return str(value)
