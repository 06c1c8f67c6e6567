"""Photos that stand in the rows of a table, as bytes, or as names or addresses of files."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.declared_data import ObjectColumns, ObjectKeys, PhotoColumns
from outclass.catalog.dictionary.cleaning import Batch, clean_batches
from outclass.catalog.dictionary.columns import ROW, lay_out
from outclass.catalog.dictionary.places import file_batches
from outclass.catalog.dictionary.reading import TableFile, chosen_rows, numbered
from outclass.catalog.dictionary.report import CleaningLog, DictionaryReport
from outclass.catalog.packed import is_parquet
from outclass.catalog.rules import is_safe
from outclass.catalog.sources.photo_rows import FoundPhoto, PhotoRows
from outclass.inputs.photos import WHOLE, Box, Credit

CHUNK_ROWS = 64
CHUNK_BYTES = 16 << 20
MOST_ROWS = 256
"""About so much is in memory at once, with the bytes of photos."""
FARTHEST = 1e8
PLACES = ("image", "path", "url")
TOLD = ("label", "group", "id", "author", "licence", "licence_url", "link")
Row = Mapping[str, object]


def add_table(
    rows: PhotoRows,
    file: TableFile,
    role: str,
    keys: ObjectKeys,
    *,
    class_of: Callable[[str | None], str | None],
    licence: Credit,
    fetch: Callable[[str], tuple[str, str]],
) -> DictionaryReport:
    """Add the photos of a table to others, and return what its data dictionary did to it.

    Parameters
    ----------
    role
        What the report calls it.
    keys
        Which columns tell what, and rules such as `column_rules` that leave rows out.
    class_of
        Finds the class of a label.
    licence
        Credit of photos of which the table has no column `licence`.
    fetch
        Gets a photo by its address: the name that it is kept by, or why it cannot be had.

    Raises
    ------
    DataError
        A column is missing, or a file is not there.
    """
    log = CleaningLog()
    for batch in clean_batches(small_batches(file, keys), keys, log):
        columns = columns_of(batch, keys.columns)
        for row in batch.frame.iter_rows(named=True):
            name, note = _fetched(row, columns, fetch)
            rows.add(
                FoundPhoto(
                    label=class_of(_text(row, columns.label)),
                    content=_content(row, columns, file),
                    name=name,
                    note=note,
                    object_id=_text(row, columns.id),
                    group=_text(row, columns.group),
                    box=box_of(row, columns.box, file.name),
                    credit=credit_of(row, columns, licence),
                )
            )
    return log.report(role)


def small_batches(file: TableFile, keys: ObjectKeys) -> Iterator[Batch]:
    """Yield the rows of a table, few at a time, as they hold photos."""
    if not is_parquet(file.path):
        yield from file_batches(file, msgspec.structs.replace(keys, chunksize=CHUNK_ROWS))
        return
    for frame in chosen_rows(numbered(_slices(file, keys)), keys.nrows):
        yield Batch(frame=frame, file=file.name)


def _slices(file: TableFile, keys: ObjectKeys) -> Iterator[pl.DataFrame]:
    """Yield the rows of a Parquet file by slices: of a large row group, only so much is decoded."""
    try:
        lazy = pl.scan_parquet(file.path)
        layout = lay_out(lazy.collect_schema().names(), keys, file.name)
        rows = int(lazy.select(pl.len()).collect().item())
        size = max(1, CHUNK_BYTES * rows // max(1, file.path.stat().st_size))
        chosen = lazy.select(pl.col(theirs).alias(own) for own, theirs in layout.names.items())
        for start in range(0, max(rows, 1), min(size, MOST_ROWS)):
            yield chosen.slice(start, min(size, MOST_ROWS)).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError("this file cannot be read", where=file.name, got=str(error)) from error


def columns_of(batch: Batch, declared: ObjectColumns) -> ObjectColumns:
    """Return the column for each thing: the one that is declared, or the one of that name if there is one."""
    there = batch.frame.columns
    found: dict[str, str | None] = {}
    for key in (*PLACES, *TOLD):
        named = getattr(declared, key)
        if named is not None and named not in there:
            raise _missing(named, batch, f"dataset.columns.{key}")
        found[key] = named if named is not None else key if key in there else None
    for named in declared.box or ():
        if named not in there:
            raise _missing(named, batch, "dataset.columns.box")
    if not any(found[key] for key in PLACES):
        raise _missing("image", batch, "dataset.columns.image, or path, or url")
    return msgspec.structs.replace(declared, **found)


def _missing(column: str, batch: Batch, key: str) -> DataError:
    """Return the error of a column that is not there."""
    return DataError(
        f"there is no column {column}",
        where=batch.file,
        got=", ".join(name for name in batch.frame.columns if name != ROW),
        hint=f"say what it is called: {key}",
    )


def _content(row: Row, columns: PhotoColumns, file: TableFile) -> bytes | None:
    """Return the bytes of a row's photo; None where the row has none, or an address of it."""
    if columns.image is not None:
        return _image(row, columns.image, file)
    return _beside(_text(row, columns.path), row, file)


def _fetched(row: Row, columns: PhotoColumns, fetch: Callable[[str], tuple[str, str]]) -> tuple[str, str]:
    """Return the name of a photo that a row has the address of, and why it cannot be had."""
    if columns.image is not None or columns.path is not None:
        return "", ""
    address = _text(row, columns.url)
    return fetch(address) if address else ("", "")


def _image(row: Row, column: str, file: TableFile) -> bytes | None:
    """Return the bytes that stand in a row; some writers put them into a field `bytes`."""
    value = row[column]
    if isinstance(value, Mapping):
        value = value.get("bytes")
    if value is not None and not isinstance(value, bytes):
        raise DataError(
            "these are no bytes of a photo",
            where=f"{file.name}, row {row[ROW]}, {column}",
            got=type(value).__name__,
            accepted="a column of bytes, as Parquet has it",
            hint="names of files go under dataset.columns.path, addresses under url",
        )
    return value


def _beside(name: str | None, row: Row, file: TableFile) -> bytes | None:
    """Return a file that lies in the table's own folder, or below it."""
    if name is None:
        return None
    where = f"{file.name}, row {row[ROW]}"
    if not is_safe(name):
        raise DataError(
            "this path leaves the folder of its table",
            where=where,
            got=name,
            accepted="a path below that folder, with `/` between",
        )
    try:
        return (file.path.parent / name).read_bytes()
    except OSError as error:
        raise DataError(
            "there is no such photo",
            where=where,
            got=error.strerror,
            hint=f"put it at {file.path.parent / name}",
        ) from error


def box_of(row: Row, columns: Sequence[str] | None, where: str) -> Box:
    """Return the box of a row; the whole photo where a side is missing, or is none."""
    sides = [side_of(row[name], f"{where}, row {row[ROW]}, {name}") for name in columns or ()]
    known = [round(side) for side in sides if side is not None]
    if len(known) != len(WHOLE) or min(known[2:]) <= 0:
        return WHOLE
    return (known[0], known[1], known[2], known[3])


def side_of(value: object, where: str) -> float | None:
    """Return a number of a box, no larger than any photo; None where there is none."""
    if value is None or value == "":
        return None
    try:
        number = float(str(value))
    except ValueError:
        raise DataError("this is no number of pixels", where=where, got=value) from None
    return max(-FARTHEST, min(FARTHEST, number)) if math.isfinite(number) else None


def credit_of(row: Row, columns: ObjectColumns, default: Credit) -> Credit:
    """Return whose a row's photo is; a licence that is left empty is none, not that of the data set."""
    own = columns.licence is not None or columns.licence_url is not None
    return Credit(
        author=_text(row, columns.author) or ("" if own else default.author),
        licence=(_text(row, columns.licence) or "") if own else default.licence,
        licence_url=(_text(row, columns.licence_url) or "") if own else default.licence_url,
        link=_text(row, columns.link) or default.link,
    )


def _text(row: Row, column: str | None) -> str | None:
    """Return a value as a text without spaces around; None where there is none."""
    value = None if column is None else row[column]
    return None if value is None else str(value).strip() or None
