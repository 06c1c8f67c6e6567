"""Boosted trees: learn them with LightGBM, keep them as text, take them apart for the exported graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from outclass.base.store import write_atomic
from outclass.challenges.stars.recipe import Recipe

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Model = lightgbm.Booster


class Bins:
    """Rows cut into bins once, for all models that learn from them; only when one has to be learned.

    Parameters
    ----------
    rows, weights
        float32 ``[n, columns]``, and a weight above 0 for each row.
    """

    def __init__(self, rows: Rows, weights: Floats, recipe: Recipe) -> None:
        self.rows = rows
        self.weights = weights
        self.recipe = recipe
        self._data: lightgbm.Dataset | None = None

    def labelled(self, targets: Indices) -> lightgbm.Dataset:
        """Return the rows with these targets."""
        if self._data is None:
            parameters = {
                "max_bin": self.recipe.bins,
                "use_missing": False,
                "num_threads": 1,
                "verbosity": -1,
            }
            self._data = lightgbm.Dataset(
                self.rows, weight=self.weights / self.weights.mean(), params=parameters
            )
        return self._data.set_label(targets)


def learn(place: Path, bins: Bins, targets: Indices, seed: int) -> Model:
    """Return the boosted trees kept at a place; learn and keep them first where there are none.

    Parameters
    ----------
    place
        A text file.
    targets
        From 0 without a gap; of the two classes of `trotta`, the score is that of 1.
    """
    if not place.exists():
        parameters = _parameters(bins.recipe, seed, int(targets.max()) + 1)
        booster = lightgbm.train(parameters, bins.labelled(targets), num_boost_round=bins.recipe.rounds)
        write_atomic(place, booster.model_to_string().encode("ascii"))
    return lightgbm.Booster(model_str=place.read_text(encoding="ascii"))


def _parameters(recipe: Recipe, seed: int, classes: int) -> dict[str, Any]:
    multiclass = {"objective": "multiclass", "num_class": classes}
    goal = {"objective": "binary"} if recipe.method == "trotta" else multiclass
    return {
        **goal,
        "num_leaves": recipe.leaves,
        "learning_rate": recipe.rate,
        "feature_fraction": recipe.features,
        "bagging_fraction": recipe.rows,
        "bagging_freq": 1 if recipe.rows < 1 else 0,
        "min_data_in_leaf": recipe.minimum,
        "lambda_l2": recipe.l2,
        "max_bin": recipe.bins,
        "use_missing": False,
        "num_threads": 1,
        "deterministic": True,
        "force_col_wise": True,
        "seed": seed,
        "verbosity": -1,
    }


def raw_scores(boosters: Sequence[Model], rows: Rows) -> Floats:
    """Return the mean raw scores of models of one kind, ``[n, classes]``, or ``[n, 1]`` of two-class ones."""
    total = np.zeros((len(rows), boosters[0].num_model_per_iteration()))
    for booster in boosters if len(rows) else ():
        total += np.asarray(booster.predict(rows, raw_score=True, num_threads=1)).reshape(total.shape)
    return total / len(boosters)


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

    def plant(self, booster: Model, targets: Sequence[int], share: float) -> None:
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
