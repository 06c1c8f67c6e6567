"""What the models say of the objects that are dealt, frozen with their versions."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from threading import Lock
from typing import TypedDict

import numpy as np
from django.conf import settings as django_conf
from numpy.typing import NDArray

from outclass.base.settings import Settings
from outclass.catalog.challenge import Challenge
from outclass.inference.champion import ChampionWatcher
from outclass.inference.prediction import Prediction
from outclass.inference.predictor import Predictor
from outclass.metrics.game import allocate
from outclass.registry.store import Registry


class Advice(TypedDict):
    """What one adviser said of one object, as it is stored with the round.

    `name` is the adviser's name in the registry, `model` the version that answered; `probabilities` are under
    the dealing probabilities, and `dollars` are the stake split by them.
    """

    adviser: str
    name: str
    title: str
    model: str
    probabilities: dict[str, float]
    dollars: dict[str, int]


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


def advise(
    challenge: Challenge,
    rows: NDArray[np.float32],
    dealing: Mapping[str, float],
    advisers: Advisers | None = None,
) -> list[list[Advice]]:
    """Ask every adviser of a challenge about some objects.

    Returns
    -------
    For each object the advice of each adviser that has a champion, in order of declaration.
    """
    known = advisers or site_advisers()
    asked = [(adviser, known.champion(challenge.registered_name(adviser))) for adviser in challenge.advisers]
    answers = [
        (adviser, predictor, predictor.predict_many(rows))
        for adviser, predictor in asked
        if predictor is not None
    ]
    return [
        [
            make_advice(challenge, adviser, predictor, predictions[place], dealing)
            for adviser, predictor, predictions in answers
        ]
        for place in range(len(rows))
    ]


def make_advice(
    challenge: Challenge,
    adviser: str,
    predictor: Predictor,
    prediction: Prediction,
    dealing: Mapping[str, float],
) -> Advice:
    """Turn an answer into advice: under the dealing probabilities, and as whole dollars."""
    signature = predictor.version.signature
    prior = dict(zip(signature.classes, signature.prior, strict=True))
    names = challenge.class_names
    shares = reweigh(
        [prediction.probabilities.get(name, 0.0) for name in names],
        [prior.get(name, 0.0) for name in names],
        [dealing[name] for name in names],
    )
    dollars = allocate(shares, challenge.game.stake)
    return Advice(
        adviser=adviser,
        name=predictor.version.name,
        title=challenge.models[adviser].title,
        model=predictor.version.reference,
        probabilities=dict(zip(names, shares, strict=True)),
        dollars={name: int(amount) for name, amount in zip(names, dollars, strict=True)},
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
