"""Make decisions into honest probabilities, by texts that were not learned from."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from outclass.inference.linear_text.document import Stage
from outclass.training.linear_text.writing import StageCalibration

PENALTY = 1.0
"""Strength, in texts, of the pull towards a scale of 1 and no offset, which bounds classes that never err."""

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def calibrate_stages(
    stages: Sequence[Stage], decisions: Floats, targets: Indices, classes: Sequence[str]
) -> dict[int, StageCalibration]:
    """Choose scale and offsets of each stage.

    Parameters
    ----------
    decisions
        Of every row of every stage, for texts that the model which decided had not seen.
    targets
        Indices into `classes`.

    Source: J. Platt, Probabilistic outputs for support vector machines, 1999; with one scale and an offset
    for each group where there are several.
    """
    found = {}
    first = 0
    for place, stage in enumerate(stages):
        own = decisions[:, first : first + len(stage.rows)]
        first += len(stage.rows)
        group_of = {classes.index(name): group for group, names in enumerate(stage.groups) for name in names}
        chosen = np.isin(targets, list(group_of))
        groups = np.array([group_of[target] for target in targets[chosen].tolist()], dtype=np.int64)
        found[place] = calibrate_stage(own[chosen], groups)
    return found


def calibrate_stage(decisions: Floats, groups: Indices) -> StageCalibration:
    """Minimize the log loss of one stage over its scale and offsets."""
    rows = decisions.shape[1]
    spread = float(decisions.std()) or 1.0

    def loss(values: Floats) -> float:
        scores = np.exp(values[0]) / spread * decisions + values[1:]
        if rows == 1:
            scores = np.hstack([np.zeros_like(scores), scores])
        largest = scores.max(axis=1, keepdims=True)
        total = largest[:, 0] + np.log(np.exp(scores - largest).sum(axis=1))
        chosen = scores[np.arange(len(groups)), groups]
        return float((total - chosen).sum() + PENALTY * (values**2).sum() / 2)

    best = minimize(loss, np.zeros(rows + 1), method="L-BFGS-B").x
    return StageCalibration(
        scale=round(float(np.exp(best[0]) / spread), 9),
        offsets=tuple(round(float(value), 9) for value in best[1:]),
    )
