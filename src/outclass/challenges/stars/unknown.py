"""Objects of a class that no training data has: their share grows with how unsure the models are."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEPS = 50
STIFFNESS = 1e-3
STEEPEST = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownShare:
    """The share of unknown objects: ``sigmoid(level + slope * entropy)``, entropy in nats.

    Examples
    --------
    >>> UnknownShare(level=-2.0, slope=1.0).of(np.array([0.0, 2.0])).round(3)
    array([0.119, 0.5  ])
    """

    level: float
    slope: float

    def of(self, entropy: Floats) -> Floats:
        """Return the share for an entropy."""
        return 1.0 / (1.0 + np.exp(-(self.level + self.slope * entropy)))


def entropy_of(log_probabilities: Floats) -> Floats:
    """Return the entropy of each row, in nats; impossible classes add nothing."""
    terms = np.exp(log_probabilities) * np.maximum(log_probabilities, -1e6)
    return np.asarray(-terms.sum(axis=1))


def fit_share(known: Floats, known_weights: Floats, unknown: Floats, unknown_weights: Floats) -> UnknownShare:
    """Fit the share that minimizes the weighted log loss, by Newton's method for logistic regression.

    Parameters
    ----------
    known, unknown
        Entropies of objects of known classes, predicted by models that did not see the object, and of objects
        predicted by models that did not see their class.
    known_weights, unknown_weights
        Their weights; the sum of the latter over that of both is the share on average.
    """
    entropy = np.concatenate([known, unknown])
    truth = np.concatenate([np.zeros(len(known)), np.ones(len(unknown))])
    weights = np.concatenate([known_weights, unknown_weights])
    weights = weights / weights.sum()
    share = float(weights @ truth)
    design = np.stack([np.ones(len(entropy)), entropy], axis=1)
    values = np.array([math.log(share / (1 - share)), 0.0])
    penalty = np.diag([0.0, STIFFNESS])
    for _ in range(STEPS):
        predicted = 1.0 / (1.0 + np.exp(-np.clip(design @ values, -30, 30)))
        gradient = design.T @ (weights * (predicted - truth)) + penalty @ values
        curvature = (design * (weights * predicted * (1 - predicted))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature + 1e-12 * np.eye(2), gradient)
        values = values - np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-9:
            break
    slope = float(np.clip(values[1], 0.0, STEEPEST))
    return UnknownShare(
        level=float(values[0]) if slope == values[1] else math.log(share / (1 - share)), slope=slope
    )


NONE = (UnknownShare(level=0.0, slope=0.0),) * 3
"""By place, where there is no class without training data: not used."""
