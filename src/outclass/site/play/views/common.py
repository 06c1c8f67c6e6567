"""What several pages of the game need."""

import re
import secrets

from django.http import HttpRequest

from outclass.catalog.challenge import Challenge

ONCE = re.compile(r"[A-Za-z0-9_-]{10,64}")


def once_of(request: HttpRequest) -> str:
    """Return the one-time token of a form, or a new one where it has none that could be ours."""
    token = request.POST.get("once", "")
    return token if ONCE.fullmatch(token) else one_time_token()


def one_time_token() -> str:
    """Return the hidden token of a form that must not be answered twice."""
    return secrets.token_urlsafe(16)


def object_template(challenge: Challenge) -> str:
    """Return the template that shows one object of a challenge."""
    return f"play/objects/{challenge.input.kind}.html"
