"""Look at every photo once: whether it decodes, how large it is, what it is nearly the same as."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError, InputError
from outclass.base.limits import Limits
from outclass.base.progress import Progress, no_progress
from outclass.catalog.near_duplicates import LENGTH, fingerprint
from outclass.inputs.photo import read_photo
from outclass.inputs.photos import PhotoTable

MIN_SIDE = 32
"""Pixels; on a smaller photo nothing can be told."""
LIMITS = Limits(body_bytes=64_000_000, pixels=120_000_000)
"""Of one photo of a data set, which may be larger than what a stranger may send."""
TOLD_EVERY = 50


class PhotoFault(StrEnum):
    """Why a photo cannot be used."""

    UNREADABLE = "unreadable"
    TOO_SMALL = "too-small"
    TAKEN_BACK = "taken-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoChecks:
    """What was found of photos, by row.

    Attributes
    ----------
    sizes
        int32 ``[n, 2]``: width and height upright; zeros where the photo does not decode.
    fingerprints
        By which near duplicates are found.
    faults, notes
        Of the rows that cannot be used, why, and what the decoder said.
    """

    sizes: NDArray[np.int32]
    fingerprints: tuple[bytes, ...]
    faults: Mapping[int, PhotoFault] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)

    def take(self, rows: Sequence[int]) -> "PhotoChecks":
        """Return what was found of some rows, in that order."""
        places = {row: place for place, row in enumerate(rows)}
        return PhotoChecks(
            sizes=self.sizes[np.array(rows, dtype=np.int64)],
            fingerprints=tuple(self.fingerprints[row] for row in rows),
            faults={places[row]: fault for row, fault in self.faults.items() if row in places},
            notes={places[row]: note for row, note in self.notes.items() if row in places},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found of one photo."""

    size: tuple[int, int] = (0, 0)
    fingerprint: bytes = bytes(LENGTH)
    fault: PhotoFault | None = None
    note: str = ""


def check_photos(
    photos: PhotoTable, *, taken_back: Collection[str] = (), progress: Progress = no_progress
) -> PhotoChecks:
    """Decode every photo, one at a time; the same bytes are looked at once.

    Parameters
    ----------
    taken_back
        sha256 of photos that were taken back; they are not looked at.
    progress
        Told how many are done, as step `check`.
    """
    seen = {name: Seen(fault=PhotoFault.TAKEN_BACK) for name in taken_back}
    for place, name in enumerate(photos.names):
        if name not in seen:
            seen[name] = look_at(photos, place)
        if place % TOLD_EVERY == 0:
            progress("check", place / len(photos), f"{place:,} of {len(photos):,} photos")
    progress("check", 1.0, f"{len(photos):,} photos")
    found = [seen[name] for name in photos.names]
    return PhotoChecks(
        sizes=np.array([one.size for one in found], dtype=np.int32).reshape(-1, 2),
        fingerprints=tuple(one.fingerprint for one in found),
        faults={row: one.fault for row, one in enumerate(found) if one.fault is not None},
        notes={row: one.note for row, one in enumerate(found) if one.note},
    )


def look_at(photos: PhotoTable, place: int) -> Seen:
    """Decode one photo."""
    try:
        photo = read_photo(photos.content(place), LIMITS)
    except (InputError, DataError) as error:
        return Seen(fault=PhotoFault.UNREADABLE, note=error.what)
    size = photo.width, photo.height
    if min(size) < MIN_SIDE:
        note = f"{size[0]} x {size[1]} pixels, at least {MIN_SIDE} each way are needed"
        return Seen(size=size, fault=PhotoFault.TOO_SMALL, note=note)
    return Seen(size=size, fingerprint=fingerprint(photo.pixels))
