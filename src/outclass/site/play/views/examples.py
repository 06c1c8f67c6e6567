"""Example objects of each class."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from outclass.catalog.challenge import Challenge, InputKind
from outclass.inputs.series import Series
from outclass.site.play.challenges import challenge_or_404, loaded_challenge
from outclass.site.play.curves import model_curve_json, points_json
from outclass.site.play.examples import OF_CLASS, example_exhibit, examples_of
from outclass.site.play.views.charts import json_response
from outclass.site.play.views.common import render_exhibits


@require_safe
def examples_page(request: HttpRequest, challenge: str) -> HttpResponse:
    """Show an example of the class that is chosen, and how to come to the others."""
    declared = with_examples_or_404(challenge)
    examples = examples_of(challenge)
    place = chosen(request.GET.get("class"), len(declared.classes))
    number = chosen(request.GET.get("number"), OF_CLASS)
    label = declared.classes[place]
    count = len(examples.objects.get(label.name, ()))
    context = {
        "challenge": declared,
        "place": place,
        "number": number,
        "label": label,
        "numbers": range(count),
        "exhibit": example_exhibit(declared, examples, place, number),
        "exhibits": [example_exhibit(declared, examples, place, one) for one in range(count)],
        "simulated": examples.simulated,
    }
    return render_exhibits(request, declared, "play/examples.html", context)


@require_safe
def points(_request: HttpRequest, challenge: str, place: int, number: int) -> HttpResponse:
    """Answer the observations of an example."""
    return json_response(points_json(loaded_challenge(challenge), example_or_404(challenge, place, number)))


@require_safe
def model_curve(_request: HttpRequest, challenge: str, place: int, number: int) -> HttpResponse:
    """Answer the curve that a model lays through an example."""
    series = example_or_404(challenge, place, number)
    content = model_curve_json(loaded_challenge(challenge), series)
    if content is None:
        raise Http404
    return json_response(content)


def example_or_404(challenge: str, place: int, number: int) -> Series:
    """Return the observations of an example."""
    declared = series_or_404(challenge)
    if place >= len(declared.classes):
        raise Http404
    series = examples_of(challenge).at(declared.classes[place].name, number)
    if not isinstance(series, Series):
        raise Http404
    return series


def with_examples_or_404(challenge: str) -> Challenge:
    """Return a challenge whose objects can be shown as examples."""
    declared = challenge_or_404(challenge)
    if declared.input.kind is InputKind.DRAWING:
        raise Http404
    return declared


def series_or_404(challenge: str) -> Challenge:
    """Return a challenge whose objects are series."""
    declared = challenge_or_404(challenge)
    if declared.input.kind is not InputKind.SERIES:
        raise Http404
    return declared


def chosen(text: str | None, count: int) -> int:
    """Return a place that an address asks for, the first where it asks for none that is there.

    >>> chosen("2", 3), chosen("3", 3), chosen("x", 3)
    (2, 0, 0)
    """
    return int(text) if text and text.isascii() and text.isdigit() and int(text) < count else 0
