"""Trying models one after the other while there is time, simple ones first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from outclass.training.tabular.additive import COSTS, LIKE_COSTS, Form, Space
from outclass.training.tabular.budget import Budget, Deadline
from outclass.training.tabular.choosing import Candidate, Family, Refit, averaged, candidate_of, within
from outclass.training.tabular.material import LEARNED_CELLS, Material, Part
from outclass.training.tabular.mixture import AnyPart
from outclass.training.tabular.parts import Shares

Tell = Callable[[str], None]
Floats = NDArray[np.float64]

LINEAR_UNTIL, BENT_UNTIL, ALIKE_UNTIL = 0.35, 0.4, 0.65
"""Shares of the time by which these are done."""
MOST_BENT = 40
"""Numbers; of more, as of pixels, none is bent."""
SAME_UNIT = 2.0
"""Times the range of other columns that a range may be for both to be in one unit."""
MOST_CENTERS, LIKE_CELLS = 300, 2_000_000
FEWEST_FOR_BENDS, FEWEST_FOR_LIKENESS = 50, 100
CLEARLY, STILL = 1.02, 1e-6
"""Times the least loss so far that is a clear rise, and a change of a loss that is none."""
KNOTS = 4
WIDTHS = (2.0, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trying:
    """What the trials of one call share."""

    material: Material
    budget: Budget
    seed: int
    tell: Tell

    def told(self, found: Candidate) -> Candidate:
        """Tell how good a candidate is."""
        self.tell(f"{found.family}: log loss {found.loss:.4f}")
        return found


def baseline(trying: Trying) -> Candidate:
    """Return the model that answers with the shares of the classes."""

    def refit(whole: Material, deadline: Deadline) -> tuple[AnyPart, ...]:  # noqa: ARG001 - as all others
        return (shares_of(whole.whole(), whole.classes),)

    material = trying.material
    folds = [shares_of(material.without(fold), material.classes) for fold in range(material.count)]
    return trying.told(candidate_of(Family.BASELINE, {}, folds, material, refit))


def shares_of(part: Part, classes: int) -> Shares:
    """Learn the shares of the classes; one without rows has as if half a row."""
    counts = np.bincount(part.targets, weights=part.weights, minlength=classes) + 0.5
    return Shares(np.log(counts / counts.sum()).astype(np.float32))


def linear(trying: Trying, family: Family, form: Form, until: float) -> Candidate:
    """Return the best linear model of a form, by the cost that answers best for rows it did not see."""
    material, deadline = trying.material, trying.budget.until(until)
    spaces = [
        Space(material.without(fold), material.sizes, form, material.classes, trying.seed)
        for fold in range(material.count)
    ]
    every = LIKE_COSTS if form.centers else COSTS
    paths = [space.path(every, deadline) for space in spaces]
    found: list[Candidate] = []
    for cost in every:
        folds = [next(path, None) for path in paths]
        if found and (deadline.passed or None in folds):
            break
        parts = [part for part in folds if part is not None]
        costs = tuple(one for one in every if one <= cost)
        refit = refitting(form, costs, trying.seed)
        found.append(candidate_of(family, parameters_of(form, cost), parts, material, refit))
        if rising([plain_loss(one, material) for one in found]):
            break
    return trying.told(least_cost(found, material))


def least_cost(found: Sequence[Candidate], material: Material) -> Candidate:
    """Return the candidate of the least cost that is within one standard error of the best.

    Losses are those of the probabilities as they are: at the temperature that is best for each, a model that
    is too sure of itself would look as good as one that is not.
    """
    losses = [plain_losses(one, material) for one in found]
    best = min(losses, key=lambda one: float(one.mean()))
    return next(one for one, own in zip(found, losses, strict=True) if within(own, best))


def plain_losses(one: Candidate, material: Material) -> Floats:
    """Return the weighed loss of each row, as the probabilities are."""
    found: Floats = -one.logs[np.arange(len(material.targets)), material.targets] * material.weights
    return found


def plain_loss(one: Candidate, material: Material) -> float:
    """Return the mean of the losses of rows."""
    return float(plain_losses(one, material).mean())


def parameters_of(form: Form, cost: float) -> dict[str, str | int | float | bool]:
    """Return what is told of a linear model."""
    told: dict[str, str | int | float | bool] = {"cost": cost}
    if form.knots:
        told["bends"] = form.knots
    if form.centers:
        told |= {"known_rows": form.centers, "width": form.width, "own_units": form.alike}
    return told


def rising(losses: Sequence[float]) -> bool:
    """Tell whether a loss has risen clearly, or twice in a row, or is as good as the same as before."""
    last = losses[-3:]
    if len(last) < 3:
        return False
    clearly = last[-1] > CLEARLY * min(losses)
    return clearly or all(b > a for a, b in pairwise(last)) or last[0] - min(last) < STILL


def refitting(form: Form, costs: Sequence[float], seed: int) -> Refit:
    """Return what learns a linear model of a form from all rows, at the last of the costs."""

    def refit(whole: Material, deadline: Deadline) -> tuple[AnyPart, ...] | None:
        fewer = whole.within(LEARNED_CELLS, seed, more=form.centers)
        space = Space(fewer.whole(), whole.sizes, form, whole.classes, seed)
        found = list(space.path(costs[-3:], deadline))
        return None if space.problem.stopped or len(found) < len(costs[-3:]) else (found[-1],)

    return refit


def bent(trying: Trying) -> Candidate | None:
    """Return the best linear model of bent numbers, where there are numbers and rows enough."""
    material = trying.material
    numbers = material.sizes.count(0)
    if len(material.targets) < FEWEST_FOR_BENDS or not 0 < numbers <= MOST_BENT:
        return None
    return linear(trying, Family.BENT, Form(knots=KNOTS), BENT_UNTIL)


def alike(trying: Trying) -> Candidate | None:
    """Return the best linear model with likenesses, where there are rows enough."""
    material = trying.material
    found: list[Candidate] = []
    count = len(material.targets)
    centers = min(MOST_CENTERS, count // 2, LIKE_CELLS // count)
    if count < FEWEST_FOR_LIKENESS or centers < 20 or trying.budget.until(ALIKE_UNTIL).passed:
        return None
    own = in_one_unit(material)
    deadline = trying.budget.until(ALIKE_UNTIL)
    for width in WIDTHS:
        if found and deadline.passed:
            break
        form = Form(centers=centers, width=width, alike=own)
        found.append(linear(trying, Family.ALIKE, form, ALIKE_UNTIL))
    return min(found, key=lambda one: one.loss)


def in_one_unit(material: Material) -> bool:
    """Tell whether all numbers seem to be in one unit, as pixels are: most have much the same range."""
    if any(material.sizes):
        return False
    missing = np.isnan(material.rows)
    highest = np.where(missing, -np.inf, material.rows).max(axis=0)
    ranges = highest - np.where(missing, np.inf, material.rows).min(axis=0)
    some = ranges[ranges > 0]
    if len(some) < 4:
        return False
    low, high = np.quantile(some, [0.25, 0.75])
    return bool(high <= SAME_UNIT * low)


def averages(found: Sequence[Candidate], material: Material) -> list[Candidate]:
    """Return averages of the best two kinds of models that are not alike."""
    trees = [one for one in found if one.family is Family.BOOSTED]
    others = [one for one in found if one.family not in {Family.BOOSTED, Family.BASELINE}]
    if not trees or not others:
        return []
    return [averaged(min(others, key=lambda one: one.loss), trees[0], material)]
