"""What an adviser learns from: its columns, its targets, the folds, and augmented copies of the objects."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError
from outclass.catalog.challenge import Challenge
from outclass.challenges.stars import features
from outclass.challenges.stars.augment import augment
from outclass.challenges.stars.crowd import columns_that_count
from outclass.challenges.stars.domains import Domains, place_of
from outclass.challenges.stars.recipe import Recipe
from outclass.inputs.series import SeriesTable, first_nights
from outclass.training.data import TrainingData

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
FLAGS = ("context.galactic", "context.photoz_known")
EVERYTHING = -1
CUT_NIGHTS = (3.0, 80.0)
"""Fewest and most nights of a curve that is cut; their logarithm is drawn evenly."""
CUT_WEIGHT = 0.5
"""Weight of a cut curve against the whole one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns of a row an adviser uses.

    Attributes
    ----------
    width
        Number of all columns.
    chosen
        Those that it learns from.
    crowd
        Those that tell how far an object is from all others.
    flags
        Those that say whether the object is galactic, and whether that is known.
    """

    width: int
    chosen: tuple[int, ...]
    crowd: tuple[int, ...]
    flags: tuple[int, int]

    @classmethod
    def of(cls, challenge: Challenge, recipe: Recipe) -> "Columns":
        """Choose by the first part of the names."""
        names = features.names(challenge.input)
        groups = {name.split(".", 1)[0] for name in names}
        if missing := sorted(set(recipe.groups) - groups):
            raise DataError(
                "there are no such columns",
                where="models.columns",
                got=missing[0],
                accepted=", ".join(sorted(groups)),
            )
        chosen = tuple(place for place, name in enumerate(names) if name.split(".", 1)[0] in recipe.groups)
        galactic, known = (names.index(flag) for flag in FLAGS)
        counted = columns_that_count(names)
        return cls(width=len(names), chosen=chosen, crowd=counted, flags=(galactic, known))

    def widened(self, width: int, more: int, times: int) -> "Columns":
        """Return the columns for rows of another width: the last `more` of them, too, each some times.

        Trees look at a share of the columns; what stands there more often is looked at more often.
        """
        return replace(self, width=width, chosen=(*self.chosen, *list(range(width - more, width)) * times))

    def take(self, inputs: Rows) -> Rows:
        """Return the adviser's columns of full rows."""
        return np.ascontiguousarray(inputs[:, self.chosen], dtype=np.float32)

    def counted(self, inputs: Rows) -> Rows:
        """Return the columns of full rows that count for the distance from others."""
        return np.ascontiguousarray(inputs[:, self.crowd], dtype=np.float32)

    def places(self, inputs: Rows) -> Indices:
        """Return what is known of each full row's place."""
        return place_of(inputs, *self.flags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Rows to learn from.

    Attributes
    ----------
    rows
        The adviser's columns.
    counted
        The columns that count for the distance from others.
    targets
        Places among the known classes.
    folds
        The fold of each row's group.
    places
        What is known of each row's place.
    weights
        Of each row.
    """

    rows: Rows
    counted: Rows
    targets: Indices
    folds: Indices
    places: Indices
    weights: Floats

    def take(self, chosen: NDArray[np.bool_]) -> "Material":
        """Return some of the rows."""
        return Material(
            rows=self.rows[chosen],
            counted=self.counted[chosen],
            targets=self.targets[chosen],
            folds=self.folds[chosen],
            places=self.places[chosen],
            weights=self.weights[chosen],
        )


def gather(data: TrainingData, columns: Columns, domains: Domains, recipe: Recipe, *, seed: int) -> Material:
    """Return the rows to learn from, without augmented copies."""
    position = {place: number for number, place in enumerate(domains.known)}
    targets = np.array([position[target] for target in data.targets.tolist()], dtype=np.int64)
    groups = data.groups or tuple(str(place) for place in range(len(targets)))
    return Material(
        rows=columns.take(data.inputs),
        counted=columns.counted(data.inputs),
        targets=targets,
        folds=folds_of(groups, recipe.folds, seed),
        places=columns.places(data.inputs),
        weights=class_weights(targets, domains, recipe),
    )


def with_cuts(
    material: Material, data: TrainingData, columns: Columns, recipe: Recipe, *, seed: int, folder: Path
) -> Material:
    """Add each object again as it was seen after its first nights, so that early answers are honest, too."""
    if recipe.cuts == 0 or data.series is None or data.challenge is None:
        return material
    declared, series = data.challenge.input, data.series
    origin = np.repeat(np.arange(len(series)), recipe.cuts)
    low, high = np.log(CUT_NIGHTS)
    nights = np.exp(np.random.default_rng(seed).uniform(low, high, len(origin))).astype(np.int64)

    def make() -> tuple[Rows, Indices]:
        pairs = zip(origin.tolist(), nights.tolist(), strict=True)
        cut = SeriesTable.of([first_nights(series[place], count) for place, count in pairs])
        return features.prepare(cut, declared), origin

    return _with_more(material, columns, _kept(folder / "cuts.npz", make), CUT_WEIGHT)


def with_copies(
    material: Material, data: TrainingData, columns: Columns, recipe: Recipe, *, seed: int, folder: Path
) -> Material:
    """Add copies of the objects as seen elsewhere, which stay in their object's fold."""
    if recipe.copies == 0 or data.series is None or data.challenge is None:
        return material
    declared, series = data.challenge.input, data.series

    def make() -> tuple[Rows, Indices]:
        names = tuple(str(place) for place in range(len(series)))
        copies, _, sources = augment(series, data.targets, names, declared, copies=recipe.copies, seed=seed)
        return features.prepare(copies, declared), np.array([int(name) for name in sources], dtype=np.int64)

    return _with_more(material, columns, _kept(folder / "copies.npz", make), 1.0)


def _kept(place: Path, make: Callable[[], tuple[Rows, Indices]]) -> tuple[Rows, Indices]:
    """Return full rows and the object that each is of, as they are kept at a place, or make and keep them."""
    if not place.exists():
        rows, origin = make()
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_suffix(".part.npz")
        np.savez(temporary, rows=rows, origin=origin)
        temporary.replace(place)
    with np.load(place) as saved:
        return saved["rows"], saved["origin"]


def _with_more(material: Material, columns: Columns, more: tuple[Rows, Indices], weight: float) -> Material:
    """Add rows, each of the object at a place of the material, at a share of its weight."""
    rows, origin = more
    return Material(
        rows=np.concatenate([material.rows, columns.take(rows)]),
        counted=np.concatenate([material.counted, columns.counted(rows)]),
        targets=np.concatenate([material.targets, material.targets[origin]]),
        folds=np.concatenate([material.folds, material.folds[origin]]),
        places=np.concatenate([material.places, columns.places(rows)]),
        weights=np.concatenate([material.weights, material.weights[origin] * weight]),
    )


def class_weights(targets: Indices, domains: Domains, recipe: Recipe) -> Floats:
    """Return a weight for each row: w_c / N_c to the power `balance`, 1 on average."""
    weights = np.exp(recipe.balance * class_odds(targets, domains, recipe))[targets]
    return np.asarray(weights / weights.mean())


def class_odds(targets: Indices, domains: Domains, recipe: Recipe) -> Floats:
    """Return for each known class the logarithm of its weight in the metric over its share of the rows.

    Both are shares within a part for models that tell classes apart within it, else of all.
    """
    counts = np.bincount(targets, minlength=len(domains.known)).astype(np.float64)
    weights = np.where(counts > 0, domains.weights[list(domains.known)], 0.0)
    odds = np.zeros(len(counts))
    everything = (tuple(range(len(counts))),)
    for part in domains.parts if recipe.method == "trotta" else everything:
        present = [label for label in part if counts[label] > 0]
        share = weights[present] / weights[present].sum() / (counts[present] / counts[present].sum())
        odds[present] = np.log(share)
    return odds


def folds_of(groups: tuple[str, ...], folds: int, seed: int) -> Indices:
    """Return the fold of each group, by its hash."""
    if folds == 0:
        return np.full(len(groups), EVERYTHING, dtype=np.int64)
    digests = (hashlib.blake2b(f"{seed}:{group}".encode(), digest_size=8).digest() for group in groups)
    return np.array([int.from_bytes(digest, "big") % folds for digest in digests], dtype=np.int64)
