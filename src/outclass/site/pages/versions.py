"""What runs here: the commit, the packages, the data and the models, as a page and as JSON."""

import platform
from dataclasses import asdict, dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from outclass import __version__
from outclass.base.commit import current_commit
from outclass.base.errors import DataError
from outclass.catalog.dataset import DatasetVersion, current_version
from outclass.site.pages.champions import champion_of
from outclass.site.pages.licences import software
from outclass.site.play.challenges import all_challenges


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A challenge with the versions in use; empty where there is none yet."""

    challenge: str
    title: str
    data: str
    is_sample: bool
    objects: int
    collected: str
    model: str
    trained: str


def served() -> list[Served]:
    """Return the versions in use of every challenge."""
    found = []
    for challenge in all_challenges():
        version, model = _data_of(challenge.name), champion_of(challenge.name)
        found.append(
            Served(
                challenge=challenge.name,
                title=challenge.title,
                data=version.id if version else "",
                is_sample=version.document.sample if version else False,
                objects=sum(sum(counts.values()) for counts in version.document.counts.values())
                if version
                else 0,
                collected=version.document.created[:10] if version else "",
                model=model.reference if model else "",
                trained=model.manifest.created[:10] if model else "",
            )
        )
    return found


def _data_of(name: str) -> DatasetVersion | None:
    """Return the data version in use; one that cannot be read counts as none."""
    try:
        return current_version(name, settings.OUTCLASS)
    except DataError:
        return None


@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """Show what runs here."""
    found = {
        "version": __version__,
        "commit": current_commit(),
        "python": platform.python_version(),
        "served": served(),
        "software": software(),
    }
    return render(request, "pages/versions.html", found)


@require_safe
def versions_json(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """Tell the same to programs."""
    return JsonResponse(
        {
            "outclass": __version__,
            "commit": current_commit(),
            "python": platform.python_version(),
            "challenges": [asdict(one) for one in served()],
            "packages": {one.name: one.version for one in software()},
        }
    )
