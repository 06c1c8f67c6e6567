"""Look at every photo once: whether it decodes, how large it is, what it is nearly the same as."""

import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError, InputError
from outclass.base.limits import Limits
from outclass.base.media import MediaFolder
from outclass.base.progress import Progress, no_progress
from outclass.catalog.near_duplicates import LENGTH, fingerprint
from outclass.catalog.photo_memory import SeenPhoto, read_memory, write_memory
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
    """Decode every photo that was not looked at before; the same bytes are looked at once.

    As many are in memory as there are processors.

    Parameters
    ----------
    taken_back
        sha256 of photos that were taken back; they are not looked at.
    progress
        Told how many are done, as step `check`.
    """
    folder = photos.media.folder
    known = read_memory(folder)
    seen = {name: Seen(fault=PhotoFault.TAKEN_BACK) for name in taken_back}
    seen |= {
        name: Seen(size=(was.width, was.height), fingerprint=was.fingerprint)
        for name in photos.names
        if name not in seen and (was := known.get(name)) and photos.media.path(name).is_file()
    }
    new = [name for name in dict.fromkeys(photos.names) if name not in seen]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for place, (name, one) in enumerate(
            zip(new, pool.map(partial(look_at, photos.media), new), strict=True)
        ):
            seen[name] = one
            if place % TOLD_EVERY == 0:
                progress("check", place / len(new), f"{place:,} of {len(new):,} photos")
    progress("check", 1.0, f"{len(new):,} photos")
    _remember(folder, seen)
    found = [seen[name] for name in photos.names]
    return PhotoChecks(
        sizes=np.array([one.size for one in found], dtype=np.int32).reshape(-1, 2),
        fingerprints=tuple(one.fingerprint for one in found),
        faults={row: one.fault for row, one in enumerate(found) if one.fault is not None},
        notes={row: one.note for row, one in enumerate(found) if one.note},
    )


def _remember(folder: Path, seen: Mapping[str, Seen]) -> None:
    """Keep what was found of photos that can be used, for the next time."""
    usable = {
        name: SeenPhoto(width=one.size[0], height=one.size[1], fingerprint=one.fingerprint)
        for name, one in seen.items()
        if one.fault is None
    }
    write_memory(folder, usable)


def look_at(media: MediaFolder, name: str) -> Seen:
    """Decode one photo."""
    try:
        photo = read_photo(media.read(name), LIMITS)
    except (InputError, DataError) as error:
        return Seen(fault=PhotoFault.UNREADABLE, note=error.what)
    size = photo.width, photo.height
    if min(size) < MIN_SIDE:
        note = f"{size[0]} x {size[1]} pixels, at least {MIN_SIDE} each way are needed"
        return Seen(size=size, fault=PhotoFault.TOO_SMALL, note=note)
    return Seen(size=size, fingerprint=fingerprint(photo.pixels))
