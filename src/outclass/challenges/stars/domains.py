"""Which classes an object can be of: galactic and extragalactic ones apart, and one without training data."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.challenge import Challenge

IMPOSSIBLE = -1e9
LEAST = -700.0
GALACTIC, EXTRAGALACTIC, EITHER = 0, 1, 2
"""What is known of an object's place: the rows of a table by place."""

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Domains:
    """The classes of a challenge by where their objects are.

    Attributes
    ----------
    size
        Number of all classes.
    known
        Places, among all classes, of those with training data; scores are of these, in this order.
    unknown
        Place of the class without training data, or None.
    parts
        Classes told apart among themselves, as places in `known`: galactic and extragalactic, or all.
    offsets
        Added to log probabilities, ``[3, known]``: 0, or `IMPOSSIBLE` where the place excludes the class.
    weights
        Weights in the metric, of all classes.
    """

    size: int
    known: tuple[int, ...]
    unknown: int | None
    parts: tuple[tuple[int, ...], ...]
    offsets: Floats
    weights: Floats

    @classmethod
    def of(cls, challenge: Challenge) -> "Domains":
        """Read the classes' facts: ``galactic`` is yes or no, or not there for any class."""
        labels = challenge.classes
        known = tuple(place for place, label in enumerate(labels) if label.share == 0)
        others = [place for place, label in enumerate(labels) if label.share > 0]
        inside = np.array([labels[place].facts.get("galactic") == "yes" for place in known])
        apart = bool(inside.any() and not inside.all())
        offsets = np.zeros((3, len(known)))
        parts: tuple[tuple[int, ...], ...] = (tuple(range(len(known))),)
        if apart:
            offsets[GALACTIC, ~inside] = IMPOSSIBLE
            offsets[EXTRAGALACTIC, inside] = IMPOSSIBLE
            parts = tuple(tuple(np.flatnonzero(side).tolist()) for side in (inside, ~inside))
        return cls(
            size=len(labels),
            known=known,
            unknown=others[0] if others else None,
            parts=parts,
            offsets=offsets,
            weights=np.array([label.weight for label in labels]),
        )

    def shares_of_parts(self) -> Floats:
        """Return, for each known class, the logarithm of the weight of its part among all."""
        weights = self.weights[list(self.known)]
        shares = np.zeros(len(self.known))
        for part in self.parts:
            shares[list(part)] = np.log(weights[list(part)].sum() / weights.sum())
        return shares


def place_of(rows: NDArray[np.float32], galactic: int, known: int) -> Indices:
    """Return what is known of each row's place; `galactic` and `known` are columns."""
    return np.where(rows[:, known] < 0.5, EITHER, np.where(rows[:, galactic] > 0.5, GALACTIC, EXTRAGALACTIC))


def one_against_rest(raw: Floats) -> Floats:
    """Return log scores of classes from raw scores of each class against the rest of its part."""
    return -np.logaddexp(0.0, -raw)


def normalize(scores: Floats, offsets: Floats) -> Floats:
    """Return log probabilities of the known classes; `offsets` are added to the scores of each row."""
    allowed = scores + offsets
    top = allowed.max(axis=1, keepdims=True)
    total = np.log(np.exp(np.maximum(allowed - top, LEAST)).sum(axis=1, keepdims=True)) + top
    return np.asarray(np.maximum(allowed - total, IMPOSSIBLE))


def with_unknown(known: Floats, odds: Floats, domains: Domains) -> Floats:
    """Return log probabilities of all classes, with the share of the one without training data.

    Parameters
    ----------
    known
        Log probabilities of the known classes, ``[n, known]``.
    odds
        Logarithm of the odds of each row to be of none of these; not used where there is no such class.
    """
    found = np.zeros((len(known), domains.size))
    if domains.unknown is None:
        found[:, list(domains.known)] = known
        return found
    found[:, list(domains.known)] = np.maximum(known - np.logaddexp(0.0, odds)[:, None], IMPOSSIBLE)
    found[:, domains.unknown] = -np.logaddexp(0.0, -odds)
    return found
