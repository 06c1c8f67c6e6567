"""Find labelled photos in a folder, a Parquet file or a table of paths."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.base.limits import Limits
from outclass.catalog.challenge import Challenge
from outclass.training.photos.files import PhotoFiles

ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
ACCEPTED = (
    "a folder with a folder of photos for each class, or with photos named CLASS_NUMBER.jpg; a Parquet file "
    "with a column image (the bytes of a file) and label; a CSV, TSV or Parquet file with path and label"
)
IMAGES = ("image", "photo", "img", "picture", "bytes", "content")
PATHS = ("path", "file", "filename", "file_name", "image_path", "photo")
LABELS = ("label", "labels", "class", "class_name", "target", "species", "genus", "y")
BOXES = (
    ("left", "top", "box_width", "box_height"),
    ("bbox_x", "bbox_y", "bbox_w", "bbox_h"),
    ("box_left", "box_top", "box_width", "box_height"),
)
SEPARATORS = {".csv": ",", ".tsv": "\t"}
PARQUET = ".parquet"
NUMBERED = re.compile(r"(?P<label>.+?)[-_ .]\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPhotos:
    """Photos of a file or folder with their own labels, and the part of the file that each belongs to."""

    photos: PhotoFiles
    labels: tuple[str | None, ...] | None
    sets: tuple[str, ...] | None = None


def read_photos(path: Path, challenge: Challenge, wanted: Sequence[str] = ()) -> LabelledPhotos:
    """Read photos in any known format.

    Parameters
    ----------
    wanted
        Labels that are looked for where a table has several columns that could hold them; the names of the
        classes by default.

    Raises
    ------
    DataError
        It is in no known format, or broken.
    """
    names = tuple(wanted) or challenge.class_names
    if path.is_dir():
        return read_folder(path, challenge.limits, names)
    suffix = path.suffix.lower()
    if suffix not in {PARQUET, *SEPARATORS}:
        raise DataError("this is in no known format", where=str(path), accepted=ACCEPTED)
    try:
        table = (
            pl.read_parquet(path)
            if suffix == PARQUET
            else pl.read_csv(path, separator=SEPARATORS[suffix], infer_schema=False)
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError("this file cannot be read", where=str(path), got=str(error)) from error
    return LabelledPhotos(
        photos=PhotoFiles(
            names=tuple(f"{path}, row {number}" for number in range(len(table))),
            contents=contents_of(table, path),
            boxes=boxes_of(table),
            limits=challenge.limits,
        ),
        labels=labels_of(table, names),
        sets=tuple(table["set"].cast(pl.String).fill_null("")) if "set" in table.columns else None,
    )


def read_folder(path: Path, limits: Limits, wanted: Sequence[str]) -> LabelledPhotos:
    """Read the photos below a folder; the label is the first folder's name, else what a name begins with."""
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in ENDINGS and file.is_file())
    if not files:
        raise DataError("there are no photos here", where=str(path), accepted=ACCEPTED)
    inside = [file.parent != path for file in files]
    if any(inside) and not all(inside):
        raise DataError(
            "some photos are in a folder of a class and some are not",
            where=str(path),
            got=files[inside.index(False)].name,
        )
    found = [file.relative_to(path).parts[0] if all(inside) else beginning_of(file.stem) for file in files]
    labels = as_named(found, wanted)
    return LabelledPhotos(
        photos=PhotoFiles(
            names=tuple(map(str, files)),
            contents=tuple(files),
            boxes=np.zeros((len(files), 4), dtype=np.int32),
            limits=limits,
        ),
        labels=labels if all(inside) or set(labels) & set(wanted) else None,
    )


def beginning_of(stem: str) -> str:
    """Return the label in a file's name, as in `Bobcat_9005106`."""
    match = NUMBERED.fullmatch(stem)
    return match["label"] if match else stem


def contents_of(table: pl.DataFrame, path: Path) -> tuple[bytes | Path, ...]:
    """Return the bytes of each photo of a table, or where they lie: beside the table, unless it says more."""
    lower = {name.strip().lower(): name for name in reversed(table.columns)}
    for name in (lower[one] for one in IMAGES if one in lower):
        column = table[name]
        if isinstance(column.dtype, pl.Struct) and "bytes" in {field.name for field in column.dtype.fields}:
            column = column.struct.field("bytes")
        if column.dtype == pl.Binary:
            require_all(column, path, name)
            return tuple(column.to_list())
    for name in (lower[one] for one in PATHS if one in lower):
        if table[name].dtype == pl.String:
            require_all(table[name], path, name)
            return tuple(path.parent / one for one in table[name].to_list())
    raise DataError(
        "there is no column of photos", where=str(path), got=", ".join(table.columns), accepted=ACCEPTED
    )


def require_all(column: pl.Series, path: Path, name: str) -> None:
    """Refuse a column with empty cells."""
    if missing := column.null_count():
        raise DataError("a row has no photo", where=f"{path}, column {name}", got=f"{missing} such rows")


def boxes_of(table: pl.DataFrame) -> NDArray[np.int32]:
    """Return the part of each photo that counts, all of it where no box is given."""
    names = next((one for one in BOXES if set(one) <= set(table.columns)), None)
    if names is None:
        return np.zeros((len(table), 4), dtype=np.int32)
    given = table.select(pl.col(names).cast(pl.Float64, strict=False))
    whole = given.select(pl.any_horizontal(pl.all().is_null() | pl.all().is_nan())).to_series().to_numpy()
    values = given.fill_null(0.0).fill_nan(0.0).to_numpy()
    corner = np.floor(values[:, :2])
    boxes = np.concatenate([corner, np.ceil(values[:, :2] + values[:, 2:]) - corner], axis=1)
    boxes[whole] = 0
    return boxes.astype(np.int32)


def labels_of(table: pl.DataFrame, wanted: Sequence[str]) -> tuple[str | None, ...] | None:
    """Return the labels: of the columns that may hold them, the one with most rows of a wanted name."""
    lower = {name.strip().lower(): name for name in reversed(table.columns)}
    columns = [table[lower[one]].cast(pl.String).to_list() for one in LABELS if one in lower]
    if not columns:
        return None
    named = [as_named(column, wanted) for column in columns]
    known = [sum(label in wanted for label in column) for column in named]
    return named[max(range(len(named)), key=lambda place: (known[place], -place))]


def as_named(labels: Sequence[str | None], wanted: Sequence[str]) -> tuple[str | None, ...]:
    """Return labels by the names that are wanted, whatever their case and whether spaces are underscores."""
    names = {plain(name): name for name in wanted}
    return tuple(None if label is None else names.get(plain(label), label) for label in labels)


def plain(label: str) -> str:
    """Return a label without case, with spaces.

    >>> plain("Mountain_Lion")
    'mountain lion'
    """
    return re.sub(r"[-_ ]+", " ", label).strip().casefold()
