"""The gate: a model becomes champion only when it is better, and worse in nothing that was declared."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import GateRefusedError
from outclass.catalog.challenge import Challenge, Expectation
from outclass.inference.predictor import Predictor, Rows, Scores
from outclass.metrics.report import Report, evaluate_all
from outclass.metrics.scores import auroc
from outclass.registry.files import OUT_OF_FOLD
from outclass.registry.verdict import Comparison, Verdict
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
        Share of bootstrap resamples in which its log loss must be lower: the lower bound of how much better
        it is must be above zero.
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


MARGINS = Margins()
RETRAINING = replace(MARGINS, confidence=0.95)
"""What retraining by feedback asks, where nobody looks at the figures before they count."""


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
    """The rows on which models are compared, and outliers where the challenge makes some.

    Attributes
    ----------
    timed
        What the time of an answer is measured with, where that is something else than the rows.
    by_model
        The rows as a model needs them that does not make features as all others do, such as one of photos
        with a backbone of its own.
    groups
        What each row stays together with: rows of a group are no independent evidence. None: each by itself.
    side, left_out
        Where the rows are from, and how many of there are not among them.
    """

    rows: Rows
    targets: Targets
    timed: Rows
    outliers: Rows | None
    challenge: Challenge
    groups: tuple[str, ...] | None = None
    side: str = "validation"
    left_out: int = 0
    by_model: Callable[[Predictor], Rows] | None = None

    def rows_of(self, predictor: Predictor) -> Rows:
        """Return the rows to ask a model."""
        return self.rows if self.by_model is None else self.by_model(predictor)


def measure(predictor: Predictor, trial: Trial) -> Figures:
    """Ask a model for all rows of a trial."""
    scores = predictor.scores(trial.rows_of(predictor))
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
        latency_ms=time_one(predictor, trial.timed),
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


def resampled_gains(
    challenger: Floats, champion: Floats, groups: Sequence[str] | None = None, seed: int = 0
) -> Floats:
    """Return how much lower the challenger's mean loss is in each bootstrap resample of the rows.

    Rows are drawn in pairs, so what makes a row hard for both cancels; whole groups are drawn together.
    Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 and 16.
    """
    names = np.arange(len(champion)).astype(np.str_) if groups is None else np.array(groups, dtype=np.str_)
    places = np.unique(names, return_inverse=True)[1]
    gains = np.bincount(places, weights=champion - challenger)
    sizes = np.bincount(places)
    random = np.random.default_rng(seed)
    found = np.empty(RESAMPLES)
    for place in range(RESAMPLES):
        drawn = random.integers(0, len(sizes), len(sizes))
        found[place] = gains[drawn].sum() / sizes[drawn].sum()
    return found


def better_share(challenger: Floats, champion: Floats, seed: int = 0) -> float:
    """Return the share of bootstrap resamples of the rows in which the challenger's mean loss is lower."""
    return float((resampled_gains(challenger, champion, None, seed) > 0).mean())


def worse(challenger: Figures, champion: Figures, margins: Margins) -> list[str]:
    """Return in what a challenger is not good enough beside the champion."""
    share = better_share(challenger.losses, champion.losses)
    return not_better(challenger, champion, share, margins) + reasons_of(
        compare(challenger, champion, margins)
    )


def not_better(challenger: Figures, champion: Figures, share: float, margins: Margins) -> list[str]:
    """Return that the log loss is not better beyond chance, where it is not."""
    if share >= margins.confidence:
        return []
    new, old = float(challenger.losses.mean()), float(champion.losses.mean())
    losses = f"log loss is {new:.5f}, the champion's {old:.5f}"
    return [f"{losses}: lower in {share:.0%} of resamples, needed {margins.confidence:.0%}"]


def compare(challenger: Figures, champion: Figures, margins: Margins) -> tuple[Comparison, ...]:
    """Lay the figures of both side by side, with how much worse each may be."""
    new, old = challenger.report, champion.report
    recall = margins.worst_class_recall + one_row(new)
    slowest = max(champion.latency_ms * margins.latency, champion.latency_ms + margins.latency_ms)
    return (
        at_least("accuracy", _accuracy(challenger), _accuracy(champion), margins.accuracy),
        at_most("calibration error", new.ece, old.ece, None if old.ece is None else old.ece + margins.ece),
        at_least("recall of the worst class", new.worst_class_recall, old.worst_class_recall, recall),
        at_least(
            "area under the outlier curve",
            challenger.outlier_auroc,
            champion.outlier_auroc,
            margins.outlier_auroc,
        ),
        at_most("milliseconds of one answer", challenger.latency_ms, champion.latency_ms, slowest),
        at_most(
            "bytes of its files",
            float(challenger.bytes),
            float(champion.bytes),
            champion.bytes * margins.size,
        ),
    )


def at_least(name: str, value: float | None, before: float | None, margin: float) -> Comparison:
    """Compare a figure of which more is better."""
    bound = None if before is None else before - margin
    passed = bound is None or (value is not None and before is not None and value - before >= -margin)
    return Comparison(name=name, challenger=value, champion=before, bound=bound, passed=passed)


def at_most(name: str, value: float | None, before: float | None, bound: float | None) -> Comparison:
    """Compare a figure of which less is better."""
    passed = bound is None or (value is not None and value <= bound)
    return Comparison(name=name, challenger=value, champion=before, bound=bound, passed=passed)


def reasons_of(figures: Sequence[Comparison]) -> list[str]:
    """Return what is against a challenger, a sentence each."""
    return [_reason(one) for one in figures if not one.passed]


def _reason(one: Comparison) -> str:
    """Return what is wrong with one figure."""
    match one.name:
        case "milliseconds of one answer":
            return f"one answer takes {one.challenger:.2f} ms, allowed {one.bound:.2f}"
        case "bytes of its files":
            return f"its files have {one.challenger:.0f} bytes, allowed {one.bound:.0f}"
        case name:
            margin = abs((one.champion or 0.0) - (one.bound or 0.0))
            return (
                f"{name} is {_show(one.challenger)}, the champion's {one.champion:.4f}, "
                f"allowed {margin:g} worse"
            )


def _accuracy(figures: Figures) -> float | None:
    """Return the accuracy by which models are compared."""
    return figures.report.accuracy if figures.accuracy is None else figures.accuracy


def one_row(report: Report) -> float:
    """Return what one row of the rarest class makes of its recall: less than that is no evidence."""
    return 1 / min((row.n for row in report.classes if row.n), default=1)


def judge(
    challenger: Predictor,
    champion: Predictor | None,
    trial: Trial,
    expect: Expectation,
    margins: Margins | None = None,
) -> Verdict:
    """Measure both, and return all that is against making a challenger the champion."""
    figures, allowed = measure(challenger, trial), margins or MARGINS
    verdict = Verdict(
        challenger=challenger.version.reference,
        champion=None if champion is None else champion.version.reference,
        side=trial.side,
        rows=len(trial.targets),
        left_out=trial.left_out,
        confidence=allowed.confidence,
        refused=tuple(unmet(figures, expect)),
    )
    if champion is None:
        return verdict
    before = measure(champion, trial)
    gains = resampled_gains(figures.losses, before.losses, trial.groups)
    share, compared = float((gains > 0).mean()), compare(figures, before, allowed)
    against = not_better(figures, before, share, allowed) + reasons_of(compared)
    return msgspec.structs.replace(
        verdict,
        better=float(before.losses.mean() - figures.losses.mean()),
        lower=float(np.quantile(gains, 1 - allowed.confidence)),
        upper=float(np.quantile(gains, allowed.confidence)),
        share=share,
        figures=(*losses_of(figures, before), *compared),
        refused=(*verdict.refused, *against),
    )


def losses_of(challenger: Figures, champion: Figures) -> tuple[Comparison, ...]:
    """Return the mean log losses side by side; whether they are better enough is the bootstrap's to say."""
    new, old = float(challenger.losses.mean()), float(champion.losses.mean())
    return (Comparison(name="log loss", challenger=new, champion=old, bound=old, passed=new < old),)


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
