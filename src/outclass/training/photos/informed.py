"""A linear model of a backbone's features that starts from what the backbone's own classes say.

Two steps: is it any class but `none`, and if so, which. Each is the network's own answer plus a linear
correction that is learned with a penalty, so that few photos change little. A class without any photo keeps
what the network gives to it, and the photos only settle how the rest is shared among the others.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from outclass.base.document import Document
from outclass.base.errors import OutclassError
from outclass.training.data import Outputs, TrainingData
from outclass.training.estimator import Tell
from outclass.training.parameters import read_parameters
from outclass.training.photos.corrections import learn_gate, learn_kinds
from outclass.training.photos.folds import answer_by_fold, folds_of
from outclass.training.photos.imagenet import Classifier, packaged_classifier
from outclass.training.photos.informed_graph import informed_model
from outclass.training.photos.knowledge import (
    Floats,
    Knowledge,
    Known,
    know,
    log_sigmoid,
    log_softmax,
    log_sum,
)

Rows = NDArray[np.float32]


class Recipe(Document, frozen=True, kw_only=True):
    """What can be set about such a model."""

    learn: Annotated[bool, Meta(description="whether photos correct what the network says")] = True
    penalty: Annotated[float, Meta(gt=0.0, description="on corrections of which class it is")] = 1e-3
    balance: Annotated[
        float, Meta(ge=0.0, le=1.0, description="0: rows weigh alike; 1: classes do, in which class it is")
    ] = 0.0
    gate_penalty: Annotated[float, Meta(gt=0.0, description="on corrections of whether it is any")] = 1e-2
    lean: Annotated[
        float, Meta(gt=0.0, lt=1.0, description="above 0.5 it is rather some class than none")
    ] = 0.5
    sharpness: Annotated[float, Meta(gt=0.0, description="on the network's own classes")] = 1.0
    folds: Annotated[int, Meta(ge=2, le=20, description="for calibration and honest advice")] = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class InformedHead:
    """One learned model.

    Attributes
    ----------
    classifier, knowledge, classes, sharpness
        What the network knows, and of which classes.
    trust, gate_weights, gate_offset
        Log odds of any class but `none`: `trust` times the evidence, plus a linear correction.
    learned
        Of each class but `none`, whether there were photos of it.
    weights, offsets
        The correction of those that were learned, ``[width, learned]``.
    """

    classifier: Classifier
    knowledge: Knowledge
    classes: tuple[str, ...]
    sharpness: float
    trust: float
    gate_weights: Rows
    gate_offset: float
    learned: NDArray[np.bool_]
    weights: Rows
    offsets: Rows

    def outputs(self, rows: Rows) -> Outputs:
        """Return log probabilities, and the log odds of `none` as the outlier score."""
        known = know(rows, self.classifier, self.knowledge, self.classes, sharpness=self.sharpness)
        odds = self.trust * known.evidence + (rows @ self.gate_weights + self.gate_offset)
        kinds = correct(known.kinds, self.learned, (rows @ self.weights + self.offsets).astype(np.float64))
        some, none = log_sigmoid(odds), log_sigmoid(-odds)
        place = self.classes.index(self.knowledge.none)
        logits = np.insert(kinds + some[:, None], place, none, axis=1)
        return Outputs(logits=logits.astype(np.float32), outlier=(-odds).astype(np.float32))


def correct(kinds: Floats, learned: NDArray[np.bool_], corrections: Floats) -> Floats:
    """Share anew what the classes with photos have together; the others keep theirs."""
    kinds = log_softmax(kinds)
    result = kinds.copy()
    if learned.any():
        mass = log_sum(kinds[:, learned])
        result[:, learned] = mass[:, None] + log_softmax(kinds[:, learned] + corrections)
    return result


class InformedProbe:
    """Learns one model of all rows, and one more for each fold of the groups.

    Attributes
    ----------
    head_
        The final model.
    fold_heads_
        One for each fold, learned without it.
    seconds_
        Processor time of learning.
    """

    def __init__(self, recipe: Recipe, knowledge: Knowledge) -> None:
        self.recipe = recipe
        self.knowledge = knowledge
        self.head_: InformedHead | None = None
        self.fold_heads_: tuple[InformedHead, ...] = ()
        self.seconds_ = 0.0
        self._learned: frozenset[str] = frozenset()

    def fit(self, data: TrainingData, *, seed: int, folder: Path, device: str, progress: Tell) -> None:  # noqa: ARG002 # seconds on a processor, and no chance in it
        """Learn the final model and that of each fold."""
        started = time.process_time()
        rows, count = np.asarray(data.inputs, dtype=np.float32), self.recipe.folds
        groups = data.groups or tuple(str(place) for place in range(len(rows)))
        folds = folds_of(groups, count)
        heads = []
        for fold in range(-1, count):
            chosen = folds != fold
            heads.append(self._head(rows[chosen], data.targets[chosen], data.classes))
            progress((fold + 2) / (count + 1), "all rows" if fold < 0 else f"fold {fold + 1} of {count}")
        self.head_, self.fold_heads_ = heads[0], tuple(heads[1:])
        self._learned = frozenset(groups)
        self.seconds_ = time.process_time() - started

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for features, ``[n, width]``."""
        return self._fitted().outputs(np.asarray(inputs, dtype=np.float32))

    def out_of_fold(self, inputs: NDArray[Any], groups: Sequence[str]) -> Outputs:
        """Answer for rows, each by a model that learned from no row of its group."""
        rows = np.asarray(inputs, dtype=np.float32)
        folds = folds_of(groups, self.recipe.folds, self._learned)
        return answer_by_fold(self.fold_heads_, self._fitted(), rows, folds)

    def export_onnx(self, path: Path) -> None:
        """Write the network's last layer and the corrections as one graph."""
        path.write_bytes(informed_model(self._fitted()))

    def _head(self, rows: Rows, targets: NDArray[np.int64], classes: tuple[str, ...]) -> InformedHead:
        """Learn both steps from rows."""
        head = self._unlearned(rows.shape[1], classes)
        known = know(rows, head.classifier, self.knowledge, classes, sharpness=self.recipe.sharpness)
        none = classes.index(self.knowledge.none)
        some = targets != none
        if some.any() and not some.all():
            penalty = self.recipe.gate_penalty if self.recipe.learn else None
            gate = learn_gate(rows, known.evidence, some, penalty, trust=head.trust, lean=self.recipe.lean)
            head = replace(head, trust=gate.trust, gate_weights=gate.weights, gate_offset=gate.offset)
        if self.recipe.learn and some.any():
            head = self._with_kinds(head, rows[some], targets[some], known.take(some), none)
        return head

    def _with_kinds(
        self, head: InformedHead, rows: Rows, targets: NDArray[np.int64], known: Known, none: int
    ) -> InformedHead:
        """Learn which class it is, of those that there are photos of."""
        kinds = targets - (targets > none)
        learned = np.bincount(kinds, minlength=len(head.classes) - 1) > 0
        place = np.cumsum(learned) - 1
        found = learn_kinds(
            rows, known.kinds[:, learned], place[kinds], self.recipe.penalty, balance=self.recipe.balance
        )
        return replace(head, learned=learned, weights=found.weights, offsets=found.offsets)

    def _unlearned(self, width: int, classes: tuple[str, ...]) -> InformedHead:
        """Return the network's own answer, without any correction."""
        return InformedHead(
            classifier=packaged_classifier(),
            knowledge=self.knowledge,
            classes=classes,
            sharpness=self.recipe.sharpness,
            trust=self.knowledge.trust,
            gate_weights=np.zeros(width, dtype=np.float32),
            gate_offset=self.knowledge.offset,
            learned=np.zeros(len(classes) - 1, dtype=np.bool_),
            weights=np.zeros((width, 0), dtype=np.float32),
            offsets=np.zeros(0, dtype=np.float32),
        )

    def _fitted(self) -> InformedHead:
        """Return the final model."""
        if self.head_ is None:
            raise OutclassError("the estimator has not learned yet", hint="call fit first")
        return self.head_


def build(parameters: Mapping[str, object], knowledge: Knowledge) -> InformedProbe:
    """Make the estimator that an entry of `models` in the challenge file describes."""
    return InformedProbe(read_parameters(parameters, Recipe), knowledge)
