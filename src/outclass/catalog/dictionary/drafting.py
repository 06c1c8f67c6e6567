"""Draft a data dictionary from a file: what can be seen in its first rows."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outclass.base.errors import DataError, NotFoundError
from outclass.base.store import sha256_of_file
from outclass.catalog.dictionary.casting import TRUTHS
from outclass.catalog.dictionary.columns import ROW
from outclass.catalog.dictionary.csv_blocks import BOM
from outclass.catalog.dictionary.declaration import DType, TableKeys
from outclass.catalog.dictionary.reading import TableFile, read_table
from outclass.catalog.packed import is_parquet, open_data

HEAD_BYTES = 1 << 18
ROWS = 1000
DELIMITERS = (",", "\t", ";", "|")
MISSING = ("NA", "N/A", "n/a", "null", "NULL", "None", "nan", "NaN", "-", "--", "?")
FEW = 12
"""At most so many different values of a text are listed as those that are accepted."""
WHOLE = re.compile(r"[-+]?[0-9]{1,18}(\.0)?")
NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?Z?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDraft:
    """What was seen of a column in the first rows."""

    name: str
    kind: DType
    missing: int
    different: int
    values: tuple[str, ...]
    """The values of a text where there are few, by name."""
    longest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A dictionary as it would be written, and what it is drawn from."""

    entry: dict[str, object]
    columns: tuple[ColumnDraft, ...]
    rows: int


def draft_of(path: Path, written: str | None = None) -> Draft:
    """Look at the first rows of a file.

    Parameters
    ----------
    written
        The path as it is to stand in the dictionary.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        No rows can be read.
    """
    if not path.is_file():
        raise NotFoundError("there is no such file", got=str(path))
    entry: dict[str, object] = {"path": written or str(path), "sha256": sha256_of_file(path)}
    if not is_parquet(path) and path.suffix.lower() not in {".xlsx", ".jsonl", ".ndjson"}:
        entry |= parsing_of(path)
    return describe(path, entry)


def describe(path: Path, entry: dict[str, object]) -> Draft:
    """Read the first rows by the keys of a draft, and say what each column holds."""
    keys = {
        name: value for name, value in entry.items() if name in {"delimiter", "quote", "encoding", "header"}
    }
    declared = TableKeys(**keys, nrows=ROWS)  # type: ignore[arg-type]
    frames = list(read_table(TableFile(name=path.name, path=path), open_data(path), declared))
    frame = pl.concat(frames).drop(ROW)
    columns = tuple(column_of(frame[name]) for name in frame.columns)
    text = all(kind == pl.String for kind in frame.dtypes)
    missing = (
        [word for word in MISSING if any(word in frame[n].to_list() for n in frame.columns)] if text else []
    )
    kinds = {each.name: each.kind.value for each in columns if text and each.kind is not DType.STRING}
    more: dict[str, object] = {"na_values": missing} if missing else {}
    return Draft(entry=entry | more | ({"dtypes": kinds} if kinds else {}), columns=columns, rows=len(frame))


def parsing_of(path: Path) -> dict[str, object]:
    """Return the keys that say how a text file is read, where they are not the usual ones."""
    with open_data(path) as content:
        head = content.read(HEAD_BYTES)
    found: dict[str, object] = {}
    try:
        lines = head.rpartition(b"\n")[0].removeprefix(BOM).decode() if b"\n" in head else head.decode()
    except UnicodeDecodeError:
        encoding = "utf-16" if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else "windows-1252"
        found["encoding"], lines = encoding, head.decode(encoding, "replace")
    rows = lines.splitlines()[:200]
    if not rows:
        raise DataError("the file is empty", where=str(path))
    delimiter = delimiter_of(rows)
    tabs = {".tsv", ".tab"} & {suffix.lower() for suffix in path.suffixes}
    if delimiter != ("\t" if tabs else ","):
        found["delimiter"] = delimiter
    if delimiter == "\t" and any(row.count('"') % 2 for row in rows):
        found["quote"] = ""
    if not has_header(rows, delimiter):
        found["header"] = False
    return found


def delimiter_of(rows: Sequence[str]) -> str:
    """Return what stands between values: what comes as often on most lines, and most often of these."""
    scores = {}
    for delimiter in DELIMITERS:
        counts = Counter(len(next(csv.reader([row], delimiter=delimiter), [])) for row in rows)
        width, lines = counts.most_common(1)[0]
        scores[delimiter] = (width > 1, lines / len(rows), width)
    return max(scores, key=lambda delimiter: scores[delimiter])


def has_header(rows: Sequence[str], delimiter: str) -> bool:
    """Tell whether the first line names columns: all different, short, no numbers, and not values below."""
    first = next(csv.reader([rows[0]], delimiter=delimiter), [])
    below = [next(csv.reader([row], delimiter=delimiter), []) for row in rows[1:]]
    repeated = any(
        place < len(row) and row[place] == name for row in below for place, name in enumerate(first)
    )
    short = all(0 < len(name) <= 40 and not NUMBER.fullmatch(name) for name in first)
    return len(set(first)) == len(first) and short and not repeated


def column_of(values: pl.Series) -> ColumnDraft:
    """Return what is seen of a column."""
    texts = [str(value) for value in values.drop_nulls().to_list() if str(value) not in MISSING]
    kind = kind_of(texts) if values.dtype == pl.String else declared_kind(values.dtype)
    different = sorted(set(texts))
    few = kind is DType.STRING and len(different) <= FEW and len(texts) >= 5 * len(different)
    return ColumnDraft(
        name=values.name,
        kind=kind,
        missing=len(values) - len(texts),
        different=len(different),
        values=tuple(different) if few else (),
        longest=max(map(len, texts), default=0),
    )


def kind_of(texts: Sequence[str]) -> DType:
    """Return the narrowest type that all values have.

    >>> kind_of(["1", "2"]).value, kind_of(["1", "x"]).value, kind_of(["2024-01-31"]).value
    ('integer', 'string', 'date')
    """
    stripped = [text.strip() for text in texts]
    leading = any(re.fullmatch(r"[-+]?0[0-9]+", text) for text in stripped)
    checks = (
        (DType.INTEGER, lambda text: WHOLE.fullmatch(text) and not leading),
        (DType.FLOAT, lambda text: NUMBER.fullmatch(text) and not leading),
        (DType.DATE, DAY.fullmatch),
        (DType.DATETIME, MOMENT.fullmatch),
        (DType.BOOLEAN, lambda text: text.lower() in TRUTHS),
    )
    return next((kind for kind, fits in checks if stripped and all(map(fits, stripped))), DType.STRING)


def declared_kind(kind: pl.DataType) -> DType:
    """Return our word for a type."""
    if kind.is_integer():
        return DType.INTEGER
    if kind.is_float():
        return DType.FLOAT
    known = {pl.Boolean: DType.BOOLEAN, pl.Date: DType.DATE}
    return known.get(type(kind), DType.DATETIME if kind.is_temporal() else DType.STRING)
