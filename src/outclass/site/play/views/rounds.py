"""The bet page and the result page."""

import json
import secrets

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outclass.catalog.challenge import Challenge
from outclass.site.pages.guide import help_url
from outclass.site.pages.templatetags.ui import dollars
from outclass.site.play.advice import shown
from outclass.site.play.board import advice_by_field, adviser_results, odds_rows, result_rows
from outclass.site.play.cards import CARD_SIZE, draw_card, printable
from outclass.site.play.challenges import challenge_or_404
from outclass.site.play.decided import decided_on
from outclass.site.play.exhibits import Exhibit, exhibit_of
from outclass.site.play.forms import BetForm, empty_bet, filled_bet
from outclass.site.play.merged import merged
from outclass.site.play.models import Bet, Round, Standing
from outclass.site.play.nights import nights_panel
from outclass.site.play.pool import pools
from outclass.site.play.settle import settle
from outclass.site.play.views.common import one_time_token, render_exhibits
from outclass.site.play.views.table import DealTable, table_or_404
from outclass.site.tables.decided import decided_on_record

SHARE_BYTES = 12


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def round_page(request: HttpRequest, challenge: str, token: str, position: int) -> HttpResponse:
    """Show an object with its odds, or take the bet on it."""
    declared = challenge_or_404(challenge)
    table = table_or_404(request, challenge, token)
    round_ = table.round_at(position)
    if table.bet_on(round_):
        return to_result(round_)
    if request.method != "POST":
        return render_board(request, table, round_, open_form(declared, round_))
    if fill := request.POST.get("fill"):
        filled = filled_bet(declared, round_, fill, request.POST.dict())
        return render_board(request, table, round_, BetForm(declared, round_, initial=filled))
    form = BetForm(declared, round_, request.POST)
    if not form.is_valid():
        return render_board(request, table, round_, form, status=422)
    settle(round_, form.dollars, form.chosen_name)
    return to_result(round_)


def open_form(challenge: Challenge, round_: Round) -> BetForm:
    """Return the form of a bet without a dollar."""
    return BetForm(challenge, round_, initial=empty_bet(challenge, round_.nickname))


def to_result(round_: Round) -> HttpResponse:
    """Go to the result of a round."""
    deal = round_.deal
    return redirect("play:result", challenge=deal.challenge, token=deal.token, position=round_.position)


def render_board(
    request: HttpRequest, table: DealTable, round_: Round, form: BetForm, status: int = 200
) -> HttpResponse:
    """Show the odds board."""
    rows = odds_rows(form.challenge, round_, form)
    context = {
        **place_of(table, round_),
        "challenge": form.challenge,
        "form": form,
        "rows": rows,
        "left": table.deal.stake - sum(row.dollars for row in rows),
        "best": max(row.dollars * (row.payout or 0.0) for row in rows),
        "advice_json": json.dumps(advice_by_field(form.challenge, round_)),
        "advisers": [(said["adviser"], said["title"], said["model"]) for said in shown(round_.advice)],
        "exhibit": exhibit_at(table, round_),
        "merged": merged(form.challenge, round_),
        "help_url": help_url(form.challenge.name),
    }
    return render_exhibits(request, form.challenge, "play/round.html", context, status=status)


def place_of(table: DealTable, round_: Round) -> dict[str, object]:
    """Return what a page says of a round's place in its deal."""
    progress = table.progress(round_)
    return {"deal": table.deal, "round": round_, "rounds": len(table.rounds), "progress": progress}


def exhibit_at(table: DealTable, round_: Round) -> Exhibit:
    """Return the object of a round as its player may see it now."""
    deal = table.deal
    pool = pools().version(deal.challenge, deal.data_version)
    return exhibit_of(challenge_or_404(deal.challenge), pool, round_, whole=table.bet_on(round_) is not None)


@require_safe
@never_cache
def rows_page(request: HttpRequest, challenge: str, token: str, position: int) -> HttpResponse:
    """Show how the rows of the board came together."""
    declared = challenge_or_404(challenge)
    table = table_or_404(request, challenge, token)
    round_ = table.round_at(position)
    context = {
        "challenge": declared,
        "deal": table.deal,
        "round": round_,
        "merged": merged(declared, round_),
    }
    return render(request, "play/rows.html", context)


@require_safe
@never_cache
def result(request: HttpRequest, challenge: str, token: str, position: int) -> HttpResponse:
    """Show what an object was, and what everybody won."""
    declared = challenge_or_404(challenge)
    table = table_or_404(request, challenge, token)
    round_ = table.round_at(position)
    bet = table.bet_on(round_)
    if bet is None:
        return redirect("play:round", challenge=challenge, token=token, position=position)
    standing = Standing.objects.filter(player=table.deal.player, challenge=challenge).first()
    context = result_context(request, declared, bet) | {
        "deal": table.deal,
        "round": round_,
        "rounds": len(table.rounds),
        "next": table.next,
        "once": one_time_token(),
        "standing": standing,
        "moved": skill_moved(standing, bet),
        **object_of(declared, table, round_),
    }
    return render_exhibits(request, declared, "play/result.html", context)


def object_of(challenge: Challenge, table: DealTable, round_: Round) -> dict[str, object]:
    """Return the object of a settled round, and what can be told of how advisers came to their answers."""
    return {
        "exhibit": exhibit_at(table, round_),
        "decided": decided_on(challenge, round_),
        "decided_record": decided_on_record(challenge, round_),
        "early": nights_chart(challenge, table, round_),
    }


def nights_chart(challenge: Challenge, table: DealTable, round_: Round) -> SafeString:
    """Return what the advisers would have said after the first nights of a settled object, as a chart."""
    pool = pools().version(table.deal.challenge, table.deal.data_version)
    if pool is None or round_.object_id not in pool.places or not challenge.game.early:
        return SafeString()
    return nights_panel(pool, round_)


def result_context(request: HttpRequest, challenge: Challenge, bet: Bet) -> dict[str, object]:
    """Return what is told of a settled bet, to its player and to those it is shared with."""
    return {
        "challenge": challenge,
        "bet": bet,
        "won": bet.winnings_cents / 100,
        "stake": bet.round.deal.stake,
        "on_truth": bet.dollars.get(bet.truth, 0),
        "truth": next((label for label in challenge.classes if label.name == bet.truth), None),
        "rows": result_rows(challenge, bet),
        "round": bet.round,
        "advisers": adviser_results(bet),
        "share_url": share_url(request, bet),
    }


def skill_moved(standing: Standing | None, bet: Bet) -> float | None:
    """Return by how much this round moved the mean skill; None where it does not count or is the first."""
    if standing is None or standing.skill is None or not bet.ranked or standing.ranked_rounds < 2:
        return None
    return standing.skill - (standing.skill_sum - bet.skill) / (standing.ranked_rounds - 1)


def share_url(request: HttpRequest, bet: Bet) -> str | None:
    """Return the public address of a shared result."""
    return (
        request.build_absolute_uri(reverse("play:shared", args=[bet.share_token]))
        if bet.share_token
        else None
    )


@require_POST
def share(request: HttpRequest, challenge: str, token: str, position: int) -> HttpResponse:
    """Make a result public under an address that nobody can guess, or take that back."""
    table = table_or_404(request, challenge, token)
    round_ = table.round_at(position)
    bet = table.bet_on(round_)
    if bet is None:
        raise Http404
    wanted = request.POST.get("share") != "off"
    bet.share_token = (bet.share_token or secrets.token_urlsafe(SHARE_BYTES)) if wanted else None
    bet.save(update_fields=["share_token"])
    return to_result(round_)


@require_safe
def shared(request: HttpRequest, share_token: str) -> HttpResponse:
    """Show a shared result to anybody: who won how much on which class, but not the object itself."""
    bet = shared_or_404(share_token)
    told = result_context(request, challenge_or_404(bet.challenge), bet)
    size = {"card_width": CARD_SIZE[0], "card_height": CARD_SIZE[1]}
    return render(request, "play/shared.html", told | size | {"who": bet.player})


@require_safe
def shared_card(request: HttpRequest, share_token: str) -> HttpResponse:  # noqa: ARG001 # as Django calls it
    """Answer the picture that stands beside a link to a shared result; as public as the result."""
    bet = shared_or_404(share_token)
    challenge = challenge_or_404(bet.challenge)
    won, stake = dollars(bet.winnings_cents / 100), dollars(bet.round.deal.stake)
    lines = (
        challenge.title,
        f"{printable(str(bet.player))} won {won}",
        f"on a {stake} bet. Can you do better?",
    )
    return HttpResponse(draw_card(lines, challenge.accent), content_type="image/png")


def shared_or_404(share_token: str) -> Bet:
    """Return the settled bet that is shared under a token."""
    bet = Bet.objects.select_related("round__deal", "player").filter(share_token=share_token).first()
    if bet is None:
        raise Http404
    return bet
