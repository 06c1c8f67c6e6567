"""Asking for a deal, looking at it, and its pictures."""

from dataclasses import dataclass
from typing import TypedDict

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from outclass.base.errors import NotFoundError
from outclass.catalog.challenge import Challenge
from outclass.site.accounts.throttle import DEALS, check_throttle
from outclass.site.photos.serving import LARGE, SMALL, photo_or_none, photo_response
from outclass.site.photos.shown import may_show
from outclass.site.play.advice import shown
from outclass.site.play.board import Forecast, forecasts, top_class
from outclass.site.play.challenges import challenge_or_404
from outclass.site.play.dealing import PoolExhaustedError, new_deal
from outclass.site.play.exhibits import Exhibit, exhibit_of
from outclass.site.play.forms import NICKNAME_LENGTH, NameForm
from outclass.site.play.models import Bet, Deal, Round
from outclass.site.play.players import ensure_player
from outclass.site.play.pool import Pool, pools
from outclass.site.play.views.common import once_of, one_time_token, opens_with_list, render_chart
from outclass.site.play.views.table import DealTable, deal_or_404, table_or_404


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRow:
    """One round in the list of a deal: each adviser's first choice, and what they give all classes."""

    round: Round
    bet: Bet | None
    exhibit: Exhibit
    advice: tuple[tuple[str, str, float], ...]
    forecasts: list[Forecast]

    @property
    def won(self) -> float:
        """Return dollars won."""
        return self.bet.winnings_cents / 100 if self.bet else 0.0

    @property
    def name(self) -> str:
        """Return what the player calls the object."""
        return self.bet.nickname if self.bet else self.round.nickname


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
        deal = new_deal(pool, player, once_of(request), nights=nights_of(request, declared))
    except PoolExhaustedError:
        messages.info(request, "You have bet on every object that there is, or were shown it before.")
        return redirect("play:challenge", challenge=challenge)
    if opens_with_list(declared):
        return redirect("play:deal", challenge=challenge, token=deal.token)
    return redirect("play:round", challenge=challenge, token=deal.token, position=1)


def nights_of(request: HttpRequest, challenge: Challenge) -> int:
    """Return the nights of an early bet that a form asks for; 0, all of them, where that is none declared."""
    offered = {str(bet.nights): bet.nights for bet in challenge.game.early}
    return offered.get(request.POST.get("nights", ""), 0)


@require_safe
def deal_page(request: HttpRequest, challenge: str, token: str) -> HttpResponse:
    """Show the objects of a deal; looking changes nothing."""
    declared = challenge_or_404(challenge)
    table = table_or_404(request, challenge, token)
    return render(request, "play/deal.html", deal_context(declared, table))


@require_safe
def chart_page(request: HttpRequest, challenge: str, token: str, position: int) -> HttpResponse:
    """Show the chart of one object beside the list; looking changes nothing."""
    declared = challenge_or_404(challenge)
    table = table_or_404(request, challenge, token)
    round_ = table.round_at(position)
    context = deal_context(declared, table)
    chosen = next(row for row in context["rows"] if row.round is round_)
    if not chosen.exhibit.points:
        raise Http404
    return render_chart(request, "play/deal.html", {**context, "chosen": chosen, "exhibit": chosen.exhibit})


class DealContext(TypedDict):
    """What the list of a deal shows."""

    challenge: Challenge
    deal: Deal
    rows: list[DealRow]
    next: Round | None
    won: float
    settled: int
    nights: int
    once: str


def deal_context(challenge: Challenge, table: DealTable) -> DealContext:
    """Return what the list of a deal shows."""
    rows = deal_rows(challenge, table)
    return DealContext(
        challenge=challenge,
        deal=table.deal,
        rows=rows,
        next=table.next,
        won=sum(row.won for row in rows),
        settled=sum(row.bet is not None for row in rows),
        nights=table.rounds[0].nights if table.rounds else 0,
        once=one_time_token(),
    )


def deal_rows(challenge: Challenge, table: DealTable) -> list[DealRow]:
    """Return the rounds of a deal with the player's bets and what the advisers say."""
    pool = pools().version(table.deal.challenge, table.deal.data_version)
    return [
        DealRow(
            round=round_,
            bet=(bet := table.bet_on(round_)),
            exhibit=exhibit_of(challenge, pool, round_, whole=bet is not None),
            advice=tuple((one["title"], *top_class(challenge, one)) for one in shown(round_.advice)),
            forecasts=forecasts(challenge, shown(round_.advice)),
        )
        for round_ in table.rounds
    ]


@require_POST
def name_object(request: HttpRequest, challenge: str, token: str, position: int) -> HttpResponse:
    """Keep what a player calls an object that is still to be bet on."""
    table = table_or_404(request, challenge, token)
    round_ = table.round_at(position)
    form = NameForm(request.POST)
    if table.bet_on(round_) is None and form.is_valid():
        Round.objects.filter(pk=round_.pk).update(nickname=form.cleaned_data["name"])
    elif form.errors:
        messages.error(request, f"A name has at most {NICKNAME_LENGTH} characters.")
    return redirect(f"{reverse('play:deal', args=[challenge, token])}#number-{position}")


@require_safe
def picture(request: HttpRequest, challenge: str, token: str, position: int) -> HttpResponse:
    """Answer an object of a deal as a picture; only its player can see it."""
    pool, object_id = dealt_or_404(request, challenge, token, position)
    try:
        response = HttpResponse(pool.picture(object_id), content_type="image/png")
    except NotFoundError as error:
        raise Http404 from error
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return response


@require_safe
def photo(request: HttpRequest, challenge: str, token: str, position: int, size: str) -> HttpResponse:
    """Answer a photo of a deal; only its player can see it, and only where its licence lets it be shown."""
    pool, object_id = dealt_or_404(request, challenge, token, position)
    table = pool.photo(object_id)
    if table is None or not may_show(table.credits[0]):
        raise Http404
    content = photo_or_none(table.media, table.names[0], SMALL if size == "small" else LARGE)
    if content is None:
        raise Http404
    return photo_response(content, private=True)


def dealt_or_404(request: HttpRequest, challenge: str, token: str, position: int) -> tuple[Pool, str]:
    """Return the pool of a deal and the id of one of its objects."""
    deal = deal_or_404(request, challenge, token)
    object_id = deal.rounds.filter(position=position).values_list("object_id", flat=True).first()
    pool = pools().version(deal.challenge, deal.data_version)
    if pool is None or object_id is None or object_id not in pool.places:
        raise Http404
    return pool, object_id
