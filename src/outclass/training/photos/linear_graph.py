"""A linear model of features as an ONNX graph."""

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

OPSET = 13
IR_VERSION = 8

Rows = NDArray[np.float32]


def write_linear(path: Path, weights: Rows, offsets: Rows) -> None:
    """Write one product and one sum: `features` ``[n, width]`` to `logits` ``[n, classes]``.

    Parameters
    ----------
    weights
        ``[width, classes]``.
    offsets
        ``[classes]``.
    """
    width, classes = weights.shape
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["features", "weights", "offsets"], ["logits"])],
        "linear",
        [helper.make_tensor_value_info("features", onnx.TensorProto.FLOAT, ["n", width])],
        [helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["n", classes])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(offsets, "offsets")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    path.write_bytes(model.SerializeToString(deterministic=True))
