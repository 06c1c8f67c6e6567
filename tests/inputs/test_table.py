import contextlib
import csv
import io
import json
from urllib.parse import urlencode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import InputError, InvalidInputError
from outclass.base.limits import Limits
from outclass.inputs.columns import CategoryValue, ColumnKind, InputColumn
from outclass.inputs.records import read_record, read_records
from outclass.inputs.table import ColumnTable, coder_of, encode, record
from small_tables import COLUMNS, FIRST

LIMITS = Limits()
FORM, CSV = "application/x-www-form-urlencoded", "text/csv"
ODD = ("a b", "a,b", 'a"b', "=&%", "é", "NA", "", "1.0", "true")
"""Names of values that forms and files must not trip over; the empty one stands for a missing value."""
STRANGE = (
    InputColumn(name="word", kind=ColumnKind.CATEGORY, values=tuple(CategoryValue(name=n) for n in ODD if n)),
    InputColumn(name="_number", kind=ColumnKind.NUMBER),
)
NUMBERS = st.floats(-(2.0**49), 2.0**49, width=32)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "height": st.none() | NUMBERS,
        "petals": st.none() | st.integers(-(10**6), 10**6),
        "color": st.sampled_from(["red", "yellow", "white", None]),
        "thorns": st.sampled_from(["y", "n"]),
        "stem_width": NUMBERS,
    },
)


@given(RECORDS)
def test_a_record_survives_the_way_there_and_back(given_record: dict[str, object]) -> None:
    row = encode([given_record], COLUMNS)
    found = record(row[0], COLUMNS)
    assert {name: value for name, value in found.items() if value is not None} == {
        name: pytest.approx(value) for name, value in given_record.items() if value is not None
    }
    np.testing.assert_array_equal(encode([found], COLUMNS), row)
    coder_of(COLUMNS).check(row)


@given(word=st.sampled_from(ODD), number=st.none() | NUMBERS)
def test_json_forms_and_csv_say_the_same(word: str, number: float | None) -> None:
    sent = {"word": word or None, "_number": number}
    texts = {name: "" if value is None else str(value) for name, value in sent.items()}
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerows([texts.keys(), texts.values()])
    wanted = read_record(json.dumps(sent).encode(), None, LIMITS, STRANGE)
    for body, kind in ((urlencode(texts), FORM), (file.getvalue(), CSV)):
        np.testing.assert_array_equal(read_record(body.encode(), kind, LIMITS, STRANGE), wanted)


def test_numbers_are_shown_with_the_digits_that_count() -> None:
    assert record(encode([{"height": 56.6, "petals": 6}], COLUMNS)[0], COLUMNS) == {
        "height": 56.6,
        "petals": 6,
        "color": None,
        "thorns": None,
        "stem_width": None,
    }


@pytest.mark.parametrize("value", [True, "true", "1", 1, 1.0])
def test_a_category_may_be_given_as_the_number_that_is_written_alike(value: object) -> None:
    names = ("True", "true", "1")
    column = InputColumn(
        name="flag", kind=ColumnKind.CATEGORY, values=tuple(CategoryValue(name=name) for name in names)
    )
    assert record(encode([{"flag": value}], (column,))[0], (column,))["flag"] in names


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ([1e16, 1, 0, 0, 1], "height"),
        ([np.inf, 1, 0, 0, 1], "height"),
        ([1, 1, 3, 0, 1], "color"),
        ([1, 1, -1, 0, 1], "color"),
        ([1, 1, 0.5, 0, 1], "color"),
    ],
)
@pytest.mark.parametrize("count", [1, 100])
def test_rows_are_refused_by_column_alone_and_among_others(row: list[float], name: str, count: int) -> None:
    rows = np.repeat(encode([FIRST], COLUMNS), count, axis=0)
    rows[:, 3] = np.nan
    coder_of(COLUMNS).check(rows)
    rows[-1] = row
    with pytest.raises(InvalidInputError) as error:
        coder_of(COLUMNS).check(rows)
    assert error.value.where == (name if count == 1 else f"row 99.{name}")


def test_a_file_may_have_more_columns_only_where_it_has_all() -> None:
    whole = b"id,label,height,petals,color,thorns,stem_width\na,rose,62.5,30,red,y,7.5\n"
    assert read_records(whole, CSV, LIMITS, COLUMNS)[0] == FIRST
    theirs = whole.replace(b"height", b"Height (cm)")
    assert read_records(theirs, CSV, LIMITS, COLUMNS, {"height": "Height (cm)"})[0] == FIRST
    with pytest.raises(InvalidInputError, match="got id, label, colour; accepted: color"):
        read_records(whole.replace(b",color", b",colour"), CSV, LIMITS, COLUMNS)


def test_a_table_is_taken_from_and_read() -> None:
    table = ColumnTable(COLUMNS, encode([FIRST, {}], COLUMNS))
    assert len(table) == 2
    assert list(table.take([1, 0]))[1] == table[0] == FIRST


@given(st.binary(max_size=60), st.sampled_from(["", "application/json", FORM, CSV, "text/plain"]))
def test_no_body_raises_anything_else(body: bytes, kind: str) -> None:
    for read in (read_record, read_records):
        with contextlib.suppress(InputError):
            read(body, kind, LIMITS, COLUMNS)
