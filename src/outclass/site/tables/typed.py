"""What somebody typed into the form of a record, and the row that it makes."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import InvalidInputError
from outclass.inputs.columns import InputColumn
from outclass.inputs.records import places_of
from outclass.inputs.table import coder_of, value_of

PREFIX = "v-"
"""Before the name of a column, so that it cannot be taken for another field of the form."""
LINE = "line"
"""The field that holds all values of a record as a line of CSV."""
LONGEST = 30_000
MARK = 16
DELIMITERS = (",", ";", "\t")
Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A record as it was typed.

    Attributes
    ----------
    columns
        What was asked for.
    texts
        What stands in the field of each column.
    row
        float32 ``[columns]``, NaN for what is not known and for what cannot be read.
    errors
        Why a value cannot be read, by the place of its column.
    unusual
        The places of columns whose number lies outside what is usual.
    """

    columns: tuple[InputColumn, ...]
    texts: tuple[str, ...]
    row: Values
    errors: Mapping[int, str]
    unusual: frozenset[int]

    @property
    def mark(self) -> str:
        """Return what tells this record from others, to see what an answer was about."""
        return sha256(self.row.tobytes()).hexdigest()[:MARK]

    @property
    def known(self) -> int:
        """Return how many values there are."""
        return int((~np.isnan(self.row)).sum())


def read_texts(texts: Sequence[str], columns: tuple[InputColumn, ...]) -> Typed:
    """Read the texts of all columns; each that is wrong has an error of its own."""
    coder, errors = coder_of(columns), dict[int, str]()
    row = np.full(len(columns), np.nan, dtype=np.float32)
    for place, text in enumerate(texts):
        try:
            row[place] = coder.read(place, text)
        except InvalidInputError as error:
            errors[place] = told(error, columns[place])
    names = set(coder.unusual(row))
    return Typed(
        columns=columns,
        texts=tuple(texts),
        row=row,
        errors=errors,
        unusual=frozenset(place for place, column in enumerate(columns) if column.name in names),
    )


def told(error: InvalidInputError, column: InputColumn) -> str:
    """Return an error as it stands beside its field."""
    if column.is_category:
        return "Choose one of the values, or leave it as not known."
    return f"{error.got} is no number that can be used. Write one such as 12.5, or leave it empty."


def read_fields(fields: Mapping[str, str], columns: tuple[InputColumn, ...]) -> Typed:
    """Read the fields of a form; a column without one is not known."""
    if LINE in fields:
        return read_line(fields[LINE], columns)
    return read_texts([fields.get(f"{PREFIX}{column.name}", "") for column in columns], columns)


def typed_row(row: Values, columns: tuple[InputColumn, ...]) -> Typed:
    """Return a row as if somebody had typed it."""
    values = (value_of(column, value) for column, value in zip(columns, row, strict=True))
    return read_texts(["" if value is None else str(value) for value in values], columns)


def read_line(text: str, columns: tuple[InputColumn, ...]) -> Typed:
    """Read a line of CSV: the values in the order of the columns, or a header and the values.

    Raises
    ------
    InvalidInputError
        There is not one row, or it has another length; a value that cannot be read is told by `errors`.
    """
    rows = csv_rows(text, len(columns))
    if len(rows) == 2:
        header, cells = rows
        if len(header) != len(cells):
            raise wrong_length(len(cells), len(header))
        places = places_of(header, coder_of(columns))
        found = {place: cell for place, cell in zip(places, cells, strict=True) if place is not None}
        return read_texts([found.get(place, "") for place in range(len(columns))], columns)
    if len(rows) != 1:
        accepted = "one line of values, or a header and a line of values"
        raise InvalidInputError("one record is expected", got=f"{len(rows)} lines", accepted=accepted)
    if len(rows[0]) != len(columns):
        raise wrong_length(len(rows[0]), len(columns))
    return read_texts(rows[0], columns)


def csv_rows(text: str, wanted: int) -> list[list[str]]:
    """Return the lines of a text that hold anything, cut where that makes the wanted number of values."""
    if len(text) > LONGEST:
        raise InvalidInputError("this is too long", accepted=f"at most {LONGEST:,} characters")
    problem: csv.Error | None = None
    found: list[list[list[str]]] = []
    for delimiter in DELIMITERS:
        try:
            found.append(cut(text, delimiter))
        except csv.Error as error:
            problem = problem or error
    if not found:
        what, accepted = "this is no line of CSV", "values between commas"
        raise InvalidInputError(what, got=str(problem), accepted=accepted)
    fitting = (rows for rows in found if rows and len(rows[-1]) == wanted)
    return next(fitting, max(found, key=lambda rows: len(rows[-1]) if rows else 0))


def cut(text: str, delimiter: str) -> list[list[str]]:
    """Return the lines of a text that hold anything, cut at a sign; `csv.Error` where they are no CSV."""
    read = csv.reader(text.splitlines(), delimiter=delimiter, strict=True, skipinitialspace=True)
    return [cells for cells in read if any(cell.strip() for cell in cells)]


def wrong_length(got: int, wanted: int) -> InvalidInputError:
    """Return the error of a line with too many or too few values."""
    found = f"{got} value{'' if got == 1 else 's'}"
    accepted = f"{wanted} values between commas"
    return InvalidInputError("the line has another length", got=found, accepted=accepted)


def line_of(typed: Typed) -> str:
    """Return a record as a line of CSV; values with commas or quotes stand in quotes."""
    return ",".join(quoted(text) for text in typed.texts)


def quoted(text: str) -> str:
    """Return a value of a line of CSV.

    >>> quoted('a"b'), quoted("1.5")
    ('"a""b"', '1.5')
    """
    if any(sign in text for sign in ',;\t"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text
