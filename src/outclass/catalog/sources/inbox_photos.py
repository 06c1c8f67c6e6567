"""Photos of the inbox as objects beside those of the data set."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from outclass.catalog.inbox_photos import InboxPhoto, read_photos
from outclass.catalog.licences import LENT
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.sources.base import SourceTable
from outclass.inputs.photos import WHOLE, Credit, PhotoTable

PREFIX = "inbox-"
GROUP = "lent-sha256-"
"""The group of such a photo is called by its whole hash: too long to be the name of a group that it joins."""
CREDIT = Credit(author="somebody who played here", licence=LENT)


def with_photos(
    table: SourceTable, photos: PhotoTable, found: Sequence[InboxPhoto]
) -> tuple[SourceTable, int]:
    """Add photos that people let us keep to those of a data set; return how many came in, too.

    Of several labels of one photo the latest counts. Photos that the data set has are left out, and those
    whose bytes are gone, as somebody took them back.
    """
    known = set(photos.names)
    latest = {one.media_sha256: one for one in sorted(found, key=lambda one: one.created_at)}
    added = [
        one for name, one in sorted(latest.items()) if name not in known and photos.media.path(name).is_file()
    ]
    names = tuple(one.media_sha256 for one in added)
    more = PhotoTable(
        media=photos.media,
        names=names,
        boxes=np.array([WHOLE] * len(added), dtype=np.int32).reshape(-1, 4),
        sizes=np.zeros((len(added), 2), dtype=np.int32),
        credits=(CREDIT,) * len(added),
    )
    joined = replace(
        table,
        object_ids=table.object_ids + tuple(f"{PREFIX}{one.id}" for one in added),
        group_ids=table.group_ids + tuple(f"{GROUP}{name}" for name in names),
        labels=table.labels + tuple(one.label for one in added),
        inputs=joined_photos(photos, more),
        fixed_splits=table.fixed_splits + (None,) * len(added),
        photos=None,
    )
    return joined, len(added)


def joined_photos(first: PhotoTable, second: PhotoTable) -> PhotoTable:
    """Return the photos of two tables that lie in the same folder."""
    return PhotoTable(
        media=first.media,
        names=first.names + second.names,
        boxes=np.concatenate([first.boxes, second.boxes]),
        sizes=np.concatenate([first.sizes, second.sizes]),
        credits=first.credits + second.credits,
    )


def photos_of(folder: Path, loaded: LoadedChallenge) -> list[InboxPhoto]:
    """Return the photos of the inbox whose label is a class of the challenge."""
    classes = frozenset(loaded.challenge.class_names)
    return [one for one in read_photos(folder) if one.label in classes]
