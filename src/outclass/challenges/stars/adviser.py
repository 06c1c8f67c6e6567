"""One adviser's trees on some of the rows: by part of the classes, or all at once."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.domains import Domains, normalize, one_against_rest
from outclass.challenges.stars.recipe import Recipe
from outclass.challenges.stars.rows import Material, class_odds
from outclass.challenges.stars.trees import Bins, Model, learn, raw_scores
from outclass.training.forest import Forest

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
ABSENT = -50.0
SEED_STEP = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Models of one kind: of different seeds, with the classes (among the known) that their scores are of."""

    classes: tuple[int, ...]
    models: tuple[Model, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adviser:
    """Boosted trees that tell the known classes apart.

    Attributes
    ----------
    against_rest
        Whether a score is of a class against the rest of its part, or of one among all.
    offsets
        Added to the log scores by place, ``[3, known]``: excludes classes, and corrects the prior.
    """

    branches: tuple[Branch, ...]
    against_rest: bool
    offsets: Floats
    domains: Domains

    def log_probabilities(self, rows: Rows, places: Indices) -> Floats:
        """Return log probabilities of the known classes."""
        raw = np.full((len(rows), len(self.domains.known)), ABSENT)
        for branch in self.branches:
            raw[:, list(branch.classes)] = raw_scores(branch.models, rows)
        scores = one_against_rest(raw) if self.against_rest else raw
        return normalize(scores, self.offsets[places])

    def forest(self) -> Forest:
        """Return all trees as arrays."""
        forest = Forest.empty()
        for branch in self.branches:
            for model in branch.models:
                forest.plant(model, branch.classes, 1.0 / len(branch.models))
        return forest


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """How to learn, and the folder of the text files that keep what was learned."""

    folder: Path
    domains: Domains
    recipe: Recipe
    seed: int

    def at(self, name: str) -> "Task":
        """Return the task for a folder below."""
        return replace(self, folder=self.folder / name)


def fit_adviser(task: Task, material: Material) -> Adviser:
    """Learn from rows, or take up what the task's folder holds; classes without rows are left out."""
    task.folder.mkdir(parents=True, exist_ok=True)
    against_rest = task.recipe.method == "trotta"
    branches = tuple(_against_rest(task, material) if against_rest else _all_at_once(task, material))
    corrected = (1.0 - task.recipe.balance) * class_odds(material.targets, task.domains, task.recipe)
    parts = task.domains.shares_of_parts() if against_rest else 0.0
    return Adviser(
        branches=branches,
        against_rest=against_rest,
        offsets=task.domains.offsets + corrected + parts,
        domains=task.domains,
    )


def _against_rest(task: Task, material: Material) -> Iterator[Branch]:
    """Yield a branch for each class: it against the rest of its part."""
    for part in task.domains.parts:
        inside = material.take(np.isin(material.targets, part))
        bins = Bins(inside.rows, inside.weights, task.recipe)
        for label in np.unique(inside.targets).tolist():
            targets = (inside.targets == label).astype(np.int64)
            yield Branch(classes=(label,), models=_seeds(task, f"class-{label}", bins, targets))


def _all_at_once(task: Task, material: Material) -> Iterator[Branch]:
    """Yield the one branch of all classes, which are counted anew."""
    bins = Bins(material.rows, material.weights, task.recipe)
    classes, targets = np.unique(material.targets, return_inverse=True)
    yield Branch(classes=tuple(classes.tolist()), models=_seeds(task, "all", bins, targets))


def _seeds(task: Task, name: str, bins: Bins, targets: Indices) -> tuple[Model, ...]:
    """Learn one model for each seed."""
    places = [(number, task.folder / f"{name}-{number}.txt") for number in range(task.recipe.seeds)]
    return tuple(learn(place, bins, targets, task.seed + SEED_STEP * number) for number, place in places)
