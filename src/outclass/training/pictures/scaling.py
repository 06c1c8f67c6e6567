"""From the scores of least squares to logits: one factor, or a matrix near to it where rows are many."""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

FACTORS = tuple(np.geomspace(1.0, 100.0, 60).tolist())
STIFFNESS = (1e5, 30.0, 3.0)
"""How much it costs the matrix to differ from one factor, the most first; the first hardly allows it."""
ITERATIONS = 60
MOST_ROWS = 10_000
"""So many rows are enough to choose a few numbers by."""
PARTS = 4

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class Scaling(msgspec.Struct, frozen=True):
    """A matrix ``[classes, classes]`` that scores are multiplied by, and what is added ``[classes]``."""

    matrix: Rows
    offsets: Rows

    def apply(self, scores: Rows) -> Rows:
        """Return logits."""
        return np.asarray(scores @ self.matrix + self.offsets, dtype=np.float32)


def scale_for(scores: Rows, targets: Indices, stiffness: float = STIFFNESS[0]) -> Scaling:
    """Return the scaling that makes scores of rows that were not learned from honest; some of many rows do.

    Parameters
    ----------
    stiffness
        One of `STIFFNESS`; by the first, one factor is all.
    """
    step = len(targets) // MOST_ROWS + 1
    scores, targets = scores[::step], targets[::step]
    return fit_matrix(scores, targets, best_factor(scores, targets), stiffness)


def best_factor(scores: Rows, targets: Indices) -> float:
    """Return the factor of the least log loss."""
    losses = [log_loss(factor * scores, targets) for factor in FACTORS]
    return float(FACTORS[int(np.argmin(losses))])


def best_stiffness(scores: Rows, targets: Indices) -> float:
    """Return the cost of differing from one factor that suits rows it was not chosen by."""
    step = len(targets) // MOST_ROWS + 1
    scores, targets = scores[::step], targets[::step]
    part = np.arange(len(targets)) % PARTS
    losses = []
    for stiffness in STIFFNESS:
        total = 0.0
        for number in range(PARTS):
            seen, held = part != number, part == number
            if held.any() and seen.any():
                found = scale_for(scores[seen], targets[seen], stiffness)
                total += log_loss(found.apply(scores[held]), targets[held]) * int(held.sum())
        losses.append(total)
    return STIFFNESS[int(np.argmin(losses))]


def fit_matrix(scores: Rows, targets: Indices, factor: float, stiffness: float) -> Scaling:
    """Return the matrix of the least log loss, and of its distance from one factor."""
    classes = scores.shape[1]
    start = factor * np.eye(classes)
    if stiffness == STIFFNESS[0] or len(targets) == 0:
        return Scaling(start.astype(np.float32), np.zeros(classes, dtype=np.float32))
    wide = np.append(scores, np.ones((len(scores), 1)), axis=1).astype(np.float64)
    truth = np.eye(classes)[targets]

    def loss(flat: Floats) -> tuple[float, Floats]:
        change = flat.reshape(classes + 1, classes)
        logits = factor * scores + wide @ change
        logits -= logits.max(axis=1, keepdims=True)
        weights = np.exp(logits)
        sums = weights.sum(axis=1, keepdims=True)
        total = float((np.log(sums[:, 0]) - (logits * truth).sum(axis=1)).sum())
        slope = wide.T @ (weights / sums - truth) + stiffness * change / factor
        return total + 0.5 * stiffness / factor * float((change**2).sum()), slope.ravel()

    found = minimize(
        loss, np.zeros((classes + 1) * classes), jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}
    )
    change = found.x.reshape(classes + 1, classes)
    return Scaling((start + change[:-1]).astype(np.float32), change[-1].astype(np.float32))


def log_loss(logits: Rows | Floats, targets: Indices) -> float:
    """Return the mean log loss of logits."""
    if not len(targets):
        return math.inf
    high = logits.max(axis=1, keepdims=True)
    sums = np.log(np.exp(logits - high).sum(axis=1)) + high[:, 0]
    return float((sums - logits[np.arange(len(targets)), targets]).mean())
