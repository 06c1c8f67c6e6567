"""Read labelled drawings from files, each brought into the form in which it would be served."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.base.errors import DataError, InputError, NotFoundError
from outclass.base.limits import Limits
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.sources.idx import read_idx_folder
from outclass.inputs.drawing import read_drawing
from outclass.inputs.framing import normalize
from outclass.inputs.png import PNG_SIGNATURE

ACCEPTED = (
    "a folder of IDX files, a folder with a folder of PNG files for each class, a Parquet file with a column "
    "image (and label), or a CSV or TSV file with a label and a number for each pixel"
)
IMAGE, LABEL, SET = "image", "label", "set"
SEPARATORS = {".csv": ",", ".tsv": "\t"}
LARGEST_BYTE = np.float32(255)

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRows:
    """Objects of a file.

    Attributes
    ----------
    rows
        float32 `[n, size, size]`, normalized.
    labels
        The file's own name of each object's class; None where it has no labels.
    sets
        Which part of the file each object belongs to, where it says so.
    """

    rows: Rows
    labels: tuple[str, ...] | None
    sets: tuple[str, ...] | None = None


def read_labelled(path: Path, challenge: Challenge) -> LabelledRows:
    """Read a file or folder of drawings, in whichever of the known formats it is.

    Raises
    ------
    NotFoundError
        If there is nothing at the path.
    DataError
        If it is in no known format, or broken.
    """
    if challenge.input.kind is not InputKind.DRAWING:
        raise DataError(
            "this kind of input cannot be read from a file yet", got=challenge.input.kind, accepted="drawing"
        )
    if not path.exists():
        raise NotFoundError("there is no such file or folder", got=str(path))
    return choose_reader(path)(path, challenge)


def choose_reader(path: Path) -> "Reader":
    """Return the reader of a path's format."""
    if path.is_dir():
        return read_idx if any(path.glob("*idx*-ubyte*")) else read_class_folders
    match path.suffix.lower():
        case ".parquet":
            return read_parquet
        case ".csv" | ".tsv":
            return read_table
        case _:
            raise DataError("this is in no known format", where=str(path), accepted=ACCEPTED)


def read_idx(path: Path, challenge: Challenge) -> LabelledRows:
    """Read a folder of IDX files, t10k where it is there; labels count the challenge's classes."""
    pair = read_idx_folder(path)
    names = challenge.class_names
    labels = tuple(names[label] if label < len(names) else str(label) for label in pair.labels.tolist())
    return LabelledRows(rows=normalize_pictures(pair.images, challenge.input.size), labels=labels)


def read_class_folders(path: Path, challenge: Challenge) -> LabelledRows:
    """Read PNG files from folders that are named by their class; files beside them have no label."""
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() == ".png" and file.is_file())
    if not files:
        raise DataError("there are no IDX files and no PNG files here", where=str(path), accepted=ACCEPTED)
    named = [file.parent != path for file in files]
    if any(named) and not all(named):
        raise DataError(
            "some pictures are in a folder of a class and some are not",
            where=str(path),
            got=files[named.index(False)].name,
        )
    rows = read_bodies(((str(file), file.read_bytes()) for file in files), challenge)
    labels = tuple(file.relative_to(path).parts[0] for file in files) if all(named) else None
    return LabelledRows(rows=rows, labels=labels)


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
        labels=read_labels(table, challenge, path),
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
        rows=normalize_pictures(pictures, challenge.input.size), labels=read_labels(table, challenge, path)
    )


Reader = Callable[[Path, Challenge], LabelledRows]


def open_table(path: Path, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """Read a table, or say which file is broken."""
    try:
        return read()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError("this file cannot be read", where=str(path), got=str(error)) from error


def read_labels(table: pl.DataFrame, challenge: Challenge, path: Path) -> tuple[str, ...] | None:
    """Return the labels as text; whole numbers count the classes where those are named otherwise."""
    if LABEL not in table.columns:
        return None
    column = table[LABEL]
    names = challenge.class_names
    if column.null_count():
        raise DataError("a row has no label", where=str(path))
    labels = tuple(str(value) for value in column)
    if column.dtype.is_integer() and not set(labels) <= set(names):
        return tuple(names[v] if 0 <= v < len(names) else str(v) for v in column.to_list())
    return labels


def read_bodies(bodies: Iterable[tuple[str, bytes]], challenge: Challenge) -> Rows:
    """Decode and normalize pictures, each a PNG file or a byte for each pixel of a square."""
    return stack((read_body(*body, challenge.limits, challenge.input.size) for body in bodies), challenge)


def read_body(where: str, body: bytes, limits: Limits, size: int) -> Rows:
    """Decode and normalize one picture."""
    kind = "image/png" if body.startswith(PNG_SIGNATURE) else "application/octet-stream"
    try:
        return read_drawing(body, kind, limits, size)
    except InputError as error:
        raise DataError("this picture cannot be read", where=where, got=str(error)) from error


def normalize_pictures(pictures: NDArray[np.uint8] | Rows, size: int) -> Rows:
    """Normalize pictures `[n, height, width]`; bytes become 0 to 1."""
    scale = LARGEST_BYTE if pictures.dtype == np.uint8 else np.float32(1)
    rows = [normalize(picture.astype(np.float32) / scale, size) for picture in pictures]
    return np.stack(rows) if rows else np.zeros((0, size, size), dtype=np.float32)


def stack(rows: Iterable[Rows], challenge: Challenge) -> Rows:
    """Join pictures into one array."""
    found = list(rows)
    size = challenge.input.size
    return np.stack(found) if found else np.zeros((0, size, size), dtype=np.float32)


def is_number(text: str) -> bool:
    """Tell whether a cell is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
