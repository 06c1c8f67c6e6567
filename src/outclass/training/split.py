"""Lay the rows of a data-set version out as arrays, a few files for each side of the split."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.base.store import FileLock, make_folder_atomic, remove_leftovers
from outclass.catalog.challenge import Challenge, InputKind
from outclass.catalog.loader import LoadedChallenge
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import SeriesTable
from outclass.inputs.text import TextRows, TextTable, rows_of_texts
from outclass.training.data import TrainingData, class_weights
from outclass.training.rows import Rows, cut_nights, make_features, prepare

if TYPE_CHECKING:
    from outclass.catalog.versions import DatasetVersion, ObjectTable

SIDES = ("train", "validation", "holdout")
GAME = "game"
ENDS = "inputs_ends"
"""Where each text ends in the bytes of all."""
LAYOUT = 2
"""Of the files in the folder of rows; another one is another folder."""
WHOLE = 0
"""Stands for the whole series where a number of nights is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The rows of one side of a split; row i of every field is the same object."""

    inputs: Rows
    targets: NDArray[np.int64]
    ids: tuple[str, ...]
    groups: tuple[str, ...]


def lay_out(
    loaded: LoadedChallenge,
    version: "DatasetVersion",
    folder: Path,
    progress: Progress = no_progress,
    settings: Settings | None = None,
) -> Path:
    """Write the arrays of all sides into a folder, unless they are there; return the folder."""
    with FileLock(folder.with_suffix(".lock")):
        remove_leftovers(folder.parent)
        if not folder.exists():
            with make_folder_atomic(folder) as temporary:
                write_split(loaded, version, temporary, progress, settings)
    return folder


def rows_name(data_version: str, features: str | None) -> str:
    """Return the name of the folder of the arrays of a data version, which all runs on it share."""
    return f"rows-{LAYOUT}-{data_version}" + (f"-{features[:8]}" if features else "")


def write_split(
    loaded: LoadedChallenge,
    version: "DatasetVersion",
    folder: Path,
    progress: Progress = no_progress,
    settings: Settings | None = None,
) -> dict[str, int]:
    """Write the arrays of each side that is trained or measured on.

    The game's side is none of them: no model learns or is measured on what is played. Its rows are laid out,
    too, for the advice that a finished model gives on them. Features of photos are kept for later runs where
    `settings` say.

    Raises
    ------
    DataError
        If there is nothing to learn from or to measure on.
    """
    counts = {}
    for side in SIDES:
        table = version.objects(side)
        write_side(loaded, table, folder, side, progress, settings)
        counts[side] = len(table.targets)
    for side in ("train", "validation"):
        if counts[side] == 0:
            raise DataError(
                f"the data has no rows to {'learn from' if side == 'train' else 'validate on'}",
                where=f"{loaded.name} {version.id}, split {side}",
                hint=f"collect the whole data set: outclass collect {loaded.name}",
            )
    write_side(loaded, version.objects(GAME), folder, GAME, progress, settings)
    return counts


def write_side(
    loaded: LoadedChallenge,
    table: "ObjectTable",
    folder: Path,
    side: str,
    progress: Progress,
    settings: Settings | None = None,
) -> None:
    """Write `SIDE_inputs.npy`, `SIDE_targets.npy` and the like; of series also themselves and early cuts."""
    arrays: dict[str, NDArray[np.generic]] = {
        "targets": table.targets.astype(np.int64),
        "ids": np.array(table.ids, dtype=np.str_),
        "groups": np.array(table.groups, dtype=np.str_),
    }
    if isinstance(table.inputs, SeriesTable):
        for nights in night_counts(loaded.challenge):
            cut = cut_nights(table.inputs, nights) if nights else table.inputs
            name = f"features of {side}" + (f", {nights} nights" if nights else "")
            arrays[inputs_name(nights)] = make_features(loaded, cut, progress=progress, step=name)
        write_series(folder / f"{side}_series.npz", table.inputs)
    elif isinstance(table.inputs, TextTable):
        arrays["inputs"], arrays[ENDS] = pack_texts(table.inputs)
    else:
        arrays["inputs"] = prepare(
            loaded, table.inputs, settings=settings, progress=progress, step=f"photos of {side}"
        )
    for name, values in arrays.items():
        np.save(folder / f"{side}_{name}.npy", values, allow_pickle=False)


def night_counts(challenge: Challenge) -> tuple[int, ...]:
    """Return after how many nights a series is looked at: `WHOLE`, and those of the early bets."""
    return (WHOLE, *(bet.nights for bet in challenge.game.early))


def inputs_name(nights: int) -> str:
    """Return the name of the file of rows after so many nights."""
    return f"inputs_{nights}" if nights else "inputs"


def read_inputs(folder: Path, side: str, nights: int = WHOLE) -> Rows:
    """Return the rows of one side, whole or after some nights."""
    rows: Rows = np.load(folder / f"{side}_{inputs_name(nights)}.npy", allow_pickle=False)
    ends = folder / f"{side}_{ENDS}.npy"
    return unpack_texts(rows, np.load(ends, allow_pickle=False)) if ends.exists() else rows


def pack_texts(table: TextTable) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return texts as the bytes of all in UTF-8, and where each ends."""
    encoded = [text.encode() for text in table]
    ends = np.cumsum([len(one) for one in encoded], dtype=np.int64)
    return np.frombuffer(b"".join(encoded), dtype=np.uint8), ends


def unpack_texts(content: Rows, ends: NDArray[np.int64]) -> TextRows:
    """Return the texts that were packed."""
    whole, last = content.tobytes(), ends.tolist()
    starts = [0, *last][:-1]
    return rows_of_texts([whole[a:b].decode() for a, b in zip(starts, last, strict=True)])


def read_side(folder: Path, side: str) -> Side:
    """Return the rows of one side."""
    targets, ids, groups = (
        np.load(folder / f"{side}_{name}.npy", allow_pickle=False) for name in ("targets", "ids", "groups")
    )
    return Side(
        inputs=read_inputs(folder, side),
        targets=targets.astype(np.int64),
        ids=tuple(ids.tolist()),
        groups=tuple(groups.tolist()),
    )


def write_series(path: Path, table: SeriesTable) -> None:
    """Write a table of series as arrays."""
    np.savez(path, **{field.name: getattr(table, field.name) for field in fields(table)})


def read_series(path: Path) -> SeriesTable | None:
    """Read a table of series, or return None where none was written."""
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        return SeriesTable(**{name: arrays[name] for name in arrays.files})


def photos_of(version: "DatasetVersion | None", side: str) -> PhotoTable | None:
    """Return the photos of one side, in the order of its rows, or None where the data is no photos."""
    if version is None or version.document.kind is not InputKind.PHOTO:
        return None
    inputs = version.objects(side).inputs
    return inputs if isinstance(inputs, PhotoTable) else None


def read_training_data(
    folder: Path, *, challenge: Challenge, data_version: str, version: "DatasetVersion | None" = None
) -> TrainingData:
    """Return what an estimator learns from; of a data-set version of photos, with the photos themselves."""
    train, validation = read_side(folder, "train"), read_side(folder, "validation")
    return TrainingData(
        inputs=train.inputs,
        targets=train.targets,
        validation_inputs=validation.inputs,
        validation_targets=validation.targets,
        classes=challenge.class_names,
        data_version=data_version,
        challenge=challenge,
        series=read_series(folder / "train_series.npz"),
        validation_series=read_series(folder / "validation_series.npz"),
        photos=photos_of(version, "train"),
        validation_photos=photos_of(version, "validation"),
        groups=train.groups,
        validation_groups=validation.groups,
        class_weights=class_weights(challenge),
    )
