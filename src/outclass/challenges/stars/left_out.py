"""Learn without one class after the other, to see how unsure the trees are of what they never saw."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.adviser import Task, fit_adviser
from outclass.challenges.stars.domains import EITHER, EXTRAGALACTIC, GALACTIC, Domains
from outclass.challenges.stars.rows import Material
from outclass.challenges.stars.unknown import UnknownShare, entropy_of, fit_share

Floats = NDArray[np.float64]
HELD = 0
SHORTER = 3


def fit_unknown(task: Task, material: Material, unknown_galactic: float) -> tuple[UnknownShare, ...]:
    """Return the share of unknown objects by place: galactic, extragalactic, not known.

    For each class, trees learn without it and without one fold; the fold's objects are the known ones, those
    of the class the unknown ones. The class without training data has its weight of all weights as share on
    average, `unknown_galactic` of it galactic.
    """
    shorter = replace(task.recipe, rounds=max(1, task.recipe.rounds // SHORTER), seeds=1)
    task = replace(task, recipe=shorter)
    fitted = []
    priors = average_shares(task.domains, unknown_galactic)
    for part, prior in zip(task.domains.parts, priors, strict=True):
        inside = material.take(np.isin(material.targets, part))
        parts = [_entropies(task, inside, label) for label in part]
        known, own, unknown, theirs = (np.concatenate(column) for column in zip(*parts, strict=True))
        fitted.append(fit_share(known, own * (1 - prior) / own.sum(), unknown, theirs * prior / theirs.sum()))
    if len(fitted) == 1:
        return (fitted[0], fitted[0], fitted[0])
    either = UnknownShare(
        level=(fitted[0].level + fitted[1].level) / 2, slope=(fitted[0].slope + fitted[1].slope) / 2
    )
    by_place = {GALACTIC: fitted[0], EXTRAGALACTIC: fitted[1], EITHER: either}
    return tuple(by_place[place] for place in sorted(by_place))


def average_shares(domains: Domains, galactic: float) -> list[float]:
    """Return the share of unknown objects in each part."""
    assert domains.unknown is not None
    weights = domains.weights[list(domains.known)]
    unknown = float(domains.weights[domains.unknown])
    split = (galactic, 1.0 - galactic) if len(domains.parts) > 1 else (1.0,)
    return [
        unknown * share / (unknown * share + float(weights[list(part)].sum()))
        for part, share in zip(domains.parts, split, strict=True)
    ]


def _entropies(task: Task, material: Material, label: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return entropies and weights of objects of known classes, and of those of the class left out."""
    mine, held = material.targets == label, material.folds == HELD
    adviser = fit_adviser(task.at(f"without-{label}"), material.take(~mine & ~held))
    known, unknown = material.take(~mine & held), material.take(mine)
    found = [entropy_of(adviser.log_probabilities(side.rows, side.places)) for side in (known, unknown)]
    return found[0], known.weights, found[1], np.full(len(found[1]), 1.0 / max(len(found[1]), 1))
