"""Which model answers: the simplest that is as good as the best; of few rows, all that may be the best."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from outclass.inference.predictor import calibrate
from outclass.training.calibrate import best_temperature, doubt
from outclass.training.tabular.budget import Deadline
from outclass.training.tabular.material import Material
from outclass.training.tabular.mixture import AnyPart, together
from outclass.training.tabular.parts import log_softmax, soften

Floats = NDArray[np.float64]
Value: TypeAlias = str | int | float | bool
SHARES = (0.25, 0.5, 0.75)
SURPRISE = 2.0
"""Nats by which models differ on a row that surprises one of them."""
FEW = 1000
"""Rows up to which all models that may be the best answer together: so few do not tell which one is."""
NEAR = 2.0
"""Standard errors above the least loss up to which a model may be the best."""
TREES = 0.5
"""Shares of another model that trees of few rows count: they are too sure of themselves."""


class Family(StrEnum):
    """The models that are compared, from simple to complex.

    An average counts as simpler than the trees in it: what half of it errs by, the other half tempers.
    """

    BASELINE = "baseline"
    LINEAR = "linear"
    BENT = "bent"
    ALIKE = "alike"
    AVERAGE = "average"
    BOOSTED = "boosted"
    TOGETHER = "together"


TITLES = {
    Family.BASELINE: "the shares of the classes, whatever the row says",
    Family.LINEAR: "a linear model: logistic regression of numbers and values",
    Family.BENT: "a linear model whose numbers count piece by piece",
    Family.ALIKE: "a linear model of how like a row is to some known ones",
    Family.BOOSTED: "boosted trees (LightGBM)",
    Family.AVERAGE: "two models, averaged",
    Family.TOGETHER: "all models that may be the best, averaged",
}
Refit: TypeAlias = Callable[[Material, Deadline], tuple[AnyPart, ...] | None]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A model that was tried on all folds.

    Attributes
    ----------
    logs
        Logarithms of the probabilities of each row by the model that did not learn from its fold.
    losses
        Of each row, weighed, at the temperature that is best for all.
    folds
        The parts of the model that was learned without each fold.
    shares
        How much each part counts.
    refit
        Learns the parts from all rows; None where there was too little time.
    """

    family: Family
    parameters: Mapping[str, Value]
    logs: Floats
    losses: Floats
    folds: tuple[tuple[AnyPart, ...], ...]
    shares: tuple[float, ...]
    refit: Refit

    @property
    def loss(self) -> float:
        """Return the mean log loss."""
        return float(self.losses.mean())


def answers(folds: Sequence[AnyPart], material: Material) -> Floats:
    """Return the logarithms of probabilities of each row by the model that did not learn from its fold."""
    logs = np.zeros((len(material.targets), material.classes))
    for fold, part in enumerate(folds):
        chosen = material.folds == fold
        if chosen.any():
            logs[chosen] = log_softmax(part.logits(material.rows[chosen]))
    return logs


def losses_of(logs: Floats, material: Material) -> Floats:
    """Return the weighed loss of each row at the best temperature, with the prior's share in each answer."""
    soft = soften(logs, material.prior, material.floor).astype(np.float32)
    temperature = best_temperature(soft, material.targets, material.weights, smoothing=doubt(len(soft)))
    chosen = calibrate(soft, temperature)[np.arange(len(soft)), material.targets]
    return np.asarray(-np.log(np.maximum(chosen, 1e-300)) * material.weights, dtype=np.float64)


def candidate_of(
    family: Family,
    parameters: Mapping[str, Value],
    folds: Sequence[AnyPart],
    material: Material,
    refit: Refit,
) -> Candidate:
    """Return a candidate of one part, measured."""
    logs = answers(folds, material)
    return Candidate(
        family=family,
        parameters=parameters,
        logs=logs,
        losses=losses_of(logs, material),
        folds=tuple((part,) for part in folds),
        shares=(1.0,),
        refit=refit,
    )


def averaged(first: Candidate, second: Candidate, material: Material) -> Candidate:
    """Return the best average of two candidates."""
    found = [mixed(Family.AVERAGE, (first, second), (share, 1 - share), material) for share in SHARES]
    return min(found, key=lambda one: one.loss)


def together_of_few(found: Sequence[Candidate], material: Material) -> list[Candidate]:
    """Return all that may be the best as one model, in shares that are fixed, where rows are few.

    The folds of a hundred rows say by a handful which model is best, and are often wrong. An average errs
    less than most of those in it, and shares that are not chosen cannot be chosen wrongly.
    """
    best = min(found, key=lambda one: one.loss)
    near = [
        one
        for one in found
        if one.family not in {Family.BASELINE, Family.AVERAGE} and within(one.losses, best.losses, NEAR)
    ]
    if len(material.targets) > FEW or len(near) < 2:
        return []
    counts = [TREES if one.family is Family.BOOSTED else 1.0 for one in near]
    return [mixed(Family.TOGETHER, near, [count / sum(counts) for count in counts], material)]


def mixed(
    family: Family, members: Sequence[Candidate], weights: Sequence[float], material: Material
) -> Candidate:
    """Return candidates that answer as one, each with its share."""

    def refit(whole: Material, deadline: Deadline) -> tuple[AnyPart, ...] | None:
        parts: list[AnyPart] = []
        for one in members:
            own = one.refit(whole, deadline)
            if own is None:
                return None
            parts += own
        return tuple(parts)

    logs = together([one.logs for one in members], weights)
    return Candidate(
        family=family,
        parameters={one.family.value: weight for one, weight in zip(members, weights, strict=True)},
        logs=logs,
        losses=losses_of(logs, material),
        folds=tuple(
            tuple(part for own in fold for part in own)
            for fold in zip(*(one.folds for one in members), strict=True)
        ),
        shares=tuple(
            weight * own for one, weight in zip(members, weights, strict=True) for own in one.shares
        ),
        refit=refit,
    )


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """Return the simplest candidate that is not worse than the best by more than one standard error.

    Where all that may be the best answer together, these are chosen, unless they are worse than that. The
    error is that of the mean difference, row by row: what makes a row hard for both cancels. Source: L.
    Breiman et al., Classification and Regression Trees, 1984 (the rule; there of plain errors).
    """
    best = min(candidates, key=lambda one: one.loss)
    order = [Family.TOGETHER, *Family]
    ordered = sorted(candidates, key=lambda one: (order.index(one.family), one.loss))
    return next(one for one in ordered if within(one.losses, best.losses))


def within(losses: Floats, best: Floats, errors: float = 1.0) -> bool:
    """Tell whether losses are no more than one standard error, or so many, above the best ones."""
    return bool((losses - best).mean() <= errors * standard_error(losses - best))


def standard_error(differences: Floats) -> float:
    """Return the standard error of the mean of differences, with one surprising row more than was seen.

    In a hundred rows a handful decide, and the next of that sort may decide for the other side.
    """
    surprise = max(float((differences**2).max()), SURPRISE**2)
    squares = ((differences - differences.mean()) ** 2).sum() + surprise
    return float(np.sqrt(squares) / len(differences))


def hopeless(one: Candidate, best: Candidate) -> bool:
    """Tell whether a candidate is so much worse that no setting of its kind will help."""
    worse = one.losses - best.losses
    return bool(worse.mean() > 4 * worse.std() / np.sqrt(len(worse)) and one.loss > 1.5 * best.loss)
