"""Read the rows of a table in batches: CSV, Parquet, JSON lines, workbooks."""

import contextlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from outclass.base.errors import DataError, MissingExtraError
from outclass.catalog.dictionary.columns import ROW, Layout, lay_out
from outclass.catalog.dictionary.csv_blocks import Block, RowFile, row_ends, split_row
from outclass.catalog.dictionary.declaration import Rows, TableKeys
from outclass.catalog.dictionary.draws import draw_rows
from outclass.catalog.packed import lines_in_blocks

PARQUET = b"PAR1"
WORKBOOKS = (".xlsx", ".xls", ".xlsb", ".ods")
JSON_LINES = (".jsonl", ".ndjson")
TABS = (".tsv", ".tab")
JSON_BLOCK = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFile:
    """A file at hand: what errors call it, where it lies, and how its content is opened.

    `name` is what it was called, so that its ending tells the format where its first bytes do not.
    """

    name: str
    path: Path

    @property
    def endings(self) -> tuple[str, ...]:
        """Return the endings of the name, in lower case."""
        return tuple(ending.lower() for ending in Path(self.name).suffixes)

    @property
    def is_workbook(self) -> bool:
        """Tell whether it is a workbook, which is an archive of its own and is not unpacked."""
        return bool(self.endings) and self.endings[-1] in WORKBOOKS


def read_table(
    file: TableFile, opened: contextlib.AbstractContextManager[BinaryIO], declared: TableKeys
) -> Iterator[pl.DataFrame]:
    """Yield the rows of a file with our columns, numbered from 1, at most `chunksize` at a time.

    Parameters
    ----------
    opened
        The decompressed content, for formats that are read from their start.

    Raises
    ------
    DataError
        The file is broken; the error says in which row or line.
    """
    frames = numbered(_frames(file, opened, declared))
    for frame in chosen_rows(frames, declared.nrows):
        if frame.is_empty():
            yield frame  # it has the columns
        yield from frame.iter_slices(declared.chunksize)


def _frames(
    file: TableFile, opened: contextlib.AbstractContextManager[BinaryIO], declared: TableKeys
) -> Iterator[pl.DataFrame]:
    """Yield the rows of a file with our columns, by its format."""
    with file.path.open("rb") as raw:
        parquet = raw.read(4) == PARQUET
    if parquet:
        yield from _parquet(file, declared)
    elif file.is_workbook:
        yield from _workbook(file, declared)
    elif set(file.endings) & set(JSON_LINES):
        with opened as content:
            yield from _json_lines(content, file, declared)
    else:
        with opened as content:
            yield from _csv(content, file, declared)


def numbered(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Number the rows of a file from 1."""
    start = 1
    for frame in frames:
        yield frame.select(pl.int_range(start, start + len(frame), dtype=pl.Int64).alias(ROW), pl.all())
        start += len(frame)


def chosen_rows(frames: Iterable[pl.DataFrame], wanted: int | Rows | None) -> Iterator[pl.DataFrame]:
    """Yield the rows that `nrows` asks for; reading ends where no more are needed."""
    rows = Rows(n=wanted) if isinstance(wanted, int) else wanted
    if rows is None:
        yield from frames
    elif rows.random is not None:
        yield from draw_rows(frames, rows.random, rows.seed)
    else:
        first, end = rows.range or (0, rows.n)
        start = 0
        for frame in frames:
            stop = len(frame) if end is None else end - start
            if (part := frame[max(first - start, 0) : max(stop, 0)]).height or not start:
                yield part
            start += len(frame)
            if end is not None and start >= end:
                return


def _csv(content: BinaryIO, file: TableFile, declared: TableKeys) -> Iterator[pl.DataFrame]:
    """Yield the rows of a CSV file as texts."""
    rows = RowFile(content, file.name, quote=declared.quote, encoding=declared.encoding)
    delimiter = delimiter_of(file, declared)
    header, first = _header(rows, delimiter, declared, file)
    layout = lay_out(header, declared, file.name)
    parser = _CsvParser(file.name, header, layout, delimiter, declared.quote)
    done = 0
    if first is not None:
        frame = parser.parse(Block(content=first, line=1), done)
        done += len(frame)
        yield frame
    for block in rows.blocks():
        frame = parser.parse(block, done)
        done += len(frame)
        yield frame
    if not done:
        yield pl.DataFrame(schema=dict.fromkeys(layout.own, pl.String))


def delimiter_of(file: TableFile, declared: TableKeys) -> str:
    """Return what stands between values."""
    if declared.delimiter is None:
        return "\t" if set(file.endings) & set(TABS) else ","
    return "\t" if declared.delimiter == r"\t" else declared.delimiter


def _header(
    rows: RowFile, delimiter: str, declared: TableKeys, file: TableFile
) -> tuple[list[str], bytes | None]:
    """Return the names of the columns, and the first row where it is one of data."""
    if isinstance(declared.header, bool):
        first = rows.first_row()
    else:
        first = [rows.first_row() for _ in range(declared.header + 1)][-1]
    values = split_row(first, delimiter, declared.quote)
    if not first.strip():
        raise DataError("the file is empty", where=file.name, accepted="a header and rows")
    if declared.header is False:
        return [f"column_{number}" for number in range(1, len(values) + 1)], first
    if isinstance(given := declared.column_names, tuple) and given:
        return _given_names(rows, delimiter, declared, len(values))
    names = [name.strip() or f"column_{number}" for number, name in enumerate(values, 1)]
    if twice := [name for name in names if names.count(name) > 1]:
        raise DataError(
            "two columns of the header have the same name",
            where=f"{file.name}, line 1",
            got=twice[0],
            hint="where the file has no header: `header: false`; or name all: `column_names: [...]`",
        )
    return names, None


def _given_names(
    rows: RowFile, delimiter: str, declared: TableKeys, named: int
) -> tuple[list[str], bytes | None]:
    """Return names by place for a header that a list of names stands in for, and the first row.

    Some programs write one name fewer than there are columns, or a delimiter at the end of each row: the list
    counts where it fits the rows.
    """
    wanted = len(declared.column_names)
    first = None
    if wanted != named:
        first = rows.first_row()
        named = wanted if len(split_row(first, delimiter, declared.quote)) == wanted else named
    return [f"column_{number}" for number in range(1, named + 1)], first


class _CsvParser:
    """Parses blocks of one file."""

    def __init__(self, name: str, header: list[str], layout: Layout, delimiter: str, quote: str) -> None:
        self.name = name
        self.quote = quote
        self.columns = [header.index(theirs) for theirs in layout.names.values()]
        self.chosen = [pl.col(theirs).alias(own) for own, theirs in layout.names.items()]
        self.schema = dict.fromkeys(header, pl.String())
        self.delimiter = delimiter

    def parse(self, block: Block, done: int) -> pl.DataFrame:
        """Return the rows of a block; `DataError` names the first that is broken."""
        try:
            return self._read(block.content)
        except pl.exceptions.PolarsError:
            raise self._fault(block, done) from None

    def _read(self, content: bytes) -> pl.DataFrame:
        """Parse some rows."""
        frame = pl.read_csv(
            io.BytesIO(content),
            has_header=False,
            schema=self.schema,
            separator=self.delimiter,
            quote_char=self.quote or None,
            columns=self.columns,
            missing_columns="insert",  # a short row is filled up, also where it is the first of its block
        )
        return frame.select(self.chosen)

    def _fault(self, block: Block, done: int) -> DataError:
        """Find the first row that cannot be read: halve what holds it until it stands alone."""
        ends = [0, *row_ends(block.content, self.quote.encode())]
        low, high = 0, len(ends) - 1
        while high - low > 1:
            middle = (low + high) // 2
            if self._readable(block.content[ends[low] : ends[middle]]):
                low = middle
            else:
                high = middle
        row = block.content[ends[low] : ends[high]]
        line = block.line + block.content.count(b"\n", 0, ends[low])
        what, hint = self._reason(row)
        return DataError(
            what,
            where=f"{self.name}, row {done + low + 1}, line {line}",
            got=row.decode("utf-8", "replace").strip(),
            hint=hint,
        )

    def _readable(self, content: bytes) -> bool:
        """Tell whether rows can be parsed."""
        try:
            self._read(content)
        except pl.exceptions.PolarsError:
            return False
        return True

    def _reason(self, row: bytes) -> tuple[str, str]:
        """Say why a row cannot be parsed, and what to do."""
        try:
            row.decode()
        except UnicodeDecodeError as error:
            found = f"byte {row[error.start]:#04x}"
            return f"this row is not in UTF-8 ({found})", "declare `encoding:`, such as windows-1252"
        values = len(split_row(row, self.delimiter, self.quote))
        if values > len(self.schema):
            what = f"this row has {values} values for {len(self.schema)} columns"
            return what, "is the delimiter right? put values that contain it in quotes"
        return "the quotes of this row are broken", 'double quotes inside a value, or declare `quote: ""`'


def _json_lines(content: BinaryIO, file: TableFile, declared: TableKeys) -> Iterator[pl.DataFrame]:
    """Yield the rows of a file with one JSON object a line; columns are those of the first block."""
    layout: Layout | None = None
    schema: pl.Schema | None = None
    line = 1
    for block in lines_in_blocks(content, JSON_BLOCK):
        try:
            frame = pl.read_ndjson(io.BytesIO(block), schema=schema, infer_schema_length=None)
        except pl.exceptions.PolarsError as error:
            got = str(error).partition("\n")[0]
            raise DataError(
                "these lines cannot be read", where=f"{file.name}, line {line}", got=got
            ) from None
        schema = schema or frame.schema
        layout = layout or lay_out(frame.columns, declared, file.name)
        yield frame.select(pl.col(theirs).alias(own) for own, theirs in layout.names.items())
        line += block.count(b"\n")


def _parquet(file: TableFile, declared: TableKeys) -> Iterator[pl.DataFrame]:
    """Yield the rows of a Parquet file."""
    try:
        lazy = pl.scan_parquet(file.path)
        layout = lay_out(lazy.collect_schema().names(), declared, file.name)
        chosen = lazy.select(pl.col(theirs).alias(own) for own, theirs in layout.names.items())
        empty = True
        for frame in chosen.collect_batches(chunk_size=declared.chunksize, maintain_order=True):
            empty = False
            yield frame
        if empty:
            yield chosen.head(0).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError("this file cannot be read", where=file.name, got=str(error)) from error


def _workbook(file: TableFile, declared: TableKeys) -> Iterator[pl.DataFrame]:
    """Yield the rows of one sheet of a workbook, which is read whole."""
    sheet = declared.sheetname
    named = {"sheet_name": sheet} if isinstance(sheet, str) else {"sheet_id": (sheet or 0) + 1}
    try:
        frame = pl.read_excel(file.path, **named, has_header=declared.header is not False)
    except ModuleNotFoundError as error:
        raise MissingExtraError("excel", what="workbooks are read by fastexcel") from error
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise DataError("this sheet cannot be read", where=file.name, got=str(error)) from error
    layout = lay_out(frame.columns, declared, file.name)
    yield frame.select(pl.col(theirs).alias(own) for own, theirs in layout.names.items())
