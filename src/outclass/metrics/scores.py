"""Scores of probabilities against the truth.

Throughout, `targets` holds the index of the true class of each of n rows, and `probabilities` has shape ``[n,
k]``, each row summing to 1. A score over no rows is not a number. Averages over classes take the classes that
have rows.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outclass.base.errors import DataError

SMALLEST = 1e-15
BINS = 15
SUM_TOLERANCE = 1e-3

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def check(targets: ArrayLike, probabilities: ArrayLike) -> tuple[Indices, Floats]:
    """Return both as arrays; `DataError` when they are no targets and probabilities of one length."""
    t, p = np.asarray(targets), np.asarray(probabilities, dtype=np.float64)
    if t.ndim != 1 or p.ndim != 2 or len(t) != len(p):
        raise DataError(
            "targets and probabilities do not fit",
            got=f"shapes {t.shape} and {p.shape}",
            accepted="[n] and [n, k]",
        )
    if len(t) and (t.min() < 0 or t.max() >= p.shape[1]):
        raise DataError(
            "a target is not a class", got=f"{t.min()} to {t.max()}", accepted=f"0 to {p.shape[1] - 1}"
        )
    if not np.isfinite(p).all() or (p < 0).any() or (np.abs(p.sum(axis=1) - 1) > SUM_TOLERANCE).any():
        raise DataError("these are no probabilities", accepted="rows of numbers from 0 to 1 that sum to 1")
    return t.astype(np.int64), p


def accuracy(targets: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the share of rows whose most probable class is the true one (the first of equals counts)."""
    t, p = check(targets, probabilities)
    return _mean(p.argmax(axis=1) == t)


def log_loss(targets: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean of ``-ln p(true class)``, in nats; p is not taken below 1e-15.

    The logarithmic score of I. J. Good, "Rational decisions", J. Royal Stat. Soc. B 14 (1952): strictly
    proper.

    >>> round(log_loss([0, 1], [[0.5, 0.5], [0.2, 0.8]]), 4)
    0.4581
    """
    return _mean(_losses(*check(targets, probabilities)))


def weighted_log_loss(targets: ArrayLike, probabilities: ArrayLike, weights: ArrayLike) -> float:
    """Return the log loss with a weight for each class, whatever the number of its rows.

    ``sum_i w_i (mean over rows of class i of -ln p_i) / sum_i w_i`` over the classes with rows: the metric of
    the PLAsTiCC challenge (A. I. Malz et al., Astronomical Journal 158, 171, 2019).
    """
    t, p = check(targets, probabilities)
    w = np.asarray(weights, dtype=np.float64)
    losses = _losses(t, p)
    counts = np.bincount(t, minlength=p.shape[1])
    present = counts > 0
    if not present.any():
        return float("nan")
    means = np.bincount(t, weights=losses, minlength=p.shape[1])[present] / counts[present]
    return float(np.average(means, weights=w[present]))


def flat_log_loss(targets: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the log loss in which every class weighs alike."""
    t, p = check(targets, probabilities)
    return weighted_log_loss(t, p, np.ones(p.shape[1]))


def brier(targets: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean squared distance between the probabilities and the truth, 0 to 2.

    ``mean of sum_i (p_i - [i is true])^2``: G. W. Brier, Monthly Weather Review 78 (1950). Strictly proper.
    """
    t, p = check(targets, probabilities)
    truth = np.zeros_like(p)
    truth[np.arange(len(t)), t] = 1.0
    return _mean(((p - truth) ** 2).sum(axis=1))


def row_weights(targets: ArrayLike, weights: ArrayLike) -> Floats:
    """Return the weight of each row when each class weighs so much in all, 1 on average.

    A row of class c weighs ``w_c / N_c``, for the N_c rows of its class.

    >>> row_weights([0, 0, 1], [1, 2]).tolist()
    [0.5, 0.5, 2.0]
    """
    t, w = np.asarray(targets, dtype=np.int64), np.asarray(weights, dtype=np.float64)
    each = w[t] / np.bincount(t, minlength=len(w))[t]
    return np.asarray(each / each.mean() if len(t) else each, dtype=np.float64)


def ece(
    targets: ArrayLike, probabilities: ArrayLike, bins: int = BINS, weights: ArrayLike | None = None
) -> float:
    """Return the expected calibration error of the answer's confidence, 0 to 1.

    `weights` are those of the rows, where they do not weigh alike.

    The largest probability of each row falls into one of `bins` equal parts of (0, 1]; the error is ``sum
    over bins of (rows in bin / n) |accuracy in bin - mean confidence in bin|``: M. P. Naeini, G. Cooper, M.
    Hauskrecht, AAAI (2015); C. Guo et al., ICML (2017).
    """
    t, p = check(targets, probabilities)
    if not len(t):
        return float("nan")
    each = np.ones(len(t)) if weights is None else np.asarray(weights, dtype=np.float64)
    confidence = p.max(axis=1)
    right = p.argmax(axis=1) == t
    which = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    gaps = np.bincount(which, weights=each * (right - confidence), minlength=bins)
    return float(min(np.abs(gaps).sum() / each.sum(), 1.0))


def recalls(targets: ArrayLike, probabilities: ArrayLike) -> Floats:
    """Return for each class the share of its rows answered rightly; not a number without rows."""
    return _divide(*_hits_and(targets, probabilities, of="targets"))


def precisions(targets: ArrayLike, probabilities: ArrayLike) -> Floats:
    """Return for each class the share of its answers that are right; not a number without answers."""
    return _divide(*_hits_and(targets, probabilities, of="answers"))


def f1_scores(targets: ArrayLike, probabilities: ArrayLike) -> Floats:
    """Return for each class ``2 hits / (rows + answers)``; not a number for a class with neither."""
    hits, rows = _hits_and(targets, probabilities, of="targets")
    _, answers = _hits_and(targets, probabilities, of="answers")
    return _divide(2 * hits, rows + answers)


def macro_recall(targets: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean recall over the classes with rows (also called balanced accuracy)."""
    return _nanmean(recalls(targets, probabilities))


def macro_f1(targets: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean F1 over the classes that have rows or answers."""
    return _nanmean(f1_scores(targets, probabilities))


def worst_class_recall(targets: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the smallest recall over the classes with rows."""
    found = recalls(targets, probabilities)
    found = found[~np.isnan(found)]
    return float(found.min()) if len(found) else float("nan")


def auroc(positive: ArrayLike, negative: ArrayLike) -> float:
    """Return the chance that a positive's score is above a negative's, a tie counting half.

    The area under the receiver operating characteristic, by ranks: H. B. Mann, D. R. Whitney (1947).

    >>> auroc([0.9, 0.8], [0.1, 0.8])
    0.875
    """
    a, b = np.asarray(positive, dtype=np.float64), np.asarray(negative, dtype=np.float64)
    if not len(a) or not len(b):
        return float("nan")
    _, inverse, counts = np.unique(np.concatenate([a, b]), return_inverse=True, return_counts=True)
    middle_rank = np.cumsum(counts) - (counts - 1) / 2
    above = middle_rank[inverse[: len(a)]].sum() - len(a) * (len(a) + 1) / 2
    return float(above / (len(a) * len(b)))


def class_aurocs(targets: ArrayLike, probabilities: ArrayLike) -> Floats:
    """Return for each class the AUROC of its probability against all others."""
    t, p = check(targets, probabilities)
    return np.array([auroc(p[t == k, k], p[t != k, k]) for k in range(p.shape[1])])


def coverage(answered: ArrayLike) -> float:
    """Return the share of rows that got an answer (the model did not abstain)."""
    return _mean(np.asarray(answered, dtype=bool))


def set_coverage(targets: ArrayLike, in_set: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the weighed share of rows whose prediction set, a boolean ``[n, k]``, holds the truth."""
    t, members = np.asarray(targets, dtype=np.int64), np.asarray(in_set, dtype=bool)
    held = members[np.arange(len(t)), t]
    each = np.ones(len(t)) if weights is None else np.asarray(weights, dtype=np.float64)
    return float(np.average(held, weights=each)) if len(t) else float("nan")


def _losses(targets: Indices, probabilities: Floats) -> Floats:
    """Return the loss of each row in nats."""
    chosen = probabilities[np.arange(len(targets)), targets]
    return np.asarray(-np.log(np.clip(chosen, SMALLEST, 1.0)), dtype=np.float64)


def _hits_and(targets: ArrayLike, probabilities: ArrayLike, *, of: str) -> tuple[Floats, Floats]:
    """Return right answers, and rows or answers, of each class."""
    t, p = check(targets, probabilities)
    answers, k = p.argmax(axis=1), p.shape[1]
    hits = np.bincount(t[answers == t], minlength=k).astype(np.float64)
    counted = np.bincount(t if of == "targets" else answers, minlength=k)
    return hits, counted.astype(np.float64)


def _divide(above: Floats, below: Floats) -> Floats:
    """Divide, giving not a number where the divisor is zero."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def _mean(values: NDArray[np.bool_] | Floats) -> float:
    """Return the mean, or not a number of nothing."""
    return float(values.mean()) if len(values) else float("nan")


def _nanmean(values: Floats) -> float:
    """Return the mean of the numbers among the values."""
    return _mean(values[~np.isnan(values)])
