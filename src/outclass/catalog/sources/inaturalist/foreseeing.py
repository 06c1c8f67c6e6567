"""How many photos, bytes and requests collecting would take, after one page of each class."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from outclass.base.document import Document
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.sources.inaturalist.collecting import Outside, Work, open_work
from outclass.catalog.sources.inaturalist.fetching import TYPICAL_BYTES, chosen_photos
from outclass.catalog.sources.inaturalist.pace import PER_MINUTE
from outclass.catalog.sources.inaturalist.state import Walk
from outclass.catalog.sources.inaturalist.walking import PER_PAGE, parameters_of, walk_key, walk_page


class ClassOutlook(Document, frozen=True, kw_only=True):
    """What there is of a class: photos that are here, and about how many would come."""

    name: str
    here: int
    to_come: int


class Outlook(Document, frozen=True, kw_only=True):
    """What collecting would take.

    Attributes
    ----------
    bytes
        Of the photos to come, about: as those that are here, or as such photos usually are.
    requests
        About how many; at most 60 a minute are sent.
    """

    classes: tuple[ClassOutlook, ...]
    photos: int
    bytes: int
    requests: int

    @property
    def minutes(self) -> int:
        """Return how long it would take, rounded up."""
        return -(-self.requests // PER_MINUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of a class."""

    here: int
    chosen: int
    candidates: int
    walk: Walk


def foresee(
    loaded: LoadedChallenge,
    settings: Settings,
    *,
    outside: Outside | None = None,
    progress: Progress = no_progress,
) -> Outlook:
    """Ask for the first page of each class, which collecting will not ask for again, and fetch no photo.

    Raises
    ------
    DownloadError
        No answer.
    DataError
        A declared taxon is not what it should be.
    """
    with open_work(loaded, settings, outside=outside, progress=progress) as work:
        known = {name: _known(work, name) for name in work.query.taxa}
        return _outlook(work, known)


def _known(work: Work, name: str) -> _Known:
    """Return what is known of a class, after a first page if there was none."""
    walk = work.state.walk(walk_key(parameters_of(work.query, work.branches, name)))
    if not walk.pages and len(work.chosen()[name]) < work.query.per_class:
        work.progress("search", None, name)
        walk, photos = walk_page(
            work.query, work.branches, name, asker=work.outside.pages, state=work.state, api=work.outside.api
        )
        for photo in photos:
            work.found.setdefault(photo.id, photo)
    chosen = work.chosen()[name]
    here = sum(photo.sha256 is not None for photo in chosen)
    return _Known(here=here, chosen=len(chosen), candidates=_candidates(work, name), walk=walk)


def _candidates(work: Work, name: str) -> int:
    """Return how many photos of a class would count if it had no number to stop at."""
    unlimited = msgspec.structs.replace(work.query, per_class=len(work.found) + 1)
    return len(chosen_photos(work.found.values(), unlimited, work.branches)[name])


def _outlook(work: Work, known: Mapping[str, _Known]) -> Outlook:
    """Return what is to come, as far as what is known tells."""
    classes, pages = [], 0
    for name, one in known.items():
        rate = one.candidates / max(one.walk.observations, 1)
        more = 0 if one.walk.ended else one.walk.remaining
        total = min(work.query.per_class, one.chosen + round(more * rate))
        classes.append(ClassOutlook(name=name, here=one.here, to_come=total - one.here))
        if rate:
            pages += -(-round((total - one.chosen) / rate) // PER_PAGE)
    here = sum(one.here for one in classes)
    photos = sum(one.to_come for one in classes)
    each = work.fetching.used / here if here else TYPICAL_BYTES[work.query.size]
    room = max(0, work.query.bytes - work.fetching.used)
    photos = min(photos, int(room / each))
    return Outlook(classes=tuple(classes), photos=photos, bytes=round(photos * each), requests=photos + pages)
