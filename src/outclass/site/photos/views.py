"""Pages of one's own predictions about photos and records, and the photos on pages."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from outclass.catalog.challenge import Challenge, InputKind
from outclass.site.photos.own import forget, own_or_404, own_rows, say
from outclass.site.photos.serving import photo_response
from outclass.site.photos.traces import erase, erased_words
from outclass.site.play.challenges import challenge_or_404
from outclass.site.play.models import OwnPrediction
from outclass.site.play.players import current_player
from outclass.site.shared.models import Prediction as Kept

PAGE = 12
KINDS = (InputKind.PHOTO, InputKind.TABLE)


@require_safe
@never_cache
def own_list(request: HttpRequest, challenge: str) -> HttpResponse:
    """Show a player's own predictions, the latest first."""
    declared = listed_or_404(challenge)
    player = current_player(request)
    found = OwnPrediction.objects.filter(player=player, challenge=challenge).order_by("-created_at", "-pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = own_rows(declared, page)
    return render(request, "photos/own.html", {"challenge": declared, "page": page, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def own_one(request: HttpRequest, challenge: str, prediction: str) -> HttpResponse:
    """Show one of a player's predictions; a POST says what it is, or deletes it."""
    declared = listed_or_404(challenge)
    own = own_or_404(request, challenge, prediction)
    if request.method == "POST" and request.POST.get("action") == "forget":
        pictures = forget([own])
        messages.success(request, erased_words(declared.input.kind, pictures, erase(challenge, pictures)))
        return redirect("play:own", challenge=challenge)
    if request.method == "POST":
        label = request.POST.get("label", "")
        if label in declared.class_names:
            say(request, own, label)
        return redirect("play:own-one", challenge=challenge, prediction=prediction)
    rows = own_rows(declared, [own])
    return render(request, "photos/one.html", {"challenge": declared, "row": rows[0] if rows else None})


@require_safe
def own_picture(request: HttpRequest, challenge: str, prediction: str) -> HttpResponse:
    """Answer the photo of one's own prediction, where it was kept; nobody else can see it."""
    own = own_or_404(request, challenge, prediction)
    content = Kept.objects.filter(pk=own.prediction).values_list("input", flat=True).first()
    if content is None or challenge_or_404(challenge).input.kind is not InputKind.PHOTO:
        raise Http404
    return photo_response(bytes(content), private=True)


def listed_or_404(challenge: str) -> Challenge:
    """Return a challenge of which a player's own predictions are listed."""
    declared = challenge_or_404(challenge)
    if declared.input.kind not in KINDS:
        raise Http404
    return declared
