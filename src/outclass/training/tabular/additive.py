"""Learning linear models: as the columns are, bent, or with likenesses to some rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outclass.training.tabular.budget import Deadline
from outclass.training.tabular.encoding import Encoder, learn_encoder
from outclass.training.tabular.logistic import Problem
from outclass.training.tabular.material import Part
from outclass.training.tabular.parts import UNHEARD_OF, Linear, likeness

COSTS = tuple(float(10.0**power) for power in np.arange(-1.5, 4.1, 0.5))
LIKE_COSTS = (30.0, 300.0, 3000.0)
LEAST_VALUE = 1e-3
"""Directions of likeness that tell less than this share of the most are noise of rounding."""

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form of linear model.

    Attributes
    ----------
    knots
        Bends of each number.
    centers
        Rows that others are compared with; the model then adds up nothing but likenesses to these.
    width
        How fast likeness falls: times the inverse of the usual squared distance.
    alike
        Whether numbers count in their own unit rather than by their deviation.
    """

    knots: int = 0
    centers: int = 0
    width: float = 1.0
    alike: bool = False


class Space:
    """Rows in a form, ready to be fitted at one cost after the other."""

    def __init__(self, part: Part, sizes: Sequence[int], form: Form, classes: int, seed: int) -> None:
        self.encoder = learn_encoder(part.rows, sizes, knots=form.knots)
        encoded = self.encoder.encode(part.rows)
        self.stretch = stretch_of(self.encoder, form)
        self.centers, self.width = centers_of(encoded * self.stretch, form, seed)
        self.classes = classes
        self.present, targets = np.unique(part.targets, return_inverse=True)
        self.back = np.zeros((0, 0))
        features: NDArray[np.floating] = encoded
        if len(self.centers):
            like = likeness(encoded * self.stretch, self.centers, self.width)
            self.back = root_of(likeness(self.centers, self.centers, self.width))
            features = like @ self.back
        self.problem = Problem(features, targets, part.weights, len(self.present))

    def path(self, costs: Sequence[float], deadline: Deadline) -> Iterator[Linear]:
        """Yield a model for each cost, until time is up."""
        for weights, offsets in self.problem.path(costs, deadline):
            yield self.linear(weights, offsets)

    def linear(self, small: Floats, offsets: Floats) -> Linear:
        """Return a model of all classes, those without rows far below the others."""
        weights = self.back @ small if len(self.centers) else small
        whole = np.zeros((len(weights), self.classes))
        whole[:, self.present] = weights
        lowest = float((self.problem.rows @ small + offsets).min()) - UNHEARD_OF
        every = np.full(self.classes, lowest)
        every[self.present] = offsets
        return Linear(
            encoder=self.encoder,
            centers=self.centers,
            stretch=self.stretch,
            width=self.width,
            weights=whole.astype(np.float32),
            offsets=every.astype(np.float32),
        )


def stretch_of(encoder: Encoder, form: Form) -> Rows:
    """Return by what each encoded column is multiplied before distances are taken."""
    stretch = np.ones(encoder.width, dtype=np.float32)
    if form.alike:
        spread = np.where(encoder.factor > 0, 1 / np.maximum(encoder.factor, np.float32(1e-30)), 0)
        usual = np.sqrt((spread**2).mean()) or 1.0
        stretch[: len(spread)] = spread / usual
    return stretch


def centers_of(stretched: Rows, form: Form, seed: int) -> tuple[Rows, float]:
    """Return rows to compare others with, by chance, and how fast likeness falls."""
    if not form.centers:
        return np.zeros((0, stretched.shape[1]), dtype=np.float32), 1.0
    chosen = np.random.default_rng(seed).permutation(len(stretched))[: form.centers]
    centers = np.unique(stretched[np.sort(chosen)], axis=0)
    usual = float(((centers - centers.mean(axis=0)) ** 2).sum(axis=1).mean()) * 2
    return np.asarray(centers, dtype=np.float32), float(np.float32(form.width / max(usual, 1e-12)))


def root_of(likenesses: Rows) -> Floats:
    """Return the root of the inverse of likenesses among centers, so that all directions count alike.

    Source: C. Williams, M. Seeger, Using the Nyström Method to Speed Up Kernel Machines, NIPS 2000.
    """
    values, vectors = np.linalg.eigh(likenesses.astype(np.float64))
    kept = values > LEAST_VALUE * values[-1]
    return np.asarray(vectors[:, kept] / np.sqrt(values[kept]), dtype=np.float64)
