"""The estimator of text challenges: a final model, and one for each fold, to calibrate it and for advice."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError, OutclassError
from outclass.base.store import write_atomic
from outclass.inference.linear_text.document import LARGEST_FILE
from outclass.inference.linear_text.scoring import LinearTextModel
from outclass.training.data import Outputs, TrainingData
from outclass.training.estimator import Tell
from outclass.training.linear_text.calibration import calibrate_stages
from outclass.training.linear_text.learning import learn
from outclass.training.linear_text.material import folds_of, key_of
from outclass.training.linear_text.recipe import Recipe, read_recipe
from outclass.training.linear_text.rules import NO_RULES, RuleBook
from outclass.training.linear_text.writing import calibrated, write_model

FINAL = "final"


def build(parameters: Mapping[str, object]) -> "LinearTextEstimator":
    """Make the estimator that an entry of `models` in the challenge file describes, without rules."""
    return LinearTextEstimator(recipe=read_recipe(parameters))


class LinearTextEstimator:
    """Learns classes of texts and writes itself as `model.json`; its logits are log probabilities.

    Copies of a message, whatever their numbers, stay in one fold.

    Parameters
    ----------
    recipe
        What is trained, and how.
    book
        Rules that become features.

    Attributes
    ----------
    model_
        The final model, once it has learned.
    fold_models_
        One model for each fold, learned without it.
    seconds_
        Processor time of learning; 0 where everything was there already.
    """

    def __init__(self, *, recipe: Recipe, book: RuleBook = NO_RULES) -> None:
        self.recipe = recipe
        self.book = book
        self.model_: LinearTextModel | None = None
        self.fold_models_: tuple[LinearTextModel, ...] = ()
        self.seconds_ = 0.0
        self._fold_of: dict[str, int] = {}

    def fit(self, data: TrainingData, *, seed: int, folder: Path, device: str, progress: Tell) -> None:  # noqa: ARG002 # a linear model needs no device
        """Learn the model of each fold and the final one, and calibrate them all.

        Parameters
        ----------
        data
            `inputs` are texts.
        seed
            Decides the folds and the solver's order.
        folder
            Where models are kept; what is there is taken up.
        device
            Not used.
        progress
            Called with the share done and a line of text.
        """
        started = time.process_time()
        texts, targets = [str(text) for text in data.inputs.tolist()], data.targets
        keys = [key_of(text) for text in texts]
        count = self.recipe.folds
        folds = folds_of(keys, count, seed)
        check_folds(folds, targets, data.classes)
        self._fold_of = dict(zip(keys, folds.tolist(), strict=True))
        task = Task(self.recipe, self.book, tuple(texts), targets, data.classes, folder, seed)
        plain: list[LinearTextModel] = []
        for fold in range(count):
            progress(fold / (count + 1), f"fold {fold + 1} of {count}")
            plain.append(task.model(f"fold-{fold}", np.flatnonzero(folds != fold)))
        progress(count / (count + 1), "all texts")
        final = task.model(FINAL, np.arange(len(texts)))
        decisions = np.array(
            [plain[fold].decisions(text) for fold, text in zip(folds.tolist(), texts, strict=True)]
        )
        given = calibrate_stages(final.document.stages, decisions, targets, data.classes)
        self.fold_models_ = tuple(LinearTextModel(calibrated(model.document, given)) for model in plain)
        self.model_ = LinearTextModel(calibrated(final.document, given))
        self.seconds_ = time.process_time() - started
        progress(1.0, "learned")

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for texts, ``[n]``."""
        return as_outputs(self._fitted(), inputs)

    def out_of_fold(self, inputs: NDArray[Any], groups: Sequence[str]) -> Outputs:  # noqa: ARG002 # texts tell it
        """Answer for texts, each by a model that learned from no copy of it."""
        logits = self.predict(inputs).logits
        folds = np.array(
            [self._fold_of.get(key_of(str(text)), -1) for text in inputs.tolist()], dtype=np.int64
        )
        for fold, model in enumerate(self.fold_models_):
            if (chosen := folds == fold).any():
                logits[chosen] = as_outputs(model, inputs[chosen]).logits
        return Outputs(logits=logits)

    def export_json(self, path: Path) -> None:
        """Write the final model.

        Raises
        ------
        DataError
            It is larger than a reader takes.
        """
        content = write_model(self._fitted().document, self.recipe.decimals)
        if len(content) > LARGEST_FILE:
            raise DataError(
                "the model is too large",
                got=f"{len(content)} bytes",
                accepted=f"at most {LARGEST_FILE}",
                hint="lower most_terms, or raise least_texts",
            )
        write_atomic(path, content)

    def _fitted(self) -> LinearTextModel:
        """Return the final model."""
        if self.model_ is None:
            raise OutclassError("the estimator has not learned yet", hint="call fit first")
        return self.model_


@dataclass(frozen=True, slots=True)
class Task:
    """What the models of one run learn from, and where they are kept."""

    recipe: Recipe
    book: RuleBook
    texts: tuple[str, ...]
    targets: NDArray[np.int64]
    classes: tuple[str, ...]
    folder: Path
    seed: int

    def model(self, name: str, places: NDArray[np.int64]) -> LinearTextModel:
        """Return the model that the folder holds, or learn it from the texts at these places and keep it."""
        file = self.folder / f"{name}.json"
        if not file.exists():
            chosen = [self.texts[place] for place in places.tolist()]
            document = learn(
                chosen, self.targets[places], self.classes, self.recipe, self.book, seed=self.seed
            )
            write_atomic(file, write_model(document, self.recipe.decimals))
        return LinearTextModel.parse(file.read_bytes())


def as_outputs(model: LinearTextModel, inputs: NDArray[Any]) -> Outputs:
    """Return a model's log probabilities."""
    logits = model.logits([str(text) for text in inputs.tolist()])
    return Outputs(logits=np.array(logits, dtype=np.float32).reshape(len(inputs), len(model.classes)))


def check_folds(folds: NDArray[np.int64], targets: NDArray[np.int64], classes: Sequence[str]) -> None:
    """Refuse data of which a fold leaves no texts of some class to learn from."""
    for place, name in enumerate(classes):
        among = set(folds[targets == place].tolist())
        if len(among) < 2:  # one fold holds all, or there are none
            raise DataError(
                "a class has too few different texts",
                where=name,
                got=int((targets == place).sum()),
                hint="collect more of them, or leave the class out",
            )
