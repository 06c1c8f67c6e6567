"""What the models say of the objects that are dealt, frozen with their versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import NotRequired, TypedDict

import numpy as np
from django.conf import settings as django_conf
from numpy.typing import NDArray

from outclass.base.settings import Settings
from outclass.catalog.challenge import Challenge, Ensemble
from outclass.inference.champion import ChampionWatcher
from outclass.inference.predictor import Predictor
from outclass.metrics.game import allocate
from outclass.registry.store import Registry
from outclass.site.play.opinions import probabilities_of
from outclass.site.play.pool import Pool

CONSENSUS = "Consensus"
LEAST = 1e-15
Floats = NDArray[np.float64]


class Advice(TypedDict):
    """What one adviser said of one object, as it is stored with the round.

    `name` is the adviser's name in the registry, `model` the version that answered; `probabilities` are under
    the dealing probabilities, and `dollars` are the stake split by them. A model that bets but does not
    advise has `shown` False.
    """

    adviser: str
    name: str
    title: str
    model: str
    probabilities: dict[str, float]
    dollars: dict[str, int]
    shown: NotRequired[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A model that says something of some objects.

    Attributes
    ----------
    probabilities
        ``[objects, classes]`` in the order of the challenge, under the dealing probabilities.
    """

    adviser: str
    name: str
    title: str
    model: str
    probabilities: Floats
    shown: bool = True


class Advisers:
    """The champions that advise; a new champion is noticed within seconds.

    Parameters
    ----------
    settings
        Says where the registry is.
    """

    def __init__(self, settings: Settings) -> None:
        self._registry = Registry(settings)
        self._lock = Lock()
        self._watchers: dict[str, ChampionWatcher] = {}

    def champion(self, name: str) -> Predictor | None:
        """Return the champion of a model, or None where there is none that works."""
        with self._lock:
            if name not in self._watchers:
                self._watchers[name] = ChampionWatcher(self._registry, name).start()
        watcher = self._watchers[name]
        return watcher.current() if watcher.ready else None

    def close(self) -> None:
        """Stop looking for new champions."""
        for watcher in self._watchers.values():
            watcher.close()


def shown(said: Sequence[Advice]) -> list[Advice]:
    """Return the advice that players are shown."""
    return [one for one in said if one.get("shown", True)]


def advise(
    pool: Pool,
    object_ids: Sequence[str],
    dealing: Mapping[str, float],
    *,
    nights: int = 0,
    advisers: Advisers | None = None,
) -> list[list[Advice]]:
    """Ask every adviser about some objects of a pool, as seen on their first nights.

    Returns
    -------
    For each object the advice of each adviser that has a champion, in order of declaration; after them the
    champion's, where it is made of several models, as it plays, too.
    """
    spoken = speakers(pool, object_ids, dealing, nights=nights, advisers=advisers)
    return [
        [make_advice(pool.challenge, speaker, place) for speaker in spoken]
        for place in range(len(object_ids))
    ]


def speakers(
    pool: Pool,
    object_ids: Sequence[str],
    dealing: Mapping[str, float],
    *,
    nights: int = 0,
    advisers: Advisers | None = None,
) -> list[Speaker]:
    """Return who advises, with their probabilities for some objects."""
    known, challenge = advisers or site_advisers(), pool.challenge
    spoken = []
    for adviser in challenge.advisers:
        predictor = known.champion(challenge.registered_name(adviser))
        if predictor is None:
            continue
        found = probabilities_of(pool, predictor, object_ids, nights)
        if found is not None:
            spoken.append(make_speaker(challenge, adviser, predictor, found, dealing))
    together = consensus(challenge, spoken, known)
    return spoken if together is None else [*spoken, together]


def make_speaker(
    challenge: Challenge, adviser: str, predictor: Predictor, found: Floats, dealing: Mapping[str, float]
) -> Speaker:
    """Convert a model's probabilities from the prior of its signature to the dealing probabilities."""
    signature = predictor.version.signature
    prior = dict(zip(signature.classes, signature.prior, strict=True))
    names = challenge.class_names
    old, new = [prior.get(name, 0.0) for name in names], [dealing[name] for name in names]
    return Speaker(
        adviser=adviser,
        name=predictor.version.name,
        title=challenge.models[adviser].title,
        model=predictor.version.reference,
        probabilities=np.array([reweigh(row, old, new) for row in found.tolist()]),
    )


def consensus(challenge: Challenge, spoken: Sequence[Speaker], known: Advisers) -> Speaker | None:
    """Return the champion that is made of the advisers, where they all spoke and it is registered."""
    if not isinstance(challenge.champion, Ensemble):
        return None
    members = [one for one in spoken if one.adviser in challenge.champion.geometric_mean]
    predictor = known.champion(challenge.name)
    if predictor is None or len(members) < len(challenge.champion.geometric_mean):
        return None
    logs = np.mean([np.log(np.maximum(one.probabilities, LEAST)) for one in members], axis=0)
    never = np.all([one.probabilities == 0 for one in members], axis=0)
    product = np.where(never, 0.0, np.exp(logs))
    return Speaker(
        adviser=challenge.name,
        name=predictor.version.name,
        title=CONSENSUS,
        model=predictor.version.reference,
        probabilities=product / product.sum(axis=1, keepdims=True),
        shown=False,
    )


def make_advice(challenge: Challenge, speaker: Speaker, place: int) -> Advice:
    """Return what a model says of one object, also as whole dollars."""
    names, shares = challenge.class_names, speaker.probabilities[place].tolist()
    dollars = allocate(shares, challenge.game.stake)
    return Advice(
        adviser=speaker.adviser,
        name=speaker.name,
        title=speaker.title,
        model=speaker.model,
        probabilities=dict(zip(names, shares, strict=True)),
        dollars={name: int(amount) for name, amount in zip(names, dollars, strict=True)},
        shown=speaker.shown,
    )


def reweigh(probabilities: Sequence[float], prior: Sequence[float], dealing: Sequence[float]) -> list[float]:
    """Convert probabilities that hold under one prior to another (Bayes' rule).

    A class that is not dealt gets 0; where nothing is left, the dealing probabilities are returned.

    >>> reweigh([0.5, 0.5], [0.5, 0.5], [0.8, 0.2])
    [0.8, 0.2]
    """
    p, old, new = (np.asarray(values, dtype=np.float64) for values in (probabilities, prior, dealing))
    weights = p * np.divide(new, old, out=np.zeros_like(new), where=old > 0)
    total = float(weights.sum())
    return [float(value) for value in (weights / total if total > 0 else new / new.sum())]


@lru_cache(maxsize=1)
def site_advisers() -> Advisers:
    """Return the advisers of this process."""
    return Advisers(django_conf.OUTCLASS)
