"""Photos as they are found, one after another, with what is said of each; their bytes go to disk at once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from outclass.base.errors import DataError
from outclass.base.media import MediaFolder
from outclass.catalog.challenge import ClassLabel
from outclass.catalog.dictionary.report import DictionaryReport
from outclass.catalog.sources.base import SourceTable
from outclass.inputs.photos import WHOLE, Box, Credit, PhotoTable

UNLABELED = "unlabeled"
"""What a photo without any label is called; no class, so that it is taken out and counted."""
ID_DIGITS = 20
NOTHING = sha256(b"").hexdigest()
"""The name of a photo without bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPhoto:
    """One photo.

    Attributes
    ----------
    content
        Its bytes; None where they lie in the folder of media already, as `name`.
    name
        sha256 of its bytes; not needed where these are given.
    object_id
        By default made of its content.
    group
        What it stays with on one side of the split; by default it stands alone.
    note
        Why it cannot be had; it is told when the photo is left out.
    """

    label: str | None
    content: bytes | None = None
    name: str = ""
    object_id: str | None = None
    group: str | None = None
    box: Box = WHOLE
    credit: Credit = field(default_factory=Credit)
    split: str | None = None
    note: str = ""


class PhotoRows:
    """Gathers photos and makes a table of them; of their bytes none is kept in memory.

    Parameters
    ----------
    media
        Where their bytes are put.
    """

    def __init__(self, media: MediaFolder) -> None:
        self.media = media
        self._found: list[FoundPhoto] = []

    def __len__(self) -> int:
        """Return how many there are so far."""
        return len(self._found)

    def add(self, photo: FoundPhoto) -> None:
        """Take one more, and write its bytes; of one that is not to be had there are none."""
        name = (self.media.put(photo.content) if photo.content else photo.name) or NOTHING
        self._found.append(
            FoundPhoto(
                label=photo.label,
                name=name,
                object_id=photo.object_id or _made_id(name, photo.box),
                group=photo.group,
                box=photo.box,
                credit=photo.credit,
                split=photo.split,
                note=photo.note,
            )
        )

    def table(self, reports: Sequence[DictionaryReport] = ()) -> SourceTable:
        """Return all of them; the same photo under a made id counts once.

        Raises
        ------
        DataError
            Two photos were given the same id.
        """
        found = self._found
        ids = _numbered([one.object_id or "" for one in found], found)
        return SourceTable(
            object_ids=ids,
            group_ids=tuple(one.group or name for one, name in zip(found, ids, strict=True)),
            labels=tuple(one.label or UNLABELED for one in found),
            inputs=PhotoTable(
                media=self.media,
                names=tuple(one.name for one in found),
                boxes=np.array([one.box for one in found], dtype=np.int32).reshape(-1, 4),
                sizes=np.zeros((len(found), 2), dtype=np.int32),
                credits=tuple(one.credit for one in found),
            ),
            fixed_splits=tuple(one.split for one in found),
            tables=tuple(reports),
            notes={row: one.note for row, one in enumerate(found) if one.note},
        )


def _made_id(name: str, box: Box) -> str:
    """Return an id made of a photo's content and box."""
    if box == WHOLE:
        return name[:ID_DIGITS]
    return sha256(f"{name} {box}".encode()).hexdigest()[:ID_DIGITS]


def _numbered(ids: Sequence[str], found: Sequence[FoundPhoto]) -> tuple[str, ...]:
    """Give repeats of a photo, which cleaning takes out, an id of their own; refuse other ids that repeat."""
    seen: Counter[str] = Counter()
    first: dict[str, str] = {}
    result = []
    for name, one in zip(ids, found, strict=True):
        if first.setdefault(name, one.name) != one.name:
            raise DataError(
                "two photos have the same id",
                got=name,
                hint="declare another column as dataset.columns.id, or none",
            )
        result.append(f"{name}-{seen[name] + 1}" if seen[name] else name)
        seen[name] += 1
    return tuple(result)


class ClassFinder:
    """Finds the class that a file's label means.

    By `labels` of the challenge first, then by the name or title of a class; letters' case, hyphens and
    underscores make no difference, so that `Western-Bobcat` is found under `Western Bobcat`.
    """

    def __init__(self, classes: Sequence[ClassLabel], labels: Mapping[str, str]) -> None:
        own = {_plain(word): one.name for one in classes for word in (one.title, one.name)}
        self._known = own | {_plain(label): name for label, name in labels.items()}

    def __call__(self, label: str | None) -> str | None:
        """Return the class of a label; the label itself where it is none's."""
        if label is None or not label.strip():
            return None
        return self._known.get(_plain(label), label.strip())


def _plain(label: str) -> str:
    """Return a label without what makes no difference."""
    return " ".join(label.replace("-", " ").replace("_", " ").casefold().split())
