"""The gate: a model becomes champion only when it is better, and worse in nothing that was declared."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import GateRefusedError
from outclass.catalog.challenge import Challenge, Expectation
from outclass.inference.predictor import Predictor, Rows, Scores
from outclass.metrics.report import Report, evaluate_all
from outclass.metrics.scores import auroc
from outclass.registry.files import OUT_OF_FOLD
from outclass.registry.version import ModelVersion
from outclass.training.data import among_present, class_weights, row_weights

RESAMPLES = 2000
SMALLEST = 1e-15

Targets = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """How much better a challenger must be, and how much worse it may be elsewhere.

    Attributes
    ----------
    confidence
        Share of bootstrap resamples in which its log loss must be lower.
    accuracy, ece, worst_class_recall, outlier_auroc
        How much worse it may be, in shares.
    latency
        How many times slower it may be; up to `latency_ms` more is always allowed.
    size
        How many times larger its file may be.
    """

    confidence: float = 0.9
    accuracy: float = 0.001
    ece: float = 0.002
    worst_class_recall: float = 0.005
    outlier_auroc: float = 0.005
    latency: float = 1.5
    latency_ms: float = 2.0
    size: float = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the gate measures of one model, on the same rows for both; `losses` are weighed.

    `accuracy` is weighed as well, where classes have weights; None means that of the report.
    """

    losses: Floats
    report: Report
    outlier_auroc: float | None
    latency_ms: float
    bytes: int
    accuracy: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The rows on which models are compared: validation rows, and outliers where the challenge makes some."""

    rows: Rows
    targets: Targets
    outliers: Rows | None
    challenge: Challenge


def measure(predictor: Predictor, trial: Trial) -> Figures:
    """Ask a model for all rows of a trial."""
    scores = predictor.scores(trial.rows)
    weights = class_weights(trial.challenge)
    probabilities = among_present(scores.probabilities, trial.targets, trial.challenge)
    chosen = probabilities[np.arange(len(trial.targets)), trial.targets]
    version = predictor.version
    losses = -np.log(np.maximum(chosen, SMALLEST))
    each = row_weights(trial.targets, weights)
    right = probabilities.argmax(axis=1) == trial.targets
    return Figures(
        losses=losses * each,
        accuracy=None if weights is None else float(np.average(right, weights=each)),
        report=evaluate_all(trial.targets, probabilities, version.signature.classes, weights=weights),
        outlier_auroc=separation(predictor, trial, scores),
        latency_ms=time_one(predictor, trial.rows),
        bytes=model_size(version),
    )


def model_size(version: ModelVersion) -> int:
    """Return the bytes of a version and its members, without the advice that it brings along."""
    return sum(
        size
        for each in (version, *version.members)
        for name, size in each.manifest.sizes.items()
        if name != OUT_OF_FOLD
    )


def separation(predictor: Predictor, trial: Trial, scores: Scores) -> float | None:
    """Return how well outliers are told from rows; what was recorded where none can be made here."""
    if trial.outliers is None:
        return predictor.version.manifest.scores.get("outlier_auroc")
    outlier = predictor.scores(trial.outliers).outlier
    if outlier is None or scores.outlier is None:
        return None
    return float(auroc(outlier, scores.outlier))


def time_one(predictor: Predictor, rows: Rows) -> float:
    """Return the milliseconds of one answer, the fastest of a few: what else runs can only add to it."""
    times = []
    for row in rows[:20]:
        started = time.perf_counter()
        predictor.predict_one(row)
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def unmet(figures: Figures, expect: Expectation) -> list[str]:
    """Return what a challenge expects and a model does not reach."""
    report = figures.report
    least = (
        ("accuracy", report.accuracy, expect.accuracy),
        ("recall of the worst class", report.worst_class_recall, expect.worst_class_recall),
        ("area under the outlier curve", figures.outlier_auroc, expect.outlier_auroc),
    )
    most = (
        ("log loss", report.log_loss, expect.log_loss),
        ("flat log loss", report.flat_log_loss, expect.flat_log_loss),
        ("calibration error", report.ece, expect.ece),
        ("milliseconds for one answer", figures.latency_ms, expect.latency_ms),
        ("size in bytes", figures.bytes, expect.bytes),
    )
    reasons = [
        f"{name} is {_show(value)}, expected at least {bound:g}"
        for name, value, bound in least
        if bound is not None and not (value is not None and value >= bound)
    ]
    return reasons + [
        f"{name} is {_show(value)}, expected at most {bound:g}"
        for name, value, bound in most
        if bound is not None and not (value is not None and value <= bound)
    ]


def better_share(challenger: Floats, champion: Floats, seed: int = 0) -> float:
    """Return the share of bootstrap resamples of the rows in which the challenger's mean loss is lower.

    Rows are drawn in pairs, so what makes a row hard for both cancels. Source: B. Efron, R. Tibshirani,
    An Introduction to the Bootstrap, 1993.
    """
    differences = challenger - champion
    random = np.random.default_rng(seed)
    lower = 0
    for _ in range(RESAMPLES):
        drawn = random.integers(0, len(differences), len(differences))
        lower += bool(differences[drawn].mean() < 0)
    return lower / RESAMPLES


def worse(challenger: Figures, champion: Figures, margins: Margins) -> list[str]:
    """Return in what a challenger is not good enough beside the champion."""
    share = better_share(challenger.losses, champion.losses)
    reasons = []
    if share < margins.confidence:
        new, old = float(challenger.losses.mean()), float(champion.losses.mean())
        reasons.append(
            f"log loss is {new:.5f}, the champion's {old:.5f}: lower in {share:.0%} of resamples, "
            f"needed {margins.confidence:.0%}"
        )
    compared = (
        ("accuracy", _accuracy(challenger), _accuracy(champion), margins.accuracy, 1),
        ("calibration error", challenger.report.ece, champion.report.ece, margins.ece, -1),
        (
            "recall of the worst class",
            challenger.report.worst_class_recall,
            champion.report.worst_class_recall,
            margins.worst_class_recall + one_row(challenger.report),
            1,
        ),
        (
            "area under the outlier curve",
            challenger.outlier_auroc,
            champion.outlier_auroc,
            margins.outlier_auroc,
            1,
        ),
    )
    for name, value, before, margin, sign in compared:
        if before is not None and (value is None or sign * (value - before) < -margin):
            reasons.append(f"{name} is {_show(value)}, the champion's {before:.4f}, allowed {margin:g} worse")
    return reasons + _costlier(challenger, champion, margins)


def _accuracy(figures: Figures) -> float | None:
    """Return the accuracy by which models are compared."""
    return figures.report.accuracy if figures.accuracy is None else figures.accuracy


def one_row(report: Report) -> float:
    """Return what one row of the rarest class makes of its recall: less than that is no evidence."""
    return 1 / min((row.n for row in report.classes if row.n), default=1)


def _costlier(challenger: Figures, champion: Figures, margins: Margins) -> list[str]:
    """Return in what a challenger costs too much more than the champion."""
    reasons = []
    slowest = max(champion.latency_ms * margins.latency, champion.latency_ms + margins.latency_ms)
    if challenger.latency_ms > slowest:
        reasons.append(f"one answer takes {challenger.latency_ms:.2f} ms, allowed {slowest:.2f}")
    if challenger.bytes > champion.bytes * margins.size:
        reasons.append(
            f"its files have {challenger.bytes} bytes, allowed {champion.bytes * margins.size:.0f}"
        )
    return reasons


def judge(
    challenger: Predictor,
    champion: Predictor | None,
    trial: Trial,
    expect: Expectation,
    margins: Margins | None = None,
) -> tuple[str, ...]:
    """Return all that is against making a challenger the champion; nothing where it may pass."""
    figures = measure(challenger, trial)
    reasons = unmet(figures, expect)
    if champion is not None:
        reasons += worse(figures, measure(champion, trial), margins or Margins())
    return tuple(reasons)


def refusal(reference: str, reasons: tuple[str, ...]) -> GateRefusedError:
    """Return the error that says why a model was not promoted."""
    return GateRefusedError(
        "; ".join(reasons),
        where=reference,
        hint=f"it stays registered; to promote it all the same: outclass models promote {reference} --force",
    )


def _show(value: float | None) -> str:
    """Format a figure that may not exist."""
    return "not measured" if value is None else f"{value:.4f}"
