"""What the bot makes of one photo."""

from collections.abc import Collection
from enum import StrEnum

from outclass.base.document import Document
from outclass.catalog.challenge import Challenge
from outclass.catalog.declared_bot import BotGame
from outclass.inference.prediction import AbstainReason, Prediction


class Verdict(StrEnum):
    """How much is said of a photo."""

    SURE = "sure"
    GROUP = "group"
    UNSURE = "unsure"
    NOTHING = "nothing"
    NO_PHOTO = "no-photo"
    UNREADABLE = "unreadable"


EMPTY = frozenset({Verdict.NOTHING, Verdict.NO_PHOTO})
"""Verdicts that see nothing of the kind."""


class Chance(Document, frozen=True, kw_only=True):
    """A class or group by its name, and how probable it is."""

    name: str
    probability: float


class Answer(Document, frozen=True, kw_only=True):
    """What is said of one photo.

    Attributes
    ----------
    best
        The most probable class among those that mean something; None where there is nothing to see.
    others
        The runner-ups, the most probable first.
    """

    verdict: Verdict
    best: Chance | None = None
    group: Chance | None = None
    others: tuple[Chance, ...] = ()
    model: str = ""


def answer_of(prediction: Prediction, game: BotGame) -> Answer:
    """Return what is said of a photo, from what the model makes of it.

    Classes that mean "nothing of the kind" are never named as a runner-up.
    """
    verdict = verdict_of(prediction, game)
    if verdict is Verdict.NOTHING:
        return Answer(verdict=verdict, model=prediction.model)
    ranked = ranked_chances(prediction, game.nothing)
    group = None
    if prediction.group is not None and prediction.group_confidence is not None:
        group = Chance(name=prediction.group, probability=prediction.group_confidence)
    return Answer(
        verdict=verdict, best=ranked[0], group=group, others=tuple(ranked[1:]), model=prediction.model
    )


def verdict_of(prediction: Prediction, game: BotGame) -> Verdict:
    """Return how much may be said."""
    if prediction.answer is None or prediction.answer in game.nothing:
        return Verdict.NOTHING
    if prediction.reason in (AbstainReason.EMPTY, AbstainReason.OUTLIER):
        return Verdict.NOTHING
    if not prediction.abstained and prediction.confidence >= game.confidence:
        return Verdict.SURE
    return Verdict.UNSURE if prediction.group is None else Verdict.GROUP


def ranked_chances(prediction: Prediction, nothing: Collection[str]) -> list[Chance]:
    """Return the classes that mean something, the most probable first."""
    chances = [
        Chance(name=name, probability=probability)
        for name, probability in prediction.probabilities.items()
        if name not in nothing
    ]
    return sorted(chances, key=lambda chance: -chance.probability)


def is_right(answers: Collection[Answer], truth: str, game: BotGame) -> bool:
    """Tell whether answers are right: each of those that name something, and one at least.

    That there is nothing to see is right where the truth is such a class.
    """
    if truth in game.nothing:
        return bool(answers) and all(answer.verdict in EMPTY for answer in answers)
    said = [answer.best.name for answer in answers if answer.verdict is Verdict.SURE and answer.best]
    return bool(said) and all(name == truth for name in said)


def title_of(name: str, challenge: Challenge) -> str:
    """Return what people read for a class or a group.

    Raises
    ------
    KeyError
        There is none of this name.
    """
    titles = {label.name: label.title for label in challenge.classes}
    titles |= {group.name: group.title for group in challenge.groups}
    return titles[name]
