"""Read labelled objects from files, in the form in which models are asked, or as they were read."""

import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Union

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from outclass.base.errors import DataError, InputError, MissingExtraError, NotFoundError
from outclass.base.limits import Limits
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.sources.idx import read_idx_folder
from outclass.inputs.drawing import ink_of_square, read_drawing
from outclass.inputs.framing import normalize
from outclass.inputs.png import PNG_SIGNATURE
from outclass.inputs.series import SeriesTable
from outclass.inputs.shrink import WORKING_SIDE
from outclass.inputs.text import TextRows

if TYPE_CHECKING:
    from outclass.training.photos.files import PhotoFiles

ACCEPTED = (
    "a folder of IDX files, PNG files in a folder for each class or named CLASS_NUMBER.png, a Parquet "
    "file with a column image (and label), or a CSV or TSV file with a label and a number for each pixel"
)
JPEG_SIGNATURE = b"\xff\xd8\xff"
PICTURES = (".png", ".jpg", ".jpeg")
TABLES = (".parquet", ".csv", ".tsv")
LARGEST_BYTE = np.float32(255)

Rows = NDArray[np.float32]
Inputs = Union[Rows, SeriesTable, TextRows, "PhotoFiles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRows:
    """Objects of a file.

    Attributes
    ----------
    rows
        float32 `[n, size, size]`, normalized, or `[n, columns]`; or series or texts as they were read, or
        photos to be read.
    labels
        The file's own name of each object's class, None for a row without one; None where it has none at all.
    sets
        Which part of the file each object belongs to, where it says so.
    """

    rows: Inputs
    labels: tuple[str | None, ...] | None
    sets: tuple[str, ...] | None = None


def read_labelled(path: Path, challenge: Challenge, wanted: Sequence[str] = ()) -> LabelledRows:
    """Read a file or folder of drawings or photos, a folder of light curves, or a file of texts or records.

    Parameters
    ----------
    wanted
        Labels that a table of photos is searched for; the names of the classes by default.

    Raises
    ------
    NotFoundError
        If there is nothing at the path.
    DataError
        If it is in no known format, or broken.
    """
    if not path.exists():
        raise NotFoundError("there is no such file or folder", got=str(path))
    match challenge.input.kind:
        case InputKind.DRAWING:
            return choose_reader(path)(path, challenge)
        case InputKind.SERIES:
            return series_reader()(path, challenge)
        case InputKind.TEXT:
            return text_reader()(path, challenge)
        case InputKind.PHOTO:
            return read_photo_files(path, challenge, wanted)
        case InputKind.TABLE:
            return record_reader()(path, challenge)


def series_reader() -> "Reader":
    """Return the reader of light curves."""
    try:
        from outclass.training.light_curves import read_light_curves  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("data", what=f"reading light curves needs {error.name}") from error
    return read_light_curves


def text_reader() -> "Reader":
    """Return the reader of texts."""
    try:
        from outclass.training.text_tables import read_text_file  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("data", what=f"reading texts needs {error.name}") from error
    return read_text_file


def record_reader() -> "Reader":
    """Return the reader of records."""
    try:
        from outclass.training.record_tables import read_record_file  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("data", what=f"reading records needs {error.name}") from error
    return read_record_file


def read_photo_files(path: Path, challenge: Challenge, wanted: Sequence[str]) -> LabelledRows:
    """Read photos, which stay in their files until they are asked about."""
    try:
        from outclass.training.photos.reading import read_photos  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("data", what=f"reading photos needs {error.name}") from error
    found = read_photos(path, challenge, wanted)
    return LabelledRows(rows=found.photos, labels=found.labels, sets=found.sets)


def choose_reader(path: Path) -> "Reader":
    """Return the reader of a path's format."""
    if path.is_dir():
        return read_idx if any(path.glob("*idx*ubyte*")) or any(path.glob("*.idx*")) else read_class_folders
    if path.suffix.lower() not in TABLES:
        raise DataError("this is in no known format", where=str(path), accepted=ACCEPTED)
    try:
        from outclass.training.tables import read_table_file  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("data", what=f"reading {path.suffix} files needs {error.name}") from error
    return read_table_file


def read_idx(path: Path, challenge: Challenge) -> LabelledRows:
    """Read a folder of IDX files, t10k where it is there; labels count the challenge's classes."""
    pair = read_idx_folder(path)
    names = challenge.class_names
    labels = tuple(names[label] if label < len(names) else str(label) for label in pair.labels.tolist())
    return LabelledRows(rows=normalize_pictures(pair.images, challenge.input.size), labels=labels)


def read_class_folders(path: Path, challenge: Challenge) -> LabelledRows:
    """Read PNG files from folders that are named by their class, or named by it, as `7_0012.png`."""
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in PICTURES and file.is_file())
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
    if all(named):
        return LabelledRows(rows=rows, labels=tuple(file.relative_to(path).parts[0] for file in files))
    return LabelledRows(rows=rows, labels=labels_of_names(files, challenge))


def labels_of_names(files: list[Path], challenge: Challenge) -> tuple[str, ...] | None:
    """Return the class that each name begins with, if all of them do and a mark and more follow."""
    labels = tuple(re.split(r"[-_ .]", file.stem, maxsplit=1)[0] for file in files)
    marked = all(file.stem != label for file, label in zip(files, labels, strict=True))
    return labels if marked and set(labels) <= set(challenge.class_names) else None


Reader = Callable[[Path, Challenge], LabelledRows]


def read_bodies(bodies: Iterable[tuple[str, bytes]], challenge: Challenge) -> Rows:
    """Decode and normalize pictures, each a PNG file or a byte for each pixel of a square."""
    return stack((read_body(*body, challenge.limits, challenge.input.size) for body in bodies), challenge)


def read_body(where: str, body: bytes, limits: Limits, size: int) -> Rows:
    """Decode and normalize one picture."""
    if body.startswith(JPEG_SIGNATURE):
        body = png_of_jpeg(where, body)
    kind = "image/png" if body.startswith(PNG_SIGNATURE) else "application/octet-stream"
    try:
        return read_drawing(body, kind, limits, size)
    except InputError as error:
        raise DataError("this picture cannot be read", where=where, got=str(error)) from error


def png_of_jpeg(where: str, body: bytes) -> bytes:
    """Return a photo as PNG, upright, of the size at which pictures are worked on."""
    buffer = io.BytesIO()
    try:
        with Image.open(io.BytesIO(body), formats=["JPEG"]) as image:
            image.draft("RGB", (2 * WORKING_SIDE, 2 * WORKING_SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError("this picture cannot be read", where=where, got=str(error)) from error
    upright.thumbnail((2 * WORKING_SIDE, 2 * WORKING_SIDE))
    upright.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def normalize_pictures(pictures: NDArray[np.uint8] | Rows, size: int) -> Rows:
    """Normalize pictures `[n, height, width]`, light or dark ink; bytes become 0 to 1."""
    scale = LARGEST_BYTE if pictures.dtype == np.uint8 else np.float32(1)
    rows = [normalize(ink_of_square(picture.astype(np.float32) / scale), size) for picture in pictures]
    return np.stack(rows) if rows else np.zeros((0, size, size), dtype=np.float32)


def stack(rows: Iterable[Rows], challenge: Challenge) -> Rows:
    """Join pictures into one array."""
    found = list(rows)
    size = challenge.input.size
    return np.stack(found) if found else np.zeros((0, size, size), dtype=np.float32)
