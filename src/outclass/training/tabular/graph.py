"""A model of tables as one ONNX graph: filling, scaling, flags and values are inside."""

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from outclass.training.forest import TREES_OPSET, add_forest
from outclass.training.onnx_graph import OnnxGraph
from outclass.training.tabular.encoding import Encoder
from outclass.training.tabular.mixture import AnyPart, Mixture
from outclass.training.tabular.outlying import FARTHEST, Outlying
from outclass.training.tabular.parts import Boosted, Linear, Shares

OPSET = 17
IR_VERSION = 10
INPUT = "inputs"


class _Part:
    """A place in the graph under whose name nodes and constants stand."""

    def __init__(self, graph: OnnxGraph, name: str) -> None:
        self.graph = graph
        self.name = name

    def node(self, operator: str, *inputs: str, output: str, **attributes: object) -> str:
        """Add a node; an input that begins with a dot is of this place."""
        named = [self.name + one if one.startswith(".") else one for one in inputs]
        return self.graph.add(operator, *named, output=f"{self.name}.{output}", **attributes)

    def floats(self, name: str, value: NDArray[np.float32] | float) -> str:
        """Add numbers."""
        return self.graph.constant(f"{self.name}.{name}", np.asarray(value, dtype=np.float32))

    def places(self, name: str, value: NDArray[np.int64] | list[int]) -> str:
        """Add whole numbers."""
        return self.graph.constant(f"{self.name}.{name}", np.asarray(value, dtype=np.int64))

    def columns(self, name: str, chosen: NDArray[np.int64]) -> str:
        """Pick columns of the rows."""
        return self.node("Gather", INPUT, self.places(f"{name}_at", chosen), output=name, axis=1)


def write_mixture(path: Path, mixture: Mixture, columns: int) -> None:
    """Write "inputs" ``[n, columns]`` to "logits" ``[n, classes]`` and "outlier" ``[n]``."""
    graph = OnnxGraph()
    total = ""
    classes = len(mixture.prior)
    for number, (part, share) in enumerate(zip(mixture.parts, mixture.shares, strict=True)):
        place = _Part(graph, f"part{number}")
        logits = part_logits(place, part, classes)
        logs = place.node("LogSoftmax", logits, output="logs", axis=1)
        counted = place.node("Mul", logs, place.floats("share", share), output="counted")
        total = counted if not total else graph.add("Add", total, counted, output=f"sum{number}")
    answer = _Part(graph, "answer")
    chances = answer.node("Softmax", total, output="chances", axis=1)
    most = answer.node("Mul", chances, answer.floats("most", 1 - mixture.floor), output="most_of")
    soft = answer.node("Add", most, answer.floats("prior", mixture.floor * mixture.prior), output="soft")
    graph.add("Log", soft, output="logits")
    add_outlier(_Part(graph, "unlike"), mixture.outlying)
    path.write_bytes(model_of(graph, columns, classes).SerializeToString(deterministic=True))


def part_logits(place: _Part, part: AnyPart, classes: int) -> str:
    """Add what answers; return the name of its scores."""
    match part:
        case Shares():
            one = place.node("Gather", INPUT, place.places("first", [0]), output="one", axis=1)
            known = place.node("IsNaN", one, output="unknown")
            nothing = place.floats("nothing", np.zeros((1, classes), dtype=np.float32))
            none = place.node("Where", known, nothing, nothing, output="none")
            return place.node("Add", none, place.floats("offsets", part.offsets), output="logits")
        case Linear():
            encoded = encoded_rows(place, part.encoder)
            if len(part.centers):
                encoded = likenesses(place, part, encoded)
            weights, offsets = place.floats("weights", part.weights), place.floats("offsets", part.offsets)
            return place.node("Gemm", encoded, weights, offsets, output="logits")
        case Boosted():
            rows = unscaled_rows(place, part.encoder)
            raw = add_forest(place.graph, part.forest(), rows, output=f"{place.name}.raw", classes=classes)
            return place.node("Add", raw, place.floats("offsets", part.offsets), output="logits")


def marks(place: _Part, encoder: Encoder) -> list[str]:
    """Add flags and values; return the names of those that there are."""
    found = []
    if len(encoder.flags):
        absent = place.node("IsNaN", place.columns("flagged", encoder.flags), output="absent")
        found.append(place.node("Cast", absent, output="flags", to=TensorProto.FLOAT))
    if len(encoder.values):
        held = place.columns("held", encoder.value_columns)
        same = place.node("Equal", held, place.floats("values", encoder.values), output="same")
        found.append(place.node("Cast", same, output="marks", to=TensorProto.FLOAT))
    return found


def filled(place: _Part, encoder: Encoder, stand_in: NDArray[np.float32]) -> str:
    """Add the numeric columns with something in place of what is missing."""
    numbers = place.columns("numbers", encoder.numbers)
    missing = place.node("IsNaN", numbers, output="missing")
    return place.node("Where", missing, place.floats("stand_in", stand_in), numbers, output="filled")


def encoded_rows(place: _Part, encoder: Encoder) -> str:
    """Add what `Encoder.encode` does."""
    found = []
    if len(encoder.numbers):
        numbers = filled(place, encoder, encoder.middle)
        moved = place.node("Sub", numbers, place.floats("mean", encoder.mean), output="moved")
        wide = place.node("Mul", moved, place.floats("factor", encoder.factor), output="wide")
        above = place.node("Max", wide, place.floats("low", encoder.low), output="above")
        scaled = place.node("Min", above, place.floats("high", encoder.high), output="scaled")
        found.append(scaled)
        if len(encoder.bent):
            picked = place.node("Gather", scaled, place.places("bent", encoder.bent), output="picked", axis=1)
            past = place.node("Sub", picked, place.floats("knots", encoder.knots), output="past")
            found.append(place.node("Relu", past, output="bends"))
    found += marks(place, encoder)
    return place.node("Concat", *found, output="encoded", axis=1)


def unscaled_rows(place: _Part, encoder: Encoder) -> str:
    """Add what `Encoder.unscaled` does."""
    numbers = [filled(place, encoder, encoder.below)] if len(encoder.numbers) else []
    return place.node("Concat", *numbers, *marks(place, encoder), output="unscaled", axis=1)


def likenesses(place: _Part, part: Linear, encoded: str) -> str:
    """Add what `likeness` does."""
    rows = place.node("Mul", encoded, place.floats("stretch", part.stretch), output="stretched")
    own = place.node("ReduceSumSquare", rows, output="own", axes=[1], keepdims=1)
    theirs = (part.centers * part.centers).sum(axis=1)
    squares = place.node("Add", own, place.floats("theirs", theirs), output="squares")
    product = place.node("MatMul", rows, place.floats("centers", part.centers.T), output="product")
    twice = place.node("Mul", product, place.floats("two", 2.0), output="twice")
    apart = place.node("Sub", squares, twice, output="apart")
    distance = place.node("Relu", apart, output="distance")
    falling = place.node("Mul", distance, place.floats("falling", -part.width), output="exponent")
    return place.node("Exp", falling, output="likeness")


def add_outlier(place: _Part, outlying: Outlying) -> None:
    """Add what `Outlying.scores` does."""
    axis = place.places("axis", [1])
    nothing = place.node("IsNaN", INPUT, output="nan")
    absent = place.node("Cast", nothing, output="absent", to=TensorProto.FLOAT)
    missing = place.floats("missing", outlying.missing[:, None])
    total = place.node("MatMul", absent, missing, output="missing_sum")
    if len(outlying.numbers):
        numbers = place.columns("numbers", outlying.numbers)
        moved = place.node("Sub", numbers, place.floats("mean", outlying.mean), output="moved")
        wide = place.node("Mul", moved, place.floats("factor", outlying.factor), output="wide")
        unknown = place.node("IsNaN", wide, output="unknown")
        known = place.node("Where", unknown, place.floats("nothing", 0.0), wide, output="known")
        bounds = place.floats("least", -FARTHEST), place.floats("most", FARTHEST)
        clipped = place.node("Clip", known, *bounds, output="clipped")
        turned = place.node("MatMul", clipped, place.floats("whiten", outlying.whiten), output="turned")
        squares = place.node("ReduceSumSquare", turned, output="squares", axes=[1], keepdims=1)
        count = place.floats("count", float(len(outlying.numbers)))
        mean = place.node("Div", squares, count, output="mean_square")
        more = place.node("Add", mean, place.floats("one", 1.0), output="more")
        surprise = place.node("Mul", place.node("Log", more, output="log"), count, output="surprise")
        total = place.node("Add", total, surprise, output="with_numbers")
    if len(outlying.values):
        held = place.columns("held", outlying.value_columns)
        same = place.node("Equal", held, place.floats("values", outlying.values), output="same")
        marked = place.node("Cast", same, output="marked", to=TensorProto.FLOAT)
        surprises = place.floats("surprises", outlying.surprises[:, None])
        rare = place.node("MatMul", marked, surprises, output="rare")
        total = place.node("Add", total, rare, output="with_values")
    each = place.node("Div", total, place.floats("columns", float(len(outlying.missing))), output="each")
    place.graph.add("Squeeze", each, axis, output="outlier")


def model_of(graph: OnnxGraph, columns: int, classes: int) -> onnx.ModelProto:
    """Return the checked model."""
    rows = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", columns])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", classes])
    outlier = helper.make_tensor_value_info("outlier", TensorProto.FLOAT, ["n"])
    body = helper.make_graph(graph.nodes, "table", [rows], [logits, outlier], graph.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", TREES_OPSET)]
    model = helper.make_model(body, opset_imports=opsets, ir_version=IR_VERSION, producer_name="outclass")
    onnx.checker.check_model(model, full_check=True)
    return model
