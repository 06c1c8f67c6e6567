"""Read labelled drawings from Parquet, CSV and TSV files."""

from collections.abc import Callable
from math import isqrt
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.catalog.challenge import Challenge
from outclass.inputs.drawing import ink_of_square
from outclass.inputs.framing import normalize
from outclass.training.labelled import (
    ACCEPTED,
    LARGEST_BYTE,
    LabelledRows,
    Rows,
    normalize_pictures,
    read_bodies,
    stack,
)

IMAGE, LABEL, SET = "image", "label", "set"
IMAGE_NAMES = ("image", "img", "picture", "drawing", "pixels", "png", "bytes")
LABEL_NAMES = ("label", "labels", "digit", "class", "target", "y")
NUMBERING = ("", "id", "index", "image_id", "Unnamed: 0")
"""Columns that number the rows."""
SEPARATORS = {".csv": ",", ".tsv": "\t"}
PARQUET = ".parquet"
MANY_COLUMNS = 16


def read_table_file(path: Path, challenge: Challenge) -> LabelledRows:
    """Read a file of one of these formats."""
    return read_parquet(path, challenge) if path.suffix.lower() == PARQUET else read_table(path, challenge)


def read_parquet(path: Path, challenge: Challenge) -> LabelledRows:
    """Read a Parquet file: `image` holds pixels or PNG files; `label` and `set` may be there."""
    table = with_usual_names(open_table(path, lambda: pl.read_parquet(path)))
    if IMAGE not in table.columns:
        if len(table.columns) > MANY_COLUMNS:
            return read_pixels(table, path, challenge)
        raise DataError(
            "there is no column image", where=str(path), got=", ".join(table.columns), accepted=ACCEPTED
        )
    images = table[IMAGE]
    if isinstance(images.dtype, pl.Struct) and "bytes" in {field.name for field in images.dtype.fields}:
        images = images.struct.field("bytes")
    if isinstance(images.dtype, pl.List | pl.Array) and not images.null_count():
        return LabelledRows(
            rows=normalize_lists(images.to_list(), path, challenge),
            labels=read_labels(table, challenge),
            sets=tuple(map(str, table[SET])) if SET in table.columns else None,
        )
    if images.dtype != pl.Binary or images.null_count():
        raise DataError(
            "the column image must hold bytes or a list of pixels in every row",
            where=str(path),
            got=str(images.dtype),
        )
    named = ((f"{path}, row {number}", body) for number, body in enumerate(images))
    return LabelledRows(
        rows=read_bodies(named, challenge),
        labels=read_labels(table, challenge),
        sets=tuple(map(str, table[SET])) if SET in table.columns else None,
    )


def read_table(path: Path, challenge: Challenge) -> LabelledRows:
    """Read a CSV or TSV file: a label, and a number from 0 to 255 for each pixel, row by row."""
    separator = SEPARATORS[path.suffix.lower()]
    with path.open(encoding="utf-8", errors="replace") as file:
        first = file.readline(1_000_000).strip().split(separator)
    header = not all(map(is_number, first[1:])) and not all(map(is_number, first[:-1]))
    table = open_table(path, lambda: pl.read_csv(path, separator=separator, has_header=header))
    table = with_usual_names(table) if header else name_label(table, challenge)
    return read_pixels(table, path, challenge)


def name_label(table: pl.DataFrame, challenge: Challenge) -> pl.DataFrame:
    """Name the column of labels where there is no header: the first, or the last if only that can be it."""
    first, last = table.columns[0], table.columns[-1]
    is_last = not could_be_labels(table[first], challenge) and could_be_labels(table[last], challenge)
    return table.rename({last if is_last else first: LABEL})


def could_be_labels(column: pl.Series, challenge: Challenge) -> bool:
    """Tell whether a column holds several classes and nothing else."""
    return column.n_unique() > 1 and set(column.cast(pl.String).drop_nulls()) <= set(challenge.class_names)


def with_usual_names(table: pl.DataFrame) -> pl.DataFrame:
    """Rename the column of pictures and that of labels, if these go by another of their names."""
    for usual, names in ((IMAGE, IMAGE_NAMES), (LABEL, LABEL_NAMES)):
        found = [name for name in table.columns if name.strip().lower() in names]
        if len(found) == 1:
            table = table.rename({found[0]: usual})
    return table


def read_pixels(table: pl.DataFrame, path: Path, challenge: Challenge) -> LabelledRows:
    """Read a table with a column for each pixel."""
    pixels = table.drop([name for name in (LABEL, SET, *NUMBERING) if name in table.columns])
    side = round(len(pixels.columns) ** 0.5)
    if not pixels.columns or side * side != len(pixels.columns):
        raise DataError(
            "the number of pixels is no square", where=str(path), got=f"{len(pixels.columns)} columns"
        )
    values = open_table(path, lambda: pixels.cast(pl.Float32)).to_numpy()
    if not np.isfinite(values).all() or values.min(initial=0) < 0 or values.max(initial=0) > LARGEST_BYTE:
        raise DataError("a pixel is out of range", where=str(path), accepted="0 to 255")
    pictures = zero_to_one(values).reshape(-1, side, side)
    return LabelledRows(
        rows=normalize_pictures(pictures, challenge.input.size), labels=read_labels(table, challenge)
    )


def normalize_lists(rows: list[object], path: Path, challenge: Challenge) -> Rows:
    """Normalize pictures that are lists of numbers, flat or row by row, 0 to 1 or 0 to 255."""
    try:
        values = [np.array(row, dtype=np.float32).reshape(-1) for row in rows]
    except (TypeError, ValueError) as error:
        raise DataError("a picture is no list of numbers", where=str(path), got=str(error)) from error
    most = max((float(each.max(initial=0)) for each in values), default=0.0)
    pictures = []
    for number, row in enumerate(values):
        side = isqrt(row.size)
        fine = row.size > 0 and side * side == row.size and bool(np.isfinite(row).all()) and row.min() >= 0
        if not fine or most > LARGEST_BYTE:
            raise DataError(
                "this picture cannot be read",
                where=f"{path}, row {number}",
                got=f"{row.size} numbers",
                accepted="n x n numbers from 0 to 1 or from 0 to 255",
            )
        whole = row / LARGEST_BYTE if most > 1 else row
        pictures.append(normalize(ink_of_square(whole.reshape(side, side)), challenge.input.size))
    return stack(pictures, challenge)


def zero_to_one(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return pixels from 0 to 1; they are so already where one is a fraction and none is above 1."""
    if values.max(initial=0) <= 1 and bool((values != np.rint(values)).any()):
        return values
    return (values / LARGEST_BYTE).astype(np.float32)


def open_table(path: Path, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """Read a table, or say which file is broken."""
    try:
        return read()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError("this file cannot be read", where=str(path), got=str(error)) from error


def read_labels(table: pl.DataFrame, challenge: Challenge) -> tuple[str | None, ...] | None:
    """Return the labels as text; whole numbers count the classes where those are named otherwise."""
    if LABEL not in table.columns:
        return None
    column, names = table[LABEL], challenge.class_names
    if column.dtype in (pl.String, pl.Categorical):
        column = as_numbers(column.cast(pl.String), names)
    if column.dtype.is_float() and column.drop_nulls().is_finite().all():
        whole = column.cast(pl.Int64)
        column = whole if (whole == column).all() else column
    values = column.to_list()
    labels = tuple(None if value is None else str(value) for value in values)
    if column.dtype.is_integer() and not {label for label in labels if label is not None} <= set(names):
        return tuple(
            names[v] if v is not None and 0 <= v < len(names) else label
            for v, label in zip(values, labels, strict=True)
        )
    return labels


def as_numbers(column: pl.Series, names: tuple[str, ...]) -> pl.Series:
    """Return texts such as 7.0 as numbers, where some text is no class but all are numbers."""
    if set(column.drop_nulls()) <= set(names):
        return column
    numbers = column.str.strip_chars().cast(pl.Float64, strict=False)
    return numbers if numbers.null_count() == column.null_count() else column


def is_number(text: str) -> bool:
    """Tell whether a cell is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
