"""Write an adviser as one ONNX graph: columns, trees, possible classes, share of the unknown."""

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from outclass.challenges.stars.adviser import Adviser
from outclass.challenges.stars.crowd import ABSENT, FARTHEST, Crowd
from outclass.challenges.stars.domains import EITHER, EXTRAGALACTIC, GALACTIC, IMPOSSIBLE, Domains
from outclass.challenges.stars.rows import Columns
from outclass.challenges.stars.unknown import Unknown
from outclass.training.forest import TREES_OPSET, add_forest
from outclass.training.onnx_graph import OnnxGraph

OPSET = 17
IR_VERSION = 10
HALF = 0.5


class _Graph(OnnxGraph):
    """A graph whose constants are given as plain numbers."""

    def floats(self, name: str, value: NDArray[np.float64] | list[float]) -> str:
        return self.constant(name, np.asarray(value, dtype=np.float32))

    def integers(self, name: str, value: list[int]) -> str:
        return self.constant(name, np.asarray(value, dtype=np.int64))


def write_onnx(
    path: Path,
    *,
    adviser: Adviser,
    columns: Columns,
    unknown: Unknown,
) -> None:
    """Write the graph: "rows" ``[n, columns]`` to "logits" ``[n, classes]``, which are log probabilities.

    Parameters
    ----------
    columns
        Those of a row, and the ones that the adviser learned from.
    unknown
        The share of unknown objects.
    """
    graph = _Graph()
    graph.add("Gather", "rows", graph.integers("columns", list(columns.chosen)), output="chosen", axis=1)
    domains = adviser.domains
    add_forest(graph, adviser.forest(), "chosen", output="raw", classes=len(domains.known))
    scores = "raw"
    if adviser.against_rest:
        graph.add("Neg", "raw", output="negative")
        graph.add("Softplus", "negative", output="softened")
        scores = graph.add("Neg", "softened", output="scores")
    _places(graph, columns.flags)
    graph.add("Gather", graph.floats("offsets", adviser.offsets), "places", output="offset", axis=0)
    graph.add("Add", scores, "offset", output="allowed")
    graph.add("LogSoftmax", "allowed", output="known", axis=1)
    if domains.unknown is not None and unknown.crowd is not None:
        _distance(graph, unknown.crowd, columns)
    _unknown(graph, unknown, domains)
    graph.add("Max", "all", graph.floats("impossible", [IMPOSSIBLE]), output="logits")
    path.write_bytes(_model(graph, columns.width, domains.size).SerializeToString(deterministic=True))


def _places(graph: _Graph, flags: tuple[int, int]) -> None:
    """Tell galactic from extragalactic from neither known, ``[n]``."""
    half = graph.floats("half", [HALF])
    for name, column in zip(("galactic", "known_place"), flags, strict=True):
        flat = graph.integers(f"{name}_column", [column])
        graph.add("Gather", "rows", flat, output=f"{name}_wide", axis=1)
        graph.add("Squeeze", f"{name}_wide", "axis_one", output=f"{name}_value")
        graph.add("Greater", f"{name}_value", half, output=name)
    graph.integers("axis_one", [1])
    kinds = [graph.integers(f"place{kind}", [kind]) for kind in (GALACTIC, EXTRAGALACTIC, EITHER)]
    graph.add("Where", "galactic", kinds[GALACTIC], kinds[EXTRAGALACTIC], output="side")
    graph.add("Where", "known_place", "side", kinds[EITHER], output="places")


def _distance(graph: _Graph, crowd: Crowd, columns: Columns) -> None:
    """Tell how far each row is from the nearest class, ``[n, 1]``; see `Crowd.distance`."""
    counted = [columns.crowd[place] for place in crowd.columns]
    middles, whiten = np.array(crowd.middles), np.array(crowd.whiten)
    graph.add("Gather", "rows", graph.integers("counted", counted), output="crowd_values", axis=1)
    graph.add("Greater", "crowd_values", graph.floats("absent", [ABSENT]), output="crowd_seen")
    graph.add("Sub", "crowd_values", graph.floats("crowd_center", list(crowd.center)), output="crowd_moved")
    graph.add("Div", "crowd_moved", graph.floats("crowd_scale", list(crowd.scale)), output="crowd_wide")
    reach = graph.floats("least", np.array(-FARTHEST)), graph.floats("most", np.array(FARTHEST))
    graph.add("Clip", "crowd_wide", *reach, output="crowd_clipped")
    graph.add("Where", "crowd_seen", "crowd_clipped", graph.floats("nothing", [0.0]), output="crowd_scaled")
    graph.add("MatMul", "crowd_scaled", graph.floats("crowd_whiten", whiten), output="crowd_place")
    graph.add("Unsqueeze", "crowd_place", "axis_one", output="crowd_flat")
    graph.add("Sub", "crowd_flat", graph.floats("crowd_middles", middles), output="crowd_apart")
    graph.add("ReduceSumSquare", "crowd_apart", output="crowd_squares", axes=[2], keepdims=0)
    graph.add("ReduceMin", "crowd_squares", output="crowd_nearest", axes=[1], keepdims=1)
    graph.add("Add", "crowd_nearest", graph.floats("one", [1.0]), output="crowd_more")
    graph.add("Log", "crowd_more", output="distance")


def _unknown(graph: _Graph, unknown: Unknown, domains: Domains) -> None:
    """Take the share of the class without training data off the others; put all classes in order."""
    order = list(domains.known)
    if domains.unknown is None:
        graph.add("Identity", "known", output="joined")
    else:
        graph.add("Exp", "known", output="probability")
        graph.add("Mul", "probability", "known", output="terms")
        graph.add("ReduceSum", "terms", "axis_one", output="minus_entropy", keepdims=1)
        shares = unknown.shares
        tables = {"level": [s.level for s in shares], "slope": [-s.slope for s in shares]}
        if unknown.crowd is not None:
            tables["reach"] = [s.reach for s in shares]
        for name, values in tables.items():
            table = graph.floats(f"{name}s", np.array(values)[:, None])
            graph.add("Gather", table, "places", output=name, axis=0)
        graph.add("Mul", "slope", "minus_entropy", output="growth")
        odds = graph.add("Add", "level", "growth", output="unsure_odds")
        if unknown.crowd is not None:
            graph.add("Mul", "reach", "distance", output="far_odds")
            odds = graph.add("Add", odds, "far_odds", output="odds")
        graph.add("Neg", odds, output="odds_against")
        graph.add("Softplus", odds, output="minus_rest")
        graph.add("Softplus", "odds_against", output="minus_share")
        graph.add("Sub", "known", "minus_rest", output="rest")
        graph.add("Neg", "minus_share", output="share")
        graph.add("Concat", "rest", "share", output="joined", axis=1)
        order.append(domains.unknown)
    places = [order.index(place) for place in range(domains.size)]
    graph.add("Gather", "joined", graph.integers("order", places), output="all", axis=1)


def _model(graph: _Graph, width: int, classes: int) -> onnx.ModelProto:
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["n", width])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", classes])
    body = helper.make_graph(graph.nodes, "stars", [rows], [logits], graph.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", TREES_OPSET)]
    model = helper.make_model(body, opset_imports=opsets, ir_version=IR_VERSION, producer_name="outclass")
    onnx.checker.check_model(model, full_check=True)
    return model
