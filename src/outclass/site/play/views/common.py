"""What several pages of the game need."""

import re
import secrets
from typing import cast

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from outclass.catalog.challenge import Challenge, InputKind

ONCE = re.compile(r"[A-Za-z0-9_-]{10,64}")


def once_of(request: HttpRequest) -> str:
    """Return the one-time token of a form, or a new one where it has none that could be ours."""
    token = request.POST.get("once", "")
    return token if ONCE.fullmatch(token) else one_time_token()


def one_time_token() -> str:
    """Return the hidden token of a form that must not be answered twice."""
    return secrets.token_urlsafe(16)


def opens_with_list(challenge: Challenge) -> bool:
    """Tell whether a deal begins with the list of its objects, to choose from, rather than with the first."""
    return challenge.input.kind is InputKind.SERIES


def render_exhibits(
    request: HttpRequest, challenge: Challenge, template: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    """Show a page with objects; only charts of series get the relaxed policy that Bokeh needs."""
    show = render_chart if challenge.input.kind is InputKind.SERIES else render
    return show(request, template, context, status=status)


def render_chart(
    request: HttpRequest, template: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    """Show a page with a chart: Bokeh lays its canvases with inline styles, and runs no inline script."""

    @csp_update({"style-src": [UNSAFE_INLINE]})
    def relaxed(asked: HttpRequest) -> HttpResponse:
        return render(asked, template, context, status=status)

    return cast(HttpResponse, relaxed(request))
