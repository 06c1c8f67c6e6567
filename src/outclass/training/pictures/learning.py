"""Learn from what describes drawings: a kernel machine made of random functions, by least squares.

What describes a drawing is projected on the directions in which drawings differ most; cosines of random sums
of these stand for a Gaussian kernel; on them stands ridge regression. Its sums of squares add up over rows:
a model that leaves a fold out costs one subtraction and one solution, and the penalty is chosen by what such
models say of the rows they did not see. Sources: A. Rahimi, B. Recht, Random Features for Large-Scale Kernel
Machines, NIPS 2007; R. Rifkin, R. Lippert, Notes on Regularized Least Squares, 2007.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from outclass.training.pictures.recipe import FOLDS, MOST_DIRECTIONS, PENALTIES
from outclass.training.pictures.scaling import Scaling, best_stiffness, log_loss, scale_for

CHUNK = 2000
PAIRS = 400
"""So many drawings are compared with each other to find a typical distance."""
LEAST_SPREAD = 1e-6
BLEND = 0.1
"""Share of an even spread in how drawings of a class differ."""

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Told = Callable[[float, str], None]


class Basis(msgspec.Struct, frozen=True):
    """What drawings are projected on: `mean` ``[width]`` and `directions` ``[width, k]``."""

    mean: Rows
    directions: Rows

    def apply(self, described: Rows) -> Rows:
        """Return the place of each row, ``[n, k]``."""
        return np.asarray((described - self.mean) @ self.directions, dtype=np.float32)


class Waves(msgspec.Struct, frozen=True):
    """Random functions: cosines of `weights` ``[k, m]`` times a place, and `offsets` ``[m]``."""

    weights: Rows
    offsets: Rows

    def apply(self, places: Rows) -> Rows:
        """Return the values of the functions, and a one, ``[n, m + 1]``."""
        values = np.cos(places @ self.weights + self.offsets)
        return np.asarray(np.append(values, np.ones((len(places), 1), np.float32), axis=1), np.float32)


class Head(msgspec.Struct, frozen=True):
    """What was learned of some rows.

    Attributes
    ----------
    weights
        ``[m + 1, classes]``.
    scaling
        From scores to logits.
    spread, centers
        What brings places to where drawings of a class differ alike in all directions ``[k, k]``, and the
        middle of each class there ``[classes, k]``.
    """

    weights: Rows
    scaling: Scaling
    spread: Rows
    centers: Rows

    def outputs(self, values: Rows, places: Rows) -> tuple[Rows, Rows]:
        """Return logits, and how far each row is from the nearest class."""
        turned = places @ self.spread
        squares = (turned**2).sum(axis=1, keepdims=True) + (self.centers**2).sum(axis=1)
        far = (squares - 2 * turned @ self.centers.T).min(axis=1) / places.shape[1]
        return self.scaling.apply(values @ self.weights), np.asarray(far, dtype=np.float32)


def find_basis(described: Rows) -> Basis:
    """Return the directions in which rows differ most."""
    mean = described.mean(axis=0)
    centered = described - mean
    values, vectors = np.linalg.eigh((centered.T @ centered / len(centered)).astype(np.float64))
    kept = min(MOST_DIRECTIONS, max(2, len(described) - 1), int((values > LEAST_SPREAD).sum()) or 1)
    return Basis(mean, vectors[:, ::-1][:, :kept].astype(np.float32).copy())


def draw_waves(places: Rows, width: int, reach: float, chance: np.random.Generator) -> Waves:
    """Draw functions whose products stand for a Gaussian kernel `reach` times as wide as rows are apart."""
    few = places[chance.permutation(len(places))[:PAIRS]].astype(np.float64)
    apart = ((few[:, None] - few[None]) ** 2).sum(axis=2)[np.triu_indices(len(few), 1)]
    typical = float(np.median(apart)) if len(apart) else 1.0
    weights = chance.standard_normal((places.shape[1], width)) / (reach * np.sqrt(max(typical, 1e-12) / 2))
    return Waves(weights.astype(np.float32), chance.uniform(0, 2 * np.pi, width).astype(np.float32))


@dataclass(slots=True, kw_only=True)
class Sums:
    """What least squares and spreads need of each fold, float64.

    Attributes
    ----------
    squares, products
        ``[folds, m + 1, m + 1]`` and ``[folds, m + 1, classes]``, of the random functions.
    counts, centers, spread
        ``[folds, classes]``, ``[folds, classes, k]`` and ``[folds, k, k]``, of the places.
    """

    squares: Floats
    products: Floats
    counts: Floats
    centers: Floats
    spread: Floats

    def without(self, fold: int | None) -> "Sums":
        """Return the sums over all folds but one, or over all."""
        left = [fold] if fold is not None else []
        parts = (self.squares, self.products, self.counts, self.centers, self.spread)
        sums = [part.sum(axis=0) - part[left].sum(axis=0) for part in parts]
        return Sums(squares=sums[0], products=sums[1], counts=sums[2], centers=sums[3], spread=sums[4])


def add_up(waves: Waves, places: Rows, targets: Indices, classes: int, folds: Indices, tell: Told) -> Sums:
    """Add up what is needed of each fold."""
    width, depth = len(waves.offsets) + 1, places.shape[1]
    sums = Sums(
        squares=np.zeros((FOLDS, width, width)),
        products=np.zeros((FOLDS, width, classes)),
        counts=np.zeros((FOLDS, classes)),
        centers=np.zeros((FOLDS, classes, depth)),
        spread=np.zeros((FOLDS, depth, depth)),
    )
    for fold, rows in pieces(folds):
        values, placed = waves.apply(places[rows]), places[rows].astype(np.float64)
        truth = np.eye(classes)[targets[rows]]
        sums.squares[fold] += values.T @ values
        sums.products[fold] += values.T @ truth.astype(np.float32)
        sums.counts[fold] += truth.sum(axis=0)
        sums.centers[fold] += truth.T @ placed
        sums.spread[fold] += placed.T @ placed
        tell(len(rows) / len(folds), "adding up")
    return sums


def pieces(folds: Indices) -> Iterator[tuple[int, Indices]]:
    """Yield the rows of each fold, not too many at once."""
    for fold in range(FOLDS):
        rows = np.flatnonzero(folds == fold)
        for start in range(0, len(rows), CHUNK):
            yield fold, rows[start : start + CHUNK]


def solve(sums: Sums, penalty: float) -> Rows:
    """Return the weights of ridge regression."""
    squares = sums.squares + penalty * max(sums.counts.sum(), 1.0) * np.eye(len(sums.squares))
    return np.asarray(cho_solve(cho_factor(squares, overwrite_a=True), sums.products), dtype=np.float32)


def spread_of(sums: Sums) -> tuple[Rows, Rows]:
    """Return `Head.spread` and `Head.centers`."""
    counts = np.maximum(sums.counts, 1.0)[:, None]
    centers = sums.centers / counts
    within = (sums.spread - centers.T @ (centers * sums.counts[:, None])) / max(sums.counts.sum(), 1.0)
    even = np.trace(within) / len(within) * np.eye(len(within))
    values, vectors = np.linalg.eigh((1 - BLEND) * within + BLEND * even)
    spread = vectors / np.sqrt(np.maximum(values, LEAST_SPREAD))
    seen = sums.counts > 0
    middles = np.where(seen[:, None], centers, centers[seen].mean(axis=0) if seen.any() else 0.0)
    return spread.astype(np.float32), np.asarray(middles @ spread, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The head of all rows, those that leave a fold out, and the penalty that was best."""

    head: Head
    folds: tuple[Head, ...]
    penalty: float


def learn(waves: Waves, places: Rows, targets: Indices, classes: int, folds: Indices, tell: Told) -> Learned:
    """Learn by the penalty whose models say most of the rows that they leave out."""
    sums = add_up(waves, places, targets, classes, folds, lambda share, text: tell(0.5 * share, text))
    best: tuple[float, float, list[Rows], Rows] | None = None
    for penalty in PENALTIES:
        weights = [solve(sums.without(fold), penalty) for fold in range(FOLDS)]
        scores = unseen_scores(waves, places, weights, folds)
        loss = log_loss(scale_for(scores, targets).apply(scores), targets)
        tell(0.4 / len(PENALTIES), f"penalty {penalty:g}: log loss {loss:.4f}")
        if best is not None and loss >= best[0]:
            break
        best = (loss, penalty, weights, scores)
    assert best is not None
    _, penalty, weights, scores = best
    stiffness = best_stiffness(scores, targets)
    left_out = [scale_for(scores[folds != fold], targets[folds != fold], stiffness) for fold in range(FOLDS)]
    whole = sums.without(None)
    return Learned(
        head=Head(solve(whole, penalty), scale_for(scores, targets, stiffness), *spread_of(whole)),
        folds=tuple(
            Head(weights[fold], left_out[fold], *spread_of(sums.without(fold))) for fold in range(FOLDS)
        ),
        penalty=penalty,
    )


def unseen_scores(waves: Waves, places: Rows, weights: list[Rows], folds: Indices) -> Rows:
    """Return the scores of each row by the model that left out its fold."""
    scores = np.zeros((len(places), weights[0].shape[1]), dtype=np.float32)
    for fold, rows in pieces(folds):
        scores[rows] = waves.apply(places[rows]) @ weights[fold]
    return scores
