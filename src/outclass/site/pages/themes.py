"""The theme that a visitor chose, and the accent of each challenge as a style sheet."""

from enum import StrEnum

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import get_script_prefix
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from outclass.charts.colors import accent_sheet
from outclass.site.play.challenges import challenge_or_404

COOKIE = "theme"
YEAR = 365 * 24 * 3600


class Theme(StrEnum):
    """The themes; without a choice the browser's preference holds."""

    DARK = "dark"
    LIGHT = "light"


def chosen(request: HttpRequest) -> str:
    """Return the theme of the visitor's cookie, or nothing."""
    value = request.COOKIES.get(COOKIE, "")
    return value if value in tuple(Theme) else ""


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Remember a theme and go back to the page."""
    front = get_script_prefix()
    target = request.POST.get("next", front)
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = front
    response = HttpResponseRedirect(target)
    if (value := request.POST.get("theme", "")) in tuple(Theme):
        response.set_cookie(
            COOKIE, value, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure(), path=front
        )
    return response


@require_safe
@cache_control(max_age=3600, public=True)
def accent(_request: HttpRequest, name: str) -> HttpResponse:
    """Answer the style sheet with a challenge's accent."""
    sheet = accent_sheet(challenge_or_404(name).accent)
    return HttpResponse(sheet, content_type="text/css; charset=utf-8")
