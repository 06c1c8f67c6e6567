"""What a drawing is described by: how strong its edges run in each direction, in each part of it.

Histograms of oriented gradients of two sizes, made equally strong by what is near, and rooted; and the ink of
each part. They are nodes of the graph that is exported, so training and serving cannot differ. Source: N.
Dalal, B. Triggs, Histograms of Oriented Gradients for Human Detection, CVPR 2005.
"""

import numpy as np
from numpy.typing import NDArray

from outclass.training.onnx_graph import OnnxGraph

SIDE = 28
"""Drawings of any size are brought to this one."""
DIRECTIONS = 8
SCALES = ((0.8, 5), (1.6, 7))
"""Width of an edge, and of the filter that finds it, in pixels."""
FAINT = 0.02
"""Edges fainter than this are not made stronger."""
INK = 0.5
"""How much the ink of a part counts beside its edges."""
SMALLEST_SUM = 1e-9
HARDLY = 0.01

Rows = NDArray[np.float32]


def describe(graph: OnnxGraph, size: int) -> str:
    """Add the nodes from "image" ``[n, size, size]`` to what describes it, ``[n, width]``."""
    graph.add("Unsqueeze", "image", graph.constant("axis_one", np.array([1])), output="picture")
    picture = to_side(graph, "picture", size)
    parts = [edges(graph, picture, place) for place in range(len(SCALES))]
    ink = graph.add("AveragePool", picture, output="ink", kernel_shape=[4, 4], strides=[4, 4])
    weighed = graph.add("Mul", ink, graph.constant("ink_weight", np.array(INK, np.float32)), output="inked")
    parts.append(graph.add("Flatten", weighed, output="ink_flat"))
    return graph.add("Concat", *parts, output="described", axis=1)


def to_side(graph: OnnxGraph, picture: str, size: int) -> str:
    """Bring pictures ``[n, 1, size, size]`` to the side that the filters are made for."""
    if size == SIDE:
        return picture
    shrink = size // SIDE
    if shrink > 1:
        size //= shrink
        window = {"kernel_shape": [shrink, shrink], "strides": [shrink, shrink]}
        picture = graph.add("AveragePool", picture, output="smaller", **window)
    if size == SIDE:
        return picture
    factor = (SIDE + HARDLY) / size  # rounded down, the side must not come out one less
    scales = graph.constant("scales", np.array([1, 1, factor, factor], np.float32))
    return graph.add("Resize", picture, "", scales, output="resized", mode="linear")


def edges(graph: OnnxGraph, picture: str, place: int) -> str:
    """Add the nodes of one size of edges: ``[n, directions * 49]``."""
    width, side = SCALES[place]
    kernels = graph.constant(f"kernels{place}", filters(width, side))
    found = graph.add("Conv", picture, kernels, output=f"found{place}", pads=[side // 2] * 4)
    rising = graph.add("Relu", found, output=f"rising{place}")
    around = {"kernel_shape": [6, 6], "strides": [4, 4], "pads": [1, 1, 1, 1], "count_include_pad": 1}
    parts = graph.add("AveragePool", rising, output=f"parts{place}", **around)
    total = graph.add("ReduceSum", parts, "axis_one", output=f"total{place}", keepdims=1)
    near = {"kernel_shape": [3, 3], "strides": [1, 1], "pads": [1, 1, 1, 1], "count_include_pad": 0}
    local = graph.add("AveragePool", total, output=f"local{place}", **near)
    floor = graph.constant(f"floor{place}", np.array(FAINT, np.float32))
    strength = graph.add("Add", local, floor, output=f"strength{place}")
    even = graph.add("Div", parts, strength, output=f"even{place}")
    return graph.add("Flatten", graph.add("Sqrt", even, output=f"rooted{place}"), output=f"edges{place}")


def filters(width: float, side: int) -> Rows:
    """Return a filter for each direction, ``[directions, 1, side, side]``: the slope of a Gaussian."""
    middle = side // 2
    y, x = np.mgrid[-middle : middle + 1, -middle : middle + 1].astype(np.float64)
    angles = (2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS)[:, None, None]
    slopes = -(x * np.cos(angles) + y * np.sin(angles)) * np.exp(-(x**2 + y**2) / (2 * width**2))
    slopes /= np.abs(slopes).sum(axis=(1, 2), keepdims=True) + SMALLEST_SUM
    return np.asarray(slopes[:, None], dtype=np.float32)
