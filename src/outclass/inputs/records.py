"""Records in requests and files: JSON, forms, and CSV with a header."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import cast
from urllib.parse import parse_qsl

import msgspec
import numpy as np

from outclass.base.document import parse_json
from outclass.base.errors import InputError, InvalidInputError, TooLargeError, UnsupportedMediaError
from outclass.base.limits import Limits
from outclass.inputs.columns import InputColumn
from outclass.inputs.table import NAN, Coder, ColumnTable, Values, coder_of, encode
from outclass.inputs.text import decode_utf8

JSON, FORM, CSV, TSV = (
    "application/json",
    "application/x-www-form-urlencoded",
    "text/csv",
    "text/tab-separated-values",
)
ONE, MANY = (JSON, FORM, CSV, TSV), (JSON, CSV, TSV)
RECORD, OBJECTS = "record", "objects"
DELIMITERS = (",", ";", "\t")
NO_NAMES: Mapping[str, str] = {}

_decode = msgspec.json.Decoder(float_hook=float).decode
"""With the hook a number beyond all floats becomes infinite, and is refused by the name of its column."""


def read_record(
    body: bytes, content_type: str | None, limits: Limits, columns: tuple[InputColumn, ...]
) -> Values:
    """Read one record from a request.

    Parameters
    ----------
    body
        JSON, `{column: value}` or `{"record": {column: value}}`; a form with a field for each column; or CSV
        with a header and one row.
    content_type
        Its media type, with or without parameters; None or an empty text means JSON.
    limits
        What one request may cost.
    columns
        What a record holds.

    Returns
    -------
    numpy.ndarray
        float32 ``[columns]``.

    Raises
    ------
    InputError
        Or one of its kinds: UnsupportedMediaError, InvalidInputError. It names the column.
    """
    match media_of(content_type):
        case "application/x-www-form-urlencoded" if not body.lstrip().startswith(b"{"):
            return np.array(coder_of(columns).texts(_fields(body)), dtype=np.float32)
        case "application/json" | "application/x-www-form-urlencoded":  # the second: as curl calls JSON
            return encode([_record(parse_json(body, _decode), "")], columns).reshape(len(columns))
        case "text/csv" | "text/tab-separated-values" as media:
            rows = list(_csv_rows(decode_utf8(body), media, coder_of(columns), limits.batch))
            if len(rows) != 1:
                hint = "send many as a batch"
                raise InvalidInputError("one row is expected", got=len(rows), accepted="one row", hint=hint)
            return np.array(rows[0], dtype=np.float32)
        case other:
            raise _unsupported(other, ONE)


def read_records(
    body: bytes,
    content_type: str | None,
    limits: Limits,
    columns: tuple[InputColumn, ...],
    theirs: Mapping[str, str] = NO_NAMES,
) -> ColumnTable:
    """Read many records: JSON `{"objects": [record, ...]}`, or CSV with a header.

    Parameters
    ----------
    theirs
        What a file may call a column, by its declared name.

    Raises
    ------
    InputError
        Or one of its kinds; it names the record and the column.
    TooLargeError
        There are more than `limits.batch`.
    """
    match media_of(content_type):
        case "application/json":
            objects = _objects(parse_json(body, _decode))
            check_count(len(objects), limits)
            ours = {name: own for own, name in theirs.items()}
            records = [
                {ours.get(name, name): value for name, value in _record(one, f"objects[{place}]").items()}
                for place, one in enumerate(objects)
            ]
            return ColumnTable(columns, encode(records, columns))
        case "text/csv" | "text/tab-separated-values" as media:
            rows = list(_csv_rows(decode_utf8(body), media, coder_of(columns), limits.batch, theirs))
            check_count(len(rows), limits)
            return ColumnTable(columns, np.array(rows, dtype=np.float32))
        case other:
            raise _unsupported(other, MANY)


def media_of(content_type: str | None) -> str:
    """Return the media type without parameters; JSON where there is none."""
    return (content_type or "").partition(";")[0].strip().lower() or JSON


def check_count(count: int, limits: Limits) -> None:
    """Refuse a batch of nothing, and one of too many records."""
    if count == 0:
        raise InvalidInputError("there are no objects", where=OBJECTS)
    if count > limits.batch:
        accepted = f"at most {limits.batch}"
        raise TooLargeError("there are too many objects", where=OBJECTS, got=count, accepted=accepted)


def _record(found: object, where: str) -> dict[str, object]:
    """Return the record of a JSON value, by itself or under its name."""
    if isinstance(found, dict) and len(found) == 1 and isinstance(inner := found.get(RECORD), dict):
        found = inner
    if not isinstance(found, dict):
        raise InvalidInputError(
            "a record is needed", where=where or None, got=_kind(found), accepted="{column: value, ...}"
        )
    return cast("dict[str, object]", found)


def _objects(found: object) -> list[object]:
    """Return the records of a batch."""
    if not isinstance(found, dict) or list(found) != [OBJECTS] or not isinstance(found[OBJECTS], list):
        got = ", ".join(map(str, found)) if isinstance(found, dict) else _kind(found)
        raise InvalidInputError("a list of records is needed", got=got, accepted='{"objects": [record, ...]}')
    return cast("list[object]", found[OBJECTS])


def _kind(value: object) -> str:
    """Name the kind of a JSON value."""
    names = {dict: "keys with values", list: "a list", str: "a text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")


def _fields(body: bytes) -> dict[str, str]:
    """Return the fields of a form."""
    text = decode_utf8(body)
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except ValueError as error:
        raise InputError("the form cannot be read", got=str(error)) from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        twice = next(name for name, _ in pairs if sum(name == other for other, _ in pairs) > 1)
        raise InvalidInputError("a column is given twice", where=twice)
    return fields


def _csv_rows(
    text: str, media: str, coder: Coder, most: int, theirs: Mapping[str, str] = NO_NAMES
) -> Iterator[list[float]]:
    """Yield the rows of a CSV; one more than `most` at most, so that too many are told without reading."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, media), strict=True)
    try:
        header = next(reader, [])
        places = places_of(header, coder, theirs)
        count = 0
        for cells in reader:
            if not cells:
                continue
            if count > most:
                return
            where = f"objects[{count}]"
            if len(cells) != len(header):
                got, accepted = f"{len(cells)} values", f"{len(header)}, as the header has"
                raise InvalidInputError(
                    "this row has another length", where=where, got=got, accepted=accepted
                )
            row = [NAN] * len(coder.columns)
            for place, cell in zip(places, cells, strict=True):
                if place is not None:
                    row[place] = coder.read(place, cell, where)
            count += 1
            yield row
    except csv.Error as error:
        raise InputError("the CSV cannot be read", where=f"line {reader.line_num}", got=str(error)) from None


def places_of(header: Sequence[str], coder: Coder, theirs: Mapping[str, str] = NO_NAMES) -> list[int | None]:
    """Return the place of each column of a file; None for one that is left out.

    Columns that are not declared are left out where all that are declared are there, so that files with
    labels and names of their rows can be sent as they are; else a name may be misspelled, and is refused.
    """
    ours = {name: own for own, name in theirs.items()}
    names = [ours.get(name, name) for name in (each.strip().strip("\ufeff") for each in header)]
    known = [name for name in names if name in coder.places]
    if len(set(known)) != len(known):
        twice = next(name for name in known if known.count(name) > 1)
        raise InvalidInputError("a column stands twice in the header", where="header", got=f'"{twice}"')
    if not known:
        accepted = "a first line with the names of the columns"
        raise InvalidInputError("there is no header", got=", ".join(names) or "nothing", accepted=accepted)
    others = [name for name in names if name not in coder.places]
    lacking = [column.name for column in coder.columns if column.name not in known]
    if others and lacking:
        raise InvalidInputError(
            "the header has columns that are not declared, and lacks some that are",
            where="header",
            got=", ".join(others),
            accepted=", ".join(lacking),
            hint="correct their names, or leave out what is not declared",
        )
    return [coder.places.get(name) for name in names]


def _delimiter(text: str, media: str) -> str:
    """Return what stands between the values: of CSV a comma, or a semicolon where the header has more."""
    if media == TSV:
        return "\t"
    header = text.partition("\n")[0]
    return max(DELIMITERS, key=header.count)


def _unsupported(got: str, accepted: Sequence[str]) -> UnsupportedMediaError:
    """Return the error of a body that is not read here."""
    return UnsupportedMediaError(
        "this kind of body is not read here", where="Content-Type", got=got, accepted=", ".join(accepted)
    )
