"""Which model answers: the simplest whose log loss is within one standard error of the best."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from outclass.inference.predictor import calibrate
from outclass.training.calibrate import PSEUDO_ROWS, best_temperature
from outclass.training.tabular.budget import Deadline
from outclass.training.tabular.material import Material
from outclass.training.tabular.mixture import AnyPart, together
from outclass.training.tabular.parts import log_softmax, soften

Floats = NDArray[np.float64]
Value: TypeAlias = str | int | float | bool
SHARES = (0.25, 0.5, 0.75)
SURPRISE = 2.0
"""Nats by which models differ on a row that surprises one of them."""


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


TITLES = {
    Family.BASELINE: "the shares of the classes, whatever the row says",
    Family.LINEAR: "a linear model: logistic regression of numbers and values",
    Family.BENT: "a linear model whose numbers count piece by piece",
    Family.ALIKE: "a linear model of how like a row is to some known ones",
    Family.BOOSTED: "boosted trees (LightGBM)",
    Family.AVERAGE: "two models, averaged",
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
    smoothing = min(0.05, PSEUDO_ROWS / len(soft))
    temperature = best_temperature(soft, material.targets, material.weights, smoothing=smoothing)
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
    found = []
    for share in SHARES:
        shares = (*(share * one for one in first.shares), *((1 - share) * one for one in second.shares))
        logs = together([first.logs, second.logs], (share, 1 - share))
        found.append((losses_of(logs, material), shares, logs, share))
    losses, shares, logs, share = min(found, key=lambda one: float(one[0].mean()))

    def refit(whole: Material, deadline: Deadline) -> tuple[AnyPart, ...] | None:
        one, other = first.refit(whole, deadline), second.refit(whole, deadline)
        return None if one is None or other is None else (*one, *other)

    return Candidate(
        family=Family.AVERAGE,
        parameters={first.family.value: share, second.family.value: 1 - share},
        logs=logs,
        losses=losses,
        folds=tuple((*one, *other) for one, other in zip(first.folds, second.folds, strict=True)),
        shares=shares,
        refit=refit,
    )


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """Return the simplest candidate that is not worse than the best by more than one standard error.

    The error is that of the mean difference, row by row: what makes a row hard for both cancels. Source: L.
    Breiman et al., Classification and Regression Trees, 1984 (the rule; there of plain errors).
    """
    best = min(candidates, key=lambda one: one.loss)
    order = list(Family)
    ordered = sorted(candidates, key=lambda one: (order.index(one.family), one.loss))
    return next(one for one in ordered if within(one.losses, best.losses))


def within(losses: Floats, best: Floats) -> bool:
    """Tell whether losses are no more than one standard error above the best ones."""
    return bool((losses - best).mean() <= standard_error(losses - best))


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
