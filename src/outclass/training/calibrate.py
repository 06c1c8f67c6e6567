"""Calibration, prediction sets and abstention, all chosen on the validation split and made-up outliers."""

import math

import numpy as np
from numpy.typing import NDArray

from outclass.base.document import Document
from outclass.catalog.challenge import Challenge
from outclass.inference.predictor import calibrate
from outclass.registry.version import Abstention, PredictionSet
from outclass.training.data import Outputs, class_weights, prior_of, row_weights

TEMPERATURES = (0.05, 20.0)
GOLDEN = (math.sqrt(5) - 1) / 2
PRECISION = 1e-4
COVERAGES = (0.9, 0.95, 0.99, 0.999)
KEPT_RANGE = (0.985, 0.99)
KEPT_STEPS = 11
UNDECIDED = 0.5
UNDECIDED_SHARE = 0.005
ROUNDING = 1e-12
IMPOSSIBLE = np.float32(-1e9)

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class Calibration(Document, frozen=True, kw_only=True):
    """What was chosen, with the shares that it gives: of validation rows kept, of outliers let through."""

    temperature: float
    prior: tuple[float, ...]
    prediction_set: PredictionSet
    abstention: Abstention
    kept: float
    outlier_pass: float | None


def choose(
    outputs: Outputs, targets: Indices, outliers: Outputs | None, challenge: Challenge | None = None
) -> Calibration:
    """Choose temperature, prediction set and abstention.

    Parameters
    ----------
    outputs, targets
        Of rows that the model that answers did not see.
    outliers
        Outputs for inputs that are none of the classes, where the challenge can make such.
    challenge
        Says how classes are weighed, and which has an assumed share; all rows weigh alike without it.
    """
    weights = row_weights(targets, None if challenge is None else class_weights(challenge))
    counts = np.bincount(targets, minlength=outputs.logits.shape[1])
    temperature = best_temperature(mask_absent(outputs.logits, counts, challenge), targets, weights)
    probabilities = calibrate(outputs.logits, temperature)
    rule = choose_abstention(probabilities, outputs, outliers)
    return Calibration(
        temperature=temperature,
        prior=tuple((counts / counts.sum()).tolist()) if challenge is None else prior_of(targets, challenge),
        prediction_set=choose_prediction_set(probabilities, targets, weights),
        abstention=rule,
        kept=float(kept_by(rule, probabilities, outputs.outlier).mean()),
        outlier_pass=None if outliers is None else pass_share(rule, outliers, temperature),
    )


def mask_absent(
    logits: NDArray[np.float32], counts: Indices, challenge: Challenge | None
) -> NDArray[np.float32]:
    """Leave out the classes without rows whose share is assumed: no row can tell how likely they are."""
    if challenge is None:
        return logits
    absent = np.array([label.share > 0 for label in challenge.classes]) & (counts == 0)
    return np.where(absent, IMPOSSIBLE, logits)


def best_temperature(logits: NDArray[np.float32], targets: Indices, weights: Floats | None = None) -> float:
    """Return the temperature that minimizes the log loss, which has one minimum, by golden-section search.

    Sources: C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017; J. Kiefer, Sequential minimax
    search for a maximum, Proc. AMS 4, 1953.
    """

    def loss(log_temperature: float) -> float:
        probabilities = calibrate(logits, math.exp(log_temperature))
        chosen = probabilities[np.arange(len(targets)), targets]
        return float(np.average(-np.log(np.maximum(chosen, 1e-300)), weights=weights))

    low, high = (math.log(bound) for bound in TEMPERATURES)
    while high - low > PRECISION:
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def choose_prediction_set(
    probabilities: Floats, targets: Indices, weights: Floats | None = None
) -> PredictionSet:
    """Return the set whose coverage is the least declared level above the accuracy.

    A set that covers no more than the single answer does would say nothing. Source: Y. Romano, M. Sesia,
    E. Candès, Classification with Valid and Adaptive Coverage, NeurIPS 2020.
    """
    accuracy = float(np.average(probabilities.argmax(axis=1) == targets, weights=weights))
    coverage = next((level for level in COVERAGES if level > accuracy), COVERAGES[-1])
    return PredictionSet(coverage=coverage, quantile=set_quantile(probabilities, targets, coverage, weights))


def set_quantile(
    probabilities: Floats, targets: Indices, coverage: float, weights: Floats | None = None
) -> float:
    """Return the least sum of probabilities that a set must reach to hold the truth with this coverage.

    The truth is in the set when the classes before it sum to less than the quantile. With n rows, the
    ceil((n + 1) coverage)-th smallest of these sums bounds the coverage from below for new rows. Weighed rows
    count by their weight, the new row as the average one. Source: R. J. Tibshirani et al., Conformal
    Prediction under Covariate Shift, NeurIPS 2019.
    """
    sums = sums_before(probabilities)[np.arange(len(targets)), targets]
    order = np.argsort(sums, kind="stable")
    each = np.ones(len(sums)) if weights is None else weights
    reached = np.cumsum(each[order])
    needed = (each.sum() + each.mean()) * coverage
    rank = int(np.searchsorted(reached, needed * (1 - ROUNDING)))
    if rank >= len(sums):
        return 1.0
    return float(min(1.0, max(0.0, sums[order[rank]]) + 1e-9))


def sums_before(probabilities: Floats) -> Floats:
    """Return for each class of each row the sum of the probabilities of the classes ranked before it."""
    order = np.argsort(-probabilities, axis=1, kind="stable")
    ranked = np.take_along_axis(probabilities, order, axis=1)
    before = np.empty_like(probabilities)
    np.put_along_axis(before, order, np.cumsum(ranked, axis=1) - ranked, axis=1)
    return before


def prediction_sets(probabilities: Floats, quantile: float) -> NDArray[np.bool_]:
    """Return which classes are in each row's prediction set, shape `[n, classes]`, as serving forms it."""
    best = probabilities.argmax(axis=1)[:, None] == np.arange(probabilities.shape[1])
    return np.asarray(best | (sums_before(probabilities) < quantile), dtype=np.bool_)


def choose_abstention(probabilities: Floats, outputs: Outputs, outliers: Outputs | None) -> Abstention:
    """Return the thresholds of abstention.

    An answer of less than one half is undecided, where that hardly ever happens to a real row. Of the outlier
    thresholds that keep 98.5 to 99 % of the validation rows the one is taken that parts best from outliers.
    Where no outlier score is, the least sure 1 % of the rows get no answer.
    """
    confidence = probabilities.max(axis=1)
    floor = UNDECIDED if (confidence < UNDECIDED).mean() <= UNDECIDED_SHARE else 0.0
    if outputs.outlier is None:
        return Abstention(
            confidence=floor or float(np.quantile(confidence, 1 - KEPT_RANGE[1], method="lower"))
        )
    sure = outputs.outlier[confidence >= floor]
    best = (-math.inf, 0.0)
    for kept in np.linspace(KEPT_RANGE[1], KEPT_RANGE[0], KEPT_STEPS):
        share = min(1.0, kept * len(confidence) / len(sure))
        threshold = float(np.quantile(sure, share, method="higher"))
        passed = (
            0.0 if outliers is None or outliers.outlier is None else (outliers.outlier <= threshold).mean()
        )
        if kept - passed > best[0]:
            best = (float(kept - passed), threshold)
    return Abstention(outlier=best[1], confidence=floor)


def kept_by(
    rule: Abstention, probabilities: Floats, outlier: NDArray[np.float32] | None
) -> NDArray[np.bool_]:
    """Return which rows get an answer."""
    kept = probabilities.max(axis=1) >= rule.confidence
    if rule.outlier is not None and outlier is not None:
        kept &= outlier <= rule.outlier
    return np.asarray(kept, dtype=np.bool_)


def pass_share(rule: Abstention, outliers: Outputs, temperature: float) -> float:
    """Return the share of outliers that get an answer."""
    return float(kept_by(rule, calibrate(outliers.logits, temperature), outliers.outlier).mean())
