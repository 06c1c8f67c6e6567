"""EfficientNet-Lite0 as an ONNX graph, written layer by layer from its weights.

Kernels are kept in 16 bits and computed with in 32: half the file, and features that differ in the third
digit.

M. Tan, Q. Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks (ICML 2019). The Lite
variants leave out squeeze-and-excitation and use ReLU6 (github.com/tensorflow/tpu, efficientnet/lite).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from outclass.training.onnx_graph import OnnxGraph

SIDE = 224
PLACES = 7
EPSILON = 1e-3
OPSET = 17
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
"""The stride of each block's depthwise convolution."""

Weights = Mapping[str, NDArray[np.generic]]


def lite_graph(weights: Weights, taps: Sequence[str]) -> onnx.ModelProto:
    """Write the network from views of photos to `features` and `map`.

    Parameters
    ----------
    weights
        The arrays by their names in PyTorch.
    taps
        The layers whose outputs make the features, in that order: `head`, or `block5.expand` and the like.

    Returns
    -------
    onnx.ModelProto
        Input `views`, uint8 `[n, 224, 224, 3]`; outputs `features`, float32 `[n, D]`, and `map`, float32
        `[n, D, 7, 7]`, whose mean over its places the features are.
    """
    graph = OnnxGraph()
    graph.constant("zero", np.array(0, dtype=np.float32))
    graph.constant("six", np.array(6, dtype=np.float32))
    graph.constant("middle", np.array(127.5, dtype=np.float32))
    values = graph.add("Cast", "views", output="values", name="values", to=TensorProto.FLOAT)
    planes = graph.add("Transpose", values, output="planes", perm=[0, 3, 1, 2])
    centered = graph.add("Sub", planes, "middle", output="centered")
    source = graph.add("Div", centered, "middle", output="normalized")
    source = add_convolution(graph, weights, source, ("_conv_stem", "_bn0", "stem"), stride=2)
    for place, stride in enumerate(STRIDES):
        source = add_block(graph, weights, source, place, stride)
    add_convolution(graph, weights, source, ("_conv_head", "_bn1", "head"))
    width = add_outputs(graph, weights, taps)
    return assemble(graph, width)


def add_block(graph: OnnxGraph, weights: Weights, source: str, place: int, stride: int) -> str:
    """Add an inverted residual block."""
    layer, name = f"_blocks.{place}", f"block{place}"
    inner = source
    if f"{layer}._expand_conv.weight" in weights:
        names = (f"{layer}._expand_conv", f"{layer}._bn0", f"{name}.expand")
        inner = add_convolution(graph, weights, inner, names)
    names = (f"{layer}._depthwise_conv", f"{layer}._bn1", f"{name}.depth")
    inner = add_convolution(graph, weights, inner, names, stride=stride)
    names = (f"{layer}._project_conv", f"{layer}._bn2", f"{name}.project")
    inner = add_convolution(graph, weights, inner, names, rectified=False)
    if stride == 1 and is_residual(weights, layer):
        return graph.add("Add", inner, source, output=name, name=name)
    return inner


def is_residual(weights: Weights, layer: str) -> bool:
    """Tell whether a block's output has as many channels as its input, which is added then."""
    expand = weights.get(f"{layer}._expand_conv.weight")
    project = weights[f"{layer}._project_conv.weight"]
    return expand is not None and expand.shape[1] == project.shape[0]


def add_convolution(
    graph: OnnxGraph,
    weights: Weights,
    source: str,
    names: tuple[str, str, str],
    *,
    stride: int = 1,
    rectified: bool = True,
) -> str:
    """Add a convolution with the batch normalization after it folded in, and ReLU6.

    The names are those of the convolution and of the normalization in PyTorch, and of the output.
    """
    layer, norm, output = names
    kernel, bias = fold(weights, layer, norm)
    size = kernel.shape[2]
    half = graph.constant(f"{output}.half", kernel.astype(np.float16))
    convolved = graph.add(
        "Conv",
        source,
        graph.add("Cast", half, output=f"{output}.kernel", name=f"{output}.kernel", to=TensorProto.FLOAT),
        graph.constant(f"{output}.bias", bias),
        output=f"{output}.raw" if rectified else output,
        name=f"{output}.conv",
        kernel_shape=[size, size],
        strides=[stride, stride],
        group=len(kernel) if kernel.shape[1] == 1 else 1,
        auto_pad="SAME_UPPER",
    )
    return graph.add("Clip", convolved, "zero", "six", output=output, name=output) if rectified else convolved


def fold(weights: Weights, layer: str, norm: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return kernel and bias of a convolution and the normalization after it in one."""
    kernel = np.asarray(weights[f"{layer}.weight"], dtype=np.float64)
    mean, variance, scale, shift = (
        np.asarray(weights[f"{norm}.{part}"], dtype=np.float64)
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    factor = scale / np.sqrt(variance + EPSILON)
    return (kernel * factor[:, None, None, None]).astype(np.float32), (shift - mean * factor).astype(
        np.float32
    )


def add_outputs(graph: OnnxGraph, weights: Weights, taps: Sequence[str]) -> int:
    """Add the mean of each kept layer as features, and the layer in 7 x 7 places as map; return the width."""
    means, maps, width = [], [], 0
    for tap in taps:
        window = tap_side(tap) // PLACES
        means.append(graph.add("GlobalAveragePool", tap, output=f"{tap}.mean", name=f"{tap}.mean"))
        pooled = tap
        if window > 1:
            shape = {"kernel_shape": [window, window], "strides": [window, window]}
            pooled = graph.add("AveragePool", tap, output=f"{tap}.places", name=f"{tap}.places", **shape)
        maps.append(pooled)
        width += tap_width(weights, tap)
    joined = graph.add("Concat", *means, output="features.places", name="features.places", axis=1)
    graph.add("Flatten", joined, output="features", name="features", axis=1)
    graph.add("Concat", *maps, output="map", name="map", axis=1)
    return width


def tap_side(tap: str) -> int:
    """Return the width and height of a layer's output."""
    if tap == "head":
        return PLACES
    block, _, part = tap.partition(".")
    place = int(block.removeprefix("block"))
    halved = sum(stride == 2 for stride in STRIDES[: place if part == "expand" else place + 1])
    return int(SIDE // 2 ** (1 + halved))


def tap_width(weights: Weights, tap: str) -> int:
    """Return the number of a layer's channels."""
    if tap == "head":
        return int(weights["_conv_head.weight"].shape[0])
    block, _, part = tap.partition(".")
    layer = f"_blocks.{block.removeprefix('block')}"
    inner = {"expand": "_expand_conv", "depth": "_depthwise_conv"}.get(part, "_project_conv")
    return int(weights[f"{layer}.{inner}.weight"].shape[0])


def assemble(graph: OnnxGraph, width: int) -> onnx.ModelProto:
    """Make a checked model of the nodes."""
    views = helper.make_tensor_value_info("views", TensorProto.UINT8, ["n", SIDE, SIDE, 3])
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", width])
    places = helper.make_tensor_value_info("map", TensorProto.FLOAT, ["n", width, PLACES, PLACES])
    body = helper.make_graph(graph.nodes, "lite0", [views], [features, places], graph.constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="outclass")
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return model
