"""What several pages of the game need."""

import re
import secrets

from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from outclass.catalog.challenge import Challenge
from outclass.site.play.models import Bet, Deal, Round
from outclass.site.play.players import current_player

ONCE = re.compile(r"[A-Za-z0-9_-]{10,64}")


def deal_or_404(request: HttpRequest, challenge: str, token: str) -> Deal:
    """Return a deal of the player who asks; to anybody else it does not exist."""
    player = current_player(request)
    deal = None
    if player is not None:
        deal = (
            Deal.objects.select_related("player")
            .filter(token=token, challenge=challenge, player=player)
            .first()
        )
    if deal is None:
        raise Http404
    return deal


def round_or_404(deal: Deal, position: int) -> Round:
    """Return a round of a deal, with the deal that is known already."""
    found = deal.rounds.filter(position=position).first()
    if found is None:
        raise Http404
    found.deal = deal
    return found


def bets_of(deal: Deal) -> "QuerySet[Bet]":
    """Return the player's bets on a deal's objects, also those made in an earlier deal."""
    objects = deal.rounds.values("object_id")
    return Bet.objects.filter(player=deal.player, challenge=deal.challenge, object_id__in=objects)


def once_of(request: HttpRequest) -> str:
    """Return the one-time token of a form, or a new one where it has none that could be ours."""
    token = request.POST.get("once", "")
    return token if ONCE.fullmatch(token) else one_time_token()


def one_time_token() -> str:
    """Return the hidden token of a form that must not be answered twice."""
    return secrets.token_urlsafe(16)


def object_template(challenge: Challenge) -> str:
    """Return the template that shows one object of a challenge."""
    return f"play/objects/{challenge.input.kind}.html"
