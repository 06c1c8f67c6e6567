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
from outclass.training.tabular.estimator import TabularEstimator
from outclass.training.tabular.estimator import build as build_tabular

INPUT, KNOWN = "inputs", "inputs.known"
NOT_THERE = "inputs.missing"

Rows = NDArray[np.float32]


def build(parameters: Mapping[str, object]) -> "CurvesEstimator":
    """Make the estimator from its parameters."""
    return CurvesEstimator(build_tabular(parameters))


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
