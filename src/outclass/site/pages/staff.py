"""For staff: which objects are in play, and how others are inserted."""

from dataclasses import dataclass

from django.conf import settings as django_conf
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from outclass.catalog.challenge import Challenge
from outclass.catalog.dataset import VersionDocument, current_version
from outclass.site.play.challenges import all_challenges


@dataclass(frozen=True, slots=True, kw_only=True)
class Inserted:
    """A challenge with the data version in use."""

    challenge: Challenge
    document: VersionDocument | None

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Return the number of objects of each split."""
        counts = self.document.counts if self.document else {}
        return [(str(split), sum(found.values())) for split, found in counts.items()]


@require_safe
@staff_member_required
def insert_page(request: HttpRequest) -> HttpResponse:
    """Show the data versions in use, and the way by which objects and observations come in.

    No page and no route of the API writes objects: a version is immutable, and making one takes the command
    line of the machine.
    """
    found = [
        Inserted(challenge=one, document=version.document if version else None)
        for one in all_challenges()
        for version in [current_version(one.name, django_conf.OUTCLASS)]
    ]
    return render(request, "pages/insert.html", {"inserted": found})
