"""A linear probe of a backbone's features: seconds to learn, small, and with honest advice by folds."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from outclass.base.document import Document
from outclass.base.errors import DataError, OutclassError
from outclass.base.settings import Settings
from outclass.training.calibrate import best_temperature
from outclass.training.data import Outputs, TrainingData, groups_of
from outclass.training.estimator import Tell
from outclass.training.parameters import read_parameters, refused
from outclass.training.photos.embedding import CHANGES, embed_photos
from outclass.training.photos.folds import NO_FOLD, answer_by_fold, folds_of
from outclass.training.photos.head import Head, export_head, learn_path, read_head, write_head
from outclass.training.photos.lifting import lifted, lifts_for, read_shares

Rows = NDArray[np.float32]
Indices = NDArray[np.int64]
Changed = Callable[[TrainingData, str], Rows]


class Recipe(Document, frozen=True, kw_only=True):
    """What can be set about a probe."""

    costs: Annotated[
        str, Meta(description="scikit-learn's C by spaces, rising; the best on held-out folds is taken")
    ] = "30 100 300"
    balance: Annotated[
        float, Meta(ge=0.0, le=1.0, description="0: rows weigh alike; 1: classes do, whatever their rows")
    ] = 0.0
    own: Annotated[bool, Meta(description="learn from the backbone's own thousand classes as well")] = False
    found: Annotated[
        str, Meta(description="the share to be found of a class, such as bobcat=0.6; raises its odds")
    ] = ""
    changes: Annotated[str, Meta(description="what photos are learned from as well, by spaces")] = ""
    folds: Annotated[int, Meta(ge=2, le=20, description="for costs, calibration and honest advice")] = 5


def build(parameters: Mapping[str, object]) -> "LinearProbe":
    """Make the estimator that an entry of `models` in the challenge file describes."""
    recipe = read_parameters(parameters, Recipe, strict=False)
    if unknown := set(recipe.changes.split()) - set(CHANGES):
        raise refused(", ".join(sorted(unknown)), ", ".join(CHANGES))
    read_shares(recipe.found)
    return LinearProbe(recipe, read_costs(recipe.costs))


def read_costs(text: str) -> tuple[float, ...]:
    """Return costs, which must be above 0 and rise."""
    try:
        costs = tuple(float(word) for word in text.split())
    except ValueError:
        costs = ()
    if not costs or costs[0] <= 0 or list(costs) != sorted(set(costs)):
        raise refused(f"costs {text}", "numbers above 0 that rise, such as 30 100 300")
    return costs


def embed_changed(data: TrainingData, change: str) -> Rows:
    """Return features of the photos after a change.

    Raises
    ------
    DataError
        There are features alone.
    """
    if data.photos is None:
        raise DataError("changes need the photos themselves", where="models.parameters.changes")
    return embed_photos(data.photos, settings=Settings.from_environment(), change=change)


class Material(NamedTuple):
    """What is learned from: each photo in one or more forms, in one fold."""

    forms: Sequence[Rows]
    targets: Indices
    classes: int
    groups: Sequence[str]
    folds: Indices

    def without(self, fold: int) -> tuple[Rows, Indices]:
        """Return rows and targets of all folds but one."""
        chosen = self.folds != fold
        rows = np.concatenate([form[chosen] for form in self.forms])
        return rows, np.tile(self.targets[chosen], len(self.forms))


class LinearProbe:
    """Learns logistic regression of the features, and one more model for each fold of the groups.

    The penalty is the one whose models answer best for the folds that they did not see, once their
    temperature is set.

    Attributes
    ----------
    changed
        Returns the features of the photos after a change.
    head_
        The final model.
    fold_heads_
        One for each fold, learned without it.
    facts_
        What the leaderboard of experiments shows, the chosen cost among it.
    seconds_
        Processor time of learning.
    """

    def __init__(self, recipe: Recipe, costs: tuple[float, ...], changed: Changed = embed_changed) -> None:
        self.recipe = recipe
        self.costs = costs
        self.changed = changed
        self.head_: Head | None = None
        self.fold_heads_: tuple[Head, ...] = ()
        self.facts_: dict[str, str | int | float | bool] = {"optimizer": "L-BFGS"}
        self.seconds_ = 0.0
        self._learned: frozenset[str] = frozenset()

    def fit(self, data: TrainingData, *, seed: int, folder: Path, device: str, progress: Tell) -> None:  # noqa: ARG002 # seconds on a processor, and no chance in it
        """Learn the final model and that of each fold; what the folder holds is taken up."""
        started = time.process_time()
        material = self._material(data, progress)
        paths = []
        for fold in range(self.recipe.folds):
            paths.append(self._path(folder, fold, material, self.costs))
            progress((fold + 1) / (self.recipe.folds + 1), f"fold {fold + 1} of {self.recipe.folds}")
        best = best_cost(paths, material)
        last = self._path(folder, NO_FOLD, material, self.costs[: best + 1])
        heads = tuple(path[best] for path in paths)
        held_out = answer_by_fold(heads, last[best], material.forms[0], material.folds).logits
        groups = groups_of(data.challenge).values() if data.challenge else ()
        shares = read_shares(self.recipe.found)
        lifts = lifts_for(shares, data.classes, held_out, data.targets, groups)
        self.head_, self.fold_heads_ = lifted(last[best], lifts), tuple(lifted(one, lifts) for one in heads)
        self.facts_["cost"] = self.costs[best]
        self._learned = frozenset(material.groups)
        self.seconds_ = time.process_time() - started
        progress(1.0, f"cost {self.costs[best]:g}")

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for features, ``[n, width]``."""
        return self._fitted().outputs(np.asarray(inputs, dtype=np.float32))

    def out_of_fold(self, inputs: NDArray[Any], groups: Sequence[str]) -> Outputs:
        """Answer for rows, each by a model that learned from no row of its group."""
        rows = np.asarray(inputs, dtype=np.float32)
        folds = folds_of(groups, self.recipe.folds, self._learned)
        return answer_by_fold(self.fold_heads_, self._fitted(), rows, folds)

    def export_onnx(self, path: Path) -> None:
        """Write logits and the outlier score."""
        export_head(path, self._fitted())

    def _material(self, data: TrainingData, progress: Tell) -> "Material":
        """Return the rows as they are, and those of each change of the photos."""
        forms = [np.asarray(data.inputs, dtype=np.float32)]
        for change in self.recipe.changes.split():
            progress(0.0, f"photos, {change}")
            forms.append(self.changed(data, change))
        groups = data.groups or tuple(str(place) for place in range(len(data.targets)))
        folds = folds_of(groups, self.recipe.folds)
        return Material(forms, data.targets, len(data.classes), groups, folds)

    def _path(self, folder: Path, fold: int, material: "Material", costs: Sequence[float]) -> list[Head]:
        """Return the heads that the folder holds, or learn them and keep them."""
        files = [folder / f"head-{fold}-{cost:g}.npz" for cost in costs]
        if all(file.exists() for file in files):
            return [read_head(file) for file in files]
        rows, targets = material.without(fold)
        shares = [cost / len(material.forms) for cost in costs]
        recipe = self.recipe
        heads = learn_path(rows, targets, material.classes, shares, balance=recipe.balance, own=recipe.own)
        for file, head in zip(files, heads, strict=True):
            write_head(file, head)
        return heads

    def _fitted(self) -> Head:
        """Return the final model."""
        if self.head_ is None:
            raise OutclassError("the estimator has not learned yet", hint="call fit first")
        return self.head_


def best_cost(paths: Sequence[Sequence[Head]], material: Material) -> int:
    """Return the place of the cost whose heads have the least log loss where they learned nothing.

    The temperature is set first, as it will be: without that, a loose fit would win for its modest answers.
    """
    losses = []
    for heads in zip(*paths, strict=True):
        logits = answer_by_fold(heads, heads[0], material.forms[0], material.folds).logits
        losses.append(log_loss_at_best(logits, material.targets))
    return int(np.argmin(losses))


def log_loss_at_best(logits: Rows, targets: Indices) -> float:
    """Return the log loss at the temperature that makes it least."""
    scaled = logits.astype(np.float64) / best_temperature(logits, targets)
    scaled -= scaled.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(scaled).sum(axis=1))
    return float((log_sums - scaled[np.arange(len(targets)), targets]).mean())
