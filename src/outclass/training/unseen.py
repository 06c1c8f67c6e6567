"""Answers for a data set's objects by models that did not see them, kept in the version of the model."""

from pathlib import Path

import numpy as np
import polars as pl

from outclass.inference.predictor import calibrate
from outclass.training.split import GAME, night_counts, read_side
from outclass.training.workspace import Workspace

SIDES = ("train", "validation", GAME)


def write_unseen(work: Workspace, path: Path) -> None:
    """Write the `oof.parquet` of a version: `object_id`, `nights` (0: all) and calibrated `probabilities`.

    It holds the objects that were learned from (answered out of fold), those of the validation split and
    those that are played, each whole and after the nights of every early bet.
    """
    temperature = work.calibration.temperature
    frames = []
    for side in SIDES:
        if not (work.rows_folder / f"{side}_inputs.npy").exists():
            continue
        ids = read_side(work.rows_folder, side).ids
        if not ids:
            continue
        for nights in night_counts(work.challenge):
            chances = calibrate(work.unseen(side, nights).logits, temperature).astype(np.float32)
            columns = {
                "object_id": pl.Series(ids, dtype=pl.String),
                "nights": pl.repeat(nights, len(ids), dtype=pl.Int32, eager=True),
                "probabilities": pl.Series(chances, dtype=pl.List(pl.Float32)),
            }
            frames.append(pl.DataFrame(columns))
    pl.concat(frames).write_parquet(path)
