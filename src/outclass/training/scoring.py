"""Scores of one side of the split, under the names that run records, manifests and cards use."""

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.challenge import Challenge
from outclass.inference.predictor import calibrate
from outclass.metrics.report import evaluate_all
from outclass.metrics.scores import auroc
from outclass.training.calibrate import Calibration, kept_by, pass_share
from outclass.training.data import Outputs, among_present, class_weights
from outclass.training.sets import prediction_sets

NAMES = (
    "accuracy",
    "log_loss",
    "flat_log_loss",
    "weighted_log_loss",
    "brier",
    "macro_recall",
    "macro_f1",
    "worst_class_recall",
    "ece",
    "coverage",
    "set_coverage",
)


def score(
    outputs: Outputs, targets: NDArray[np.int64], calibration: Calibration, challenge: Challenge
) -> dict[str, float]:
    """Return the scores of rows, under the weights of the classes; those that do not exist are left out."""
    probabilities = calibrate(outputs.logits, calibration.temperature)
    sets = prediction_sets(probabilities, calibration.prediction_set)
    report = evaluate_all(
        targets,
        among_present(probabilities, targets, challenge),
        challenge.class_names,
        answered=kept_by(calibration.abstention, probabilities, outputs.outlier, calibration.prediction_set),
        in_set=sets,
        weights=class_weights(challenge),
    )
    values = {name: getattr(report, name) for name in NAMES}
    found = {name: float(value) for name, value in values.items() if value is not None}
    return found | {"set_size": float(sets.sum(axis=1).mean()), "n": float(len(targets))}


def score_outliers(rows: Outputs, outliers: Outputs, calibration: Calibration) -> dict[str, float]:
    """Return how well the outlier score parts outliers from rows, and the share of outliers let through."""
    passed = pass_share(calibration.abstention, outliers, calibration.temperature, calibration.prediction_set)
    found = {"outlier_pass": passed}
    if rows.outlier is not None and outliers.outlier is not None:
        found["outlier_auroc"] = float(auroc(outliers.outlier, rows.outlier))
    return found
