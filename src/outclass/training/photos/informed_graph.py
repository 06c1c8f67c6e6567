"""The ONNX graph of a model that starts from the network's own classes."""

from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import helper

from outclass.training.onnx_graph import OnnxGraph
from outclass.training.photos.knowledge import FLOOR, Pooling

if TYPE_CHECKING:
    from outclass.training.photos.informed import InformedHead

OPSET = 13
FLOAT = onnx.TensorProto.FLOAT


def informed_model(head: "InformedHead") -> bytes:
    """Return the graph: `features` to `logits` and `outlier`."""
    graph = OnnxGraph()
    own, others = known_logits(graph, head)
    odds = log_odds(graph, head, own, others)
    kinds = kind_logits(graph, head, own)
    some = log_sigmoid(graph, odds, "some")
    none = log_sigmoid(graph, graph.add("Neg", odds, output="outlier_column"), "none")
    graph.add("Add", kinds, some, output="each")
    place = head.classes.index(head.knowledge.none)
    count = len(head.classes) - 1
    places = [*range(place), count, *range(place, count)]
    graph.add("Concat", "each", none, output="unordered", axis=1)
    graph.constant("order", np.array(places, dtype=np.int64))
    graph.add("Gather", "unordered", "order", output="logits", axis=1)
    graph.constant("column", np.array([1], dtype=np.int64))
    graph.add("Squeeze", "outlier_column", "column", output="outlier")
    return finished(graph, head.weights.shape[0], len(head.classes))


def known_logits(graph: OnnxGraph, head: "InformedHead") -> tuple[str, str]:
    """Add the network's last layer; return the logits of classes that speak for ours, and of others."""
    layer, order = head.classifier, head.knowledge.order
    graph.constant("known_whole", np.ascontiguousarray(layer.weights[order]))
    graph.constant("known_scales", layer.scales[order])
    graph.constant("known_offsets", layer.offsets[order])
    graph.add("DequantizeLinear", "known_whole", "known_scales", output="known_weights", axis=0)
    graph.constant("known_from", np.array([0], dtype=np.int64))
    graph.constant("known_to", np.array([layer.width], dtype=np.int64))
    graph.constant("one", np.array([1], dtype=np.int64))
    graph.add("Slice", "features", "known_from", "known_to", "one", output="known_features")
    graph.add("Gemm", "known_features", "known_weights", "known_offsets", output="known", transB=1)
    own = len(head.knowledge.own)
    graph.constant("parts", np.array([own, len(order) - own], dtype=np.int64))
    graph.nodes.append(helper.make_node("Split", ["known", "parts"], ["own", "others"], axis=1))
    return "own", "others"


def log_odds(graph: OnnxGraph, head: "InformedHead", own: str, others: str) -> str:
    """Add the first step: log odds of any class but none, ``[n, 1]``."""
    operator = "ReduceLogSumExp" if head.knowledge.pooling is Pooling.ANY else "ReduceMean"
    graph.add(operator, own, output="some_known", axes=[1], keepdims=1)
    graph.add("ReduceLogSumExp", others, output="none_known", axes=[1], keepdims=1)
    graph.add("Sub", "some_known", "none_known", output="evidence")
    graph.constant("trust", np.array(head.trust, dtype=np.float32))
    graph.add("Mul", "evidence", "trust", output="trusted")
    graph.constant("gate_weights", head.gate_weights.reshape(-1, 1).astype(np.float32))
    graph.constant("gate_offset", np.array([head.gate_offset], dtype=np.float32))
    graph.add("Gemm", "features", "gate_weights", "gate_offset", output="gate")
    return graph.add("Add", "trusted", "gate", output="odds")


def kind_logits(graph: OnnxGraph, head: "InformedHead", own: str) -> str:
    """Add the second step: log probabilities of the classes but none, ``[n, classes - 1]``."""
    graph.constant("sharpness", np.array(head.sharpness, dtype=np.float32))
    graph.add("Mul", own, "sharpness", output="sharp")
    graph.add("Softmax", "sharp", output="shares", axis=1)
    graph.constant("mixing", head.knowledge.mixing(head.classes).astype(np.float32))
    graph.add("MatMul", "shares", "mixing", output="mixed")
    graph.constant("floor", np.array(FLOOR, dtype=np.float32))
    graph.add("Add", "mixed", "floor", output="above")
    graph.add("Log", "above", output="kinds_known")
    graph.add("LogSoftmax", "kinds_known", output="kinds_alone", axis=1)
    if not head.learned.any():
        return "kinds_alone"
    return shared_anew(graph, head, "kinds_alone")


def shared_anew(graph: OnnxGraph, head: "InformedHead", kinds: str) -> str:
    """Add the correction: what the learned classes have together is shared among them anew."""
    learned, kept = np.flatnonzero(head.learned), np.flatnonzero(~head.learned)
    graph.constant("learned", learned)
    graph.add("Gather", kinds, "learned", output="kinds_learned", axis=1)
    graph.constant("weights", head.weights)
    graph.constant("offsets", head.offsets)
    graph.add("Gemm", "features", "weights", "offsets", output="correction")
    graph.add("Add", "kinds_learned", "correction", output="kinds_corrected")
    graph.add("LogSoftmax", "kinds_corrected", output="kinds_shared", axis=1)
    graph.add("ReduceLogSumExp", "kinds_learned", output="mass", axes=[1], keepdims=1)
    graph.add("Add", "kinds_shared", "mass", output="kinds_new")
    graph.constant("kept", kept)
    graph.add("Gather", kinds, "kept", output="kinds_kept", axis=1)
    graph.add("Concat", "kinds_new", "kinds_kept", output="kinds_unordered", axis=1)
    graph.constant("kinds_order", np.argsort(np.concatenate([learned, kept])))
    return graph.add("Gather", "kinds_unordered", "kinds_order", output="kinds", axis=1)


def log_sigmoid(graph: OnnxGraph, odds: str, name: str) -> str:
    """Add the logarithm of the probability of log odds, exact at both ends."""
    graph.add("Neg", odds, output=f"{name}_against")
    graph.add("Softplus", f"{name}_against", output=f"{name}_lost")
    return graph.add("Neg", f"{name}_lost", output=f"{name}_log")


def finished(graph: OnnxGraph, width: int, classes: int) -> bytes:
    """Return the file."""
    made = helper.make_graph(
        graph.nodes,
        "informed",
        [helper.make_tensor_value_info("features", FLOAT, ["n", width])],
        [
            helper.make_tensor_value_info("logits", FLOAT, ["n", classes]),
            helper.make_tensor_value_info("outlier", FLOAT, ["n"]),
        ],
        graph.constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content
