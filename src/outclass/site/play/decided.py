"""Which words decided: the message of a settled round with the marks of the model that advised."""

from dataclasses import dataclass

from outclass.catalog.challenge import Challenge
from outclass.site.play.advice import shown
from outclass.site.play.board import top_class
from outclass.site.play.marks import Told, text_model, told_of
from outclass.site.play.models import Round
from outclass.site.play.pool import pools


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What an adviser answered, and why."""

    title: str
    model: str
    answer: str
    share: float
    told: Told


def decided_on(challenge: Challenge, round_: Round) -> Decided | None:
    """Return why the first adviser with a linear text model answered as it did; None where there is none."""
    deal = round_.deal
    pool = pools().version(deal.challenge, deal.data_version)
    text = pool.text(round_.object_id) if pool and round_.object_id in pool.places else None
    if text is None:
        return None
    for said in shown(round_.advice):
        model = text_model(said["model"])
        if model is None:
            continue
        name = max(said["probabilities"], key=lambda one: said["probabilities"][one])
        answer, share = top_class(challenge, said)
        told = told_of(model, text, name, masked=True)
        return Decided(title=said["title"], model=said["model"], answer=answer, share=share, told=told)
    return None
