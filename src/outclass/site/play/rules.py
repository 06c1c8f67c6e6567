"""What a deal promises: with which probability each class comes up, and what it pays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings as django_conf

from outclass.catalog.challenge import Challenge, PayoutScale
from outclass.metrics.game import historic_payouts, payouts, skill, tempered


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The odds of one deal, by class name.

    Attributes
    ----------
    dealing
        Probabilities; 0 for a class that is not dealt.
    payouts
        Cents for each dollar on the true class; None for a class that is not dealt.
    """

    dealing: Mapping[str, float]
    payouts: Mapping[str, int | None]


def rules_for(challenge: Challenge, shares: Sequence[int], dealt: Sequence[bool] | None = None) -> Rules:
    """Set the odds.

    Parameters
    ----------
    challenge
        Its game declares edge, tempering and scale.
    shares
        Objects of each class in the pool, in the challenge's order.
    dealt
        Whether a class can come up for this player at all; those that cannot are not dealt.
    """
    counts = np.array(shares, dtype=np.float64)
    if dealt is not None:
        counts = np.where(np.array(dealt), counts, 0.0)
    game = challenge.game
    dealing = tempered(counts, game.tempering)
    fair = scale_of(challenge) is PayoutScale.FAIR
    paid = payouts(dealing, game.edge) if fair else historic_payouts(counts)
    names = challenge.class_names
    return Rules(
        dealing={name: float(q) for name, q in zip(names, dealing, strict=True)},
        payouts={name: round(float(p) * 100) if p > 0 else None for name, p in zip(names, paid, strict=True)},
    )


def scale_of(challenge: Challenge) -> PayoutScale:
    """Return the scale in force: that of this site where it sets one, else the challenge's own."""
    return django_conf.OUTCLASS_OPTIONS.payouts or challenge.game.scale


def winnings_cents(dollars: Mapping[str, int], paid: Mapping[str, int | None], truth: str) -> int:
    """Return the cents won: what lay on the true class times its payout.

    >>> winnings_cents({"7": 40, "1": 60}, {"7": 950, "1": 950}, "7")
    38000
    """
    return dollars.get(truth, 0) * (paid[truth] or 0)


def skill_of(dollars: Mapping[str, int], dealing: Mapping[str, float], truth: str) -> float:
    """Return the skill score of a bet.

    >>> skill_of({"a": 100}, {"a": 0.5, "b": 0.5}, "a")
    100.0
    """
    classes = sum(q > 0 for q in dealing.values())
    if classes < 2:
        return 0.0
    return skill(dollars.get(truth, 0) / sum(dollars.values()), dealing[truth], classes)
