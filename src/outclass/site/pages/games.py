"""The page of the games that the bot plays on social networks, and their calendars."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from outclass.catalog.challenge import Challenge
from outclass.catalog.declared_bot import BotGame
from outclass.site.pages.calendar import Event, calendar, next_meeting
from outclass.site.play.challenges import all_challenges
from outclass.site.shared.models import BotPost

LATEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class GameRow:
    """A game as the page shows it.

    Attributes
    ----------
    latest
        Addresses of the latest answers.
    """

    game: BotGame
    challenge: Challenge
    next: datetime | None
    answered: int
    latest: list[str]


@require_safe
def games(request: HttpRequest) -> HttpResponse:
    """List the games, when they are played and how to join."""
    now = datetime.now(UTC)
    rows = [row_of(challenge, game, now) for challenge, game in all_games()]
    return render(request, "pages/games.html", {"rows": rows})


@require_safe
def games_calendar(request: HttpRequest) -> HttpResponse:
    """Return the meetings of all games as a calendar."""
    return calendar_answer(request, "Photo games", all_games())


@require_safe
def game_calendar(request: HttpRequest, name: str) -> HttpResponse:
    """Return the meetings of one game as a calendar."""
    found = [(challenge, game) for challenge, game in all_games() if game.name == name]
    if not found:
        raise Http404
    return calendar_answer(request, found[0][1].title, found)


def all_games() -> list[tuple[Challenge, BotGame]]:
    """Return the games of all challenges."""
    return [
        (challenge, game) for challenge in all_challenges() if challenge.bot for game in challenge.bot.games
    ]


def row_of(challenge: Challenge, game: BotGame, now: datetime) -> GameRow:
    """Return a game with what the bot has done in it."""
    sent = BotPost.objects.filter(game=game.name, kind="answer", state="sent")
    replies = sent.filter(reply__startswith="https://").order_by("-sent_at").values_list("reply", flat=True)
    return GameRow(
        game=game,
        challenge=challenge,
        next=next_meeting(game.meetings, now),
        answered=sent.count(),
        latest=[str(reply) for reply in replies[:LATEST]],
    )


def calendar_answer(request: HttpRequest, name: str, found: list[tuple[Challenge, BotGame]]) -> HttpResponse:
    """Return a calendar of games."""
    host = request.get_host().partition(":")[0]
    page = request.build_absolute_uri(reverse("pages:games"))
    events = [
        Event(
            uid=f"{game.name}-{number}@{host}",
            title=game.title,
            text=" ".join(part for part in (f"#{game.hashtags[0]}", game.summary, challenge.warning) if part),
            url=f"{page}#{game.name}",
            meeting=meeting,
        )
        for challenge, game in found
        for number, meeting in enumerate(game.meetings, 1)
    ]
    return HttpResponse(calendar(name, events), content_type="text/calendar; charset=utf-8")
