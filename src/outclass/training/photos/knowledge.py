"""What the network knows of a challenge's classes: its own thousand, turned into those of the challenge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.training.photos.imagenet import CLASSES, Classifier

FLOOR = 1e-6
"""The least share of a class in what is known, so that photos can always teach otherwise."""

Floats = NDArray[np.float64]


class Pooling(StrEnum):
    """How the evidence of several of the network's classes is put together: by any of them, or by all."""

    ANY = "any"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Which classes of the network speak for which of a challenge.

    Attributes
    ----------
    shares
        By the number of a class of the network: how it is shared out among classes of the challenge.
    none
        The class of whatever is none of the others; all other classes of the network speak for it.
    trust, offset
        Log odds of any class but `none` are `trust` times the evidence plus `offset`, until photos tell
        better.
    pooling
        How much there is of any class but `none`: `any` adds up what the network gives to them, `all` takes
        the mean of their logits, which one class that is likely by chance does not raise as much.

    Examples
    --------
    >>> Knowledge(shares={291: {"lion": 1.0}, 292: {"tiger": 1.0}}, none="no_cat").own
    (291, 292)
    """

    shares: Mapping[int, Mapping[str, float]]
    none: str
    trust: float = 1.0
    offset: float = 0.0
    pooling: Pooling = Pooling.ANY

    @property
    def own(self) -> tuple[int, ...]:
        """Return the classes of the network that speak for classes of the challenge."""
        return tuple(sorted(self.shares))

    @property
    def order(self) -> NDArray[np.int64]:
        """Return all classes of the network, those that speak for classes of the challenge first."""
        own = self.own
        return np.array([*own, *(number for number in range(CLASSES) if number not in set(own))])

    def mixing(self, classes: Sequence[str]) -> Floats:
        """Return what each of the network's own classes gives to each class but `none`: rows sum to 1."""
        names = self.some(classes)
        matrix = np.zeros((len(self.own), len(names)))
        for row, number in enumerate(self.own):
            for name, share in self.shares[number].items():
                matrix[row, names.index(name)] = share
        shares: Floats = matrix / matrix.sum(axis=1, keepdims=True)
        return shares

    def some(self, classes: Sequence[str]) -> tuple[str, ...]:
        """Return the classes but `none`.

        Raises
        ------
        DataError
            The classes are not those that anything is known of.
        """
        named = {self.none, *(name for shares in self.shares.values() for name in shares)}
        if missing := sorted(named - set(classes)):
            raise DataError(
                "the network is said to know a class that the challenge does not have",
                got=missing[0],
                accepted=", ".join(classes),
            )
        return tuple(name for name in classes if name != self.none)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the network knows of n photos.

    Attributes
    ----------
    evidence
        float64 ``[n]``: log odds, up to scale and offset, of any class but `none`.
    kinds
        float64 ``[n, classes - 1]``: log probabilities of the classes but `none`, given that it is one of
        them.
    """

    evidence: Floats
    kinds: Floats

    def take(self, chosen: NDArray[np.bool_]) -> "Known":
        """Return what is known of some photos."""
        return Known(evidence=self.evidence[chosen], kinds=self.kinds[chosen])


def know(
    rows: NDArray[np.float32],
    classifier: Classifier,
    knowledge: Knowledge,
    classes: Sequence[str],
    *,
    sharpness: float = 1.0,
) -> Known:
    """Return what the network knows of photos by their features ``[n, width]``.

    Parameters
    ----------
    sharpness
        By what the logits of the network's own classes are multiplied before they become shares.
    """
    logits = classifier.logits(rows).astype(np.float64)[:, knowledge.order]
    own, others = logits[:, : len(knowledge.own)], logits[:, len(knowledge.own) :]
    some = log_sum(own) if knowledge.pooling is Pooling.ANY else own.mean(axis=1)
    shares = np.exp(log_softmax(own * sharpness)) @ knowledge.mixing(classes)
    return Known(evidence=some - log_sum(others), kinds=np.log(shares + FLOOR))


def log_sum(values: Floats) -> Floats:
    """Return the logarithm of the sum of exponentials of each row."""
    most = values.max(axis=1, keepdims=True)
    result: Floats = (most + np.log(np.exp(values - most).sum(axis=1, keepdims=True)))[:, 0]
    return result


def log_sigmoid(odds: Floats) -> Floats:
    """Return log probabilities of log odds."""
    result: Floats = -np.logaddexp(0, -odds)
    return result


def log_softmax(values: Floats) -> Floats:
    """Return log probabilities of rows of logits."""
    result: Floats = values - log_sum(values)[:, None]
    return result
