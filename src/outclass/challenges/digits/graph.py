"""Write folded nets as one ONNX graph: weights of one byte, float32 arithmetic."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from outclass.challenges.digits.network import DIGITS, STRIDES, Kernel, Layers
from outclass.training.onnx_graph import OnnxGraph

OPSET = 17
IR_VERSION = 10


class _Graph(OnnxGraph):
    """A graph whose weights are stored in bytes."""

    def weights(self, name: str, kernel: Kernel) -> str:
        """Weights that are widened once, when the model is loaded."""
        stored = self.constant(f"{name}_bytes", kernel.values)
        steps = self.add("Cast", stored, output=f"{name}_steps", to=TensorProto.FLOAT)
        return self.add("Mul", steps, self.constant(f"{name}_scales", kernel.scales), output=name)


def write_onnx(members: Sequence[Layers], path: Path) -> None:
    """Write the graph: "image" ``[n, 28, 28]`` to "logits" ``[n, 10]`` and "outlier" ``[n]``."""
    graph = _Graph()
    graph.add("Unsqueeze", "image", graph.constant("axis_one", np.array([1])), output="pictures")
    branches = [_branch(graph, layers, f"net{number}") for number, layers in enumerate(members)]
    graph.add("Sum", *branches, output="total")
    graph.add(
        "Mul", "total", graph.constant("share", np.array([1 / len(members)], np.float32)), output="scores"
    )
    bounds = [graph.constant(f"bound{value}", np.array([value])) for value in (0, DIGITS, DIGITS + 1)]
    graph.add("Slice", "scores", bounds[0], bounds[1], "axis_one", output="logits")
    graph.add("Slice", "scores", bounds[1], bounds[2], "axis_one", output="other")
    graph.add("ReduceLogSumExp", "logits", output="digit", axes=[1], keepdims=1)
    graph.add("Sub", "other", "digit", output="margin")
    graph.add("Squeeze", "margin", "axis_one", output="outlier")
    path.write_bytes(_model(graph).SerializeToString(deterministic=True))


def _branch(graph: _Graph, layers: Layers, name: str) -> str:
    """One net, up to the logarithms of its eleven probabilities."""
    hidden = "pictures"
    for depth, stride in enumerate(STRIDES):
        kernel = graph.weights(f"{name}_kernel{depth}", layers.kernels[depth])
        bias = graph.constant(f"{name}_bias{depth}", layers.biases[depth])
        wide = graph.add("Conv", hidden, kernel, bias, output=f"{name}_wide{depth}", strides=[stride, stride])
        hidden = graph.add("Relu", wide, output=f"{name}_hidden{depth}")
    flat = graph.add("Flatten", hidden, output=f"{name}_flat")
    head = graph.weights(f"{name}_head", layers.kernels[-1])
    offset = graph.constant(f"{name}_offset", layers.biases[-1])
    raw = graph.add("Gemm", flat, head, offset, output=f"{name}_raw", transB=1)
    return graph.add("LogSoftmax", raw, output=f"{name}_scores", axis=1)


def _model(graph: _Graph) -> onnx.ModelProto:
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 28, 28])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", DIGITS])
    outlier = helper.make_tensor_value_info("outlier", TensorProto.FLOAT, ["n"])
    body = helper.make_graph(graph.nodes, "digits", [image], [logits, outlier], graph.constants)
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(body, opset_imports=[opset], ir_version=IR_VERSION, producer_name="outclass")
    onnx.checker.check_model(model, full_check=True)
    return model
