"""All scores of one evaluation, under the names that `outclass evaluate --json` prints."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outclass.metrics import scores


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class in a report; a figure that does not exist is None."""

    name: str
    n: int
    recall: float | None
    precision: float | None
    f1: float | None
    auc: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of a model on labelled rows.

    Attributes
    ----------
    accuracy, log_loss, flat_log_loss, brier, macro_recall, macro_f1, worst_class_recall
        Over every row, abstained or not, as in `outclass.metrics.scores`.
    weighted_log_loss
        With the weights of the classes; None where there are none.
    ece, set_coverage
        Calibration error, and the share of rows whose prediction set holds the truth (None where no sets were
        given); under the weights of the classes, where there are any: probabilities hold for those shares.
    f1, auc
        By class name; None where a class has no rows.
    classes
        A row for each class.
    coverage
        Share of rows answered.
    n
        Number of rows.
    seconds
        Time to predict them all, one by one or in batches as the caller did.
    ood_auroc
        How well the outlier score parts other objects from these; None where none were given.
    """

    accuracy: float | None
    log_loss: float | None
    flat_log_loss: float | None
    brier: float | None
    macro_recall: float | None
    macro_f1: float | None
    worst_class_recall: float | None
    f1: dict[str, float | None]
    ece: float | None
    auc: dict[str, float | None]
    classes: tuple[ClassRow, ...]
    coverage: float | None
    set_coverage: float | None
    n: int
    seconds: float
    ood_auroc: float | None = None
    weighted_log_loss: float | None = None


def evaluate_all(
    targets: ArrayLike,
    probabilities: ArrayLike,
    class_names: Sequence[str],
    *,
    answered: ArrayLike | None = None,
    in_set: ArrayLike | None = None,
    seconds: float = 0.0,
    ood_auroc: float | None = None,
    weights: ArrayLike | None = None,
) -> Report:
    """Return every score of labelled rows.

    Parameters
    ----------
    targets, probabilities
        Index of the true class, shape ``[n]``, and probabilities, shape ``[n, k]``.
    class_names
        Names of the k classes.
    answered
        Whether each row got an answer; all of them where not given.
    in_set
        Whether each class is in the row's prediction set, shape ``[n, k]``.
    weights
        Weight of each class in the metric, whatever the number of its rows; rows weigh alike by default.
    """
    t, p = scores.check(targets, probabilities)
    each = None if weights is None else scores.row_weights(t, weights)
    rows = _class_rows(t, p, class_names)
    return Report(
        accuracy=_number(scores.accuracy(t, p)),
        log_loss=_number(scores.log_loss(t, p)),
        flat_log_loss=_number(scores.flat_log_loss(t, p)),
        brier=_number(scores.brier(t, p)),
        macro_recall=_number(scores.macro_recall(t, p)),
        macro_f1=_number(scores.macro_f1(t, p)),
        worst_class_recall=_number(scores.worst_class_recall(t, p)),
        f1={row.name: row.f1 for row in rows},
        ece=_number(scores.ece(t, p, weights=each)),
        auc={row.name: row.auc for row in rows},
        classes=rows,
        coverage=_number(scores.coverage(np.ones(len(t), bool) if answered is None else answered)),
        set_coverage=None if in_set is None else _number(scores.set_coverage(t, in_set, each)),
        n=len(t),
        seconds=seconds,
        ood_auroc=ood_auroc,
        weighted_log_loss=None if weights is None else _number(scores.weighted_log_loss(t, p, weights)),
    )


def _class_rows(
    targets: NDArray[np.int64], probabilities: NDArray[np.float64], names: Sequence[str]
) -> tuple[ClassRow, ...]:
    """Return a row for each class."""
    counts = np.bincount(targets, minlength=len(names))
    columns = zip(
        names,
        counts,
        scores.recalls(targets, probabilities),
        scores.precisions(targets, probabilities),
        scores.f1_scores(targets, probabilities),
        scores.class_aurocs(targets, probabilities),
        strict=True,
    )
    return tuple(
        ClassRow(name=name, n=int(n), recall=_number(r), precision=_number(pr), f1=_number(f), auc=_number(a))
        for name, n, r, pr, f, a in columns
    )


def _number(value: float) -> float | None:
    """Return a plain float, or None for not a number, which JSON cannot hold."""
    return None if np.isnan(value) else float(value)
