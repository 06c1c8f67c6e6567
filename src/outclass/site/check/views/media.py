"""Pictures and chart data of what is asked; only those who check see them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outclass.catalog.challenge import Challenge
from outclass.feedback.items import CheckItem
from outclass.inputs.series import Series
from outclass.site.check.people import checker_of
from outclass.site.check.things import photo_of, picture_of, thing_of
from outclass.site.check.views.asking import item_or_404
from outclass.site.photos.serving import photo_response
from outclass.site.play.challenges import challenge_or_404, loaded_challenge
from outclass.site.play.curves import model_curve_json, points_json
from outclass.site.play.views.charts import json_response


@require_safe
def picture(request: HttpRequest, challenge: str, item_id: str) -> HttpResponse:
    """Answer a picture."""
    content = picture_of(*asked(request, challenge, item_id))
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type="image/png")
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@require_safe
def photo(request: HttpRequest, challenge: str, item_id: str) -> HttpResponse:
    """Answer a photo."""
    content = photo_of(*asked(request, challenge, item_id))
    if content is None:
        raise Http404
    return photo_response(content, private=True)


@require_safe
@never_cache
def points(request: HttpRequest, challenge: str, item_id: str) -> HttpResponse:
    """Answer the observations of a series."""
    return json_response(points_json(loaded_challenge(challenge), series_at(request, challenge, item_id)))


@require_safe
@never_cache
def model_curve(request: HttpRequest, challenge: str, item_id: str) -> HttpResponse:
    """Answer the curve that a model lays through a series."""
    content = model_curve_json(loaded_challenge(challenge), series_at(request, challenge, item_id))
    if content is None:
        raise Http404
    return json_response(content)


def asked(request: HttpRequest, challenge: str, item_id: str) -> tuple[Challenge, CheckItem]:
    """Return an item for somebody who checks; for anybody else it does not exist."""
    declared = challenge_or_404(challenge)
    if checker_of(request, challenge) is None:
        raise Http404
    return declared, item_or_404(challenge, item_id)


def series_at(request: HttpRequest, challenge: str, item_id: str) -> Series:
    """Return the series of an item."""
    thing = thing_of(*asked(request, challenge, item_id))
    if not isinstance(thing, Series):
        raise Http404
    return thing
