"""Linear corrections of what is known, learned with a penalty on how much they say."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from outclass.training.photos.knowledge import Floats, log_softmax

ITERATIONS = 300
LEAST_SPREAD = 1e-3
TRUST_PENALTY = 1e-3
"""Pulls the trust in the network's own evidence toward what it was without photos."""

Rows = NDArray[np.float32]


class Gate(NamedTuple):
    """Log odds of any class: `trust` times the evidence, plus a linear function of the features."""

    trust: float
    weights: Rows
    offset: float


class Correction(NamedTuple):
    """What is added to the log probabilities of classes: weights ``[width, classes]`` and offsets."""

    weights: Rows
    offsets: Rows


def learn_gate(
    rows: Rows,
    evidence: Floats,
    some: NDArray[np.bool_],
    penalty: float | None,
    *,
    trust: float = 1.0,
    lean: float = 0.5,
) -> Gate:
    """Learn whether it is any class.

    Parameters
    ----------
    penalty
        On what is added to the evidence; None adds nothing but an offset.
    trust
        In the evidence, without photos.
    lean
        The share that rows of any class have in the loss, however many there are.
    """
    features, mean, spread = standardized(rows)
    width = features.shape[1] if penalty is not None else 0
    sign = np.where(some, 1.0, -1.0)
    weight = np.where(some, lean / some.sum(), (1 - lean) / (~some).sum())

    def loss(values: Floats) -> tuple[float, Floats]:
        trusted, offset, slope = values[0], values[1], values[2:]
        margin = sign * (trusted * evidence + offset + features[:, :width] @ slope)
        pull = -sign * weight / (1 + np.exp(np.minimum(margin, 500)))
        cost = (weight * np.logaddexp(0, -margin)).sum() + TRUST_PENALTY * (trusted - trust) ** 2 / 2
        gradient = np.concatenate(
            [
                [pull @ evidence + TRUST_PENALTY * (trusted - trust), pull.sum()],
                features[:, :width].T @ pull + (penalty or 0.0) * slope,
            ]
        )
        return float(cost + (penalty or 0.0) * (slope @ slope) / 2), gradient

    found = minimized(loss, np.concatenate([[trust, 0.0], np.zeros(width)]))
    slope = np.zeros(rows.shape[1])
    slope[:width] = found[2:] / spread[:width]
    return Gate(float(found[0]), slope.astype(np.float32), float(found[1] - mean @ slope))


def learn_kinds(
    rows: Rows, kinds: Floats, targets: NDArray[np.int64], penalty: float, *, balance: float = 0.0
) -> Correction:
    """Learn what is to be added to log probabilities ``[n, classes]`` so that they fit the targets.

    Parameters
    ----------
    balance
        0: each row weighs alike; 1: each class does, however many rows it has.
    """
    features, mean, spread = standardized(rows)
    count, width = kinds.shape[1], rows.shape[1]
    weight = np.bincount(targets)[targets] ** -balance
    weight /= weight.sum()
    truth = np.eye(count)[targets]

    def loss(values: Floats) -> tuple[float, Floats]:
        slope, offsets = values[count:].reshape(width, count), values[:count]
        logs = log_softmax(kinds + features @ slope + offsets)
        cost = -(weight @ (truth * logs).sum(axis=1)) + penalty * (slope**2).sum() / 2
        pull = (np.exp(logs) - truth) * weight[:, None]
        cost += penalty * (offsets**2).sum() / 2
        gradient = np.concatenate(
            [pull.sum(axis=0) + penalty * offsets, (features.T @ pull + penalty * slope).ravel()]
        )
        return float(cost), gradient

    found = minimized(loss, np.zeros(count * (width + 1)))
    weights = found[count:].reshape(width, count) / spread[:, None]
    offsets = found[:count] - mean @ weights
    return Correction(weights.astype(np.float32), offsets.astype(np.float32))


def standardized(rows: Rows) -> tuple[Floats, Floats, Floats]:
    """Return features of mean 0 that have length 1 together, with the mean and the spread taken out."""
    values = rows.astype(np.float64)
    mean = values.mean(axis=0)
    spread = (values.std(axis=0) + LEAST_SPREAD) * np.sqrt(values.shape[1])
    return (values - mean) / spread, mean, spread


def minimized(loss: object, start: Floats) -> Floats:
    """Return where a smooth convex function is least."""
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS})
    result: Floats = found.x
    return result
