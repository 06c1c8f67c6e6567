"""Many photos of a data set: where they lie, what part of each counts, and whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outclass.base.document import Document
from outclass.base.media import MediaFolder

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels of the upright photo as it is stored; four zeros mean all of it."""
WHOLE: Box = (0, 0, 0, 0)


class Credit(Document, frozen=True, kw_only=True):
    """Whose photo it is; what is not known is empty.

    `licence` is an SPDX name such as `CC-BY-4.0`; `link` leads to the page of the photo or its observation.
    """

    author: str = ""
    licence: str = ""
    licence_url: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PhotoTable:
    """Photos in order; row i of every field is the same photo.

    Attributes
    ----------
    media
        Where they lie.
    names
        The sha256 of each one's bytes.
    boxes
        int32 ``[n, 4]``, each a `Box`.
    sizes
        int32 ``[n, 2]``: width and height of the upright photo.
    credits
        Whose each one is.
    """

    media: MediaFolder
    names: tuple[str, ...]
    boxes: NDArray[np.int32]
    sizes: NDArray[np.int32]
    credits: tuple[Credit, ...]

    def __repr__(self) -> str:
        return f"PhotoTable({len(self):,} photos)"

    def __len__(self) -> int:
        """Return the number of photos."""
        return len(self.names)

    def content(self, place: int) -> bytes:
        """Return the bytes of one photo as they came."""
        return self.media.read(self.names[place])

    def box(self, place: int) -> Box | None:
        """Return the part of a photo that counts, None where all does."""
        left, top, width, height = self.boxes[place].tolist()
        return (left, top, width, height) if width and height else None

    def take(self, places: Sequence[int] | NDArray[np.int64]) -> "PhotoTable":
        """Return some photos, in that order."""
        chosen = np.asarray(places, dtype=np.int64)
        return PhotoTable(
            media=self.media,
            names=tuple(self.names[place] for place in chosen),
            boxes=self.boxes[chosen],
            sizes=self.sizes[chosen],
            credits=tuple(self.credits[place] for place in chosen),
        )
