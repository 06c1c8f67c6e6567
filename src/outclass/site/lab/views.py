"""Runs side by side, model versions and their cards."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings as django_conf
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from outclass.base.errors import NotFoundError, OutclassError
from outclass.catalog.challenge import Challenge
from outclass.registry.card import card_of
from outclass.registry.runs import RunStore, compare_runs
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion
from outclass.site.lab.markdown import to_html
from outclass.site.play.challenges import all_challenges, challenge_or_404

COMPARED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A version in the list, with what it is to its model: champion, challenger or neither."""

    version: ModelVersion
    role: str

    @property
    def scores(self) -> dict[str, float | None]:
        """Return the figures of the list; None where one was not measured."""
        return {name: self.version.manifest.measured(name) for name in ("accuracy", "log_loss", "ece")}


@lru_cache(maxsize=1)
def registry() -> Registry:
    """Return the registry of this installation."""
    return Registry(django_conf.OUTCLASS)


def run_store() -> RunStore:
    """Return the records of runs."""
    return RunStore(django_conf.OUTCLASS)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show how many runs and versions each challenge has."""
    rows = [
        {
            "challenge": challenge,
            "runs": len(run_store().list(challenge.name)),
            "versions": [row for name in names_of(challenge) for row in model_rows(name)],
        }
        for challenge in all_challenges()
    ]
    return render(request, "lab/index.html", {"rows": rows})


@require_safe
def runs(request: HttpRequest, challenge: str) -> HttpResponse:
    """List the runs of a challenge and lay the chosen ones, or the latest, side by side."""
    declared = challenge_or_404(challenge)
    records = run_store().list(challenge)
    wanted = set(request.GET.getlist("run"))
    chosen = tuple(record for record in records if record.id in wanted)[:COMPARED] or records[:COMPARED]
    context = {
        "challenge": declared,
        "records": records,
        "chosen": chosen,
        "chosen_ids": {record.id for record in chosen},
        "comparison": compare_runs(chosen),
        "most": COMPARED,
    }
    return render(request, "lab/runs.html", context)


@require_safe
def run(request: HttpRequest, challenge: str, run_id: str) -> HttpResponse:
    """Show one run: what went in, what came out, how long each step took."""
    declared = challenge_or_404(challenge)
    try:
        record = run_store().get(challenge, run_id)
    except NotFoundError as error:
        raise Http404 from error
    total = sum(record.seconds.values())
    return render(request, "lab/run.html", {"challenge": declared, "record": record, "total": total})


@require_safe
def models(request: HttpRequest, challenge: str) -> HttpResponse:
    """List the versions of a challenge's models."""
    declared = challenge_or_404(challenge)
    groups = [(name, model_rows(name)) for name in names_of(declared)]
    return render(request, "lab/models.html", {"challenge": declared, "groups": groups})


@require_safe
def model(request: HttpRequest, challenge: str, name: str, version_id: str) -> HttpResponse:
    """Show a version's card, scores, files and lineage."""
    declared = challenge_or_404(challenge)
    if name not in names_of(declared):
        raise Http404
    row = next((row for row in model_rows(name) if row.version.id == version_id), None)
    if row is None:
        raise Http404
    return render(
        request, "lab/model.html", {"challenge": declared, "row": row, "card": card_html(row.version)}
    )


def names_of(challenge: Challenge) -> list[str]:
    """Return the names of a challenge's models in the registry: its own, and those below it."""
    return [n for n in registry().names() if n == challenge.name or n.startswith(f"{challenge.name}.")]


def model_rows(name: str) -> list[ModelRow]:
    """Return the versions of a model, the newest first."""
    aliases = registry().aliases(name)
    roles = {aliases.challenger: "challenger", aliases.champion: "champion"}
    return [ModelRow(version=one, role=roles.get(one.id, "")) for one in reversed(registry().versions(name))]


def card_html(version: ModelVersion) -> SafeString:
    """Return the card of a version, or a line that says that it cannot be read."""
    try:
        return to_html(card_of(version.folder))
    except (OSError, OutclassError):
        return to_html("The card of this version cannot be read.")
