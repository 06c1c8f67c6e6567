"""What looks wrong with the data that the champion learned from."""

from django.conf import settings as django_conf
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from outclass.base.errors import NotFoundError, OutclassError
from outclass.registry.suspects import SuspectReport, read_report
from outclass.site.lab.views import registry
from outclass.site.play.challenges import challenge_or_404

LISTED = 100


@require_safe
def suspects(request: HttpRequest, challenge: str) -> HttpResponse:
    """Show labels that look wrong, near-repeats across the split, and columns that tell too much."""
    declared = challenge_or_404(challenge)
    report = report_of(challenge)
    context = {
        "challenge": declared,
        "report": report,
        "labels": [] if report is None else report.listed[:LISTED],
        "repeats": [] if report is None else report.listed_repeats[:LISTED],
        "titles": {label.name: label.title for label in declared.classes},
    }
    return render(request, "lab/suspects.html", context)


def report_of(challenge: str) -> SuspectReport | None:
    """Return the report on the champion's data, or None where there is none that can be read."""
    try:
        return read_report(registry().champion(challenge), django_conf.OUTCLASS)
    except (NotFoundError, OutclassError):
        return None
