"""The pages of boards, and the charts on them."""

from django.conf import settings as django_conf
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from outclass.catalog.challenge import Challenge
from outclass.site.lab.boards import BOARDS, Board
from outclass.site.lab.charts import charts_json
from outclass.site.play.challenges import challenge_or_404
from outclass.site.play.views.common import render_chart


@require_safe
def board(request: HttpRequest, challenge: str, board: str) -> HttpResponse:
    """Show a board."""
    declared = challenge_or_404(challenge)
    title, made = board_or_404(declared, board)
    context = {"challenge": declared, "board": made, "name": board, "title": title, "boards": BOARDS}
    return render_chart(request, "lab/board.html", context)


@require_safe
def charts(_request: HttpRequest, challenge: str, board: str) -> HttpResponse:
    """Answer the charts of a board."""
    _, made = board_or_404(challenge_or_404(challenge), board)
    content = charts_json(django_conf.OUTCLASS, made.charts)
    return HttpResponse(content, content_type="application/json")


def board_or_404(challenge: Challenge, name: str) -> tuple[str, Board]:
    """Return title and content of a board."""
    if name not in BOARDS:
        raise Http404
    title, make = BOARDS[name]
    return title, make(challenge)
