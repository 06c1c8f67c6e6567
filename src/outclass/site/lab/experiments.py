"""The leaderboard of experiments: who trained what, how, and how good it became."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from outclass.registry.experiments import leaderboard
from outclass.registry.runs import RunState
from outclass.site.lab.views import run_store
from outclass.site.play.challenges import challenge_or_404


@require_safe
def experiments(request: HttpRequest, challenge: str) -> HttpResponse:
    """Rank the finished runs on one version of the data: the latest, or the one that is asked for."""
    declared = challenge_or_404(challenge)
    records = run_store().list(challenge)
    versions = list(dict.fromkeys(one.data_version for one in records if one.state is RunState.FINISHED))
    wanted = request.GET.get("data")
    board = leaderboard(records, data=wanted if wanted in versions else None)
    context = {"challenge": declared, "board": board, "versions": versions}
    return render(request, "lab/experiments.html", context)
