"""Learning boosted trees with LightGBM."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import lightgbm
import numpy as np
from numpy.typing import NDArray

from outclass.training.tabular.budget import Deadline
from outclass.training.tabular.encoding import Encoder, learn_encoder
from outclass.training.tabular.journal import Setting
from outclass.training.tabular.material import Material, Part
from outclass.training.tabular.parts import UNHEARD_OF, Boosted

MOST_ROUNDS = 1000
PATIENCE = 2.0
"""Rounds without a gain after which boosting ends, over the rate of learning."""
LEAST_PATIENCE, LEAST_GAIN = 10, 2e-5
MOST_LEAVES = 63

Rows = NDArray[np.float32]
Indices = NDArray[np.int64]


def parameters_of(setting: Setting, classes: int, seed: int) -> dict[str, Any]:
    """Return a setting by LightGBM's names."""
    goal = {"objective": "multiclass", "num_class": classes} if classes > 2 else {"objective": "binary"}
    return {
        **goal,
        "learning_rate": setting.rate,
        "num_leaves": setting.leaves,
        "min_data_in_leaf": setting.minimum,
        "feature_fraction": setting.columns,
        "bagging_fraction": setting.rows,
        "bagging_freq": 1 if setting.rows < 1 else 0,
        "lambda_l2": setting.l2,
        "extra_trees": setting.random,
        "min_sum_hessian_in_leaf": 1e-3,
        "num_threads": 1,
        "deterministic": True,
        "force_col_wise": True,
        "feature_pre_filter": False,
        "seed": seed,
        "verbosity": -1,
    }


FIRST = (
    Setting(rate=0.15, random=True, columns=0.5, minimum=2),
    Setting(),
    Setting(leaves=4, columns=0.4, minimum=3),
)
"""Tried before any other."""


class Grown(NamedTuple):
    """A model, its loss after each round on rows that it did not see, and whether time ended it."""

    booster: lightgbm.Booster
    losses: tuple[float, ...]
    stopped: bool


class Bed:
    """Rows that trees are grown from, cut into bins once."""

    def __init__(self, part: Part, sizes: Sequence[int], classes: int, check: Part | None = None) -> None:
        self.encoder: Encoder = learn_encoder(part.rows, sizes)
        self.present, targets = np.unique(part.targets, return_inverse=True)
        self.classes = classes
        self._data = lightgbm.Dataset(
            self.encoder.unscaled(part.rows),
            label=targets,
            weight=part.weights,
            params=_bins(len(part.targets)),
            free_raw_data=False,
        ).construct()
        self._check: lightgbm.Dataset | None = None
        if check is not None:
            known = np.isin(check.targets, self.present)
            places = np.searchsorted(self.present, check.targets[known])
            rows = self.encoder.unscaled(check.rows[known])
            weight = check.weights[known]
            own = _bins(len(part.targets))
            self._check = self._data.create_valid(rows, label=places, weight=weight, params=own).construct()

    def grow(self, setting: Setting, seed: int, deadline: Deadline, rounds: int = MOST_ROUNDS) -> Grown:
        """Grow trees until they gain nothing more, or the time or the rounds are over."""
        history: dict[str, dict[str, list[float]]] = {}
        stop = _Stop(deadline)
        callbacks: list[Any] = [stop]
        if self._check is not None:
            patience = max(LEAST_PATIENCE, int(PATIENCE / setting.rate))
            callbacks += [
                lightgbm.record_evaluation(history),
                lightgbm.early_stopping(patience, verbose=False, min_delta=LEAST_GAIN),
            ]
        booster = lightgbm.train(
            parameters_of(setting, len(self.present), seed),
            self._data,
            num_boost_round=rounds,
            valid_sets=None if self._check is None else [self._check],
            callbacks=callbacks,
        )
        losses = next(iter(history["valid_0"].values())) if history else []
        return Grown(booster, tuple(losses), stop.stopped)

    def boosted(self, booster: lightgbm.Booster, rounds: int) -> Boosted:
        """Return the first rounds as a model."""
        offsets = np.full(self.classes, -UNHEARD_OF * 4, dtype=np.float32)
        offsets[self.present] = 0.0
        text = booster.model_to_string(num_iteration=rounds)
        return Boosted(encoder=self.encoder, text=text, present=self.present, offsets=offsets)


class _Stop:
    """Ends boosting when time is up, after the losses of the round were noted."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.order = 40
        self.stopped = False

    def __call__(self, state: Any) -> None:
        if self.deadline.passed:
            self.stopped = True
            raise lightgbm.callback.EarlyStopException(state.iteration, state.evaluation_result_list or [])


def _bins(rows: int) -> dict[str, Any]:
    """Return how numbers are cut into bins."""
    return {
        "max_bin": 255,
        "min_data_in_bin": 1 if rows < 2000 else 3,
        "feature_pre_filter": False,
        "use_missing": False,
        "num_threads": 1,
        "verbosity": -1,
    }


def best_rounds(losses: Sequence[Sequence[float]], sizes: Sequence[int]) -> int:
    """Return after how many rounds the loss over all folds is least.

    A fold that ended earlier stays at its last loss.
    """
    longest = max(map(len, losses))
    padded = [[*one, *[one[-1]] * (longest - len(one))] for one in losses if one]
    shares = [size for one, size in zip(losses, sizes, strict=True) if one]
    return int(np.average(padded, axis=0, weights=shares).argmin()) + 1


def beds_of(material: Material) -> list[Bed]:
    """Return one bed for the rows without each fold."""
    return [
        Bed(material.without(fold), material.sizes, material.classes, check=material.only(fold))
        for fold in range(material.count)
    ]
