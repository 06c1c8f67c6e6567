"""Boosted trees: learn them with LightGBM, and keep them as text."""

from collections.abc import Sequence
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
