"""The model of a table: the simplest of several that is as good as the best, learned within a time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it publishes no types

from outclass.base.errors import OutclassError
from outclass.training.data import Outputs, TrainingData
from outclass.training.estimator import Tell
from outclass.training.parameters import read_parameters
from outclass.training.photos.folds import NO_FOLD, answer_by_fold
from outclass.training.tabular.additive import Form
from outclass.training.tabular.budget import Budget
from outclass.training.tabular.choosing import Candidate, Family, choose, together_of_few
from outclass.training.tabular.describing import Report, describe, importances, read_report, write_report
from outclass.training.tabular.graph import write_mixture
from outclass.training.tabular.journal import spent_in
from outclass.training.tabular.keeping import read_mixtures, write_mixtures
from outclass.training.tabular.material import (
    CELLS_A_SECOND,
    MOST_CELLS,
    Material,
    Part,
    material_of,
    sizes_of,
)
from outclass.training.tabular.mixture import AnyPart, Mixture
from outclass.training.tabular.outlying import learn_outlying
from outclass.training.tabular.recipe import Recipe
from outclass.training.tabular.searching import (
    LINEAR_UNTIL,
    Trying,
    alike,
    averages,
    baseline,
    bent,
    linear,
)

MODELS, REPORT = "models.npz", "report.json"
LEARNED_UNTIL, ALL_UNTIL = 0.87, 0.93
"""Shares of the time by which the final model has learned, and all is done."""
PERFECT = 2.0
"""Times the share of the prior in each answer: a log loss below this is nothing else."""
NO_TREES = "Boosted trees were not tried, as LightGBM is not installed: pip install 'outclass[tables]'."

Rows = NDArray[np.float32]


def build(parameters: Mapping[str, object]) -> "TabularEstimator":
    """Make the estimator that an entry of `models` in the challenge file describes."""
    return TabularEstimator(read_parameters(parameters, Recipe, strict=False))


class TabularEstimator:
    """Compares models by folds while there is time, and learns the one that is kept from all rows.

    The models are, from simple to complex: the shares of the classes, a linear model, one whose numbers count
    piece by piece, one with likenesses to known rows, boosted trees averaged with the best of these, and the
    trees alone. Kept is the simplest whose log loss is within one standard error of the best; where rows are
    few, all that are within two answer together.

    The same seed proposes the same settings in the same order. How many of them are tried in a time depends
    on the machine; where `trials` ends the search before the time does, the outcome is the same everywhere.

    Attributes
    ----------
    model_
        The final model.
    fold_models_
        One for each fold, learned without it.
    report_
        What was tried and chosen.
    facts_
        What the leaderboard of experiments shows.
    seconds_
        Time of learning.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.model_: Mixture | None = None
        self.fold_models_: tuple[Mixture, ...] = ()
        self.report_ = Report()
        self.facts_: dict[str, str | int | float | bool] = {}
        self.seconds_ = 0.0
        self._columns: tuple[str, ...] = ()
        self._fold_of: dict[str, int] = {}

    def fit(self, data: TrainingData, *, seed: int, folder: Path, device: str, progress: Tell) -> None:  # noqa: ARG002 # processors only
        """Learn within the time; what the folder holds is taken up."""
        material = material_of(data, sizes_of(data), self.recipe.folds)
        self._fold_of, self._columns = material.fold_of, column_titles(data)
        if (folder / MODELS).exists():
            models, self.report_ = read_mixtures(folder / MODELS), read_report(folder / REPORT)
        else:
            with threadpool_limits(1):  # on busy processors, threads that wait for others are slow
                models, self.report_ = self._learn(material, seed, folder, progress)
        self.model_, self.fold_models_ = models[0], tuple(models[1:])
        self.facts_ = {"optimizer": "Optuna", "family": self.report_.family, "tried": self.report_.trials}
        self.seconds_ = self.report_.seconds
        progress(1.0, self.report_.family)

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for rows ``[n, columns]``, NaN where a value is missing."""
        return self._fitted().outputs(np.asarray(inputs, dtype=np.float32))

    def out_of_fold(self, inputs: NDArray[Any], groups: Sequence[str]) -> Outputs:
        """Answer for rows, each by a model that learned from no row of its group."""
        rows = np.asarray(inputs, dtype=np.float32)
        folds = np.array([self._fold_of.get(group, NO_FOLD) for group in groups], dtype=np.int64)
        return answer_by_fold(self.fold_models_, self._fitted(), rows, folds)

    def export_onnx(self, path: Path) -> None:
        """Write logits and the outlier score."""
        write_mixture(path, self._fitted(), len(self._columns))

    def describe(self) -> str:
        """Return what the card says of how it was learned, as Markdown."""
        return describe(self.report_)

    def _learn(
        self, material: Material, seed: int, folder: Path, progress: Tell
    ) -> tuple[list[Mixture], Report]:
        """Search, learn what was chosen from all rows and from all but each fold, and keep it."""
        spent = spent_in(folder)
        budget = Budget(self.recipe.seconds, spent=min(spent, self.recipe.seconds * LINEAR_UNTIL))
        few = material.within(int(min(MOST_CELLS, CELLS_A_SECOND * self.recipe.seconds)), seed)
        trying = Trying(
            material=few, budget=budget, seed=seed, tell=lambda text: progress(0.95 * budget.share, text)
        )
        found, note = self._candidates(trying, folder)
        if self.recipe.average:
            found += together_of_few(found, few)
        chosen = choose(found)
        progress(0.95 * budget.share, f"learning from all rows: {chosen.family}")
        parts = chosen.refit(material, budget.until(LEARNED_UNTIL))
        if parts is None:
            note += " There was no time to learn from all rows: the models of all folds answer together."
        made = (parts, chosen.shares) if parts is not None else together_of(chosen)
        model = mixture(*made, material, material.whole())
        folds = [mixture(one, chosen.shares, few, few.without(fold)) for fold, one in enumerate(chosen.folds)]
        rises = importances(folds, few, self._columns, budget.until(ALL_UNTIL), seed)
        report = Report.of(found, chosen, few, rises, seconds=budget.spent, note=note)
        write_report(folder / REPORT, report)
        write_mixtures(folder / MODELS, [model, *folds])
        return [model, *folds], report

    def _candidates(self, trying: Trying, folder: Path) -> tuple[list[Candidate], str]:
        """Return all that was tried, the best of each family, and what there is to note."""
        simple = [baseline(trying), linear(trying, Family.LINEAR, Form(), LINEAR_UNTIL)]
        simple += present(bent(trying))
        if perfect(least(simple), trying.material):
            return simple, "There is no error left by which others could be better."
        if not self.recipe.trials:
            return simple + present(alike(trying)), ""
        try:
            from outclass.training.tabular import growing  # noqa: PLC0415 - an optional extra
        except ModuleNotFoundError:
            return simple + present(alike(trying)), NO_TREES
        growth = growing.Growth(trying=trying, folder=folder, most=self.recipe.trials)
        growth.run(growing.FIRST_UNTIL, growing.PLAIN, least(simple))
        simple += present(alike(trying))
        found = simple + present(growth.run(growing.UNTIL, self.recipe.trials, least(simple)))
        if self.recipe.average:
            found += averages(found, trying.material)
        return found, f"{len(growth.trials)} settings of boosted trees were tried."

    def _fitted(self) -> Mixture:
        """Return the final model."""
        if self.model_ is None:
            raise OutclassError("the estimator has not learned yet", hint="call fit first")
        return self.model_


def perfect(found: Candidate, material: Material) -> bool:
    """Tell whether answers are as good as their number can show."""
    return found.loss < PERFECT * material.floor


def together_of(chosen: Candidate) -> tuple[tuple[AnyPart, ...], tuple[float, ...]]:
    """Return the models of all folds as one, and how much each part counts."""
    parts = tuple(part for fold in chosen.folds for part in fold)
    return parts, tuple(share / len(chosen.folds) for _ in chosen.folds for share in chosen.shares)


def present(found: Candidate | None) -> list[Candidate]:
    """Return a candidate in a list, or an empty one."""
    return [] if found is None else [found]


def least(found: Sequence[Candidate]) -> Candidate:
    """Return the candidate with the least loss."""
    return min(found, key=lambda one: one.loss)


def mixture(parts: tuple[AnyPart, ...], shares: tuple[float, ...], material: Material, part: Part) -> Mixture:
    """Return the model of parts that learned from some rows."""
    return Mixture(
        parts=parts,
        shares=shares,
        prior=material.prior.astype(np.float32),
        floor=float(np.float32(material.floor)),
        outlying=learn_outlying(part.rows, material.sizes),
    )


def column_titles(data: TrainingData) -> tuple[str, ...]:
    """Return what people call each column."""
    declared = () if data.challenge is None else data.challenge.input.columns
    width = np.asarray(data.inputs).shape[1]
    return tuple(column.label for column in declared) or tuple(f"column {n + 1}" for n in range(width))
