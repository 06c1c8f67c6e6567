"""How well those who check agree."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outclass.site.check.people import ask_to_log_in, checker_of
from outclass.site.check.progress import progress_of
from outclass.site.check.report import report_of
from outclass.site.play.challenges import challenge_or_404


@require_safe
@never_cache
def page(request: HttpRequest, challenge: str) -> HttpResponse:
    """Show figures over all; each person sees their own row, staff see everybody's."""
    declared = challenge_or_404(challenge)
    checker = checker_of(request, challenge)
    if checker is None:
        return ask_to_log_in(request)
    report, mine = report_of(declared), checker.voter.name
    people = [row for row in report.people if checker.staff or row.standing.voter == mine]
    context = {
        "challenge": declared,
        "checker": checker,
        "mine": mine,
        "report": report,
        "people": people,
        "progress": progress_of(challenge, checker),
    }
    return render(request, "check/agreement.html", context)
