"""Brings photos here, one after another, each looked at before it counts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from outclass.base.errors import DownloadError, InputError
from outclass.base.limits import Limits
from outclass.base.media import MediaFolder
from outclass.catalog.sources.inaturalist.asking import AGAIN_HINT, Asker, AwayError, UnusableError
from outclass.catalog.sources.inaturalist.branches import Branches
from outclass.catalog.sources.inaturalist.declaration import ObservationQuery, Order, PhotoSize
from outclass.catalog.sources.inaturalist.records import address_of
from outclass.catalog.sources.inaturalist.state import FoundPhoto, State
from outclass.catalog.sources.inaturalist.web import FinalAnswerError
from outclass.inputs.photo import read_photo

TYPICAL_BYTES = {
    PhotoSize.SMALL: 20_000,
    PhotoSize.MEDIUM: 80_000,
    PhotoSize.LARGE: 300_000,
    PhotoSize.ORIGINAL: 1_500_000,
}
"""Assumed of a photo until the first ones are here."""
LARGER = 4
"""No photo is asked for when less is left than so many typical ones."""
MOST_TRIES = 3
"""Runs in which a photo may fail to come before it is given up."""
MOST_IN_A_ROW = 5
"""So many photos one after another that do not come, or are none, are a host or a network that is down."""


@dataclass(slots=True, kw_only=True)
class Fetching:
    """What fetching needs, and how many bytes are here.

    Attributes
    ----------
    used
        Bytes of all photos that are here.
    failed
        Photos that did not come since the last one that did, and why.
    """

    query: ObservationQuery
    asker: Asker
    media: MediaFolder
    state: State
    limits: Limits
    used: int
    failed: dict[int, str] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        """Tell whether the next photo might go over the limit on bytes."""
        return self.query.bytes - self.used < LARGER * TYPICAL_BYTES[self.query.size]

    def fetch(self, photo: FoundPhoto) -> FoundPhoto | None:
        """Bring one photo here; return it with its file, None where it did not come.

        Raises
        ------
        DownloadError
            Several photos one after another did not come, or the server asks us to stay away.
        """
        address = address_of(photo.url, self.query.size)
        try:
            if address is None:
                raise FinalAnswerError("its address has another form")
            body = self.asker.get(address, self._checked)
        except FinalAnswerError as error:
            self.state.refuse_photo(photo.id, str(error))
            return None
        except AwayError:
            raise
        except (UnusableError, DownloadError) as error:
            self._missed(photo, error)
            return None
        self.settle()
        if self.used + len(body) > self.query.bytes:
            return None
        name, size = self.media.put(body), len(body)
        self.state.keep_photo(photo.id, name, size)
        self.used += size
        return replace(photo, sha256=name, bytes=size)

    def _checked(self, body: bytes) -> bytes:
        """Return a body that can be decoded as a photo."""
        try:
            read_photo(body, self.limits)
        except InputError as error:
            raise UnusableError(error.what) from error
        return body

    def settle(self) -> None:
        """Count the photos that did not come as tried: others come from there, so it is not the network."""
        for number, why in self.failed.items():
            if self.state.count_try(number) >= MOST_TRIES:
                self.state.refuse_photo(number, why)
        self.failed.clear()

    def _missed(self, photo: FoundPhoto, error: UnusableError | DownloadError) -> None:
        """Leave a photo for the next run; stop where nothing comes any more."""
        why = getattr(error, "got", None) or str(error)
        self.failed[photo.id] = why
        if len(self.failed) >= MOST_IN_A_ROW:
            raise DownloadError(
                f"{MOST_IN_A_ROW} photos in a row could not be had",
                where=photo.url,
                got=why,
                hint=AGAIN_HINT,
            ) from error


def chosen_photos(
    photos: Collection[FoundPhoto], query: ObservationQuery, branches: Branches, missed: Collection[int] = ()
) -> Mapping[str, list[FoundPhoto]]:
    """Return the photos that belong to each class, up to its number.

    Parameters
    ----------
    missed
        Numbers of photos that did not come in this run.
    """
    sign = 1 if query.order is Order.OLDEST else -1
    chosen: dict[str, list[FoundPhoto]] = {name: [] for name in query.taxa}
    counts: dict[int, int] = {}
    for photo in sorted(photos, key=lambda one: (sign * one.observation, one.place)):
        name = branches.class_of(photo.branch)
        if name is None or photo.fault is not None or photo.code not in query.licences or photo.id in missed:
            continue
        if len(chosen[name]) < query.per_class and counts.get(photo.observation, 0) < query.per_observation:
            counts[photo.observation] = counts.get(photo.observation, 0) + 1
            chosen[name].append(photo)
    return chosen


def in_turns(chosen: Mapping[str, Sequence[FoundPhoto]]) -> Iterator[FoundPhoto]:
    """Yield the first photo of each class, then the second ones, so that all grow alike."""
    for place in range(max(map(len, chosen.values()), default=0)):
        yield from (photos[place] for photos in chosen.values() if place < len(photos))
