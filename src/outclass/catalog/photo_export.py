"""Write photos to files that other programs read: only those whose licence lets them be passed on."""

import csv
import io
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from outclass.base.errors import DataError
from outclass.base.store import write_atomic
from outclass.catalog.dataset import DatasetVersion, ObjectTable
from outclass.catalog.licences import licence_of_credit
from outclass.catalog.split import Split
from outclass.inputs.photo_kind import PhotoFormat, kind_of
from outclass.inputs.photos import PhotoTable

BLOCK = 64
"""Photos that are in memory at once."""
CREDITS = "credits.csv"
COLUMNS = (
    *("object_id", "group", "split", "label", "media_sha256", "width", "height"),
    *("left", "top", "box_width", "box_height", "author", "licence", "licence_url", "link"),
)
NUMBERS = frozenset({"width", "height", "left", "top", "box_width", "box_height"})
SCHEMA = {name: pl.Int32 if name in NUMBERS else pl.String for name in COLUMNS}
ENDINGS = {PhotoFormat.JPEG: "jpg", PhotoFormat.PNG: "png", PhotoFormat.WEBP: "webp"}
OTHER = re.compile(r"[^A-Za-z0-9]+")


def write_photo_table(
    version: DatasetVersion, path: Path, splits: Sequence[Split], left_out: Counter[str]
) -> int:
    """Write a Parquet file with the bytes of photos in the column `image`; return how many there are.

    Parameters
    ----------
    left_out
        Counts the photos that stay here, by licence.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".partial-") as name:
        parts = []
        for number, table in enumerate(open_blocks(version, splits, left_out)):
            photos = _photos(table)
            content = [photos.content(place) for place in range(len(photos))]
            frame = pl.DataFrame(list(rows_of(table)), schema=SCHEMA, orient="row")
            parts.append(Path(name) / f"{number:06d}.parquet")
            frame.with_columns(pl.Series("image", content, dtype=pl.Binary)).write_parquet(parts[-1])
            count += len(table)
        final = Path(name) / "whole.parquet"
        if count:
            pl.scan_parquet(parts).sink_parquet(final, row_group_size=BLOCK)
            final.replace(path)
    return _checked(count, version, left_out)


def write_photo_folder(
    version: DatasetVersion, folder: Path, splits: Sequence[Split], left_out: Counter[str]
) -> int:
    """Write a file for each photo, such as `Bobcat_9005106.jpg`, and `credits.csv` with what is known of it.

    The table is read back as a data set by the column `path`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("path", *COLUMNS))
    written: set[str] = set()
    for block in open_blocks(version, splits, left_out):
        photos = _photos(block)
        for place, row in enumerate(rows_of(block)):
            content = photos.content(place)
            stem = f"{words_of(block.labels[place])}_{OTHER.sub('-', block.ids[place])}"
            stem = f"{stem}-{len(written)}" if stem in written else stem
            name = f"{stem}.{ENDINGS[kind_of(content)]}"
            (folder / name).write_bytes(content)
            table.writerow((name, *row))
            written.add(stem)
    count = _checked(len(written), version, left_out)
    write_atomic(folder / CREDITS, text.getvalue().encode())
    return count


def open_blocks(
    version: DatasetVersion, splits: Sequence[Split], left_out: Counter[str]
) -> Iterator[ObjectTable]:
    """Yield the objects whose photos may be passed on, some at a time, and count the others by licence."""
    for split in splits:
        for table in version.blocks(split.value, BLOCK):
            licences = [licence_of_credit(credit) for credit in _photos(table).credits]
            left_out.update(one.name for one in licences if not one.may_export)
            yield table.take([place for place, one in enumerate(licences) if one.may_export])


def rows_of(table: ObjectTable) -> Iterator[tuple[str | int, ...]]:
    """Yield what is known of each photo, in the order of `COLUMNS`."""
    photos = _photos(table)
    for place, name in enumerate(table.ids):
        credit = photos.credits[place]
        yield (
            *(name, table.groups[place], table.splits[place].value, table.labels[place], photos.names[place]),
            *photos.sizes[place].tolist(),
            *photos.boxes[place].tolist(),
            *(credit.author, credit.licence, credit.licence_url, credit.link),
        )


def words_of(name: str) -> str:
    """Return a name as part of a file's name.

    >>> words_of("house_cat")
    'House-Cat'
    """
    return "-".join(word[:1].upper() + word[1:] for word in OTHER.split(name) if word)


def _photos(table: ObjectTable) -> PhotoTable:
    """Return the photos of objects."""
    assert isinstance(table.inputs, PhotoTable)
    return table.inputs


def _checked(count: int, version: DatasetVersion, left_out: Counter[str]) -> int:
    """Return the number of photos; none is an error that says why."""
    if count:
        return count
    raise DataError(
        "no photo of these splits may be passed on",
        where=f"{version.challenge} {version.id}",
        got=", ".join(f"{number:,} {licence}" for licence, number in left_out.items()) or "no photo",
        accepted="CC0, CC-BY, CC-BY-SA, CC-BY-ND, the public domain and the like",
    )
