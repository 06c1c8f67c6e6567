"""Home, the page of a challenge, the leaderboard, head-to-head."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from outclass.base.errors import InvalidInputError
from outclass.catalog.challenge import Challenge
from outclass.site.pages.guide import guide_pages, help_url
from outclass.site.pages.trying import try_page
from outclass.site.photos.own import tried_by
from outclass.site.play.challenges import challenge_or_404
from outclass.site.play.dealing import rules_of
from outclass.site.play.models import Player, PlayerKind, Standing
from outclass.site.play.players import current_player
from outclass.site.play.pool import Pool, pools
from outclass.site.play.records import (
    PAGE,
    calibration,
    history,
    history_rows,
    recent_deals,
    total_of,
    totals,
    versus,
)
from outclass.site.play.rules import scale_of
from outclass.site.play.standings import Ranking, leaderboard
from outclass.site.play.views.common import one_time_token

TOP = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show a player's rounds, totals, calibration and deals; a visitor is told what will stand here."""
    player = current_player(request)
    if player is None:
        return render(request, "play/home.html", {"totals": [], "once": one_time_token()})
    page = Paginator(history(player), PAGE).get_page(request.GET.get("page"))
    context = {"player": player, "page": page, "rounds": history_rows(page), "once": one_time_token()}
    if request.headers.get("HX-Request"):
        return render(request, "play/parts/history.html", context)
    context |= {"totals": totals(player), "bins": calibration(player), "deals": recent_deals(player)}
    context["tried"] = tried_by(player)
    return render(request, "play/home.html", context)


@require_safe
def mine(request: HttpRequest, challenge: str) -> HttpResponse:
    """Show a player's settled rounds of one challenge under the names they gave, totals and who leads."""
    declared = challenge_or_404(challenge)
    player = current_player(request)
    context: dict[str, object] = {
        "challenge": declared,
        "player": player,
        "leaders": leaderboard(declared, Ranking.MONEY, player, TOP),
        "once": one_time_token(),
    }
    if player is not None:
        page = Paginator(history(player, challenge), PAGE).get_page(request.GET.get("page"))
        context |= {"page": page, "rounds": history_rows(page), "total": total_of(player, declared)}
        context |= {"deals": recent_deals(player, challenge)}
    return render(request, "play/mine.html", context)


@require_safe
def challenge_page(request: HttpRequest, challenge: str) -> HttpResponse:
    """Show what a challenge is, what it pays and who leads."""
    declared = challenge_or_404(challenge)
    player = current_player(request)
    pool = pools().current(declared.name)
    context = {
        "challenge": declared,
        "pool": pool if pool and pool.ids else None,
        "odds": odds_table(declared, pool, player),
        "scale": str(scale_of(declared)),
        "guide": guide_pages(declared.name),
        "help_url": help_url(declared.name),
        "deals": recent_deals(player, declared.name) if player else [],
        "rows": leaderboard(declared, Ranking.SKILL, player, TOP)[:TOP],
        "once": one_time_token(),
        "try_page": try_page(declared),
    }
    return render(request, "play/challenge.html", context)


def odds_table(challenge: Challenge, pool: Pool | None, player: Player | None) -> list[dict[str, object]]:
    """Return how often each class would be dealt to a player now, and what it pays."""
    if pool is None or not pool.ids:
        return []
    try:
        rules = rules_of(pool, player)
    except InvalidInputError:
        return []
    return [
        {
            "label": label,
            "dealing": rules.dealing[label.name],
            "payout": (rules.payouts[label.name] or 0) / 100,
        }
        for label in challenge.classes
    ]


@require_safe
def leaderboard_page(request: HttpRequest, challenge: str) -> HttpResponse:
    """Show people and models in one table, by skill or by money."""
    declared = challenge_or_404(challenge)
    player = current_player(request)
    ranking = Ranking.MONEY if request.GET.get("by") == Ranking.MONEY else Ranking.SKILL
    context = {
        "challenge": declared,
        "ranking": str(ranking),
        "rows": leaderboard(declared, ranking, player),
        "standing": Standing.objects.filter(player=player, challenge=challenge).first() if player else None,
        "you": player,
    }
    return render(request, "play/leaderboard.html", context)


@require_safe
def versus_page(request: HttpRequest, challenge: str, left: int, right: int) -> HttpResponse:
    """Compare two players on the objects that both have bet on."""
    declared = challenge_or_404(challenge)
    you = current_player(request)
    compared = versus(declared, visible_player(declared, left, you), visible_player(declared, right, you))
    context = {
        "challenge": declared,
        "versus": compared,
        "sides": [compared.left, compared.right],
        "you": you,
    }
    return render(request, "play/versus.html", context)


def visible_player(challenge: Challenge, key: int, you: Player | None) -> Player:
    """Return a player who has played the challenge: a model, an account that is not staff, or the viewer."""
    if you is not None and you.pk == key:
        return you
    people = Q(kind=PlayerKind.USER, user__is_staff=False, user__is_active=True)
    shown = Player.objects.filter(people | Q(kind=PlayerKind.MODEL), pk=key)
    player = shown.filter(standings__challenge=challenge.name, standings__ranked_rounds__gt=0).first()
    if player is None:
        raise Http404
    return player
