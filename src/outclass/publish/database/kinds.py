"""What a kind of input adds to the table of objects: its columns, and their values for a block of objects."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outclass.base.errors import OutclassError
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.dataset import DatasetVersion, ObjectTable
from outclass.catalog.photo_checks import LIMITS
from outclass.inputs.photo import preview, read_photo
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import FACTS, SeriesTable
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable
from outclass.publish.database.schema import Column, free_name
from outclass.publish.database.writer import SqlValue
from outclass.publish.sharing import Sharing, may_publish, public_text

PREVIEW = 320
"""Pixels of the longer side of a photo in a data file."""
FACT_COLUMNS = {
    "ra": ("right ascension", "degrees"),
    "decl": ("declination", "degrees"),
    "ddf": ("1 in a deep drilling field", ""),
    "hostgal_photoz": ("photometric redshift of the host; 0 means galactic", ""),
    "hostgal_photoz_err": ("its error", ""),
    "mwebv": ("E(B-V) by dust of the Milky Way", ""),
}
MOST_FACETED = 50
Row = tuple[SqlValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindColumns:
    """What a kind of input adds to the table of objects.

    Attributes
    ----------
    rows
        Yields, for each object of a block, the values of `columns`.
    facets
        Columns with few values.
    searched
        Columns of text that are searched.
    """

    columns: tuple[Column, ...]
    rows: Callable[[ObjectTable, Sharing], Iterator[Row]]
    facets: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()


def columns_of(version: DatasetVersion, challenge: Challenge) -> KindColumns:
    """Return what the input of a version adds to its objects."""
    return columns_of_kind(version.document.kind, challenge)


def columns_of_kind(kind: InputKind, challenge: Challenge) -> KindColumns:
    """Return what a kind of input adds to objects."""
    match kind:
        case InputKind.DRAWING:
            return DRAWINGS
        case InputKind.TEXT:
            return TEXTS
        case InputKind.PHOTO:
            return PHOTOS
        case InputKind.SERIES:
            return SERIES
        case InputKind.TABLE:
            return record_columns(challenge)


def picture_rows(table: ObjectTable, _: Sharing) -> Iterator[Row]:
    """Yield drawings as PNG."""
    assert isinstance(table.inputs, np.ndarray)
    return ((png(pixels),) for pixels in table.inputs)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return a gray picture as PNG: pixels and nothing else."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=False, compress_level=6)
    return buffer.getvalue()


def text_rows(table: ObjectTable, _: Sharing) -> Iterator[Row]:
    """Yield texts with numbers and addresses hidden, and how many characters each has."""
    assert isinstance(table.inputs, TextTable)
    return ((public_text(text), len(text)) for text in table.inputs)


def photo_rows(table: ObjectTable, sharing: Sharing) -> Iterator[Row]:
    """Yield size, box and a small copy of each photo, without whatever its file told besides."""
    photos = table.inputs
    assert isinstance(photos, PhotoTable)
    for place, name in enumerate(photos.names):
        hidden = sharing.is_hidden(table.ids[place], table.splits[place])
        width, height = photos.sizes[place].tolist()
        box = photos.box(place)
        shown = small_photo(photos, place) if may_publish(photos.credits[place]) else None
        yield width, height, json.dumps(box) if box else None, None if hidden else name, shown


def small_photo(photos: PhotoTable, place: int) -> bytes | None:
    """Return a photo as a small JPEG; None where it cannot be read."""
    try:
        return preview(read_photo(photos.content(place), LIMITS, side=PREVIEW), PREVIEW)
    except OutclassError:
        return None


def series_rows(table: ObjectTable, sharing: Sharing) -> Iterator[Row]:
    """Yield what is known of each object, and how many points it has and from when to when.

    Nothing of one that is played: who bets early may not see later nights.
    """
    series = table.inputs
    assert isinstance(series, SeriesTable)
    for place, one in enumerate(series):
        if sharing.is_hidden(table.ids[place], table.splits[place]):
            yield (None,) * len(SERIES.columns)
            continue
        facts = [None if np.isnan(value) else float(value) for value in one.facts]
        span = (float(one.mjd[0]), float(one.mjd[-1])) if len(one) else (None, None)
        yield *facts, len(one), *span


def record_columns(challenge: Challenge) -> KindColumns:
    """Return the columns of a table as declared."""
    declared = challenge.input.columns
    columns = tuple(
        Column(
            name=free_name(column.name),
            type="TEXT" if column.is_category else "INTEGER" if column.whole else "REAL",
            about="; ".join(filter(None, (column.title, column.description))),
            unit=column.unit,
        )
        for column in declared
    )
    few = [
        found.name
        for found, column in zip(columns, declared, strict=True)
        if column.is_category and len(column.values) <= MOST_FACETED
    ]
    return KindColumns(columns=columns, rows=record_rows, facets=tuple(few))


def record_rows(table: ObjectTable, _: Sharing) -> Iterator[Row]:
    """Yield the values of records."""
    assert isinstance(table.inputs, ColumnTable)
    return (tuple(found.values()) for found in table.inputs)


DRAWINGS = KindColumns(
    columns=(Column(name="picture", type="BLOB", about="PNG, gray: 0 is background, 255 is ink"),),
    rows=picture_rows,
)
TEXTS = KindColumns(
    columns=(
        Column(name="text", about="numbers and addresses of people are hidden"),
        Column(name="characters", type="INTEGER", about="of the text as it came"),
    ),
    rows=text_rows,
    searched=("text",),
)
PHOTOS = KindColumns(
    columns=(
        Column(name="width", type="INTEGER", about="of the upright photo", unit="pixels"),
        Column(name="height", type="INTEGER", about="of the upright photo", unit="pixels"),
        Column(name="box", about="left, top, width, height of what counts, as JSON; empty where all does"),
        Column(name="media_sha256", about="of the original file"),
        Column(
            name="picture",
            type="BLOB",
            about="small JPEG without EXIF; empty where the licence does not let it be passed on",
        ),
    ),
    rows=photo_rows,
)
SERIES = KindColumns(
    columns=(
        *(
            Column(name=name, type="REAL", about=FACT_COLUMNS[name][0], unit=FACT_COLUMNS[name][1])
            for name in FACTS
        ),
        Column(name="observations", type="INTEGER", about="number of points"),
        Column(name="first_mjd", type="REAL", about="Modified Julian Date of the first", unit="days"),
        Column(name="last_mjd", type="REAL", about="Modified Julian Date of the last", unit="days"),
    ),
    rows=series_rows,
)
