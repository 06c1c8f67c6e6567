"""Photos that are read when a model is asked about them, so that any number fits in memory."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError, InputError
from outclass.base.limits import Limits
from outclass.inference.prediction import Prediction
from outclass.inference.predictor import Predictor
from outclass.inputs.photo import fitting_box, read_photo, upright_size
from outclass.inputs.photo_header import read_header
from outclass.inputs.photos import Box, PhotoTable
from outclass.inputs.view import SIDE, view_of
from outclass.training.photos.embedding import BATCH, free_processors


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PhotoFiles:
    """Photos that are read when they are asked for; place i of every field is the same photo.

    Attributes
    ----------
    names
        What each is called in an error.
    contents
        The bytes of each, or where they lie.
    boxes
        int32 ``[n, 4]``, each a `Box`.
    limits
        What each may cost.
    """

    names: tuple[str, ...]
    contents: tuple[bytes | Path, ...]
    boxes: NDArray[np.int32]
    limits: Limits

    def __repr__(self) -> str:
        return f"PhotoFiles({len(self):,} photos)"

    def __len__(self) -> int:
        """Return the number of photos."""
        return len(self.names)

    def views(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Return the views of some photos, uint8 ``[n, SIDE, SIDE, 3]``.

        Raises
        ------
        DataError
            A photo cannot be read.
        """
        found = np.empty((stop - start, SIDE, SIDE, 3), dtype=np.uint8)
        for place in range(start, stop):
            found[place - start] = self._view(place)
        return found

    def parts(self, size: int) -> Iterator[tuple[int, int]]:
        """Yield where each part of so many photos begins and ends."""
        return ((start, min(start + size, len(self))) for start in range(0, len(self), size))

    def _view(self, place: int) -> NDArray[np.uint8]:
        """Return the view of one photo."""
        content = self.contents[place]
        left, top, width, height = self.boxes[place].tolist()
        box: Box | None = (left, top, width, height) if width and height else None
        try:
            body = content if isinstance(content, bytes) else content.read_bytes()
            if box is not None:
                box = fitting_box(box, *upright_size(read_header(body, self.limits)))
            return view_of(read_photo(body, self.limits, box=box).pixels)
        except (InputError, OSError) as error:
            raise DataError("this photo cannot be read", where=self.names[place], got=str(error)) from error


def kept_photos(table: PhotoTable, limits: Limits) -> PhotoFiles:
    """Return the photos of a data set, to be asked about as if they were new."""
    return PhotoFiles(
        names=table.names,
        contents=tuple(table.media.path(name) for name in table.names),
        boxes=table.boxes,
        limits=limits,
    )


def predict_photos(predictor: Predictor, photos: PhotoFiles) -> list[Prediction]:
    """Answer for photos as when serving, with as many threads as there are processors."""

    def answer(part: tuple[int, int]) -> list[Prediction]:
        return predictor.predict_many(photos.views(*part))

    with ThreadPoolExecutor(free_processors(), thread_name_prefix="ask") as pool:
        try:
            return [one for found in pool.map(answer, photos.parts(BATCH)) for one in found]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
