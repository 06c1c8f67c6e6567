"""An ONNX graph in the making, for estimators that write themselves node by node."""

from typing import Any

import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper


class OnnxGraph:
    """Nodes and constants so far; each call adds one and returns the name of its value."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, output: str, **attributes: Any) -> str:
        """Add a node of one output."""
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Add a constant of the array's own type."""
        self.constants.append(numpy_helper.from_array(value, name))
        return name
