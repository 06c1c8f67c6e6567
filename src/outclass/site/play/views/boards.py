"""Home, the page of a challenge, the leaderboard, head-to-head."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from outclass.catalog.challenge import Challenge
from outclass.site.play.challenges import challenge_or_404
from outclass.site.play.dealing import rules_of
from outclass.site.play.models import Player, PlayerKind, Standing
from outclass.site.play.players import current_player
from outclass.site.play.pool import Pool, pools
from outclass.site.play.records import PAGE, calibration, history, history_rows, recent_deals, totals, versus
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
    return render(request, "play/home.html", context)


@require_safe
def challenge_page(request: HttpRequest, challenge: str) -> HttpResponse:
    """Show what a challenge is, what it pays and who leads."""
    declared = challenge_or_404(challenge)
    player = current_player(request)
    pool = pools().current(declared.name)
    context = {
        "challenge": declared,
        "pool": pool if pool and pool.ids else None,
        "odds": odds_table(declared, pool),
        "rounds_text": f"{declared.game.rounds} rounds",
        "help_url": reverse("pages:help"),
        "deals": recent_deals(player, declared.name) if player else [],
        "rows": leaderboard(declared, Ranking.SKILL, player, TOP)[:TOP],
        "once": one_time_token(),
    }
    return render(request, "play/challenge.html", context)


def odds_table(challenge: Challenge, pool: Pool | None) -> list[dict[str, object]]:
    """Return how often each class is dealt and what it pays."""
    if pool is None or not pool.ids:
        return []
    rules = rules_of(pool)
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
