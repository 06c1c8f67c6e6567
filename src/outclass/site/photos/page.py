"""The page where anyone tries a photo: by file, camera, drag and drop, paste or address.

The script sends the same form and takes the answer out of the same page, so that nothing is said twice.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from outclass.base.errors import OutclassError
from outclass.catalog.challenge import Challenge
from outclass.registry.version import ModelVersion
from outclass.site.pages.champions import champion_of
from outclass.site.pages.drawing import data_url
from outclass.site.pages.guide import guide_pages
from outclass.site.photos.asking import Reading, ask
from outclass.site.photos.overlay import overlay_url, place_words
from outclass.site.photos.own import OwnRow, own_or_404, own_rows
from outclass.site.photos.similar import Similar, similar_to
from outclass.site.photos.wording import PhotoAnswer, answer_for
from outclass.site.play.views.common import one_time_token

SHOWN_HERE = "X-Photo-Shown"
"""A script that shows the photo already says so by this header, and it is not sent back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnswer:
    """An answer with the photo as the page shows it.

    Attributes
    ----------
    picture
        The photo as a data URL; empty where the browser has it.
    overlay, looked
        Where the model looked, as a data URL and in words; empty where that is not known.
    """

    answer: PhotoAnswer
    picture: str
    overlay: str
    looked: str
    width: int
    height: int
    frames: int
    model: str
    time: str
    own: OwnRow
    similar: tuple[Similar, ...]


def photo_page(request: HttpRequest, challenge: Challenge) -> HttpResponse:
    """Show the form and, for a photo that it sent, the answer."""
    shown, error = None, None
    if request.method == "POST":
        try:
            shown = shown_answer(request, challenge, ask(request, challenge))
        except OutclassError as problem:
            error = problem
    version: ModelVersion | None = champion_of(challenge.name)
    context = {
        "challenge": challenge,
        "shown": shown,
        "error": error,
        "version": version,
        "guide": bool(guide_pages(challenge.name)),
        "once": one_time_token(),
    }
    return render(request, "photos/try.html", context, status=error.status if error else 200)


def shown_answer(request: HttpRequest, challenge: Challenge, reading: Reading) -> ShownAnswer:
    """Return what the page shows of an answer."""
    photo, seen, looking = reading.photo, reading.seen, reading.seen.looking
    return ShownAnswer(
        answer=answer_for(challenge, seen.prediction),
        picture="" if SHOWN_HERE in request.headers else data_url(reading.jpeg, "image/jpeg"),
        overlay=overlay_url(looking.grid, photo.width, photo.height) if looking else "",
        looked=place_words(looking.grid) if looking else "",
        width=photo.width,
        height=photo.height,
        frames=photo.frames,
        model=seen.prediction.model,
        time=f"{seen.milliseconds:.0f} ms",
        own=own_rows(challenge, [own_or_404(request, challenge.name, reading.id)])[0],
        similar=similar_to(challenge, seen.features, seen.fingerprint),
    )
