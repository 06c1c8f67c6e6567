"""Read labelled drawings from Parquet, CSV and TSV files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.challenge import Challenge
from outclass.training.labelled import ACCEPTED, LARGEST_BYTE, LabelledRows, normalize_pictures, read_bodies

IMAGE, LABEL, SET = "image", "label", "set"
SEPARATORS = {".csv": ",", ".tsv": "\t"}
PARQUET = ".parquet"


def read_table_file(path: Path, challenge: Challenge) -> LabelledRows:
    """Read a file of one of these formats."""
    return read_parquet(path, challenge) if path.suffix.lower() == PARQUET else read_table(path, challenge)


def read_parquet(path: Path, challenge: Challenge) -> LabelledRows:
    """Read a Parquet file: `image` holds bytes of pixels or PNG files; `label` and `set` may be there."""
    table = open_table(path, lambda: pl.read_parquet(path))
    if IMAGE not in table.columns:
        raise DataError(
            "there is no column image", where=str(path), got=", ".join(table.columns), accepted=ACCEPTED
        )
    images = table[IMAGE]
    if isinstance(images.dtype, pl.Struct) and "bytes" in {field.name for field in images.dtype.fields}:
        images = images.struct.field("bytes")
    if images.dtype != pl.Binary or images.null_count():
        raise DataError(
            "the column image must hold bytes in every row", where=str(path), got=str(images.dtype)
        )
    named = ((f"{path}, row {number}", body) for number, body in enumerate(images))
    return LabelledRows(
        rows=read_bodies(named, challenge),
        labels=read_labels(table, challenge),
        sets=tuple(map(str, table[SET])) if SET in table.columns else None,
    )


def read_table(path: Path, challenge: Challenge) -> LabelledRows:
    """Read a CSV or TSV file: a label, then a number from 0 to 255 for each pixel, row by row."""
    separator = SEPARATORS[path.suffix.lower()]
    with path.open(encoding="utf-8", errors="replace") as file:
        first = file.readline(1_000_000).strip().split(separator)
    header = not all(is_number(cell) for cell in first[1:])
    table = open_table(path, lambda: pl.read_csv(path, separator=separator, has_header=header))
    if not header:
        table = table.rename({table.columns[0]: LABEL})
    pixels = table.drop([name for name in (LABEL, SET) if name in table.columns])
    side = round(len(pixels.columns) ** 0.5)
    if not pixels.columns or side * side != len(pixels.columns):
        raise DataError(
            "the number of pixels is no square", where=str(path), got=f"{len(pixels.columns)} columns"
        )
    values = open_table(path, lambda: pixels.cast(pl.Float32)).to_numpy()
    if not np.isfinite(values).all() or values.min(initial=0) < 0 or values.max(initial=0) > LARGEST_BYTE:
        raise DataError("a pixel is out of range", where=str(path), accepted="0 to 255")
    pictures = (values / LARGEST_BYTE).astype(np.float32).reshape(-1, side, side)
    return LabelledRows(
        rows=normalize_pictures(pictures, challenge.input.size), labels=read_labels(table, challenge)
    )


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


def is_number(text: str) -> bool:
    """Tell whether a cell is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
