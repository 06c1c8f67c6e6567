"""The front page and the explanations."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_script_prefix
from django.views.decorators.http import require_safe

from outclass.catalog.challenge import Challenge, InputKind
from outclass.registry.version import ModelVersion
from outclass.site.pages.champions import Figure, champion_of, figures_of
from outclass.site.pages.drawing import can_draw, pad_context
from outclass.site.pages.guide import guide_pages
from outclass.site.pages.licences import NETWORKS, attributions, software
from outclass.site.pages.trying import TryPage, try_page
from outclass.site.pages.worked import worked_example
from outclass.site.play.challenges import all_challenges
from outclass.site.play.examples import example_exhibit, examples_of, made_up
from outclass.site.play.exhibits import Exhibit, text_exhibit
from outclass.site.play.standings import Ranking, leaderboard
from outclass.site.play.views.common import one_time_token

TEASER_ROWS = 5
SHOWN_CURVES = 3
SHOWN_RECORDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionScores:
    """A challenge, the version that answers, and its measured figures."""

    challenge: Challenge
    version: ModelVersion | None
    figures: list[Figure]
    guide: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Showcase:
    """A challenge on the front page, with a few objects that are not in play; of texts, made-up ones.

    Of photos there are none: without a collection there is nothing to show, and one's own says more.
    """

    challenge: Challenge
    simulated: bool
    exhibits: list[Exhibit]
    try_page: TryPage | None = None


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Say what this is, and let a stranger draw at once."""
    challenge = first_drawing()
    showcases = [found for one in all_challenges() if (found := showcase(one)) is not None]
    return render(
        request,
        "pages/front.html",
        {
            "featured": challenge,
            "pad": pad_context(challenge) if challenge else None,
            "leaders": leaderboard(challenge, Ranking.SKILL, None, TEASER_ROWS) if challenge else [],
            "figures": figures_of(champion_of(challenge.name))[:1] if challenge else [],
            "showcases": showcases,
            "has_records": any(one.challenge.input.kind is InputKind.TABLE for one in showcases),
            "once": one_time_token(),
        },
    )


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Say why this exists."""
    return render(request, "pages/about.html", {"scores": scores()})


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Explain the game with a worked example."""
    return render(request, "pages/help.html", {"example": worked_example()})


@require_safe
def model(request: HttpRequest) -> HttpResponse:
    """Explain how the model comes to its answer."""
    return render(request, "pages/model.html", {"scores": scores()})


@require_safe
def licences(request: HttpRequest) -> HttpResponse:
    """List data, licences and what they ask for."""
    found = {"attributions": attributions(), "networks": NETWORKS, "software": software()}
    return render(request, "pages/licences.html", found)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is stored, and for how long."""
    return render(request, "pages/privacy.html")


@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """Introduce the API."""
    return render(
        request, "pages/api.html", {"base": request.build_absolute_uri(get_script_prefix()).rstrip("/")}
    )


def showcase(challenge: Challenge) -> Showcase | None:
    """Return a challenge of any kind but drawings as the front page shows it."""
    match challenge.input.kind:
        case InputKind.SERIES:
            return series_showcase(challenge)
        case InputKind.TEXT:
            texts = made_up(challenge.name)
            exhibits = [
                text_exhibit(f"front-{n}", f"Example {n}", text, made_up=True)
                for n, text in enumerate(texts, 1)
            ]
            return Showcase(
                challenge=challenge, simulated=True, exhibits=exhibits, try_page=try_page(challenge)
            )
        case InputKind.PHOTO:
            return Showcase(challenge=challenge, simulated=False, exhibits=[], try_page=try_page(challenge))
        case InputKind.TABLE:
            return table_showcase(challenge)
        case _:
            return None


def table_showcase(challenge: Challenge) -> Showcase:
    """Return a challenge of records with an example of its first few classes."""
    examples = examples_of(challenge.name)
    found = (example_exhibit(challenge, examples, place, 0) for place in range(len(challenge.classes)))
    exhibits = [exhibit for exhibit in found if exhibit is not None]
    return Showcase(
        challenge=challenge,
        simulated=examples.simulated,
        exhibits=exhibits[:SHOWN_RECORDS],
        try_page=try_page(challenge),
    )


def series_showcase(challenge: Challenge) -> Showcase:
    """Return a challenge of series with an example of its first few classes."""
    examples = examples_of(challenge.name)
    found = (example_exhibit(challenge, examples, place, 0) for place in range(len(challenge.classes)))
    exhibits = [exhibit for exhibit in found if exhibit is not None]
    return Showcase(challenge=challenge, simulated=examples.simulated, exhibits=exhibits[:SHOWN_CURVES])


def first_drawing() -> Challenge | None:
    """Return the first challenge whose objects are drawn."""
    return next((challenge for challenge in all_challenges() if can_draw(challenge)), None)


def scores() -> list[ChampionScores]:
    """Return each challenge with its champion and that model's figures."""
    found = []
    for challenge in all_challenges():
        version = champion_of(challenge.name)
        figures, guide = figures_of(version), bool(guide_pages(challenge.name))
        found.append(ChampionScores(challenge=challenge, version=version, figures=figures, guide=guide))
    return found
