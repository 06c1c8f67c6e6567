"""Write a model of drawings as one graph, or only the part of it that describes them."""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from outclass.training.onnx_graph import OnnxGraph
from outclass.training.pictures.describing import describe
from outclass.training.pictures.learning import Basis, Head, Waves

OPSET = 17
IR_VERSION = 8

Rows = NDArray[np.float32]


def describing_graph(size: int) -> bytes:
    """Return the graph from "image" ``[n, size, size]`` to "described"."""
    graph = OnnxGraph()
    describe(graph, size)
    return model_of(graph, size, {"described": ["n", None]})


def whole_graph(size: int, basis: Basis, waves: Waves, head: Head) -> bytes:
    """Return the graph from "image" to "logits" ``[n, classes]`` and "outlier" ``[n]``."""
    graph = OnnxGraph()
    described = describe(graph, size)
    centered = graph.add("Sub", described, graph.constant("mean", basis.mean), output="centered")
    places = graph.add("MatMul", centered, graph.constant("directions", basis.directions), output="places")
    add_logits(graph, places, waves, head)
    add_outlier(graph, places, head)
    return model_of(graph, size, {"logits": ["n", head.weights.shape[1]], "outlier": ["n"]})


def add_logits(graph: OnnxGraph, places: str, waves: Waves, head: Head) -> None:
    """Add the random functions, the scores and what makes them logits; both matrices become one."""
    weights = graph.constant("wave_weights", waves.weights)
    phases = graph.add(
        "Gemm", places, weights, graph.constant("wave_offsets", waves.offsets), output="phases"
    )
    values = graph.add("Cos", phases, output="values")
    matrix = head.weights @ head.scaling.matrix
    joined = graph.constant("weights", matrix[:-1].copy())
    offsets = graph.constant("offsets", matrix[-1] + head.scaling.offsets)
    graph.add("Gemm", values, joined, offsets, output="logits")


def add_outlier(graph: OnnxGraph, places: str, head: Head) -> None:
    """Add the square of the distance to the nearest class."""
    turned = graph.add("MatMul", places, graph.constant("spread", head.spread), output="turned")
    own = graph.add("ReduceSumSquare", turned, output="own", axes=[1], keepdims=1)
    far = graph.constant("centers_squared", (head.centers**2).sum(axis=1))
    products = graph.constant("centers", np.ascontiguousarray(head.centers.T) * np.float32(-2))
    apart = graph.add("Gemm", turned, products, far, output="apart")
    squares = graph.add("Add", own, apart, output="squares")
    nearest = graph.add("ReduceMin", squares, output="nearest", axes=[1], keepdims=0)
    depth = np.array(head.spread.shape[0], dtype=np.float32)
    graph.add("Div", nearest, graph.constant("depth", depth), output="outlier")


def model_of(graph: OnnxGraph, size: int, outputs: dict[str, list[str | int | None]]) -> bytes:
    """Return the graph as a file's content."""
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", size, size])
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name, dims in outputs.items()]
    body = helper.make_graph(graph.nodes, "pictures", [image], results, graph.constants)
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(body, opset_imports=[opset], ir_version=IR_VERSION, producer_name="outclass")
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content
