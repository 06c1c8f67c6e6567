"""Asking for a deal, looking at it, and its pictures."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from outclass.catalog.challenge import Challenge
from outclass.site.accounts.throttle import DEALS, check_throttle
from outclass.site.play.board import top_classes
from outclass.site.play.challenges import challenge_or_404
from outclass.site.play.dealing import PoolExhaustedError, new_deal
from outclass.site.play.models import Bet, Round
from outclass.site.play.players import ensure_player
from outclass.site.play.pool import pools
from outclass.site.play.views.common import object_template, once_of, one_time_token
from outclass.site.play.views.table import DealTable, deal_or_404, table_or_404


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRow:
    """One round in the list of a deal."""

    round: Round
    bet: Bet | None
    advice: tuple[tuple[str, str, float], ...]

    @property
    def won(self) -> float:
        """Return dollars won."""
        return self.bet.winnings_cents / 100 if self.bet else 0.0


@require_POST
def deal_new(request: HttpRequest, challenge: str) -> HttpResponse:
    """Deal; the same form sent twice gives one deal."""
    declared = challenge_or_404(challenge)
    pool = pools().current(declared.name)
    if pool is None or not pool.ids:
        return redirect("play:challenge", challenge=challenge)
    player = ensure_player(request)
    check_throttle(request, DEALS)
    try:
        deal = new_deal(pool, player, once_of(request))
    except PoolExhaustedError:
        messages.info(
            request, "You have bet on every object that there is. Come back when there is new data."
        )
        return redirect("play:challenge", challenge=challenge)
    return redirect("play:round", challenge=challenge, token=deal.token, position=1)


@require_safe
def deal_page(request: HttpRequest, challenge: str, token: str) -> HttpResponse:
    """Show the objects of a deal; looking changes nothing."""
    declared = challenge_or_404(challenge)
    table = table_or_404(request, challenge, token)
    rows = deal_rows(declared, table)
    context = {
        "challenge": declared,
        "deal": table.deal,
        "rows": rows,
        "next": table.next,
        "won": sum(row.won for row in rows),
        "settled": sum(row.bet is not None for row in rows),
        "once": one_time_token(),
        "object_template": object_template(declared),
    }
    return render(request, "play/deal.html", context)


def deal_rows(challenge: Challenge, table: DealTable) -> list[DealRow]:
    """Return the rounds of a deal with the player's bets and the advisers' first choices."""
    return [
        DealRow(
            round=round_,
            bet=table.bet_on(round_),
            advice=tuple((said["title"], *top_classes(challenge, said, 1)[0]) for said in round_.advice),
        )
        for round_ in table.rounds
    ]


@require_safe
def picture(request: HttpRequest, challenge: str, token: str, position: int) -> HttpResponse:
    """Answer an object of a deal as a picture; only its player can see it."""
    deal = deal_or_404(request, challenge, token)
    object_id = deal.rounds.filter(position=position).values_list("object_id", flat=True).first()
    pool = pools().version(deal.challenge, deal.data_version)
    if pool is None or object_id is None or object_id not in pool.places:
        raise Http404
    response = HttpResponse(pool.picture(object_id), content_type="image/png")
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return response
