"""Lay the rows of a data-set version out as arrays, one pair for each side of the split."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.catalog.challenge import Challenge, InputKind
from outclass.inputs.framing import normalize
from outclass.training.data import TrainingData

if TYPE_CHECKING:
    from outclass.catalog.versions import DatasetVersion

SIDES = ("train", "validation", "holdout")
LARGEST_BYTE = np.float32(255)

Rows = NDArray[np.uint8] | NDArray[np.float32]


def write_split(challenge: Challenge, version: "DatasetVersion", folder: Path) -> dict[str, int]:
    """Write `SIDE_inputs.npy` and `SIDE_targets.npy` for each side that is trained or measured on.

    The game's side is left out: no model learns or is measured on what is played.

    Raises
    ------
    DataError
        If there is nothing to learn from or to measure on.
    """
    counts = {}
    for side in SIDES:
        table = version.objects(side)
        np.save(folder / f"{side}_inputs.npy", prepare(challenge, table.inputs), allow_pickle=False)
        np.save(folder / f"{side}_targets.npy", table.targets.astype(np.int64), allow_pickle=False)
        counts[side] = len(table.targets)
    for side in ("train", "validation"):
        if counts[side] == 0:
            raise DataError(
                f"the data has no rows to {'learn from' if side == 'train' else 'validate on'}",
                where=f"{challenge.name} {version.id}, split {side}",
                hint=f"collect the whole data set: outclass collect {challenge.name}",
            )
    return counts


def prepare(challenge: Challenge, inputs: NDArray[np.uint8] | NDArray[np.float32]) -> Rows:
    """Bring rows into the form in which the model is asked when it serves.

    Drawings are normalized one by one; those that were in that form stay bytes.
    """
    match challenge.input.kind:
        case InputKind.DRAWING:
            return normalize_all(inputs, challenge.input.size)
        case _:
            return np.asarray(inputs, dtype=np.float32)


def normalize_all(inputs: NDArray[np.uint8] | NDArray[np.float32], size: int) -> Rows:
    """Normalize drawings `[n, height, width]`; uint8 comes back where nothing changes, else float32."""
    if inputs.dtype == np.uint8:
        ink = inputs.astype(np.float32) / LARGEST_BYTE
    else:
        ink = np.asarray(inputs, dtype=np.float32)
    rows = np.stack([normalize(row, size) for row in ink]) if len(ink) else ink.reshape(0, size, size)
    same = inputs.dtype == np.uint8 and rows.shape == ink.shape and np.array_equal(rows, ink)
    return np.asarray(inputs, dtype=np.uint8) if same else rows


def read_side(folder: Path, side: str) -> tuple[Rows, NDArray[np.int64]]:
    """Return the inputs and targets of one side."""
    inputs = np.load(folder / f"{side}_inputs.npy", allow_pickle=False)
    targets = np.load(folder / f"{side}_targets.npy", allow_pickle=False)
    return inputs, targets


def read_training_data(folder: Path, *, classes: tuple[str, ...], data_version: str) -> TrainingData:
    """Return what an estimator learns from."""
    inputs, targets = read_side(folder, "train")
    validation_inputs, validation_targets = read_side(folder, "validation")
    return TrainingData(
        inputs=inputs,
        targets=targets,
        validation_inputs=validation_inputs,
        validation_targets=validation_targets,
        classes=classes,
        data_version=data_version,
    )


def as_floats(rows: Rows) -> NDArray[np.float32]:
    """Return rows as a predictor takes them: bytes become 0 to 1."""
    if rows.dtype == np.uint8:
        return rows.astype(np.float32) / LARGEST_BYTE
    return np.asarray(rows, dtype=np.float32)
