"""The page on which anyone tries a challenge with something of their own: one for each kind of input."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from outclass.catalog.challenge import Challenge, InputKind
from outclass.site.pages.message import message_page
from outclass.site.photos.page import photo_page
from outclass.site.play.challenges import challenge_or_404
from outclass.site.tables.page import record_page


@dataclass(frozen=True, slots=True, kw_only=True)
class TryPage:
    """Where a challenge is tried, and what the link there says."""

    title: str
    url: str


def try_page(challenge: Challenge) -> TryPage | None:
    """Return the page for the kind of input of a challenge, None where there is none."""
    match challenge.input.kind:
        case InputKind.DRAWING:
            return TryPage(title="Draw one yourself", url=reverse("play:draw", args=[challenge.name]))
        case InputKind.TEXT:
            return TryPage(title="Paste one yourself", url=reverse("play:try", args=[challenge.name]))
        case InputKind.PHOTO:
            return TryPage(title="Try a photo", url=reverse("play:try", args=[challenge.name]))
        case InputKind.TABLE:
            return TryPage(title="Fill one in yourself", url=reverse("play:try", args=[challenge.name]))
        case _:
            return None


@require_http_methods(["GET", "HEAD", "POST"])
def try_it(request: HttpRequest, challenge: str) -> HttpResponse:
    """Show the page for the challenge's kind of input."""
    declared = challenge_or_404(challenge)
    page = try_page(declared)
    if page is None:
        raise Http404
    match declared.input.kind:
        case InputKind.TEXT:
            return message_page(request, declared)
        case InputKind.PHOTO:
            return photo_page(request, declared)
        case InputKind.TABLE:
            return record_page(request, declared)
        case _:
            return redirect(page.url)
