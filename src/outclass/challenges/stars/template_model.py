"""Advisers that compare a supernova with templates of each class: that alone, or trees that see it, too."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError, MissingExtraError, OutclassError
from outclass.challenges.stars.model import StarsEstimator
from outclass.challenges.stars.phase_sums import Columns
from outclass.challenges.stars.recipe import read_recipe
from outclass.challenges.stars.rows import folds_of
from outclass.challenges.stars.templates import Template, comparison, evidence, learn_template
from outclass.training.calibrate import best_temperature
from outclass.training.data import Outputs, TrainingData, row_weights
from outclass.training.estimator import Estimator, Tell

try:
    from outclass.challenges.stars.template_graph import write_before, write_templates
except ModuleNotFoundError as error:
    raise MissingExtraError("train", what=f"training the templates needs {error.name}") from error

METHOD = "templates"
TIMES = 8
"""How often trees are shown each column of the comparison."""

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRecipe:
    """What can be set about the learning of templates.

    Parameters
    ----------
    factors
        Ways in which the curves of a class may differ.
    rounds
        Of expectation and maximization.
    strength
        Number of objects that the covariance expected before learning counts as.
    folds
        Folds for the advice on objects that the model learned from; 0 for none.
    """

    factors: int = 20
    rounds: int = 6
    strength: int = 15
    folds: int = 5


def build(parameters: Mapping[str, object]) -> Estimator:
    """Make the estimator that an entry of `models` describes.

    Parameters
    ----------
    parameters
        Of `TemplateRecipe` where the method is ``templates``; else those of the stars, for trees that see the
        comparison with templates, too.
    """
    if parameters.get("method") == METHOD:
        return TemplatesEstimator(recipe=read_template_recipe(parameters))
    recipe = read_recipe(parameters)
    if recipe.cuts or recipe.copies:
        raise DataError("templates know no cut curves and no copies", where="models", accepted="0 of both")
    return StackedEstimator(trees=StarsEstimator(recipe=recipe, times=TIMES))


def read_template_recipe(parameters: Mapping[str, object]) -> TemplateRecipe:
    """Read a recipe from the parameters of the challenge file.

    Raises
    ------
    DataError
        An unknown parameter, or a value that is not possible.
    """
    names = {field.name for field in fields(TemplateRecipe)}
    values: dict[str, int] = {}
    for name, value in parameters.items():
        if name == "method":
            continue
        least = 0 if name == "folds" else 1
        if name not in names:
            raise DataError("unknown parameter", where=f"models.{name}", accepted=", ".join(sorted(names)))
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            accepted = f"a whole number of at least {least}"
            raise DataError("not a possible value", where=f"models.{name}", got=value, accepted=accepted)
        values[name] = value
    return TemplateRecipe(**values)


class CrossTemplates:
    """Templates of all classes, learned from all rows and without each fold; kept in a folder.

    Parameters
    ----------
    data
        Rows that end with the columns of `phase_sums`, with their challenge and groups.
    seed
        Decides the folds.
    folder
        Where templates are kept; what is there is taken up.
    """

    def __init__(
        self, recipe: TemplateRecipe, data: TrainingData, *, seed: int, folder: Path, progress: Tell
    ) -> None:
        if data.challenge is None:
            raise DataError("templates are learned only within a challenge", where="data.challenge")
        if missing := sorted(set(range(len(data.classes))) - set(data.targets.tolist())):
            raise DataError("a class has no objects", where="data.targets", got=data.classes[missing[0]])
        self.recipe = recipe
        self.columns = Columns.of(data.inputs.shape[1], len(data.challenge.input.bands))
        self._seed, self._groups = seed, frozenset(data.groups)
        self._classes = range(len(data.classes))
        folder.mkdir(parents=True, exist_ok=True)
        progress(0.0, "templates")
        self.final = self._learn(folder / "final.npz", data, np.ones(len(data.targets), dtype=bool))
        folds = folds_of(data.groups, recipe.folds, seed)
        found = []
        for fold in range(recipe.folds):
            progress((fold + 1) / (recipe.folds + 1), f"templates without fold {fold + 1} of {recipe.folds}")
            found.append(self._learn(folder / f"fold-{fold}.npz", data, folds != fold))
        self.folds = tuple(found)

    def evidence(self, inputs: Rows) -> Floats:
        """Return the evidence for each class and shift, ``[n, classes, shifts]``."""
        return self._evidence(self.final, inputs)

    def out_of_fold(self, inputs: Rows, groups: Sequence[str]) -> Floats:
        """Return the evidence by templates that did not learn from the rows' groups."""
        if not self.folds:
            raise OutclassError("the estimator has no folds", hint="declare folds of at least 2")
        found = self.evidence(inputs)
        folds = folds_of(tuple(groups), self.recipe.folds, self._seed)
        seen = np.array([group in self._groups for group in groups], dtype=bool)
        for fold, templates in enumerate(self.folds):
            chosen = seen & (folds == fold)
            if chosen.any():
                found[chosen] = self._evidence(templates, inputs[chosen])
        return found

    def _evidence(self, templates: Sequence[Template], inputs: Rows) -> Floats:
        sums, variance = self.columns.take(inputs)
        return np.stack([evidence(each, sums, variance) for each in templates], axis=1)

    def _learn(self, place: Path, data: TrainingData, chosen: NDArray[np.bool_]) -> tuple[Template, ...]:
        """Return the templates that are kept at a place, or learn and keep them."""
        if not place.exists():
            parts: dict[str, Floats] = {}
            for label in self._classes:
                sums, variance = self.columns.take(data.inputs[chosen & (data.targets == label)])
                learned = self._template(sums, variance)
                parts |= {f"mean_{label}": learned.mean, f"factors_{label}": learned.factors}
            temporary = place.with_suffix(".part.npz")
            np.savez(temporary, allow_pickle=False, **parts)
            temporary.replace(place)
        with np.load(place) as kept:
            return tuple(
                Template(mean=kept[f"mean_{label}"], factors=kept[f"factors_{label}"])
                for label in self._classes
            )

    def _template(self, sums: Floats, variance: Floats) -> Template:
        recipe = self.recipe
        return learn_template(
            sums, variance, factors=recipe.factors, rounds=recipe.rounds, strength=recipe.strength
        )


class TemplatesEstimator:
    """Answers by the evidence for each class alone; its logits are log probabilities.

    Templates are too sure of themselves, as no curve is quite Gaussian. So the evidence is divided by a
    temperature, which is chosen by templates that did not learn from the rows.

    Attributes
    ----------
    templates_
        Once it has learned.
    temperature_
        1 without folds.
    seconds_
        Processor time that learning took; near 0 where templates were there already.
    """

    def __init__(self, *, recipe: TemplateRecipe) -> None:
        self.recipe = recipe
        self.templates_: CrossTemplates | None = None
        self.temperature_ = 1.0
        self.seconds_ = 0.0
        self._offsets: Floats = np.zeros(0)

    def fit(self, data: TrainingData, *, seed: int, folder: Path, device: str, progress: Tell) -> None:  # noqa: ARG002 # templates need no device
        """Learn the templates; `device` is not used."""
        started = time.process_time()
        learned = CrossTemplates(self.recipe, data, seed=seed, folder=folder, progress=progress)
        self.templates_ = learned
        assert data.challenge is not None
        weights = np.array([label.weight for label in data.challenge.classes])
        self._offsets = np.log(weights / weights.sum())
        if learned.folds:
            found = np.logaddexp.reduce(learned.out_of_fold(data.inputs, data.groups), axis=2)
            unseen = (found - found.max(axis=1, keepdims=True)).astype(np.float32)
            self.temperature_ = best_temperature(unseen, data.targets, row_weights(data.targets, weights))
        self.seconds_ = time.process_time() - started
        progress(1.0, "learned")

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for full rows, ``[n, columns]``."""
        rows = np.asarray(inputs, dtype=np.float32)
        return self._outputs(_learned(self.templates_).evidence(rows))

    def out_of_fold(self, inputs: Rows, groups: Sequence[str]) -> Outputs:
        """Answer for full rows by templates that did not learn from their group."""
        return self._outputs(_learned(self.templates_).out_of_fold(inputs, groups))

    def export_onnx(self, path: Path) -> None:
        """Write one graph: "rows" ``[n, columns]`` to "logits" ``[n, classes]``."""
        learned = _learned(self.templates_)
        write_templates(
            path,
            templates=learned.final,
            temperature=self.temperature_,
            offsets=self._offsets,
            columns=learned.columns,
        )

    def _outputs(self, found: Floats) -> Outputs:
        scores = np.logaddexp.reduce(found, axis=2) / self.temperature_ + self._offsets
        logits = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        return Outputs(logits=logits.astype(np.float32))


class StackedEstimator:
    """Trees that also learn from the comparison with templates.

    Each row is compared with templates that did not learn from it. Those of a fold's trees have seen the rows
    of other folds, which templates of theirs have learned from, too: the usual shortcut of stacking.

    Parameters
    ----------
    trees
        What learns from rows that end with the columns of `comparison`.
    """

    def __init__(self, *, trees: StarsEstimator) -> None:
        self.trees = trees
        self.templates_: CrossTemplates | None = None
        self.seconds_ = 0.0

    def fit(self, data: TrainingData, *, seed: int, folder: Path, device: str, progress: Tell) -> None:
        """Learn the templates, then the trees."""
        started = time.process_time()
        recipe = TemplateRecipe(folds=self.trees.recipe.folds or TemplateRecipe().folds)
        place = folder / "templates"
        learned = CrossTemplates(recipe, data, seed=seed, folder=place, progress=progress)
        self.templates_ = learned
        self.seconds_ = time.process_time() - started
        rows = _with_comparison(data.inputs, learned.out_of_fold(data.inputs, data.groups))
        self.trees.more = rows.shape[1] - data.inputs.shape[1]
        self.trees.fit(replace(data, inputs=rows), seed=seed, folder=folder, device=device, progress=progress)
        self.seconds_ += self.trees.seconds_

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for full rows, ``[n, columns]``."""
        rows = np.asarray(inputs, dtype=np.float32)
        return self.trees.predict(_with_comparison(rows, _learned(self.templates_).evidence(rows)))

    def out_of_fold(self, inputs: Rows, groups: Sequence[str]) -> Outputs:
        """Answer for full rows by templates and trees that did not learn from their group."""
        found = _learned(self.templates_).out_of_fold(inputs, groups)
        return self.trees.out_of_fold(_with_comparison(inputs, found), groups)

    def export_onnx(self, path: Path) -> None:
        """Write one graph: "rows" ``[n, columns]`` to "logits" ``[n, classes]``."""
        learned = _learned(self.templates_)
        self.trees.export_onnx(path)
        write_before(path, templates=learned.final, columns=learned.columns)


def _with_comparison(rows: Rows, found: Floats) -> Rows:
    return np.concatenate([rows, comparison(found)], axis=1)


def _learned(templates: CrossTemplates | None) -> CrossTemplates:
    if templates is None:
        raise OutclassError("the estimator has not learned yet", hint="call fit first")
    return templates
