"""One question after another."""

import secrets
from random import Random

from django.conf import settings as django_conf
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outclass.base.errors import NotFoundError
from outclass.catalog.challenge import Challenge
from outclass.catalog.dataset import current_version
from outclass.feedback.ballots import UNSURE
from outclass.feedback.candidates import fill_queue
from outclass.feedback.checkers import Checker
from outclass.feedback.items import CheckItem, answer, find_item, make_gold, next_item, open_items, take_back
from outclass.site.accounts.throttle import ThrottleRule, check_throttle
from outclass.site.check.choices import choices_of, label_of
from outclass.site.check.people import (
    ask_to_log_in,
    checker_of,
    last_item,
    note_last,
    skip,
    skipped,
    unskip,
)
from outclass.site.check.progress import progress_of
from outclass.site.check.report import settle_now_and_then
from outclass.site.check.things import exhibit_of_item
from outclass.site.database import shared_database
from outclass.site.play.challenges import challenge_or_404
from outclass.site.play.views.common import render_exhibits

ANSWERS = ThrottleRule(scope="check", most=6000, what="answers")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: HttpRequest, challenge: str) -> HttpResponse:
    """Ask about one item; a POST answers, skips or takes back."""
    declared = challenge_or_404(challenge)
    checker = checker_of(request, challenge)
    if checker is None:
        return ask_to_log_in(request)
    if request.method == "POST":
        take(request, declared, checker)
        return redirect("check:page", challenge)
    item = chosen_item(request, declared, checker)
    context = {
        "challenge": declared,
        "checker": checker,
        "item": item,
        "exhibit": None if item is None else exhibit_of_item(declared, item),
        "choices": choices_of(declared),
        "progress": progress_of(challenge, checker),
        "can_undo": last_item(request, challenge) is not None,
        "skipped": len(skipped(request, challenge)),
    }
    return render_exhibits(request, declared, "check/item.html", context)


def chosen_item(request: HttpRequest, challenge: Challenge, checker: Checker) -> CheckItem | None:
    """Return what was taken back just now, else what comes next; an empty queue is filled first."""
    db = shared_database()
    again = request.session.pop(f"check-again-{challenge.name}", None)
    if again is not None:
        try:
            return find_item(db, challenge.name, str(again))
        except NotFoundError:
            pass
    if not open_items(db, challenge.name):
        fill_queue(db, current_version(challenge.name, django_conf.OUTCLASS), challenge.name)
    return next_item(
        db,
        challenge.name,
        checker.voter,
        random=Random(secrets.randbits(64)),  # noqa: S311 - which of some comes next
        skipped=skipped(request, challenge.name),
    )


def take(request: HttpRequest, challenge: Challenge, checker: Checker) -> None:
    """Do what a button says."""
    check_throttle(request, ANSWERS)
    said = request.POST.get("answer", "")
    if said == "undo":
        undo(request, challenge, checker)
        return
    item = item_or_404(challenge.name, request.POST.get("item", ""))
    label = UNSURE if said == "unsure" else label_of(challenge, said)
    if said == "skip":
        skip(request, challenge.name, item.id)
    elif label is None:
        messages.error(request, "Choose one of the answers.")
        return
    else:
        db, classes = shared_database(), challenge.class_names
        answer(db, item, checker.voter, label, classes=classes)
        settle_now_and_then(challenge)
        if checker.staff and label != UNSURE and request.POST.get("gold") == "on":
            make_gold(db, item, label, classes=classes)
    note_last(request, challenge.name, item.id)


def undo(request: HttpRequest, challenge: Challenge, checker: Checker) -> None:
    """Take the last answer back, and ask again."""
    last = last_item(request, challenge.name)
    if last is None:
        messages.info(request, "There is nothing to take back.")
        return
    item = item_or_404(challenge.name, last)
    take_back(shared_database(), item, checker.voter)
    unskip(request, challenge.name, last)
    note_last(request, challenge.name, None)
    request.session[f"check-again-{challenge.name}"] = last


def item_or_404(challenge: str, item_id: str) -> CheckItem:
    """Return an item of a challenge."""
    try:
        return find_item(shared_database(), challenge, item_id)
    except NotFoundError as error:
        raise Http404 from error
