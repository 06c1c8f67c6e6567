"""Settling a bet: one transaction that writes the bet, its pay, the models' bets and everybody's sums."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from outclass.site.play.advice import shown
from outclass.site.play.models import Bet, Player, Round
from outclass.site.play.players import model_player
from outclass.site.play.rules import skill_of, winnings_cents
from outclass.site.play.standings import add_bet


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A settled bet; `created` is False when the object had been settled before."""

    bet: Bet
    created: bool


def settle(round_: Round, dollars: Mapping[str, int], nickname: str = "") -> Settlement:
    """Settle a player's bet on a round; a second call, at the same time or later, changes nothing.

    Parameters
    ----------
    round_
        The round with its deal and the deal's player.
    dollars
        Whole dollars by class name, which add up to the deal's stake.
    nickname
        What the player calls the object.
    """
    player = round_.deal.player
    with transaction.atomic():
        settlement = place(round_, player, dollars, nickname=nickname)
        if settlement.created:
            for advice in round_.advice:
                adviser = model_player(advice["name"], advice["title"])
                place(round_, adviser, advice["dollars"], model=advice["model"])
    return settlement


def place(
    round_: Round, player: Player, dollars: Mapping[str, int], *, model: str = "", nickname: str = ""
) -> Settlement:
    """Write one player's bet, unless that player has bet on the object already."""
    if earlier := settled_bet(round_, player):
        return Settlement(bet=earlier, created=False)
    bet = make_bet(round_, player, dollars, model=model, nickname=nickname)
    try:
        with transaction.atomic():
            bet.save(force_insert=True)
    except IntegrityError:
        earlier = settled_bet(round_, player)
        if earlier is None:
            raise
        return Settlement(bet=earlier, created=False)
    add_bet(bet, sum(dollars.values()))
    return Settlement(bet=bet, created=True)


def settled_bet(round_: Round, player: Player) -> Bet | None:
    """Return the bet by which a player settled a round's object, in this deal or in another."""
    return Bet.objects.filter(
        player=player, challenge=round_.deal.challenge, object_id=round_.object_id, counted=True
    ).first()


def make_bet(
    round_: Round, player: Player, dollars: Mapping[str, int], *, model: str = "", nickname: str = ""
) -> Bet:
    """Work out what a bet pays under the rules that were frozen at the deal."""
    deal, payouts = round_.deal, round_.payouts
    return Bet(
        round=round_,
        player=player,
        challenge=deal.challenge,
        object_id=round_.object_id,
        model=model,
        nickname=nickname,
        dollars={name: amount for name, amount in dollars.items() if amount},
        truth=round_.truth,
        payout_cents=payouts[round_.truth] or 0,
        winnings_cents=winnings_cents(dollars, payouts, round_.truth),
        skill=skill_of(dollars, deal.dealing, round_.truth),
        models_skill=None if player.is_model else advisers_skill(round_),
        ranked=player.is_model or round_.first_seen,
    )


def advisers_skill(round_: Round) -> float | None:
    """Return the mean skill of the advice on a round, None where there is none."""
    scores = [skill_of(said["dollars"], round_.deal.dealing, round_.truth) for said in shown(round_.advice)]
    return sum(scores) / len(scores) if scores else None
