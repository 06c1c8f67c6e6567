"""Searches for parameters: which trials are done, running, pending or failed, and how good they are."""

from django.conf import settings as django_conf
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from outclass.base.errors import NotFoundError
from outclass.registry.searches import CellState, SearchStore, SearchSummary
from outclass.site.play.challenges import challenge_or_404

SHOWN = 200
"""Most trials on a page."""
REFRESH_SECONDS = 5


def search_store() -> SearchStore:
    """Return the records of searches."""
    return SearchStore(django_conf.OUTCLASS)


@require_safe
def searches(request: HttpRequest, challenge: str) -> HttpResponse:
    """List the searches of a challenge."""
    declared, store = challenge_or_404(challenge), search_store()
    found = [store.summary(plan) for plan in store.list(challenge)]
    return render(request, "lab/searches.html", {"challenge": declared, "searches": found})


@require_safe
def search(request: HttpRequest, challenge: str, search_id: str) -> HttpResponse:
    """Show one search; while it runs, the page asks for itself again."""
    declared, store = challenge_or_404(challenge), search_store()
    try:
        summary = store.summary(store.get(challenge, search_id))
    except NotFoundError as error:
        raise Http404 from error
    names = parameter_names(summary)
    context = {
        "challenge": declared,
        "summary": summary,
        "rows": [(one, [one.trial.parameters.get(n) for n in names]) for one in summary.trials[:SHOWN]],
        "names": names,
        "folds": range(1, summary.plan.folds + 1),
    }
    response = render(request, "lab/search.html", context)
    if summary.states[CellState.RUNNING]:
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


def parameter_names(summary: SearchSummary) -> list[str]:
    """Return the parameters in which trials differ, in order of declaration."""
    return list(dict.fromkeys(name for one in summary.trials for name in one.trial.parameters))
