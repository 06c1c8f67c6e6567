"""Records as the columns of data frames, and back: readable in files, numbers in memory."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.base.errors import InvalidInputError
from outclass.inputs.columns import InputColumn
from outclass.inputs.table import LARGEST_NUMBER, MISSING_WORDS, NAN, Coder, ColumnTable, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRecords:
    """Records of a data frame.

    Attributes
    ----------
    values
        float32 ``[n, columns]``, as a `ColumnTable` has them.
    faults
        Of each row that has a value which its column does not accept: which one.
    """

    values: Values
    faults: Mapping[int, str] = field(default_factory=dict)


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
    frame: pl.DataFrame, columns: Sequence[InputColumn], named: Callable[[str], str]
) -> ReadRecords:
    """Return the records that stand in the columns of a file.

    Parameters
    ----------
    frame
        Columns of any type: what is a text is read as in a form.
    named
        The frame's own name of a column.
    """
    coder = Coder(columns)
    values = np.empty((len(frame), len(columns)), dtype=np.float32)
    faults: dict[int, str] = {}
    for place, column in enumerate(columns):
        series = frame[named(column.name)]
        values[:, place], wrong = _read(coder, place, series)
        for row in np.flatnonzero(wrong).tolist():
            faults.setdefault(row, f"{column.name}: {str(series[row])[:60]}")
    return ReadRecords(values=values, faults=faults)


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


def _read(coder: Coder, place: int, series: pl.Series) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the values of a column, and which of them it does not accept."""
    if coder.codes[place] is None:
        numbers = series.str.strip_chars() if series.dtype == pl.String else series
        found = numbers.cast(pl.Float64, strict=False)
        is_number = (found.is_finite() & (found.abs() <= LARGEST_NUMBER)).fill_null(value=False)
        missing = series.is_null() | (found.is_nan() if series.dtype != pl.String else False)
        rest = ~(is_number | missing.fill_null(value=False))
        values = found.zip_with(is_number, pl.Series([None], dtype=pl.Float64)).fill_null(NAN).to_numpy()
    else:
        rest, values = series.is_not_null(), np.full(len(series), NAN)
    return _read_rest(coder, place, series, values.astype(np.float32), rest.to_numpy())


def _read_rest(
    coder: Coder, place: int, series: pl.Series, values: NDArray[np.float32], rest: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Read what is not read yet, each different value once."""
    wrong = np.zeros(len(series), dtype=np.bool_)
    if not rest.any():
        return values, wrong
    chosen = series.filter(pl.Series(rest))
    known = {value: _value(coder, place, value) for value in _different(chosen)}
    found = np.array([known[value] for value in chosen.to_list()], dtype=object)
    wrong[rest] = np.array([each is None for each in found.tolist()])
    values[rest] = np.array([NAN if each is None else each for each in found.tolist()], dtype=np.float32)
    return values, wrong


def _different(series: pl.Series) -> Iterable[object]:
    """Return each value of a column once."""
    found: list[object] = series.unique().to_list()
    return found


def _value(coder: Coder, place: int, value: object) -> float | None:
    """Return one value as a row has it; None where the column does not accept it."""
    column = coder.columns[place]
    try:
        if isinstance(value, bool | int | float):
            if isinstance(value, float) and np.isnan(value):
                return NAN
            return coder.row({column.name: value})[place]
        return coder.read(place, str(value))
    except InvalidInputError:
        missing = column.others or str(value).strip().lower() in MISSING_WORDS
        return NAN if column.is_category and missing else None
