"""Records as the columns of data frames, and back: readable in files, numbers in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.base.errors import InvalidInputError
from outclass.inputs.columns import InputColumn
from outclass.inputs.table import LARGEST_NUMBER, NAN, Coder, ColumnTable, Values

Masks = dict[str, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRecords:
    """Records of a data frame.

    Attributes
    ----------
    values
        float32 ``[n, columns]``, as a `ColumnTable` has them.
    unread
        By column, in which rows a value was not one that it accepts, and counts as missing.
    """

    values: Values
    unread: Masks = field(default_factory=dict)


def record_columns(table: ColumnTable) -> dict[str, pl.Series]:
    """Return a column for each of a table: numbers, categories as texts, null where missing."""
    return {
        column.name: _series(column, table.values[:, place]) for place, column in enumerate(table.columns)
    }


def values_of(frame: pl.DataFrame, columns: Sequence[InputColumn]) -> Values:
    """Return the rows of what `record_columns` made."""
    found = np.empty((len(frame), len(columns)), dtype=np.float32)
    for place, column in enumerate(columns):
        series = frame[column.name]
        if column.is_category:
            codes = {value.name: code for code, value in enumerate(column.values)}
            series = series.replace_strict(codes, default=None, return_dtype=pl.Float32)
        found[:, place] = series.cast(pl.Float32).fill_null(NAN).to_numpy()
    return found


def read_records_of(
    frame: pl.DataFrame,
    columns: Sequence[InputColumn],
    named: Callable[[str], str],
    plain: Callable[[pl.Expr], pl.Expr],
) -> ReadRecords:
    """Return the records that stand in the columns of a file.

    Parameters
    ----------
    frame
        Columns of any type: what is a text is read as in a form.
    named
        The frame's own name of a column.
    plain
        Turns texts of numbers into texts as the computer writes them.
    """
    coder = Coder(columns)
    values = np.empty((len(frame), len(columns)), dtype=np.float32)
    unread: Masks = {}
    for place, column in enumerate(columns):
        series = _plain_series(frame[named(column.name)])
        numbers = None if column.is_category else _numbers(series, plain)
        values[:, place], wrong = _read(coder, place, series, numbers)
        if wrong.any():
            unread[column.name] = wrong
    return ReadRecords(values=values, unread=unread)


def _plain_series(series: pl.Series) -> pl.Series:
    """Return a column of numbers, truth values or texts; dates and the like as they are written."""
    if series.dtype.is_float():
        return series.fill_nan(None)
    plain = series.dtype in (pl.String, pl.Boolean) or series.dtype.is_numeric()
    return series if plain else series.cast(pl.String)


def _series(column: InputColumn, values: NDArray[np.float32]) -> pl.Series:
    """Return one column of a file."""
    if not column.is_category:
        # By way of texts 56.6 stays 56.6, and is the same float32 when it is read again.
        numbers = pl.Series(column.name, values).fill_nan(None).cast(pl.String).cast(pl.Float64)
        whole = column.whole and bool((numbers.drop_nulls() % 1 == 0).all())
        return numbers.cast(pl.Int64) if whole else numbers
    names = pl.Series([value.name for value in column.values], dtype=pl.String)
    codes = pl.Series(values).fill_nan(None).cast(pl.UInt32)
    return names.gather(codes).alias(column.name)


def _numbers(series: pl.Series, plain: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """Return a column as numbers, null where it has none that can be used."""
    if series.dtype == pl.String:
        name = series.name
        series = series.to_frame().select(plain(pl.col(name).str.strip_chars())).to_series()
    found = series.cast(pl.Float64, strict=False)
    usable = (found.abs() <= LARGEST_NUMBER).fill_null(value=False)
    return found.set(~usable, None)


def _read(
    coder: Coder, place: int, series: pl.Series, numbers: pl.Series | None
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the values of a column, and which of them it does not accept."""
    wrong = np.zeros(len(series), dtype=np.bool_)
    values = np.full(len(series), NAN, dtype=np.float32)
    if numbers is not None:
        values[:] = numbers.fill_null(NAN).to_numpy()
    rest = (series.is_not_null() & pl.Series(np.isnan(values))).to_numpy()
    if rest.any():
        chosen = series.filter(pl.Series(rest))
        known = {value: _value(coder, place, value) for value in chosen.unique().to_list()}
        found = [known.get(value) for value in chosen.to_list()]
        wrong[rest] = [each is None for each in found]
        values[rest] = [NAN if each is None else each for each in found]
    return values, wrong


def _value(coder: Coder, place: int, value: object) -> float | None:
    """Return one value as a row has it; None where the column does not accept it."""
    column = coder.columns[place]
    try:
        if isinstance(value, bool | int | float):
            return coder.row({column.name: value})[place]
        return coder.read(place, str(value))
    except InvalidInputError:
        return NAN if column.others else None
