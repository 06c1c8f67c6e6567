"""Calibration, prediction sets and abstention, all chosen on the validation split and made-up outliers."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from outclass.base.document import Document
from outclass.catalog.challenge import Challenge, InputKind
from outclass.inference.predictor import calibrate
from outclass.registry.version import Abstention, PredictionSet, PredictionSetMethod
from outclass.training.data import Outputs, class_weights, prior_of, row_weights
from outclass.training.sets import choose_prediction_set, prediction_sets

TEMPERATURES = (0.05, 20.0)
GOLDEN = (math.sqrt(5) - 1) / 2
PRECISION = 1e-4
PSEUDO_ROWS = 0.5
"""Rows of no known class, as which smoothing counts."""
MANY_ROWS = 1000
"""Of more rows smoothing counts as fewer: so many without an error say that the classes lie apart."""
KEPT_RANGE = (0.985, 0.99)
KEPT_STEPS = 11
UNDECIDED = 0.5
UNDECIDED_SHARE = 0.005
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
    outputs: Outputs,
    targets: Indices,
    outliers: Outputs | None,
    challenge: Challenge | None = None,
    groups: Sequence[str] | None = None,
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
    groups
        What each row stays together with; sets of photos are made safer where groups differ.
    """
    weights = row_weights(targets, None if challenge is None else class_weights(challenge))
    counts = np.bincount(targets, minlength=outputs.logits.shape[1])
    known = mask_absent(outputs.logits, counts, challenge)
    smoothing = smoothing_of(challenge, targets)
    temperature = best_temperature(known, targets, weights, smoothing=smoothing)
    probabilities = calibrate(outputs.logits, temperature)
    rule = as_declared(choose_abstention(probabilities, outputs, outliers), challenge)
    method = set_method(challenge)
    together = groups if method is PredictionSetMethod.THRESHOLD else None
    sets = choose_prediction_set(probabilities, targets, weights, method, together)
    return Calibration(
        temperature=temperature,
        prior=tuple((counts / counts.sum()).tolist()) if challenge is None else prior_of(targets, challenge),
        prediction_set=sets,
        abstention=rule,
        kept=float(kept_by(rule, probabilities, outputs.outlier, sets).mean()),
        outlier_pass=None if outliers is None else pass_share(rule, outliers, temperature, sets),
    )


def as_declared(rule: Abstention, challenge: Challenge | None) -> Abstention:
    """Return the rule that a challenge allows."""
    if challenge is None:
        return rule
    declared = challenge.abstention
    return Abstention(
        outlier=rule.outlier if declared.outliers else None,
        confidence=max(rule.confidence, declared.confidence),
    )


def set_method(challenge: Challenge | None) -> PredictionSetMethod:
    """Return how sets are formed: of photos by a threshold, which gives the smallest."""
    photos = challenge is not None and challenge.input.kind is InputKind.PHOTO
    return PredictionSetMethod.THRESHOLD if photos else PredictionSetMethod.CUMULATIVE


def mask_absent(
    logits: NDArray[np.float32], counts: Indices, challenge: Challenge | None
) -> NDArray[np.float32]:
    """Leave out the classes without rows whose share is assumed: no row can tell how likely they are."""
    if challenge is None:
        return logits
    absent = np.array([label.share > 0 for label in challenge.classes]) & (counts == 0)
    return np.where(absent, IMPOSSIBLE, logits)


def smoothing_of(challenge: Challenge | None, targets: Indices) -> float:
    """Return the share of each truth that counts as unknown while the temperature is chosen.

    A table may be so small, or its classes so far apart, that no error is seen at all. That does not mean
    that there never will be one, as the lowest temperature would say.
    """
    if challenge is None or challenge.input.kind is not InputKind.TABLE:
        return 0.0
    return doubt(len(targets))


def doubt(count: int) -> float:
    """Return the share of each truth that counts as unknown, of so many rows."""
    return min(0.05, PSEUDO_ROWS / count) * min(1.0, MANY_ROWS / count)


def best_temperature(
    logits: NDArray[np.float32], targets: Indices, weights: Floats | None = None, *, smoothing: float = 0.0
) -> float:
    """Return the temperature that minimizes the log loss, which has one minimum, by golden-section search.

    Parameters
    ----------
    smoothing
        Share of each truth that is spread over all classes.

    Notes
    -----
    Sources: C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017; J. Kiefer, Sequential minimax
    search for a maximum, Proc. AMS 4, 1953; of smoothing, J. Platt, Probabilistic Outputs for Support Vector
    Machines, 1999.
    """

    def loss(log_temperature: float) -> float:
        logs = np.log(np.maximum(calibrate(logits, math.exp(log_temperature)), 1e-300))
        each = -(1 - smoothing) * logs[np.arange(len(targets)), targets]
        if smoothing:
            each -= smoothing * logs.mean(axis=1)
        return float(np.average(each, weights=weights))

    low, high = (math.log(bound) for bound in TEMPERATURES)
    while high - low > PRECISION:
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


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
    rule: Abstention, probabilities: Floats, outlier: NDArray[np.float32] | None, sets: PredictionSet
) -> NDArray[np.bool_]:
    """Return which rows get an answer: those that are sure and known enough, and whose set is not empty."""
    kept = probabilities.max(axis=1) >= rule.confidence
    kept &= prediction_sets(probabilities, sets).any(axis=1)
    if rule.outlier is not None and outlier is not None:
        kept &= outlier <= rule.outlier
    return np.asarray(kept, dtype=np.bool_)


def pass_share(rule: Abstention, outliers: Outputs, temperature: float, sets: PredictionSet) -> float:
    """Return the share of outliers that get an answer."""
    return float(kept_by(rule, calibrate(outliers.logits, temperature), outliers.outlier, sets).mean())
