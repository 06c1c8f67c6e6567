"""What an estimator learns from, and what it answers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """The rows of a data-set version that a model may learn from, as arrays.

    Parameters
    ----------
    inputs
        One row per object, as `inputs` of the challenge normalizes it: float32 in 0..1, or uint8 in 0..255
        (read as `value / 255`). Drawings have shape ``[n, 28, 28]``.
    targets
        Index of the true class of each row, int64, shape ``[n]``.
    validation_inputs, validation_targets
        The same for the rows by which epochs, temperature and thresholds are chosen; never trained on.
    classes
        Names of the classes; a target is an index into them.
    data_version
        Hash of the data-set version that the rows are from.
    """

    inputs: NDArray[Any]
    targets: NDArray[np.int64]
    validation_inputs: NDArray[Any]
    validation_targets: NDArray[np.int64]
    classes: tuple[str, ...]
    data_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What an estimator says of n rows.

    Parameters
    ----------
    logits
        float32, shape ``[n, classes]``; before calibration.
    outlier
        float32, shape ``[n]``: the higher, the less a row is like any class. None where there is none.
    """

    logits: NDArray[np.float32]
    outlier: NDArray[np.float32] | None = None
