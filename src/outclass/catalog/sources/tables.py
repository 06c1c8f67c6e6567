"""Read tables of objects and observations, CSV or Parquet, in batches of bounded size.

A CSV file may be gzipped or zipped. Cells that are no numbers where numbers belong become nulls, so that the
rows can be rejected one by one instead of the file as a whole.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.packed import is_parquet, lines_in_blocks, open_data

BLOCK_BYTES = 32 << 20
BLOCK_ROWS = 500_000
MAX_HEADER = 65_536
NULLS = ["", "NA", "N/A", "null", "None", "--"]

TRUTHS = {"1": True, "1.0": True, "true": True, "yes": True} | {
    "0": False,
    "0.0": False,
    "false": False,
    "no": False,
}

Types = Mapping[str, type[pl.DataType]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which of the file's columns are read.

    Attributes
    ----------
    found
        Our name of each column that is there, and the file's.
    types
        What each of our columns becomes.
    """

    found: Mapping[str, str]
    types: Types


def header_of(path: Path) -> tuple[str, ...]:
    """Return the names of a file's columns; `DataError` where there are none."""
    if is_parquet(path):
        return tuple(_parquet(path).collect_schema().names())
    with open_data(path) as file:
        first = file.readline(MAX_HEADER)
    try:
        text = first.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise DataError("the header is not in UTF-8", where=str(path), got=str(error)) from error
    names = tuple(name.strip().strip('"') for name in text.split(","))
    if len(names) < 2 or len(set(names)) != len(names):
        raise DataError(
            "the first line is no header",
            where=str(path),
            got=text or "nothing",
            accepted="names of columns, all different, with commas between",
        )
    return names


def lay_out(
    path: Path,
    types: Types,
    *,
    names: Mapping[str, Sequence[str]],
    declared: Mapping[str, str],
    required: Sequence[str],
) -> Layout:
    """Find the columns of a file, by the names declared or else by the usual ones.

    Parameters
    ----------
    types
        Our columns.
    names
        The usual names of each, in the order in which they are tried.
    declared
        The file's name of a column, which then must be there.
    required
        Columns that must be there by any name.
    """
    header = header_of(path)
    lower = {name.lower(): name for name in reversed(header)}
    found: dict[str, str] = {}
    for own in types:
        wanted = [declared[own]] if own in declared else [*names.get(own, ()), own]
        place = next((lower[name.lower()] for name in wanted if name.lower() in lower), None)
        if place is not None:
            found[own] = place
        elif own in required or own in declared:
            raise DataError(
                f"there is no column {own}",
                where=str(path),
                got=", ".join(header),
                accepted=" or ".join(wanted),
                hint=f"say what it is called: dataset.source.columns.{own}",
            )
    return Layout(found=found, types={own: types[own] for own in found})


def read_batches(path: Path, layout: Layout) -> Iterator[pl.DataFrame]:
    """Yield the file's rows, with our columns in their types, some hundred thousand at a time."""
    return _parquet_batches(path, layout) if is_parquet(path) else _csv_batches(path, layout)


def read_whole(path: Path, layout: Layout) -> pl.DataFrame:
    """Return all rows of a file."""
    empty = pl.DataFrame(schema=dict(layout.types))
    return pl.concat([empty, *read_batches(path, layout)])


def _parquet(path: Path) -> pl.LazyFrame:
    """Open a Parquet file; `DataError` where it is none."""
    try:
        frame = pl.scan_parquet(path)
        frame.collect_schema()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError("this file cannot be read", where=str(path), got=str(error)) from error
    return frame


def _parquet_batches(path: Path, layout: Layout) -> Iterator[pl.DataFrame]:
    """Yield the rows of a Parquet file."""
    frame = _parquet(path).select(pl.col(name).alias(own) for own, name in layout.found.items())
    start = 0
    while True:
        try:
            batch = frame.slice(start, BLOCK_ROWS).collect()
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DataError("this file cannot be read", where=str(path), got=str(error)) from error
        if batch.is_empty():
            return
        yield batch.select(_cast(batch.schema[own], own, kind) for own, kind in layout.types.items())
        start += len(batch)


def _csv_batches(path: Path, layout: Layout) -> Iterator[pl.DataFrame]:
    """Yield the rows of a CSV file."""
    header = header_of(path)
    with open_data(path) as file:
        file.readline(MAX_HEADER)
        for block in lines_in_blocks(file, BLOCK_BYTES):
            yield _parse(block, path, header, layout)


def _parse(block: bytes, path: Path, header: Sequence[str], layout: Layout) -> pl.DataFrame:
    """Parse some lines: quickly where all is well, else cell by cell."""
    kinds: dict[str, pl.DataType | type[pl.DataType]] = dict.fromkeys(header, pl.String)
    quick = kinds | {name: layout.types[own] for own, name in layout.found.items()}
    columns = [pl.col(name).alias(own) for own, name in layout.found.items()]
    for schema in (quick, kinds):
        try:
            frame = pl.read_csv(
                io.BytesIO(block),
                has_header=False,
                schema=schema,
                null_values=NULLS,
                columns=[header.index(name) for name in layout.found.values()],
            )
        except pl.exceptions.PolarsError as error:
            if schema is kinds:
                got = str(error).partition("\n")[0]
                raise DataError("this file cannot be read", where=str(path), got=got) from error
        else:
            chosen = frame.select(columns)
            return chosen.select(_cast(chosen.schema[own], own, kind) for own, kind in layout.types.items())
    raise AssertionError


def _cast(found: pl.DataType, own: str, wanted: type[pl.DataType]) -> pl.Expr:
    """Return a column in its type; what cannot be brought into it becomes null."""
    column = pl.col(own)
    if found == wanted:
        return column
    if wanted == pl.String:
        return column.cast(pl.String)
    if found == pl.String and wanted == pl.Boolean:
        return column.str.strip_chars().str.to_lowercase().replace_strict(TRUTHS, default=None)
    if found == pl.String:
        return column.str.strip_chars().cast(pl.Float64, strict=False).cast(wanted, strict=False)
    return column.cast(wanted, strict=False)
