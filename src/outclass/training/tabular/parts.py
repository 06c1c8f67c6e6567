"""The models that are compared: what each holds once it has learned, and how it answers."""

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.training.forest import Forest
from outclass.training.tabular.encoding import Encoder

if TYPE_CHECKING:
    import lightgbm

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

UNHEARD_OF = 5.0
"""So much below every score seen is that of a class without rows."""


class Answering(Protocol):
    """A model that has learned."""

    def logits(self, rows: Rows) -> NDArray[np.floating]:
        """Return ``[n, classes]``."""


class Shares(msgspec.Struct, frozen=True):
    """Answers every row with the shares of the classes: the baseline."""

    offsets: Rows

    def logits(self, rows: Rows) -> Rows:
        """Return the same for every row."""
        return np.repeat(self.offsets[None, :], len(rows), axis=0)


class Linear(msgspec.Struct, frozen=True):
    """Adds up encoded columns, or likenesses to some rows where it has such.

    Attributes
    ----------
    centers
        Encoded rows ``[k, width]``, stretched.
    stretch
        Of each encoded column, before distances are taken.
    width
        How fast likeness falls with the squared distance.
    weights, offsets
        ``[width, classes]``, or ``[k, classes]``; and ``[classes]``.
    """

    encoder: Encoder
    centers: Rows
    stretch: Rows
    width: float
    weights: Rows
    offsets: Rows

    def features(self, rows: Rows) -> Rows:
        """Return what is added up."""
        encoded = self.encoder.encode(rows)
        if not len(self.centers):
            return encoded
        return likeness(encoded * self.stretch, self.centers, self.width)

    def logits(self, rows: Rows) -> Rows:
        """Return the sums."""
        return np.asarray(self.features(rows) @ self.weights + self.offsets, dtype=np.float32)


def likeness(stretched: Rows, centers: Rows, width: float) -> Rows:
    """Return how like each row is to each center, 0 to 1."""
    squares = (stretched * stretched).sum(axis=1, keepdims=True) + (centers * centers).sum(axis=1)
    distance = np.maximum(squares - np.float32(2) * (stretched @ centers.T), np.float32(0))
    return np.asarray(np.exp(np.float32(-width) * distance), dtype=np.float32)


class Boosted(msgspec.Struct, frozen=True, dict=True):
    """Sums of trees.

    Attributes
    ----------
    text
        The model, as LightGBM writes it.
    present
        The classes that it knows, in the order of its scores; of two, its score is that of the second.
    offsets
        Of each class, 0 where it is known.
    """

    encoder: Encoder
    text: str
    present: Indices
    offsets: Rows

    @cached_property
    def booster(self) -> "lightgbm.Booster":
        """Return the model."""
        import lightgbm  # noqa: PLC0415 - an optional extra

        return lightgbm.Booster(model_str=self.text)

    @property
    def scored(self) -> list[int]:
        """Return the class of each of its scores."""
        places: list[int] = self.present.tolist()
        return places[1:] if len(places) == 2 else places

    def logits(self, rows: Rows) -> Floats:
        """Return the sums of the leaves."""
        scored = self.scored
        raw = self.booster.predict(self.encoder.unscaled(rows), raw_score=True, num_threads=1)
        found = np.zeros((len(rows), len(self.offsets))) + self.offsets
        found[:, scored] += np.asarray(raw).reshape(len(rows), len(scored))
        return found

    def forest(self) -> Forest:
        """Return the trees as arrays."""
        forest = Forest.empty()
        forest.plant(self.booster, self.scored, 1.0)
        return forest


def log_softmax(logits: NDArray[np.floating]) -> Floats:
    """Return the logarithms of probabilities."""
    scaled = logits.astype(np.float64)
    scaled -= scaled.max(axis=1, keepdims=True, initial=-np.inf)
    return np.asarray(scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True)), dtype=np.float64)


def soften(logs: Floats, prior: Floats, floor: float) -> Floats:
    """Return logarithms of probabilities with a share of the prior among them."""
    return np.asarray(np.log((1 - floor) * np.exp(log_softmax(logs)) + floor * prior), dtype=np.float64)
