"""A linear model of a backbone's features: seconds to learn, a few kilobytes, and honest advice by folds."""

import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from outclass.base.document import Document
from outclass.base.errors import DataError, OutclassError
from outclass.training.data import Outputs, TrainingData
from outclass.training.estimator import Tell
from outclass.training.photos.linear_graph import write_linear

ITERATIONS = 300
LEAST_SPREAD = 1e-3
UNHEARD_OF = 5.0
"""So much below every score seen is that of a class without rows."""

Rows = NDArray[np.float32]


class Recipe(Document, frozen=True, kw_only=True):
    """What can be set about a probe."""

    cost: Annotated[float, Meta(gt=0.0, description="scikit-learn's C: higher fits closer")] = 0.01
    balance: Annotated[bool, Meta(description="whether classes weigh alike, whatever their rows")] = False
    folds: Annotated[int, Meta(ge=2, le=20, description="for calibration and honest advice")] = 5


def build(parameters: Mapping[str, object]) -> "LinearProbe":
    """Make the estimator that an entry of `models` in the challenge file describes."""
    try:
        return LinearProbe(msgspec.convert(dict(parameters), Recipe))
    except msgspec.ValidationError as error:
        raise DataError(
            "a parameter of the model is not accepted",
            where="models.parameters",
            got=str(error),
            accepted=", ".join(Recipe.__struct_fields__),
        ) from None


class Head(msgspec.Struct, frozen=True):
    """Weights ``[width, classes]`` and offsets ``[classes]`` of one model."""

    weights: Rows
    offsets: Rows

    def logits(self, rows: Rows) -> Rows:
        """Return the logits of rows."""
        return np.asarray(rows @ self.weights + self.offsets, dtype=np.float32)


class LinearProbe:
    """Learns logistic regression of the features, and one more model for each fold of the groups.

    Attributes
    ----------
    head_
        The final model.
    fold_heads_
        One for each fold, learned without it.
    facts_
        What the leaderboard of experiments shows.
    seconds_
        Processor time of learning.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.head_: Head | None = None
        self.fold_heads_: tuple[Head, ...] = ()
        self.facts_ = {"optimizer": "L-BFGS"}
        self.seconds_ = 0.0
        self._learned: frozenset[str] = frozenset()

    def fit(self, data: TrainingData, *, seed: int, folder: Path, device: str, progress: Tell) -> None:  # noqa: ARG002 # seconds on a processor, and no chance in it
        """Learn the final model and that of each fold; what the folder holds is taken up."""
        started = time.process_time()
        rows, count = np.asarray(data.inputs, dtype=np.float32), self.recipe.folds
        groups = data.groups or tuple(str(place) for place in range(len(rows)))
        folds = np.array([fold_of(group, count) for group in groups])
        heads = []
        for fold in range(-1, count):
            chosen = folds != fold
            path = folder / f"head-{fold}.npz"
            heads.append(self._head(path, rows[chosen], data.targets[chosen], len(data.classes)))
            progress((fold + 2) / (count + 1), "all rows" if fold < 0 else f"fold {fold + 1} of {count}")
        self.head_, self.fold_heads_ = heads[0], tuple(heads[1:])
        self._learned = frozenset(groups)
        self.seconds_ = time.process_time() - started

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for features, ``[n, width]``."""
        return Outputs(logits=self._fitted().logits(np.asarray(inputs, dtype=np.float32)))

    def out_of_fold(self, inputs: NDArray[Any], groups: Sequence[str]) -> Outputs:
        """Answer for rows, each by a model that learned from no row of its group."""
        rows = np.asarray(inputs, dtype=np.float32)
        logits = self.predict(rows).logits
        folds = np.array(
            [fold_of(group, self.recipe.folds) if group in self._learned else -1 for group in groups],
            dtype=np.int64,
        )
        for fold, head in enumerate(self.fold_heads_):
            if (chosen := folds == fold).any():
                logits[chosen] = head.logits(rows[chosen])
        return Outputs(logits=logits)

    def export_onnx(self, path: Path) -> None:
        """Write one product and one sum."""
        head = self._fitted()
        write_linear(path, head.weights, head.offsets)

    def _head(self, path: Path, rows: Rows, targets: NDArray[np.int64], classes: int) -> Head:
        """Return the model that the folder holds, or learn it and keep it."""
        if path.exists():
            with np.load(path, allow_pickle=False) as kept:
                return Head(kept["weights"], kept["offsets"])
        head = learn_head(rows, targets, classes, cost=self.recipe.cost, balance=self.recipe.balance)
        part = path.with_name(f".{path.name}")
        np.savez(part, weights=head.weights, offsets=head.offsets)
        part.replace(path)
        return head

    def _fitted(self) -> Head:
        """Return the final model."""
        if self.head_ is None:
            raise OutclassError("the estimator has not learned yet", hint="call fit first")
        return self.head_


def fold_of(group: str, count: int) -> int:
    """Return the fold of a group, the same for ever."""
    return int.from_bytes(sha256(f"fold {group}".encode()).digest()[:8], "big") % count


def learn_head(
    rows: Rows, targets: NDArray[np.int64], classes: int, *, cost: float, balance: bool = False
) -> Head:
    """Learn logistic regression of features; a class without rows gets next to nothing.

    Features are brought to mean 0 and deviation 1 while it learns; that is folded into the weights.
    """
    present = np.unique(targets)
    if len(present) < 2:
        raise DataError("there is one class to learn from", got=len(present), hint="collect more photos")
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + LEAST_SPREAD
    model = LogisticRegression(C=cost, max_iter=ITERATIONS, class_weight="balanced" if balance else None).fit(
        (rows - mean) / spread, targets
    )
    found, offsets = model.coef_, model.intercept_
    if len(present) == 2:
        found, offsets = np.vstack([-found[0], found[0]]) / 2, np.array([-offsets[0], offsets[0]]) / 2
    weights, all_offsets = np.zeros((rows.shape[1], classes)), np.zeros(classes)
    weights[:, present] = found.T / spread[:, None]
    all_offsets[present] = offsets - (mean / spread) @ found.T
    absent = np.setdiff1d(np.arange(classes), present)
    all_offsets[absent] = (rows @ weights[:, present] + all_offsets[present]).min() - UNHEARD_OF
    return Head(weights.astype(np.float32), all_offsets.astype(np.float32))
