"""What the script of a chart asks for: the empty figure, observations, the curve of a model."""

from django.conf import settings as django_conf
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from outclass.inputs.series import Series
from outclass.site.play.challenges import loaded_challenge
from outclass.site.play.curves import model_curve_json, points_json
from outclass.site.play.figures import figure_json
from outclass.site.play.pool import pools
from outclass.site.play.views.table import table_or_404

MOST_BANDS = 64


@require_safe
@cache_control(max_age=3600, public=True)
def figure(_request: HttpRequest, bands: int) -> HttpResponse:
    """Answer the figure for so many bands, without data."""
    if not 1 <= bands <= MOST_BANDS:
        raise Http404
    return json_response(figure_json(django_conf.OUTCLASS, bands))


@require_safe
@never_cache
def points(request: HttpRequest, challenge: str, token: str, position: int) -> HttpResponse:
    """Answer the observations of an object of a deal; before an early bet only the nights that it shows."""
    return json_response(
        points_json(loaded_challenge(challenge), series_at(request, challenge, token, position))
    )


@require_safe
@never_cache
def model_curve(request: HttpRequest, challenge: str, token: str, position: int) -> HttpResponse:
    """Answer the curve that a model lays through what may be seen of an object."""
    series = series_at(request, challenge, token, position)
    content = model_curve_json(loaded_challenge(challenge), series)
    if content is None:
        raise Http404
    return json_response(content)


def series_at(request: HttpRequest, challenge: str, token: str, position: int) -> Series:
    """Return what its player may see of an object; 404 for anybody else, and for what is no series."""
    table = table_or_404(request, challenge, token)
    round_ = table.round_at(position)
    pool = pools().version(challenge, table.deal.data_version)
    nights = round_.nights if table.bet_on(round_) is None else 0
    series = pool.series(round_.object_id, nights) if pool and round_.object_id in pool.places else None
    if series is None:
        raise Http404
    return series


def json_response(content: bytes) -> HttpResponse:
    """Return JSON that is written already."""
    return HttpResponse(content, content_type="application/json")
