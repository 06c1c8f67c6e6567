"""Forms, lines of CSV, spreads and codes of records, without a page."""

import re
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.base.errors import InvalidInputError
from outclass.inference.columns import ColumnShare
from outclass.inference.predictor import Predictor
from outclass.inputs.columns import CategoryValue, ColumnKind, InputColumn
from outclass.inputs.table import ColumnTable, record
from outclass.site.lab.records import placed
from outclass.site.tables.coding import recoded, same_coding
from outclass.site.tables.effects import effects_of
from outclass.site.tables.fields import OTHERS, Layout, form_of
from outclass.site.tables.lattices import Lattice, lattice_of
from outclass.site.tables.shown import place_words, shown_value
from outclass.site.tables.spreads import measure, spread_of
from outclass.site.tables.typed import csv_rows, line_of, read_line, read_texts, typed_row
from small_tables import COLUMNS


def numbers(names: list[str]) -> tuple[InputColumn, ...]:
    """Return columns of numbers."""
    return tuple(InputColumn(name=name, kind=ColumnKind.NUMBER) for name in names)


def blank(columns: tuple[InputColumn, ...]) -> list[str]:
    """Return what stands in a form that nobody has filled in."""
    return [""] * len(columns)


@st.composite
def rows(draw: st.DrawFn) -> list[float]:
    """Return rows of flowers as models read them."""
    real = st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))
    found = []
    for column in COLUMNS:
        codes = st.sampled_from([float(code) for code in range(len(column.values))] or [0.0])
        found.append(draw((codes | st.just(float("nan"))) if column.is_category else real))
    return found


# --- what is typed ---


@given(row=rows())
def test_a_row_is_read_back_from_its_form_and_from_its_line(row: list[float]) -> None:
    wanted = np.array(row, dtype=np.float32)
    typed = typed_row(wanted, COLUMNS)

    assert not typed.errors
    np.testing.assert_array_equal(typed.row, wanted)
    if typed.known:
        np.testing.assert_array_equal(read_line(line_of(typed), COLUMNS).row, wanted)


@given(cells=st.lists(st.text(min_size=1, max_size=9).filter(str.strip), min_size=2, max_size=6))
def test_a_line_holds_any_value(cells: list[str]) -> None:
    plain = [" ".join(cell.split()) for cell in cells]
    columns = numbers([f"c{n}" for n in range(len(plain))])

    assert csv_rows(line_of(read_texts(plain, columns)), len(plain)) == [plain]


@given(text=st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        typed = read_line(text, COLUMNS)
    except InvalidInputError:
        return
    assert len(typed.texts) == len(COLUMNS)
    assert all(np.isnan(typed.row[place]) for place in typed.errors)


def test_numbers_outside_what_is_usual_are_noted() -> None:
    assert read_texts(["4.9", "60", "", "", "-3"], COLUMNS).unusual == {0}
    assert read_texts(["120", "61", "", "", ""], COLUMNS).unusual == {1}


def test_what_is_nearly_a_number_is_refused_at_once_however_long() -> None:
    typed = read_texts(["1" * 90_000 + "x", " " * 90_000 + "x", "", "", ""], COLUMNS)

    assert set(typed.errors) == {0, 1}
    assert len(typed.errors[0]) < 300


# --- forms ---


def test_a_short_form_has_radio_buttons_and_one_group() -> None:
    form = form_of(read_texts(blank(COLUMNS), COLUMNS))

    assert [field.kind for field in form.fields] == ["number", "number", "radio", "radio", "number"]
    assert [group.title for group in form.groups] == [""]
    assert form.fields[0].hint == "usually 5 to 120"
    assert (form.fields[0].step, form.fields[1].step) == ("1", "1")


def test_a_long_form_is_grouped_by_how_titles_begin() -> None:
    names = [f"{part}_{what}" for part in ("cap", "gill", "stalk") for what in ("a", "b", "c", "d")]
    columns = numbers([*names, "odor", "habitat"])
    form = form_of(read_texts(blank(columns), columns))

    assert [group.title for group in form.groups] == ["Cap", "Gill", "Stalk", OTHERS]
    assert sorted(field.place for field in form.fields) == list(range(14))


def test_pictures_are_grids_and_very_long_forms_are_one_line() -> None:
    pixels = numbers([f"pixel_{row}_{column}" for row in range(8) for column in range(8)])
    wide = numbers([f"c{n}" for n in range(300)])

    grid = form_of(read_texts(blank(pixels), pixels))
    assert (grid.layout, len(grid.rows), len(grid.rows[0])) == (Layout.LATTICE, 8, 8)
    assert form_of(read_texts(blank(wide), wide)).layout is Layout.LINE
    assert lattice_of(pixels[:-1]) is None
    assert lattice_of(tuple(reversed(pixels))) is None
    assert lattice_of(numbers([f"pixel{n}" for n in range(1, 785)])) == Lattice(
        down=28, across=28, low=0.0, high=1.0
    )


# --- what lies behind a column ---


def test_the_column_that_tells_the_class_comes_first() -> None:
    random = np.random.default_rng(1)
    targets = np.arange(300) % 3
    values = np.column_stack(
        [
            random.normal(size=300),
            targets * 10 + random.normal(size=300),
            random.integers(0, 3, 300),
            targets % 2,
            np.full(300, np.nan),
        ]
    ).astype(np.float32)
    spreads = measure(ColumnTable(COLUMNS, values), targets)

    assert spreads.ranked[:2] == (1, 3)
    assert spreads.columns[1].gain == pytest.approx(np.log2(3), abs=0.2)
    assert spreads.columns[4].centiles == ()
    assert sum(spreads.columns[3].shares) == pytest.approx(1)


def test_words_say_where_a_number_lies() -> None:
    spread = spread_of(COLUMNS[0], np.arange(101, dtype=np.float32), np.zeros(101, dtype=np.int64))

    assert place_words(spread, -1) == "less than in any row"
    assert place_words(spread, 101) == "more than in any row"
    assert place_words(spread, 25) == "more than in 25 % of the rows"


def test_values_are_shown_by_title_and_as_short_as_they_are_told() -> None:
    assert shown_value(COLUMNS[2], np.float32(2)) == "White"
    assert shown_value(COLUMNS[0], np.float32(5.1)) == "5.1"
    assert shown_value(COLUMNS[1], np.float32(30)) == "30"
    assert shown_value(COLUMNS[1], np.float32("nan")) == "not known"


def test_unknown_values_stand_left_of_the_others_in_charts() -> None:
    assert placed(np.array([1.0, np.nan, 3.0])).tolist() == [1.0, 0.9, 3.0]
    assert placed(np.array([np.nan])).tolist() == [0.0]


# --- codes ---


@given(row=rows())
def test_rows_mean_the_same_in_another_order_of_columns_and_values(row: list[float]) -> None:
    before = np.array([row], dtype=np.float32)
    turned = tuple(
        InputColumn(
            name=one.name,
            kind=one.kind,
            whole=one.whole,
            values=tuple(CategoryValue(name=value.name) for value in reversed(one.values)),
        )
        for one in reversed(COLUMNS)
    )
    after = recoded(before, COLUMNS, turned)

    assert record(after[0], turned) == record(before[0], COLUMNS)
    np.testing.assert_array_equal(recoded(after, turned, COLUMNS), before)


def test_what_another_coding_does_not_have_is_not_known() -> None:
    red_only = (InputColumn(name="color", kind=ColumnKind.CATEGORY, values=COLUMNS[2].values[:2]),)
    found = recoded(np.array([[1, 2, 2, 0, 3]], dtype=np.float32), COLUMNS, red_only)

    assert np.isnan(found).all()
    assert not same_coding(COLUMNS, red_only)


# --- what decided ---


def test_each_cell_of_a_picture_is_as_light_as_it_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = numbers([f"pixel_{row}_{column}" for row in range(3) for column in range(3)])
    said = (ColumnShare(name="pixel_2_1", effect=-2.0), ColumnShare(name="pixel_0_0", effect=1.0))
    monkeypatch.setattr("outclass.site.tables.effects.explain_record", lambda predictor, row: said)

    effects = effects_of(cast(Predictor, None), np.zeros(9, dtype=np.float32), pixels)

    cells = re.findall(r'x="(\d)" y="(\d)" [^/]*fill-opacity="([\d.]+)"', effects.picture)
    assert cells == [("0", "0", "0.50"), ("1", "2", "1.00")]
    assert [one.effect for one in effects.first] == [-2.0, 1.0]


def test_effects_of_very_many_columns_are_not_looked_for() -> None:
    wide = numbers([f"c{n}" for n in range(200)])

    assert not effects_of(cast(Predictor, None), np.zeros(200, dtype=np.float32), wide).told
