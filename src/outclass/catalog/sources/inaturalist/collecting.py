"""Collects the declared photos: observations by page, photos in turns, until each class has its number."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from outclass.base.document import Document
from outclass.base.errors import DataError
from outclass.base.media import MEDIA, MediaFolder
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.base.store import FileLock, write_atomic
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.photo_cleaning import taken_back
from outclass.catalog.sources.inaturalist.asking import Asker
from outclass.catalog.sources.inaturalist.branches import Branches, find_branches
from outclass.catalog.sources.inaturalist.declaration import ObservationQuery
from outclass.catalog.sources.inaturalist.fetching import Fetching, chosen_photos, in_turns
from outclass.catalog.sources.inaturalist.pace import Pace
from outclass.catalog.sources.inaturalist.state import FoundPhoto, State
from outclass.catalog.sources.inaturalist.walking import parameters_of, walk_key, walk_page
from outclass.catalog.sources.inaturalist.web import ApiWeb, MediaWeb

API = "https://api.inaturalist.org/v1"
FOLDER, STATE, PHOTOS, LOCK = "collected", "inaturalist.sqlite3", "photos.jsonl", ".lock"
MEDIA_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The world: where the API is, and what asks it and the hosts of photos."""

    api: str
    pages: Asker
    photos: Asker

    @classmethod
    def real(cls, settings: Settings) -> "Outside":
        """Return iNaturalist itself; all requests of a home share one pace."""
        pace = Pace(path=settings.home / "cache" / "inaturalist-requests.sqlite3")
        return cls(
            api=API,
            pages=Asker(web=ApiWeb(), pace=pace),
            photos=Asker(web=MediaWeb(), pace=pace, attempts=MEDIA_ATTEMPTS),
        )

    def close(self) -> None:
        """Let go of files; they are opened again when needed."""
        for asker in (self.pages, self.photos):
            asker.pace.close()


class CollectedPhoto(Document, frozen=True, kw_only=True):
    """A line of the table of photos that are here."""

    photo: int
    observation: int
    place: int
    label: str
    taxon: str
    common_name: str
    observed_on: str
    author: str
    licence: str
    licence_url: str
    link: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What is here now.

    Attributes
    ----------
    path
        The table of photos, JSON lines of `CollectedPhoto`.
    counts
        Photos of each class.
    requests
        How many were sent this time.
    left_out
        Photos that were found and are not here, by reason.
    """

    path: Path
    sha256: str
    bytes: int
    counts: Mapping[str, int]
    requests: int
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Work:
    """One run of collecting."""

    query: ObservationQuery
    state: State
    outside: Outside
    branches: Branches
    fetching: Fetching
    progress: Progress
    found: dict[int, FoundPhoto]
    missed: set[int] = field(default_factory=set)

    def chosen(self) -> Mapping[str, list[FoundPhoto]]:
        """Return the photos of each class that count."""
        return chosen_photos(self.found.values(), self.query, self.branches, self.missed)

    def run(self) -> None:
        """Walk and fetch until each class has its number, there are no more, or the bytes are used up."""
        while True:
            self.walk()
            missing = [photo for photo in in_turns(self.chosen()) if photo.sha256 is None]
            if not missing or not self.fetch(missing):
                break
        self.fetching.settle()

    def walk(self) -> None:
        """Read pages of the classes of which too few photos are known."""
        for name in self.query.taxa:
            key = walk_key(parameters_of(self.query, self.branches, name))
            walk = self.state.walk(key)
            while not walk.ended and len(self.chosen()[name]) < self.query.per_class:
                self.progress("search", None, f"{name}: {walk.observations:,} observations read")
                walk, photos = walk_page(
                    self.query,
                    self.branches,
                    name,
                    asker=self.outside.pages,
                    state=self.state,
                    api=self.outside.api,
                )
                for photo in photos:
                    self.found.setdefault(photo.id, photo)
        self.progress("search", 1.0, f"{len(self.found):,} photos found")

    def fetch(self, missing: list[FoundPhoto]) -> bool:
        """Bring photos here; return whether there is any use in looking for more."""
        here = sum(photo.sha256 is not None for photos in self.chosen().values() for photo in photos)
        wanted = here + len(missing)
        for photo in missing:
            if self.fetching.is_full:
                self.progress("fetch", None, f"{here:,} photos, {self.fetching.used / 1e6:,.1f} MB: no more")
                return False
            if brought := self.fetching.fetch(photo):
                self.found[photo.id] = brought
                here += 1
            else:
                self.missed.add(photo.id)
            text = f"{here:,} of {wanted:,} photos, {self.fetching.used / 1e6:,.1f} MB"
            self.progress("fetch", here / wanted, text)
        return True


def collect_photos(
    loaded: LoadedChallenge,
    settings: Settings,
    *,
    outside: Outside | None = None,
    progress: Progress = no_progress,
) -> Collected:
    """Bring the declared photos here, with whose they are; what is here is not asked for again.

    May be killed at any moment and started again; a second process waits for the first.

    Raises
    ------
    DownloadError
        No answer, or one that asks us to stay away for long; another run goes on.
    RateLimitedError
        The requests of a day are used up; another run goes on.
    DataError
        A declared taxon is not what it should be, or there are no photos at all.
    """
    with open_work(loaded, settings, outside=outside, progress=progress) as work:
        work.run()
        return _written(work, settings.data_folder / loaded.name / FOLDER / PHOTOS)


@contextmanager
def open_work(
    loaded: LoadedChallenge,
    settings: Settings,
    *,
    outside: Outside | None = None,
    progress: Progress = no_progress,
) -> Iterator[Work]:
    """Give what a run needs: taxa that are known, photos that were found, the file that remembers."""
    query = query_of(loaded)
    folder = settings.data_folder / loaded.name
    world = outside or Outside.real(settings)
    media = MediaFolder(folder / MEDIA)
    with FileLock(folder / FOLDER / LOCK), closing(State(folder / FOLDER / STATE)) as state, closing(world):
        progress("search", None, "taxa")
        _forget_lost(state, media)
        found = {photo.id: photo for photo in state.photos()}
        yield Work(
            query=query,
            state=state,
            outside=world,
            branches=find_branches(query, world.pages, state, world.api),
            fetching=Fetching(
                query=query,
                asker=world.photos,
                media=media,
                state=state,
                limits=loaded.challenge.limits,
                used=sum(photo.bytes or 0 for photo in found.values()),
            ),
            progress=progress,
            found=found,
        )


def _forget_lost(state: State, media: MediaFolder) -> None:
    """Forget that photos are here whose files somebody deleted, but for those that were taken back."""
    kept = {photo.sha256 for photo in state.photos() if photo.sha256 is not None}
    state.forget_files({name for name in kept if not media.path(name).is_file()} - set(taken_back(media)))


def query_of(loaded: LoadedChallenge) -> ObservationQuery:
    """Return what a challenge declares."""
    query = loaded.challenge.dataset.reader.observations
    if query is None:
        raise DataError(
            "this challenge does not say which photos to collect",
            where=f"{loaded.name}, dataset.source",
            accepted="kind: inaturalist, with observations",
        )
    return query


def _written(work: Work, path: Path) -> Collected:
    """Write the table of photos that are here."""
    lines = [
        CollectedPhoto(
            photo=photo.id,
            observation=photo.observation,
            place=photo.place,
            label=name,
            taxon=photo.taxon,
            common_name=photo.common_name,
            observed_on=photo.observed_on,
            author=photo.credit.author,
            licence=photo.credit.licence,
            licence_url=photo.credit.licence_url,
            link=photo.credit.link,
            sha256=photo.sha256,
            bytes=photo.bytes or 0,
        )
        for name, photos in work.chosen().items()
        for photo in photos
        if photo.sha256 is not None
    ]
    if not lines:
        raise DataError(
            "iNaturalist has no such photos",
            where="dataset.source.observations",
            got=", ".join(f"{count:,} {reason}" for reason, count in work.state.left_out().items()) or None,
            hint="see the taxa, places, grades and licences",
        )
    lines.sort(key=lambda line: (line.observation, line.place, line.photo))
    content = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    write_atomic(path, content)
    return Collected(
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        counts={name: sum(line.label == name for line in lines) for name in work.query.taxa},
        requests=work.outside.pages.requests + work.outside.photos.requests,
        left_out=work.state.left_out() | work.state.faults(),
    )
