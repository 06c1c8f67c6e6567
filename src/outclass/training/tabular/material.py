"""What is learned from, dealt into folds in which the classes are alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from outclass.training.data import TrainingData, row_weights

FEW = 500
"""Up to so many rows, there are more folds: each model then learns from nearly all."""
FOLDS, FOLDS_OF_FEW = 5, 10
MOST_CELLS = 4_000_000
"""Rows times encoded columns that settings are compared by; the model that answers learns from more."""
CELLS_A_SECOND = 40_000
"""The same for each second that there is: of many rows, some tell well enough which model is best."""
LEAST_ROWS = 2000
LEARNED_CELLS = 50_000_000
"""Rows times encoded columns that the model that answers learns from: what memory is there for."""
PSEUDO = 0.1
"""Rows of every class that were as if seen beside each answer."""

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some of the rows."""

    rows: Rows
    targets: Indices
    weights: Floats


@dataclass(frozen=True, kw_only=True)
class Material:
    """Rows with their truth and their folds.

    Attributes
    ----------
    rows
        float32 ``[n, columns]``, NaN where a value is missing; a category by its place in its values.
    sizes
        How many values each column may have; 0 for a number.
    targets, weights, folds
        Of each row.
    fold_of
        Of each group.
    count
        Of folds.
    """

    rows: Rows
    sizes: tuple[int, ...]
    targets: Indices
    weights: Floats
    folds: Indices
    fold_of: dict[str, int]
    classes: int
    count: int

    @cached_property
    def prior(self) -> Floats:
        """Return the share of each class; none is 0."""
        sums = np.bincount(self.targets, weights=self.weights, minlength=self.classes) + PSEUDO
        return np.asarray(sums / sums.sum(), dtype=np.float64)

    @property
    def floor(self) -> float:
        """Return the share of the prior in every answer: no rows can show that an error is rarer."""
        return min(0.05, PSEUDO / len(self.targets))

    def whole(self) -> Part:
        """Return all rows."""
        return Part(rows=self.rows, targets=self.targets, weights=self.weights)

    def take(self, chosen: NDArray[np.bool_] | Indices) -> Part:
        """Return some rows."""
        return Part(rows=self.rows[chosen], targets=self.targets[chosen], weights=self.weights[chosen])

    def without(self, fold: int) -> Part:
        """Return the rows of all folds but one."""
        return self.take(self.folds != fold)

    def only(self, fold: int) -> Part:
        """Return the rows of a fold."""
        return self.take(self.folds == fold)

    def within(self, cells: int, seed: int, more: int = 0) -> "Material":
        """Return a material of so many rows that, once encoded, they have no more than so many numbers."""
        return self.fewer(max(LEAST_ROWS, cells // (encoded_width(self.sizes) + more)), seed)

    def fewer(self, most: int, seed: int) -> "Material":
        """Return a material of so many rows by chance, in the same folds."""
        if len(self.targets) <= most:
            return self
        chosen = np.sort(np.random.default_rng(seed).permutation(len(self.targets))[:most])
        part = self.take(chosen)
        return Material(
            rows=part.rows,
            sizes=self.sizes,
            targets=part.targets,
            weights=part.weights,
            folds=self.folds[chosen],
            fold_of=self.fold_of,
            classes=self.classes,
            count=self.count,
        )


def material_of(data: TrainingData, sizes: Sequence[int], folds: int) -> Material:
    """Return the rows of a data set, dealt into folds."""
    rows = np.asarray(data.inputs, dtype=np.float32)
    groups = data.groups or tuple(str(place) for place in range(len(rows)))
    count = min(folds or (FOLDS_OF_FEW if len(rows) <= FEW else FOLDS), max(2, len(set(groups))))
    fold_of = deal(groups, data.targets, count)
    return Material(
        rows=rows,
        sizes=tuple(sizes),
        targets=data.targets,
        weights=row_weights(data.targets, data.class_weights),
        folds=np.array([fold_of[group] for group in groups], dtype=np.int64),
        fold_of=fold_of,
        classes=len(data.classes),
        count=count,
    )


def deal(groups: Sequence[str], targets: Indices, count: int) -> dict[str, int]:
    """Return the fold of each group: groups of a class, in the order of their hashes, go around the folds.

    A group is of the class that most of its rows are of.
    """
    if len(set(groups)) == len(groups):
        kinds = dict(zip(groups, targets.tolist(), strict=True))
    else:
        kinds = most_frequent(groups, targets)
    order = sorted(kinds, key=lambda group: (kinds[group], sha256(f"fold {group}".encode()).digest()))
    return {group: place % count for place, group in enumerate(order)}


def most_frequent(groups: Sequence[str], targets: Indices) -> dict[str, int]:
    """Return the class that most rows of each group are of."""
    votes: dict[str, Counter[int]] = {}
    for group, target in zip(groups, targets.tolist(), strict=True):
        votes.setdefault(group, Counter())[target] += 1
    return {group: min(seen, key=lambda one: (-seen[one], one)) for group, seen in votes.items()}


def sizes_of(data: TrainingData) -> tuple[int, ...]:
    """Return how many values each column may have; 0 for a number."""
    width = np.asarray(data.inputs).shape[1]
    columns = () if data.challenge is None else data.challenge.input.columns
    return tuple(len(column.values) if column.is_category else 0 for column in columns) or (0,) * width


def encoded_width(sizes: Sequence[int]) -> int:
    """Return about how many numbers an encoded row has."""
    return max(1, sum(size or 1 for size in sizes))
