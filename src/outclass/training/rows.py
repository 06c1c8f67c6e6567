"""From what a data set holds to the rows that a model is asked: one way for training, gate and scores."""

from collections.abc import Iterator
from typing import TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.catalog.challenge import InputKind
from outclass.catalog.hooks import features_sha256, load_features
from outclass.catalog.loader import LoadedChallenge
from outclass.inference.backbone import Backbone
from outclass.inputs.framing import normalize
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import SeriesTable, first_nights
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextRows, TextTable, rows_of_texts
from outclass.inputs.view import SIDE
from outclass.training.photos.embedding import embed_photos

LARGEST_BYTE = np.float32(255)
TIMED_VIEWS, GRAY = 10, 128
CHUNK = 500
"""Series whose features are made at once: as many as keep a progress bar moving."""

Rows: TypeAlias = NDArray[np.uint8] | NDArray[np.float32] | TextRows
ModelRows: TypeAlias = NDArray[np.float32] | TextRows
Inputs: TypeAlias = (
    NDArray[np.uint8] | NDArray[np.float32] | SeriesTable | TextTable | PhotoTable | ColumnTable
)


def rows_of(
    loaded: LoadedChallenge,
    inputs: Inputs,
    *,
    settings: Settings | None = None,
    progress: Progress = no_progress,
    step: str = "features",
) -> ModelRows:
    """Return inputs as a predictor takes them.

    Parameters
    ----------
    inputs
        Drawings `[n, height, width]`, or a table of series, texts, photos or records.
    settings
        Say where the features of photos are kept; without them each photo is read again.
    progress, step
        Told how many series or photos are done, under this name.
    """
    return as_asked(prepare(loaded, inputs, settings=settings, progress=progress, step=step))


def prepare(
    loaded: LoadedChallenge,
    inputs: Inputs,
    *,
    settings: Settings | None = None,
    progress: Progress = no_progress,
    step: str = "features",
) -> Rows:
    """Bring inputs into the form in which the model is asked when it serves.

    Drawings are normalized one by one; those that were in that form stay bytes. Photos become features of the
    packaged backbone.
    """
    declared = loaded.challenge.input
    if isinstance(inputs, SeriesTable):
        return make_features(loaded, inputs, progress=progress, step=step)
    if isinstance(inputs, TextTable):
        return rows_of_texts(inputs.texts)
    if isinstance(inputs, ColumnTable):
        return inputs.values
    if isinstance(inputs, PhotoTable):
        limits = loaded.challenge.limits
        return embed_photos(inputs, settings=settings, limits=limits, progress=progress, step=step)
    match declared.kind:
        case InputKind.DRAWING:
            return normalize_all(inputs, declared.size)
        case InputKind.SERIES | InputKind.TEXT | InputKind.PHOTO:
            raise DataError(f"{declared.kind} is wanted", where=loaded.name, got=f"an array {inputs.shape}")
        case _:
            return np.asarray(inputs, dtype=np.float32)


def rows_sha256(loaded: LoadedChallenge) -> str | None:
    """Return the hash of what makes rows: a `features.py`, or the backbone; None where neither is."""
    match loaded.challenge.input.kind:
        case InputKind.SERIES:
            return features_sha256(loaded)
        case InputKind.PHOTO:
            return Backbone.packaged().fingerprint
        case _:
            return None


def timed_rows(loaded: LoadedChallenge, rows: ModelRows) -> ModelRows | NDArray[np.uint8]:
    """Return what the time of an answer is measured with: rows, but views where the input is a photo."""
    if loaded.challenge.input.kind is not InputKind.PHOTO:
        return rows
    return np.full((min(len(rows), TIMED_VIEWS), SIDE, SIDE, 3), GRAY, dtype=np.uint8)


def make_features(
    loaded: LoadedChallenge, table: SeriesTable, *, progress: Progress = no_progress, step: str = "features"
) -> NDArray[np.float32]:
    """Return the features of each series, float32 `[n, columns]`."""
    hook, declared = load_features(loaded), loaded.challenge.input
    parts = [np.zeros((0, len(hook.names(declared))), dtype=np.float32)]
    for start, stop in chunks(len(table)):
        parts.append(hook.prepare(table.take(np.arange(start, stop)), declared))
        progress(step, stop / len(table), f"{stop:,} of {len(table):,} series")
    rows = np.concatenate(parts)
    if not np.isfinite(rows).all():
        raise DataError("a feature is no finite number", where=f"{loaded.folder}/features.py")
    return rows


def chunks(count: int) -> Iterator[tuple[int, int]]:
    """Yield where each part begins and ends."""
    return ((start, min(start + CHUNK, count)) for start in range(0, count, CHUNK))


def cut_nights(table: SeriesTable, nights: int) -> SeriesTable:
    """Return the series as they were after their first nights."""
    return SeriesTable.of([first_nights(series, nights) for series in table])


def normalize_all(inputs: NDArray[np.uint8] | NDArray[np.float32], size: int) -> Rows:
    """Normalize drawings `[n, height, width]`; uint8 comes back where nothing changes, else float32."""
    if inputs.dtype == np.uint8:
        ink = inputs.astype(np.float32) / LARGEST_BYTE
    else:
        ink = np.asarray(inputs, dtype=np.float32)
    rows = np.stack([normalize(row, size) for row in ink]) if len(ink) else ink.reshape(0, size, size)
    same = inputs.dtype == np.uint8 and rows.shape == ink.shape and np.array_equal(rows, ink)
    return np.asarray(inputs, dtype=np.uint8) if same else rows


def as_asked(rows: Rows) -> ModelRows:
    """Return rows as a predictor takes them: bytes become 0 to 1, texts stay."""
    if rows.dtype == np.uint8:
        return rows.astype(np.float32) / LARGEST_BYTE
    return rows if is_texts(rows) else np.asarray(rows, dtype=np.float32)


def is_texts(rows: Rows) -> TypeGuard[TextRows]:
    """Tell whether rows are texts."""
    return rows.dtype == np.object_
