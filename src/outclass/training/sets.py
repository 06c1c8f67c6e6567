"""Prediction sets: which classes an answer may be, so that the truth is among them as often as was asked."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from outclass.registry.version import PredictionSet, PredictionSetMethod

COVERAGES = (0.9, 0.95, 0.99, 0.999)
ROUNDING = 1e-12
SMALLEST = 1e-9

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def choose_prediction_set(
    probabilities: Floats,
    targets: Indices,
    weights: Floats | None = None,
    method: PredictionSetMethod = PredictionSetMethod.CUMULATIVE,
    groups: Sequence[str] | None = None,
) -> PredictionSet:
    """Return the set whose coverage is the least declared level above the accuracy.

    A set that covers no more than the single answer does would say nothing, and by a threshold it would often
    be empty. Sources: Y. Romano, M. Sesia, E. Candès, Classification with Valid and Adaptive Coverage,
    NeurIPS 2020; M. Sadinle, J. Lei, L. Wasserman, Least Ambiguous Set-Valued Classifiers with Bounded Error
    Levels, JASA 114, 2019.
    """
    accuracy = float(np.average(probabilities.argmax(axis=1) == targets, weights=weights))
    coverage = next((level for level in COVERAGES if level > accuracy), COVERAGES[-1])
    return fit_prediction_set(probabilities, targets, coverage, weights, method, groups)


def fit_prediction_set(
    probabilities: Floats,
    targets: Indices,
    coverage: float,
    weights: Floats | None = None,
    method: PredictionSetMethod = PredictionSetMethod.CUMULATIVE,
    groups: Sequence[str] | None = None,
) -> PredictionSet:
    """Return the rule of the sets that hold the truth with a coverage.

    Parameters
    ----------
    groups
        Where rows come in groups, such as the photos of a camera, the coverage in new groups strays more than
        so many rows by themselves would have it; a standard error over the groups is added then.
    """
    quantile = bound_of(probabilities, targets, coverage, weights, method)
    if groups is not None and len(targets):
        rule = PredictionSet(method=method, coverage=coverage, quantile=quantile)
        held = prediction_sets(probabilities, rule)[np.arange(len(targets)), targets]
        safe = min(coverage + standard_error(held, groups), 1.0)
        quantile = bound_of(probabilities, targets, safe, weights, method)
    return PredictionSet(method=method, coverage=coverage, quantile=quantile)


def bound_of(
    probabilities: Floats,
    targets: Indices,
    coverage: float,
    weights: Floats | None,
    method: PredictionSetMethod,
) -> float:
    """Return the number that sets with a coverage are formed by."""
    if method is PredictionSetMethod.CUMULATIVE:
        return set_quantile(probabilities, targets, coverage, weights)
    return threshold_quantile(probabilities, targets, coverage, weights)


def standard_error(held: NDArray[np.bool_], groups: Sequence[str]) -> float:
    """Return the standard error of a share of rows that come in groups.

    Source: K.-Y. Liang, S. Zeger, Longitudinal data analysis using generalized linear models, Biometrika 73,
    1986 (the sandwich estimator, of a mean).
    """
    places = np.unique(np.array(groups, dtype=np.str_), return_inverse=True)[1]
    sums = np.bincount(places, weights=held - held.mean())
    return float(np.sqrt((sums**2).sum()) / len(held))


def set_quantile(
    probabilities: Floats, targets: Indices, coverage: float, weights: Floats | None = None
) -> float:
    """Return the least sum of probabilities that a set must reach to hold the truth with this coverage.

    The truth is in the set when the classes before it sum to less than the quantile.
    """
    return least_bound(sums_before(probabilities)[np.arange(len(targets)), targets], coverage, weights)


def threshold_quantile(
    probabilities: Floats, targets: Indices, coverage: float, weights: Floats | None = None
) -> float:
    """Return how far below 1 a class's probability may be for it to be in the set."""
    return least_bound(1 - probabilities[np.arange(len(targets)), targets], coverage, weights)


def least_bound(scores: Floats, coverage: float, weights: Floats | None = None) -> float:
    """Return what the truth's score stays below with a coverage, from 0 to 1.

    With n rows, the ceil((n + 1) coverage)-th smallest of their scores bounds the coverage from below for new
    rows. Weighed rows count by their weight, the new row as the average one. Source: R. J. Tibshirani et al.,
    Conformal Prediction under Covariate Shift, NeurIPS 2019.
    """
    order = np.argsort(scores, kind="stable")
    each = np.ones(len(scores)) if weights is None else weights
    reached = np.cumsum(each[order])
    needed = (each.sum() + each.mean()) * coverage
    rank = int(np.searchsorted(reached, needed * (1 - ROUNDING)))
    if rank >= len(scores):
        return 1.0
    return float(min(1.0, max(0.0, scores[order[rank]]) + SMALLEST))


def sums_before(probabilities: Floats) -> Floats:
    """Return for each class of each row the sum of the probabilities of the classes ranked before it."""
    order = np.argsort(-probabilities, axis=1, kind="stable")
    ranked = np.take_along_axis(probabilities, order, axis=1)
    before = np.empty_like(probabilities)
    np.put_along_axis(before, order, np.cumsum(ranked, axis=1) - ranked, axis=1)
    return before


def prediction_sets(probabilities: Floats, rule: PredictionSet) -> NDArray[np.bool_]:
    """Return which classes are in each row's prediction set, ``[n, classes]``, as serving forms it."""
    match rule.method:
        case PredictionSetMethod.CUMULATIVE:
            best = probabilities.argmax(axis=1)[:, None] == np.arange(probabilities.shape[1])
            return np.asarray(best | (sums_before(probabilities) < rule.quantile), dtype=np.bool_)
        case PredictionSetMethod.THRESHOLD:
            return np.asarray(probabilities >= 1 - rule.quantile, dtype=np.bool_)
