"""Photos of a data set as rows: each goes through the backbone once, whatever is trained on it later.

`HOME/cache/embeddings/FINGERPRINT/CHANGE/` holds parts: `NAME.npy` with the rows of some photos, `NAME.keys`
with what each row is of. A part counts once its keys are there, so a run that was killed goes on with the
photos that no part has. Another backbone, or another way to make views, is another folder.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError, InputError
from outclass.base.limits import Limits
from outclass.base.media import EMBEDDINGS, KEY_BYTES, features_key
from outclass.base.progress import Progress, no_progress
from outclass.base.settings import Settings
from outclass.base.store import write_atomic
from outclass.inference.backbone import Backbone
from outclass.inputs.photo import read_photo
from outclass.inputs.photos import PhotoTable
from outclass.inputs.view import SIDE, view_of
from outclass.training.photos.contrast import evened

BATCH = 32
"""Photos that one worker decodes and embeds at once."""
PART = 512
"""Photos of one part of the cache: as many as a killed run may lose."""
PLAIN = "plain"
GRAY = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""Luma of ITU-R BT.601."""

Found = TypeVar("Found")
Pixels = NDArray[np.uint8]
Views = NDArray[np.uint8]
Rows = NDArray[np.float32]


class Embedder(Protocol):
    """What is needed of a backbone."""

    fingerprint: str

    @property
    def width(self) -> int:
        """Return the length of a row."""

    def embed(self, views: Views) -> Rows:
        """Return a row for each view."""


def plain(pixels: Pixels) -> Pixels:
    """Return a photo as it is."""
    return pixels


def flipped(pixels: Pixels) -> Pixels:
    """Return a photo as in a mirror."""
    return np.ascontiguousarray(pixels[:, ::-1])


def grayed(pixels: Pixels) -> Pixels:
    """Return a photo without its colors."""
    luma = np.rint(pixels.astype(np.float32) @ GRAY).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(luma[:, :, np.newaxis], 3, axis=2))


CHANGES: Mapping[str, Callable[[Pixels], Pixels]] = {
    PLAIN: plain,
    "flip": flipped,
    "gray": grayed,
    "gray-flip": lambda pixels: flipped(grayed(pixels)),
    "even": evened,
}
"""What may be done to a photo before it becomes a view, by name."""


@dataclass(frozen=True, slots=True)
class EmbeddingCache:
    """Rows of photos under one backbone and one change.

    Examples
    --------
    >>> cache = EmbeddingCache(Path("embeddings/0123/plain"), width=1280)
    >>> cache.read([])
    {}
    """

    folder: Path
    width: int

    def read(self, wanted: Sequence[bytes]) -> dict[bytes, Rows]:
        """Return the rows that are there, by key; a damaged part counts as missing."""
        missing = set(wanted)
        found: dict[bytes, Rows] = {}
        for path in sorted(self.folder.glob("*.keys")) if missing else ():
            keys = keys_of(path)
            if missing.isdisjoint(keys):
                continue
            rows = self._rows(path.with_suffix(".npy"), len(keys))
            if rows is not None:
                found |= {key: rows[n] for n, key in enumerate(keys) if key in missing}
                missing -= set(keys)
        return found

    def write(self, keys: Sequence[bytes], rows: Rows) -> None:
        """Keep rows; the keys come last, and say that the part is whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = sha256(b"".join(keys)).hexdigest()[:24]
        part = self.folder / f".{name}-{os.getpid()}.part"
        with part.open("wb") as file:
            np.save(file, rows.astype(np.float32), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.folder / f"{name}.npy")
        write_atomic(self.folder / f"{name}.keys", b"".join(keys))

    def _rows(self, path: Path, count: int) -> Rows | None:
        """Return the rows of a part, None where they are not what the keys say."""
        try:
            rows = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return rows if rows.shape == (count, self.width) and rows.dtype == np.float32 else None


def keys_of(path: Path) -> list[bytes]:
    """Return the keys of a part."""
    content = path.read_bytes()
    return [content[start : start + KEY_BYTES] for start in range(0, len(content), KEY_BYTES)]


def cache_of(settings: Settings, backbone: Embedder, change: str) -> EmbeddingCache:
    """Return the rows that are kept of a backbone and a change."""
    folder = settings.home / EMBEDDINGS / backbone.fingerprint[:16] / change
    return EmbeddingCache(folder, backbone.width)


def embed_photos(
    table: PhotoTable,
    backbone: Embedder | None = None,
    *,
    settings: Settings | None = None,
    limits: Limits | None = None,
    progress: Progress = no_progress,
    step: str = "photos",
    change: str = PLAIN,
    workers: int | None = None,
) -> Rows:
    """Return a row for each photo of a table, float32 ``[n, width]``.

    Killed and called again, it goes on; photos that were embedded before are not read again.

    Parameters
    ----------
    backbone
        The packaged one by default.
    settings
        Says where rows are kept; without it none are.
    change
        One of `CHANGES`, done to the pixels before the view is made.
    workers
        Photos are decoded and embedded by so many threads, one for each processor by default.

    Raises
    ------
    DataError
        A photo is missing, or cannot be decoded.
    """
    engine = Backbone.packaged() if backbone is None else backbone
    if change not in CHANGES:
        raise DataError("there is no such change of a photo", got=change, accepted=", ".join(CHANGES))
    keys = [features_key(name, table.box(place)) for place, name in enumerate(table.names)]
    cache = None if settings is None else cache_of(settings, engine, change)
    known = {} if cache is None else cache.read(keys)
    first = {key: place for place, key in reversed(list(enumerate(keys))) if key not in known}
    places = sorted(first.values())
    done, total = len(keys) - len(places), max(len(keys), 1)
    maker = ViewMaker(table, limits or Limits(), CHANGES[change])
    for start in range(0, len(places), PART):
        part = places[start : start + PART]
        rows = np.zeros((len(part), engine.width), dtype=np.float32)
        filled = 0
        for chunk, found in embed_chunks(engine, maker, part, workers):
            rows[filled : filled + len(chunk)] = found
            filled += len(chunk)
            done += len(chunk)
            progress(step, done / total, f"{done:,} of {total:,} photos")
        own = [keys[place] for place in part]
        if cache is not None:
            cache.write(own, rows)
        known |= dict(zip(own, rows, strict=True))
    progress(step, 1.0, f"{len(keys):,} photos")
    return gather(keys, known, engine.width)


def gather(keys: Sequence[bytes], known: Mapping[bytes, Rows], width: int) -> Rows:
    """Return the rows of keys, in their order."""
    rows = np.empty((len(keys), width), dtype=np.float32)
    for place, key in enumerate(keys):
        rows[place] = known[key]
    return rows


@dataclass(frozen=True, slots=True)
class ViewMaker:
    """Makes views of photos of a table."""

    table: PhotoTable
    limits: Limits
    change: Callable[[Pixels], Pixels]

    def views(self, places: Sequence[int]) -> Views:
        """Return the views of photos, uint8 ``[n, SIDE, SIDE, 3]``."""
        found = np.empty((len(places), SIDE, SIDE, 3), dtype=np.uint8)
        for number, place in enumerate(places):
            found[number] = self.view(place)
        return found

    def view(self, place: int) -> Views:
        """Return the view of one photo."""
        body, box = self.table.content(place), self.table.box(place)
        try:
            photo = read_photo(body, self.limits, box=box)
        except InputError as error:
            raise DataError(
                "this photo cannot be read",
                where=str(self.table.media.path(self.table.names[place])),
                got=str(error),
                hint="collect again: cleaning takes such photos out",
            ) from error
        return view_of(self.change(photo.pixels))


def embed_chunks(
    engine: Embedder, maker: ViewMaker, places: Sequence[int], workers: int | None
) -> Iterator[tuple[Sequence[int], Rows]]:
    """Yield rows of photos, some at a time and in order."""
    return ordered_map(lambda chunk: engine.embed(maker.views(chunk)), places, BATCH, workers)


def ordered_map(
    work: Callable[[Sequence[int]], Found], places: Sequence[int], size: int, workers: int | None = None
) -> Iterator[tuple[Sequence[int], Found]]:
    """Yield what becomes of places, so many at a time and in order.

    Threads are enough: decoding and the network let go of the interpreter.
    """
    chunks = [places[start : start + size] for start in range(0, len(places), size)]
    count = min(workers or free_processors(), len(chunks))
    if count <= 1:
        yield from ((chunk, work(chunk)) for chunk in chunks)
        return
    with ThreadPoolExecutor(count, thread_name_prefix="embed") as pool:
        try:
            yield from zip(chunks, pool.map(work, chunks), strict=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def free_processors() -> int:
    """Return how many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
