"""What an estimator learns from, and what it answers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.challenge import Challenge, Metric
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import SeriesTable
from outclass.metrics import scores

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """The rows of a data-set version that a model may learn from, as arrays.

    Parameters
    ----------
    inputs
        One row per object, as `inputs` of the challenge normalizes it: float32 in 0..1, or uint8 in 0..255
        (read as `value / 255`). Drawings have shape ``[n, 28, 28]``; of series, these are the features
        ``[n, columns]``; texts are objects of type str, ``[n]``; of photos, these are the features that the
        backbone gives of them, ``[n, width]``.
    targets
        Index of the true class of each row, int64, shape ``[n]``.
    validation_inputs, validation_targets
        The same for the rows by which epochs, temperature and thresholds are chosen; never trained on.
    classes
        Names of the classes; a target is an index into them.
    data_version
        Hash of the data-set version that the rows are from.
    challenge
        What is declared.
    series, validation_series
        The series of which the rows were made; None where the input is no series.
    photos, validation_photos
        The photos of which the rows were made, for an estimator that looks at changed ones itself; None where
        the input is no photo.
    groups, validation_groups
        What must stay together when rows are split further, such as objects of one writer.
    class_weights
        Weight of each class in the metric, whatever the number of its rows, float64; None where rows weigh
        alike. See `row_weights`.
    """

    inputs: NDArray[Any]
    targets: NDArray[np.int64]
    validation_inputs: NDArray[Any]
    validation_targets: NDArray[np.int64]
    classes: tuple[str, ...]
    data_version: str
    challenge: Challenge | None = None
    series: SeriesTable | None = None
    validation_series: SeriesTable | None = None
    photos: PhotoTable | None = None
    validation_photos: PhotoTable | None = None
    groups: tuple[str, ...] = ()
    validation_groups: tuple[str, ...] = ()
    class_weights: Floats | None = None


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


def join_outputs(parts: list[Outputs]) -> Outputs:
    """Return the outputs of several sets of rows as one."""
    outlier = [part.outlier for part in parts if part.outlier is not None]
    return Outputs(
        logits=np.concatenate([part.logits for part in parts]),
        outlier=np.concatenate(outlier) if len(outlier) == len(parts) else None,
    )


def class_weights(challenge: Challenge) -> Floats | None:
    """Return the weight of each class in the metric, or None where every row weighs alike."""
    if challenge.metric is not Metric.WEIGHTED_LOG_LOSS:
        return None
    return np.array([label.weight for label in challenge.classes], dtype=np.float64)


def groups_of(challenge: Challenge) -> dict[str, tuple[str, ...]]:
    """Return the classes of each declared group, in the order of the challenge."""
    leaves = challenge.group_leaves
    return {name: tuple(one for one in challenge.class_names if one in held) for name, held in leaves.items()}


def row_weights(targets: NDArray[np.int64], weights: Floats | None) -> Floats:
    """Return the weight of each row under the weights of the classes; 1 on average, and 1 without any."""
    return np.ones(len(targets)) if weights is None else scores.row_weights(targets, weights)


def prior_of(targets: NDArray[np.int64], challenge: Challenge) -> tuple[float, ...]:
    """Return the class shares under which a model's probabilities hold.

    They are the shares of the rows or, where classes are weighed, of the weights. A class without rows that
    declares a share has that, and the others what is left.
    """
    counts = np.bincount(targets, minlength=len(challenge.classes)).astype(np.float64)
    assumed = np.array([label.share for label in challenge.classes]) * (counts == 0)
    weights = class_weights(challenge)
    known = counts if weights is None else weights * (counts > 0)
    prior = assumed + (1 - assumed.sum()) * known / known.sum()
    return tuple(prior.tolist())


def among_present(probabilities: Floats, targets: NDArray[np.int64], challenge: Challenge) -> Floats:
    """Return probabilities among the classes that rows can be of, each row made to sum to 1 again.

    A class with an assumed share and without rows, such as "none of these", is left out: rows in which it
    never comes up cannot tell how good its probability is.
    """
    absent = np.array([label.share > 0 for label in challenge.classes])
    absent &= np.bincount(targets, minlength=len(absent)) == 0
    if not absent.any() or not len(targets):
        return probabilities
    kept = np.where(absent, 0.0, probabilities)
    total = kept.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0, kept / np.maximum(total, 1e-300), probabilities), dtype=np.float64)
