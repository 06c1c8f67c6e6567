"""Trees of LightGBM as arrays, and as the node of an ONNX graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import numpy_helper

from outclass.training.onnx_graph import OnnxGraph

if TYPE_CHECKING:
    import lightgbm

TREES_OPSET = 5
"""Of `ai.onnx.ml`, the first that has `TreeEnsemble`."""
AT_MOST = 0
SUM = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """Trees as arrays: a node sends a row to its left where ``row[feature] <= threshold``, else to its right.

    Attributes
    ----------
    roots
        The first node of each tree.
    feature, threshold
        Of each node.
    left, right
        The node, or where `left_leaf` (`right_leaf`) is 1 the leaf, that comes next.
    target, value
        Of each leaf: the class whose score grows by the value.
    """

    roots: list[int]
    feature: list[int]
    threshold: list[np.float32]
    left: list[int]
    right: list[int]
    left_leaf: list[int]
    right_leaf: list[int]
    target: list[int]
    value: list[float]

    @classmethod
    def empty(cls) -> "Forest":
        """Return a forest without trees."""
        return cls(
            roots=[],
            feature=[],
            threshold=[],
            left=[],
            right=[],
            left_leaf=[],
            right_leaf=[],
            target=[],
            value=[],
        )

    def plant(self, booster: "lightgbm.Booster", targets: Sequence[int], share: float) -> None:
        """Add a model's trees.

        Parameters
        ----------
        targets
            The class of each of its scores.
        share
            Factor on its scores.
        """
        for number, tree in enumerate(booster.dump_model()["tree_info"]):
            self.roots.append(len(self.feature))
            root = tree["tree_structure"]
            target = targets[number % len(targets)]
            if "split_feature" not in root:
                leaf = self._leaf(root, target, share)
                self._node(0, np.float32(0), (leaf, 1), (leaf, 1))
            else:
                self._grow(root, target, share)

    def _grow(self, node: dict[str, Any], target: int, share: float) -> tuple[int, int]:
        """Add a node and all below it; return its number and whether it is a leaf."""
        if "split_feature" not in node:
            return self._leaf(node, target, share), 1
        place = self._node(node["split_feature"], rounded_down(node["threshold"]), (0, 0), (0, 0))
        self.left[place], self.left_leaf[place] = self._grow(node["left_child"], target, share)
        self.right[place], self.right_leaf[place] = self._grow(node["right_child"], target, share)
        return place, 0

    def _node(
        self, feature: int, threshold: np.float32, left: tuple[int, int], right: tuple[int, int]
    ) -> int:
        self.feature.append(feature)
        self.threshold.append(threshold)
        self.left.append(left[0])
        self.left_leaf.append(left[1])
        self.right.append(right[0])
        self.right_leaf.append(right[1])
        return len(self.feature) - 1

    def _leaf(self, node: dict[str, Any], target: int, share: float) -> int:
        self.target.append(target)
        self.value.append(node["leaf_value"] * share)
        return len(self.value) - 1


def rounded_down(threshold: float) -> np.float32:
    """Return the largest float32 that is not above a threshold: the same split for every float32 value."""
    nearest = np.float32(threshold)
    return nearest if float(nearest) <= threshold else np.nextafter(nearest, np.float32(-np.inf))


def add_forest(graph: OnnxGraph, forest: Forest, rows: str, *, output: str, classes: int) -> str:
    """Add the node that turns rows ``[n, columns]`` into the sums of the trees' values, ``[n, classes]``."""
    nodes = len(forest.feature)
    return graph.add(
        "TreeEnsemble",
        rows,
        output=output,
        domain="ai.onnx.ml",
        n_targets=classes,
        aggregate_function=SUM,
        post_transform=0,
        tree_roots=forest.roots,
        nodes_featureids=forest.feature,
        nodes_splits=numpy_helper.from_array(np.array(forest.threshold, dtype=np.float32), "splits"),
        nodes_modes=numpy_helper.from_array(np.full(nodes, AT_MOST, dtype=np.uint8), "modes"),
        nodes_truenodeids=forest.left,
        nodes_trueleafs=forest.left_leaf,
        nodes_falsenodeids=forest.right,
        nodes_falseleafs=forest.right_leaf,
        leaf_targetids=forest.target,
        leaf_weights=numpy_helper.from_array(np.array(forest.value, dtype=np.float32), "values"),
    )
