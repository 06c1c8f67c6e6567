"""The estimator of series: that of tables, told which numbers are missing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from outclass.inputs.light_curves.features import MISSING
from outclass.training.data import Outputs, TrainingData
from outclass.training.estimator import Tell
from outclass.training.parameters import read_parameters
from outclass.training.tabular.additive import Form
from outclass.training.tabular.choosing import Candidate, Family
from outclass.training.tabular.estimator import TabularEstimator
from outclass.training.tabular.journal import Setting
from outclass.training.tabular.recipe import Recipe
from outclass.training.tabular.searching import Trying, averages, baseline, linear

INPUT, KNOWN = "inputs", "inputs.known"
NOT_THERE = "inputs.missing"

Rows = NDArray[np.float32]


TREES_UNTIL, LINEAR_UNTIL = 0.6, 0.8
"""Shares of the time by which the trees, and then a linear model, have answered for all folds."""
SETTING = Setting(rate=0.1, leaves=15, columns=0.2, minimum=10, rows=0.8, l2=3.0)
"""Trees of many columns that say much the same: few of them for each tree."""


def build(parameters: Mapping[str, object]) -> "CurvesEstimator":
    """Make the estimator from its parameters."""
    return CurvesEstimator(TreesFirst(read_parameters(parameters, Recipe, strict=False)))


class TreesFirst(TabularEstimator):
    """The model of tables with most of the time for trees: what a hundred features tell is seldom linear."""

    def _candidates(self, trying: Trying, folder: Path) -> tuple[list[Candidate], str]:
        """Return one setting of boosted trees, a linear model and the average of both."""
        try:
            from outclass.training.tabular.growing import Growth  # noqa: PLC0415 - an optional extra
        except ModuleNotFoundError:
            return super()._candidates(trying, folder)
        found = [baseline(trying)]
        growth = Growth(trying=trying, folder=folder, most=1)
        if self.recipe.trials:
            trees = growth.attempt(SETTING, trying.budget.until(TREES_UNTIL))
            found += [] if trees is None or isinstance(trees, float) else [trying.told(trees)]
        found.append(linear(trying, Family.LINEAR, Form(), LINEAR_UNTIL))
        return found + averages(found, trying.material), "One setting of boosted trees was tried."


class CurvesEstimator:
    """A model of tables whose rows say by `MISSING` that a number cannot be had.

    Attributes
    ----------
    tabular
        The model of tables.
    """

    def __init__(self, tabular: TabularEstimator) -> None:
        self.tabular = tabular

    @property
    def facts_(self) -> dict[str, str | int | float | bool]:
        """Return what the leaderboard of experiments shows."""
        return self.tabular.facts_

    @property
    def seconds_(self) -> float:
        """Return the time of learning."""
        return self.tabular.seconds_

    def fit(self, data: TrainingData, *, seed: int, folder: Path, device: str, progress: Tell) -> None:
        """Learn, or take up what the folder holds."""
        marked = replace(
            data, inputs=marked_rows(data.inputs), validation_inputs=marked_rows(data.validation_inputs)
        )
        self.tabular.fit(marked, seed=seed, folder=folder, device=device, progress=progress)

    def predict(self, inputs: NDArray[Any]) -> Outputs:
        """Answer for features ``[n, columns]``."""
        return self.tabular.predict(marked_rows(inputs))

    def out_of_fold(self, inputs: NDArray[Any], groups: Sequence[str]) -> Outputs:
        """Answer for rows, each by a model that learned from no row of its group."""
        return self.tabular.out_of_fold(marked_rows(inputs), groups)

    def export_onnx(self, path: Path) -> None:
        """Write the graph of the model of tables, after nodes that mark what is missing."""
        self.tabular.export_onnx(path)
        model = onnx.load(str(path))
        mark_missing(model.graph)
        onnx.checker.check_model(model, full_check=True)
        path.write_bytes(model.SerializeToString(deterministic=True))

    def describe(self) -> str:
        """Return what the card says of how it was learned, as Markdown."""
        return self.tabular.describe()


def marked_rows(inputs: NDArray[Any]) -> Rows:
    """Return rows with NaN where a number cannot be had."""
    rows = np.asarray(inputs, dtype=np.float32)
    return np.where(rows == np.float32(MISSING), np.float32(np.nan), rows)


def mark_missing(graph: onnx.GraphProto) -> None:
    """Let a graph read NaN where its input holds `MISSING`."""
    for node in graph.node:
        node.input[:] = [KNOWN if name == INPUT else name for name in node.input]
    graph.initializer.append(numpy_helper.from_array(np.array(MISSING, np.float32), f"{NOT_THERE}.number"))
    graph.initializer.append(numpy_helper.from_array(np.array(np.nan, np.float32), f"{NOT_THERE}.nan"))
    first = [
        helper.make_node("Equal", [INPUT, f"{NOT_THERE}.number"], [NOT_THERE]),
        helper.make_node("Where", [NOT_THERE, f"{NOT_THERE}.nan", INPUT], [KNOWN]),
    ]
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend([*first, *rest])
