"""Write templates as an ONNX graph: the same linear algebra as in `templates`, in double precision."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, compose, helper

from outclass.challenges.stars.phase_sums import DAYS, SUMS, Columns
from outclass.challenges.stars.templates import (
    COLLAPSE,
    LEAST_VARIANCE,
    REACH,
    SHIFTS,
    WIDE,
    Template,
    differences,
    shift_prior,
    size_of,
    table_of,
)
from outclass.training.onnx_graph import OnnxGraph

OPSET = 17
IR_VERSION = 10

Floats = NDArray[np.float64]


class _Graph(OnnxGraph):
    """A graph whose constants are given as plain numbers."""

    def floats(self, name: str, value: Floats | list[float]) -> str:
        return self.constant(name, np.asarray(value, dtype=np.float64))

    def integers(self, name: str, value: Sequence[int]) -> str:
        return self.constant(name, np.asarray(value, dtype=np.int64))

    def cut(self, value: str, low: int, high: int, axis: int, output: str) -> str:
        """Take a piece of an axis."""
        ends = [
            self.integers(f"{output}_{part}", [number]) for part, number in (("low", low), ("high", high))
        ]
        return self.add("Slice", value, *ends, self.integers(f"{output}_axis", [axis]), output=output)


def write_templates(
    path: Path, *, templates: Sequence[Template], temperature: float, offsets: Floats, columns: Columns
) -> None:
    """Write the graph: "rows" ``[n, width]`` to "logits" ``[n, classes]``, which are log probabilities.

    Parameters
    ----------
    templates
        Of the classes, in their order.
    temperature, offsets
        The evidence is divided by the one; the others are added, one to each class.
    """
    graph = _Graph()
    _evidence(graph, templates, columns)
    graph.add("Div", "evidence", graph.floats("temperature", [temperature]), output="tempered")
    graph.add("Add", "tempered", graph.floats("offsets", offsets), output="scores")
    graph.add("LogSoftmax", "scores", output="known", axis=1)
    graph.add("Cast", "known", output="logits", to=TensorProto.FLOAT)
    path.write_bytes(
        _model(graph, columns.width, "logits", len(templates)).SerializeToString(deterministic=True)
    )


def write_before(path: Path, *, templates: Sequence[Template], columns: Columns) -> None:
    """Put the comparison with templates before a graph at a path, whose rows end with its columns."""
    graph = _Graph()
    _evidence(graph, templates, columns)
    pairs = differences(len(templates))
    graph.add("MatMul", "evidence", graph.floats("pairs", pairs), output="differences")
    graph.add("Softmax", "joint", output="chance", axis=0)
    days = np.array(SHIFTS, dtype=np.float64)[:, None, None]
    graph.add("Mul", "chance", graph.floats("days", days), output="weighed")
    graph.add("ReduceSum", "weighed", graph.integers("by_shift", [0]), output="expected", keepdims=0)
    graph.add("Concat", "differences", "expected", output="found", axis=1)
    graph.add("Cast", "found", output="comparison", to=TensorProto.FLOAT)
    graph.add("Concat", "rows", "comparison", output="full", axis=1)
    width = columns.width + pairs.shape[1] + len(templates)
    after = compose.add_prefix(onnx.load(str(path)), "after_")
    before = _model(graph, columns.width, "full", width, after.opset_import)
    whole = compose.merge_models(before, after, io_map=[("full", "after_rows")])
    whole.graph.output[0].name = "logits"
    for node in whole.graph.node:
        node.output[:] = ["logits" if name == "after_logits" else name for name in node.output]
    onnx.checker.check_model(whole, full_check=True)
    path.write_bytes(whole.SerializeToString(deterministic=True))


def _evidence(graph: _Graph, templates: Sequence[Template], columns: Columns) -> None:
    """Add the evidence for each class: "joint" ``[shifts, n, classes]``, and over all shifts "evidence"."""
    sums, bands = columns.sums, columns.bands
    graph.cut("rows", columns.first, columns.first + sums + 1, 1, "columns")
    graph.add("Cast", "columns", output="phase", to=TensorProto.DOUBLE)
    graph.cut("phase", sums, sums + 1, 1, "variance")
    graph.cut("phase", 0, sums, 1, "flat")
    graph.add("Reshape", "flat", graph.integers("shape", [-1, bands, len(SUMS), DAYS]), output="sums")
    ends = [0, 0, 0, 2 * REACH, 0, 0, 0, 2 * REACH]
    graph.add("Pad", "sums", graph.integers("ends", ends), output="wide")
    line = graph.integers("line", [1, -1, bands, len(SUMS) * WIDE])
    for number, shift in enumerate(SHIFTS):
        graph.cut("wide", REACH + shift, REACH + shift + WIDE, 3, f"moved_{number}")
        graph.add("Reshape", f"moved_{number}", line, output=f"shift_{number}")
    graph.add("Concat", *(f"shift_{number}" for number in range(len(SHIFTS))), output="shifts", axis=0)
    _prior(graph, size_of(table_of(templates[0], bands).shape[1]))
    body = _one_shift(templates, bands)
    graph.add("Scan", "shifts", output="likelihoods", body=body, num_scan_inputs=1)
    priors = np.array([shift_prior(shift) for shift in SHIFTS])[:, None, None]
    graph.add("Add", "likelihoods", graph.floats("priors", priors), output="joint")
    graph.add("ReduceLogSumExp", "joint", output="evidence", axes=[0], keepdims=0)


def _prior(graph: _Graph, size: int) -> None:
    """Add the precision of the factors before anything is seen, ``[n, 1, size + 1, size + 1]``."""
    known = np.diag([1.0] * (size - 1) + [0.0, 0.0])
    last = np.diag([0.0] * (size - 1) + [1.0, 0.0])
    graph.add("Max", "variance", graph.floats("least", [LEAST_VARIANCE]), output="bounded")
    graph.add("Reciprocal", "bounded", output="distance")
    graph.add("Reshape", "distance", graph.integers("each", [-1, 1, 1, 1]), output="distance_each")
    graph.add("Mul", "distance_each", graph.floats("last", last), output="distance_prior")
    graph.add("Add", "distance_prior", graph.floats("ones", known), output="prior")


def _one_shift(templates: Sequence[Template], bands: int) -> onnx.GraphProto:
    """Return the graph from the wide sums of one shift to the log likelihoods of the classes."""
    tables = [table_of(template, bands) for template in templates]
    terms, classes = tables[0].shape[1], len(tables)
    size = size_of(terms)
    graph = _Graph()
    graph.add("MatMul", "moved", _small(graph, "collapse", COLLAPSE), output="knots")
    graph.add(
        "Reshape", "knots", graph.integers("all_knots", [-1, tables[0].shape[0]]), output="together_knots"
    )
    graph.add(
        "MatMul", "together_knots", _small(graph, "table", np.concatenate(tables, axis=1)), output="together"
    )
    graph.add("Reshape", "together", graph.integers("by_class", [-1, classes, terms]), output="terms")
    graph.add("Gather", "terms", graph.integers("square", _bordered(size)), output="entries", axis=2)
    shape = graph.integers("matrix", [-1, classes, size + 1, size + 1])
    graph.add("Reshape", "entries", shape, output="precision")
    rest = graph.add("Add", "precision", "prior", output="step_0")
    logs = [_eliminate(graph, number, size + 1 - number) for number in range(size)]
    rest = graph.add("Reshape", f"step_{size}", graph.integers("answers", [-1, classes]), output="rest")
    graph.add("Sum", *logs, output="volume_wide")
    graph.add("Reshape", "volume_wide", "answers", output="volume")
    graph.add("Add", rest, "volume", output="twice")
    graph.add("Mul", "twice", graph.floats("minus_half", [-0.5]), output="likelihood")
    moved = helper.make_tensor_value_info("moved", TensorProto.DOUBLE, ["n", bands, len(SUMS) * WIDE])
    found = helper.make_tensor_value_info("likelihood", TensorProto.DOUBLE, ["n", classes])
    return helper.make_graph(graph.nodes, "shift", [moved], [found], graph.constants)


def _small(graph: _Graph, name: str, value: Floats) -> str:
    """Add a constant of single precision that is used in double."""
    graph.constant(f"{name}_single", value.astype(np.float32))
    return graph.add("Cast", f"{name}_single", output=name, to=TensorProto.DOUBLE)


def _bordered(size: int) -> list[int]:
    """Return which term each entry of the precision is, bordered by residuals and the square of the mean."""
    place = np.zeros((size + 1, size + 1), dtype=np.int64)
    row, column = np.triu_indices(size)
    place[row, column] = place[column, row] = np.arange(len(row))
    place[size, :size] = place[:size, size] = len(row) + np.arange(size)
    place[size, size] = len(row) + size
    return [int(entry) for entry in place.ravel()]


def _eliminate(graph: _Graph, number: int, size: int) -> str:
    """Add the elimination of the first row and column; return the logarithm of the pivot."""
    whole, name = f"step_{number}", f"at_{number}"
    graph.cut(whole, 0, 1, 2, f"{name}_row")
    graph.cut(f"{name}_row", 0, 1, 3, f"{name}_pivot")
    graph.cut(f"{name}_row", 1, size, 3, f"{name}_right")
    graph.cut(whole, 1, size, 2, f"{name}_below")
    graph.cut(f"{name}_below", 0, 1, 3, f"{name}_left")
    graph.cut(f"{name}_below", 1, size, 3, f"{name}_inner")
    graph.add("Div", f"{name}_right", f"{name}_pivot", output=f"{name}_scaled")
    graph.add("Mul", f"{name}_left", f"{name}_scaled", output=f"{name}_outer")
    graph.add("Sub", f"{name}_inner", f"{name}_outer", output=f"step_{number + 1}")
    return graph.add("Log", f"{name}_pivot", output=f"{name}_log")


def _model(
    graph: _Graph, width: int, output: str, size: int, opsets: Sequence[onnx.OperatorSetIdProto] = ()
) -> onnx.ModelProto:
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["n", width])
    found = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", size])
    body = helper.make_graph(graph.nodes, "templates", [rows], [found], graph.constants)
    declared = list(opsets) or [helper.make_opsetid("", OPSET)]
    model = helper.make_model(body, opset_imports=declared, ir_version=IR_VERSION, producer_name="outclass")
    onnx.checker.check_model(model, full_check=True)
    return model
