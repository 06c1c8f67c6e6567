"""The list of what can be checked, and the way in by an invitation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from outclass.base.errors import NotFoundError
from outclass.feedback.invitations import accept, challenge_of_guest, find_invitation
from outclass.feedback.items import open_items
from outclass.site.accounts.throttle import GUESTS, check_throttle
from outclass.site.check.people import GUEST, guest_of
from outclass.site.database import shared_database
from outclass.site.play.challenges import all_challenges, challenge_or_404


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """List the challenges with the number of open items."""
    db, guest = shared_database(), guest_of(request)
    invited = None if guest is None else challenge_of_guest(db, guest)
    rows = [
        {"challenge": one, "open": len(open_items(db, one.name)), "invited": one.name == invited}
        for one in all_challenges()
    ]
    return render(request, "check/index.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Say what an invitation is for; a POST takes it, so that no preview of the link uses it up."""
    db = shared_database()
    try:
        if request.method == "POST":
            check_throttle(request, GUESTS)
            invitation, guest = accept(db, token)
            request.session[GUEST] = guest.id
            return redirect("check:page", invitation.challenge)
        declared = challenge_or_404(find_invitation(db, token).challenge)
    except NotFoundError as error:
        return render(request, "check/join.html", {"problem": error}, status=404)
    return render(request, "check/join.html", {"challenge": declared})
