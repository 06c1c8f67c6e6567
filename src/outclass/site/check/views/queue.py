"""What staff do with the queue: fill it, look at it, invite people."""

from collections import Counter
from collections.abc import Callable
from functools import wraps

from django.conf import settings as django_conf
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from outclass.catalog.challenge import InputKind
from outclass.catalog.dataset import current_version
from outclass.feedback import invitations, items
from outclass.feedback.ballots import ballots_of
from outclass.feedback.candidates import Wanted, fill_queue
from outclass.site.accounts.models import User
from outclass.site.check.forms import InvitationForm
from outclass.site.check.people import ask_to_log_in
from outclass.site.check.rows import invitation_rows, item_rows, part_rows
from outclass.site.check.views.asking import item_or_404
from outclass.site.database import shared_database
from outclass.site.play.advice import site_advisers
from outclass.site.play.challenges import challenge_or_404, loaded_challenge
from outclass.training.asking import score_by

View = Callable[..., HttpResponse]
SLOW = {InputKind.SERIES, InputKind.PHOTO}
FEWER = 200
"""So few objects of these are looked at while somebody waits: each takes milliseconds."""


def staff_only(view: View) -> View:
    """Let staff in; others are asked to log in, or told that there is no such page."""

    @wraps(view)
    def guarded(request: HttpRequest, challenge: str, **more: str) -> HttpResponse:
        challenge_or_404(challenge)
        if not isinstance(request.user, User):
            return ask_to_log_in(request)
        if not request.user.is_staff:
            raise Http404
        return view(request, challenge, **more)

    return guarded


@require_safe
@never_cache
@staff_only
def page(request: HttpRequest, challenge: str) -> HttpResponse:
    """Show the queue and the invitations."""
    return show(request, challenge, InvitationForm())


def show(
    request: HttpRequest, challenge: str, form: InvitationForm, *, link: str = "", status: int = 200
) -> HttpResponse:
    """Show the queue and the invitations, with the link of a new one this once."""
    db, now = shared_database(), timezone.now().timestamp()
    found = items.items_of(db, challenge)
    counts = Counter(ballot.subject for ballot in ballots_of(db, challenge))
    context = {
        "challenge": challenge_or_404(challenge),
        "parts": part_rows(found),
        "rows": item_rows(found, counts),
        "total": len(found),
        "invitations": invitation_rows(invitations.list_invitations(db, challenge), now),
        "form": form,
        "link": link,
    }
    return render(request, "check/queue.html", context, status=status)


@require_POST
@staff_only
def fill(request: HttpRequest, challenge: str) -> HttpResponse:
    """Ask the champion what is worth checking."""
    loaded, predictor = loaded_challenge(challenge), site_advisers().champion(challenge)
    score = None if predictor is None else score_by(loaded, predictor)
    version = current_version(challenge, django_conf.OUTCLASS)
    wanted = Wanted(looked_at=FEWER) if loaded.challenge.input.kind in SLOW else Wanted()
    added = fill_queue(shared_database(), version, challenge, score=score, wanted=wanted)
    messages.success(request, f"{added} new items are in the queue.")
    return redirect("check:queue", challenge)


@require_POST
@never_cache
@staff_only
def invite(request: HttpRequest, challenge: str) -> HttpResponse:
    """Make an invitation and show its link once."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return show(request, challenge, form, status=422)
    _, token = invitations.invite(
        shared_database(),
        challenge=challenge,
        created_by=request.user.pk,
        uses=form.cleaned_data["uses"],
        days=form.cleaned_data["days"],
    )
    link = request.build_absolute_uri(reverse("check:join", args=[token]))
    return show(request, challenge, InvitationForm(), link=link)


@require_POST
@staff_only
def revoke(request: HttpRequest, challenge: str, invitation_id: str) -> HttpResponse:
    """Withdraw an invitation."""
    if not invitations.revoke(shared_database(), challenge, invitation_id):
        raise Http404
    messages.success(request, "The invitation is withdrawn; its guests are out.")
    return redirect("check:queue", challenge)


@require_POST
@staff_only
def reopen(request: HttpRequest, challenge: str, item_id: str) -> HttpResponse:
    """Ask about an item again."""
    items.reopen(shared_database(), item_or_404(challenge, item_id))
    messages.success(request, "The item is asked again.")
    return redirect("check:queue", challenge)
