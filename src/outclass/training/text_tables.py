"""Read labelled texts from CSV, TSV and Parquet files."""

from pathlib import Path

import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.challenge import Challenge
from outclass.inputs.text import rows_of_texts
from outclass.training.labelled import LabelledRows

TEXT_NAMES = ("text", "message", "sms", "body", "content", "v2")
LABEL_NAMES = ("label", "class", "category", "target", "y", "v1")
SEPARATORS = {".csv": ",", ".tsv": "\t"}
PARQUET = ".parquet"
ACCEPTED = (
    "a CSV or Parquet file with columns text and label, or a TSV file (no quotes) with them or without a "
    "header: the label, a tab, the text"
)


def read_text_file(path: Path, challenge: Challenge | None) -> LabelledRows:
    """Read a file of texts with or without labels.

    Raises
    ------
    DataError
        It is in no known format, or broken.
    """
    del challenge
    suffix = path.suffix.lower()
    if path.is_dir() or suffix not in {PARQUET, *SEPARATORS}:
        raise DataError("this is in no known format", where=str(path), accepted=ACCEPTED)
    try:
        table = pl.read_parquet(path) if suffix == PARQUET else read_delimited(path, SEPARATORS[suffix])
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise DataError("this file cannot be read", where=str(path), got=str(error)) from error
    text, label = find(table, TEXT_NAMES), find(table, LABEL_NAMES)
    if text is None:
        got = ", ".join(table.columns)
        raise DataError("there is no column text", where=str(path), got=got, accepted=ACCEPTED)
    texts = table[text].cast(pl.String)
    if missing := texts.null_count():
        raise DataError("a row has no text", where=str(path), got=f"{missing} such rows")
    labels = None if label is None else tuple(table[label].cast(pl.String).to_list())
    return LabelledRows(rows=rows_of_texts(texts.to_list()), labels=labels)


def read_delimited(path: Path, separator: str) -> pl.DataFrame:
    """Read a CSV or TSV file, all cells as texts; empty cells are empty texts."""
    with path.open(encoding="utf-8-sig") as file:
        first = [cell.strip().strip('"').lower() for cell in file.readline(65_536).split(separator)]
    header = any(cell in TEXT_NAMES for cell in first) or first[0] in LABEL_NAMES
    table = pl.read_csv(
        path,
        separator=separator,
        has_header=header,
        quote_char=None if separator == "\t" else '"',
        infer_schema=False,
    ).fill_null("")
    if header:
        return table
    if len(table.columns) != 2:
        raise DataError(
            "a file without a header has two columns",
            where=str(path),
            got=f"{len(table.columns)} columns, the first line is {', '.join(first)[:100]}",
            accepted=ACCEPTED,
        )
    return table.rename(dict(zip(table.columns, ("label", "text"), strict=True)))


def find(table: pl.DataFrame, names: tuple[str, ...]) -> str | None:
    """Return the column that goes by the first of some names that is there."""
    lower = {column.strip().lower(): column for column in reversed(table.columns)}
    return next((lower[name] for name in names if name in lower), None)
