"""Learn without one class after the other, to see what the answer to an object is that no tree ever saw."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.adviser import Task, fit_adviser
from outclass.challenges.stars.crowd import Crowd
from outclass.challenges.stars.domains import EITHER, EXTRAGALACTIC, GALACTIC, Domains
from outclass.challenges.stars.rows import Material
from outclass.challenges.stars.unknown import Unknown, UnknownShare, entropy_of, fit_share

Floats = NDArray[np.float64]
HELD = 0
SHORTER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """Entropies and distances ``[n, 2]``, with weights, of known objects and of those left out."""

    known: Floats
    known_weights: Floats
    unknown: Floats
    unknown_weights: Floats

    def share(self, prior: float, count: int) -> UnknownShare:
        """Return the share that is fitted to entropies, or to both signs; on average it is the prior."""
        own = self.known_weights * (1 - prior) / self.known_weights.sum()
        theirs = self.unknown_weights * prior / self.unknown_weights.sum()
        return fit_share(self.known[:, :count], own, self.unknown[:, :count], theirs)


def fit_unknown(task: Task, material: Material, unknown_galactic: float) -> Unknown:
    """Return the share of unknown objects by place: galactic, extragalactic, not known.

    For each class, trees learn without it and without one fold; the fold's objects are the known ones, those
    of the class the unknown ones. The class without training data has its weight of all weights as share on
    average, `unknown_galactic` of it galactic. Distances count outside our galaxy alone: inside, no redshift
    tells how bright something really is.
    """
    shorter = replace(task.recipe, rounds=max(1, task.recipe.rounds // SHORTER), seeds=1)
    task = replace(task, recipe=shorter)
    signs = []
    for part in task.domains.parts:
        inside = material.take(np.isin(material.targets, part))
        signs.append(_joined([_signs(task, inside, label) for label in part]))
    outside = material.take(np.isin(material.targets, task.domains.parts[-1]))
    crowd = Crowd.of(outside.counted, outside.targets)
    priors = average_shares(task.domains, unknown_galactic)
    measured = signs[-1].share(priors[-1], 2)
    if len(signs) == 1:
        return Unknown(shares=(measured, measured, measured), crowd=crowd)
    unsure = [own.share(prior, 1) for own, prior in zip(signs, priors, strict=True)]
    level, slope = (sum(getattr(share, name) for share in unsure) / 2 for name in ("level", "slope"))
    either = UnknownShare(level=level, slope=slope)
    by_place = {GALACTIC: unsure[0], EXTRAGALACTIC: measured, EITHER: either}
    return Unknown(shares=tuple(by_place[place] for place in sorted(by_place)), crowd=crowd)


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


def _signs(task: Task, material: Material, label: int) -> Signs:
    """Return the signs of objects of known classes, and of those of the class left out."""
    mine, held = material.targets == label, material.folds == HELD
    learned = material.take(~mine & ~held)
    adviser = fit_adviser(task.at(f"without-{label}"), learned)
    crowd = Crowd.of(learned.counted, learned.targets)
    known, unknown = material.take(~mine & held), material.take(mine)
    found = [
        np.stack(
            [entropy_of(adviser.log_probabilities(side.rows, side.places)), crowd.distance(side.counted)],
            axis=1,
        )
        for side in (known, unknown)
    ]
    return Signs(
        known=found[0],
        known_weights=known.weights,
        unknown=found[1],
        unknown_weights=np.full(len(found[1]), 1.0 / max(len(found[1]), 1)),
    )


def _joined(signs: list[Signs]) -> Signs:
    """Return the signs of all classes that were left out in turn."""
    return Signs(
        **{one.name: np.concatenate([getattr(each, one.name) for each in signs]) for one in fields(Signs)}
    )
