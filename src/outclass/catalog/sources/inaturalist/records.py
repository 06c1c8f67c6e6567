"""What the API answers: observations and taxa, of which only what is needed is read."""

import contextlib
import re
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from outclass.catalog.sources.inaturalist.asking import UnusableError
from outclass.catalog.sources.inaturalist.declaration import PhotoLicence, PhotoSize
from outclass.inputs.photos import Credit

PAGE = "https://www.inaturalist.org/observations/"
SIZE = re.compile(r"/(square|thumb|small|medium|large|original)(?=\.\w+(\?\w*)?$)")
HOLDER = re.compile(r"^\(c\)\s+(?P<name>.+?),\s+(?:some|no|all) rights reserved", re.IGNORECASE)
UPLOADER = re.compile(r"uploaded by (?P<name>.+)$", re.IGNORECASE)
ZERO = ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/")


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Who observed."""

    login: str = ""
    name: str | None = None


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """Any record."""

    id: int


class TaxonRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A taxon; `ancestor_ids` lead from the root to itself."""

    id: int
    name: str = ""
    rank: str = ""
    preferred_common_name: str | None = None
    matched_term: str | None = None
    ancestor_ids: tuple[int, ...] = ()
    is_active: bool = True
    current_synonymous_taxon_ids: tuple[int, ...] | None = None

    @property
    def branch(self) -> tuple[int, ...]:
        """Return the numbers of the taxa above it and its own, the most general first."""
        return self.ancestor_ids if self.id in self.ancestor_ids else (*self.ancestor_ids, self.id)


class PhotoRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A photo of an observation; one without `license_code` has all rights reserved."""

    id: int
    url: str | None = None
    license_code: str | None = None
    attribution: str | None = None
    flags: tuple[msgspec.Raw, ...] = ()
    hidden: bool = False


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One sighting."""

    id: int
    taxon: TaxonRecord | None = None
    photos: tuple[PhotoRecord, ...] = ()
    quality_grade: str = ""
    observed_on: str | None = None
    user: User | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some of what was asked for; `total_results` counts all from its beginning on."""

    total_results: int
    results: tuple[msgspec.Raw, ...]


Record = TypeVar("Record", Observation, TaxonRecord)


def read_page(body: bytes) -> Page:
    """Return a page; `UnusableError` where it is cut off or no page at all."""
    try:
        return msgspec.json.decode(body, type=Page)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        start = body[:40].decode("utf-8", "replace")
        raise UnusableError(f"this is no page of the API: {error}; it begins with {start!r}") from error


def records_of(page: Page, kind: type[Record]) -> tuple[list[Record], int]:
    """Return the records of a page, and how many others cannot be read."""
    records = []
    for raw in page.results:
        try:
            records.append(msgspec.json.decode(raw, type=kind))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
    return records, len(page.results) - len(records)


def numbers_of(page: Page) -> list[int]:
    """Return the numbers of a page's records, also of those that cannot be read otherwise."""
    numbers = []
    for raw in page.results:
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
            numbers.append(msgspec.json.decode(raw, type=Numbered).id)
    return numbers


def address_of(url: str | None, size: PhotoSize) -> str | None:
    """Return where a photo of some size lies, None where the address has another form.

    >>> address_of("https://static.inaturalist.org/photos/7/square.jpg?15", PhotoSize.MEDIUM)
    'https://static.inaturalist.org/photos/7/medium.jpg?15'
    """
    found, count = SIZE.subn(f"/{size}", url or "")
    return found if count == 1 else None


def credit_of(photo: PhotoRecord, observation: Observation, licence: PhotoLicence) -> Credit:
    """Return whose a photo is."""
    name, address = terms_of(licence)
    return Credit(
        author=author_of(photo.attribution or "", observation.user),
        licence=name,
        licence_url=address,
        link=f"{PAGE}{observation.id}",
    )


def terms_of(licence: PhotoLicence) -> tuple[str, str]:
    """Return the SPDX name of a licence and the address of its text.

    >>> terms_of(PhotoLicence.BY_NC)
    ('CC-BY-NC-4.0', 'https://creativecommons.org/licenses/by-nc/4.0/')
    """
    if licence is PhotoLicence.CC0:
        return ZERO
    return f"{licence.upper()}-4.0", f"https://creativecommons.org/licenses/{licence[3:]}/4.0/"


def author_of(attribution: str, user: User | None) -> str:
    """Return the name in an attribution, else that of the observer.

    >>> author_of("(c) Jane Doe, some rights reserved (CC BY), uploaded by Jo", None)
    'Jane Doe'
    """
    for pattern in (HOLDER, UPLOADER):
        if found := pattern.search(attribution.strip()):
            return found["name"].strip()
    return attribution.strip() or ((user.name or user.login) if user else "")


def licence_of(photo: PhotoRecord, accepted: Sequence[PhotoLicence]) -> PhotoLicence | None:
    """Return the licence of a photo if it is one of those that are accepted."""
    return next((licence for licence in accepted if licence == (photo.license_code or "").lower()), None)
