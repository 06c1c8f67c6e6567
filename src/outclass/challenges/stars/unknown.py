"""Objects of a class that no training data has: how large their share is in an answer.

It grows with how unsure the models are, and with how far an object lies from all that they learned from.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.crowd import Crowd

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
STEPS = 50
STIFFNESS = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownShare:
    """The share of unknown objects: ``sigmoid(level + slope * entropy + reach * distance)``.

    Entropy is that of the answer in nats, distance that of `Crowd`.

    Examples
    --------
    >>> UnknownShare(level=-2.0, slope=1.0).of(np.array([[0.0], [2.0]])).round(3)
    array([0.119, 0.5  ])
    """

    level: float
    slope: float
    reach: float = 0.0

    def of(self, signs: Floats) -> Floats:
        """Return the share for entropies, or for entropies and distances, ``[n, 1 or 2]``."""
        growth = signs @ np.array([self.slope, self.reach])[: signs.shape[1]]
        return np.asarray(1.0 / (1.0 + np.exp(-(self.level + growth))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The shares by place, and the crowd that distances are measured from, where any counts them."""

    shares: tuple[UnknownShare, ...]
    crowd: Crowd | None = None

    def odds(self, log_probabilities: Floats, places: Indices, rows: Rows) -> Floats:
        """Return the logarithm of the odds of each row to be unknown.

        Parameters
        ----------
        log_probabilities
            Of the known classes, ``[n, known]``.
        places
            What is known of each row's place.
        rows
            The columns that count for the crowd.
        """
        table = np.array([(share.level, share.slope, share.reach) for share in self.shares])[places]
        distance = self.crowd.distance(rows) if self.crowd is not None else np.zeros(len(rows))
        return np.asarray(table[:, 0] + table[:, 1] * entropy_of(log_probabilities) + table[:, 2] * distance)


def entropy_of(log_probabilities: Floats) -> Floats:
    """Return the entropy of each row, in nats; impossible classes add nothing."""
    terms = np.exp(log_probabilities) * np.maximum(log_probabilities, -1e6)
    return np.asarray(-terms.sum(axis=1))


def fit_share(known: Floats, known_weights: Floats, unknown: Floats, unknown_weights: Floats) -> UnknownShare:
    """Fit the share that minimizes the weighted log loss, where it falls with no sign.

    Parameters
    ----------
    known, unknown
        Entropies, or entropies and distances ``[n, 1 or 2]``, of objects of known classes, by models that did
        not see the object, and of objects by models that did not see their class.
    known_weights, unknown_weights
        Their weights; the sum of the latter over that of both is the share on average.
    """
    signs = np.concatenate([known, unknown])
    truth = np.concatenate([np.zeros(len(known)), np.ones(len(unknown))])
    weights = np.concatenate([known_weights, unknown_weights])
    weights = weights / weights.sum()
    used = list(range(signs.shape[1]))
    slopes = np.zeros(2)
    while True:
        level, slopes[used] = _logistic(signs[:, used], truth, weights)
        falling = [place for place in used if slopes[place] < 0]
        if not falling:
            return UnknownShare(level=level, slope=float(slopes[0]), reach=float(slopes[1]))
        slopes[falling] = 0.0
        used = [place for place in used if place not in falling]


def _logistic(signs: Floats, truth: Floats, weights: Floats) -> tuple[float, Floats]:
    """Return level and slopes of a logistic regression, by Newton's method in steps of at most 2."""
    middle = weights @ signs
    scale = np.sqrt(weights @ (signs - middle) ** 2) + 1e-9
    design = np.concatenate([np.ones((len(signs), 1)), (signs - middle) / scale], axis=1)
    share = float(weights @ truth)
    values = np.zeros(design.shape[1])
    values[0] = math.log(share / (1 - share))
    penalty = np.diag([0.0] + [STIFFNESS] * signs.shape[1])
    for _ in range(STEPS):
        predicted = 1.0 / (1.0 + np.exp(-np.clip(design @ values, -30, 30)))
        gradient = design.T @ (weights * (predicted - truth)) + penalty @ values
        curvature = (design * (weights * predicted * (1 - predicted))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature + 1e-12 * np.eye(len(values)), gradient)
        values = values - step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    slopes = values[1:] / scale
    return float(values[0] - slopes @ middle), slopes


NONE = Unknown(shares=(UnknownShare(level=0.0, slope=0.0),) * 3)
"""By place, where there is no class without training data: not used."""
