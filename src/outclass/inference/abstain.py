"""From a model's numbers to an answer: calibration, the prediction set, and when not to answer."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from outclass.inference.prediction import AbstainReason
from outclass.registry.version import Abstention, PredictionSet, PredictionSetMethod


def softmax(logits: Sequence[float], temperature: float) -> list[float]:
    """Return calibrated probabilities.

    Plain Python on purpose: for ten classes it takes a third of the time of the array functions.

    Source: C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017 (temperature scaling).

    >>> softmax([0.0, 0.0], 1.5)
    [0.5, 0.5]
    """
    largest = max(logits)
    weights = [math.exp((logit - largest) / temperature) for logit in logits]
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def prediction_set(probabilities: Sequence[float], quantile: float) -> list[int]:
    """Return the classes, most probable first, whose probabilities reach `quantile` together; at least one.

    Source: Y. Romano, M. Sesia, E. Candès, Classification with Valid and Adaptive Coverage, NeurIPS 2020
    (the deterministic form).

    >>> prediction_set([0.2, 0.7, 0.1], 0.85)
    [1, 0]
    """
    order = sorted(range(len(probabilities)), key=probabilities.__getitem__, reverse=True)
    totals = list(accumulate(map(probabilities.__getitem__, order)))
    return order[: bisect_left(totals, quantile) + 1]


def set_of(probabilities: Sequence[float], rule: PredictionSet) -> list[int]:
    """Return the classes of the prediction set, most probable first; by a threshold it may be empty.

    Source of the threshold: M. Sadinle, J. Lei, L. Wasserman, Least Ambiguous Set-Valued Classifiers with
    Bounded Error Levels, JASA 114, 2019.
    """
    if rule.method is PredictionSetMethod.CUMULATIVE:
        return prediction_set(probabilities, rule.quantile)
    chosen = [place for place, chance in enumerate(probabilities) if chance >= 1 - rule.quantile]
    return sorted(chosen, key=probabilities.__getitem__, reverse=True)


def reason_to_abstain(confidence: float, outlier: float | None, rule: Abstention) -> AbstainReason | None:
    """Return why no answer is given, or None."""
    if outlier is not None and rule.outlier is not None and outlier > rule.outlier:
        return AbstainReason.OUTLIER
    if confidence < rule.confidence:
        return AbstainReason.UNDECIDED
    return None
