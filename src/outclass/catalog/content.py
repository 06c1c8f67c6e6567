"""What objects of any kind of input have in common: they are chosen, compared, hashed, cut into blocks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import SeriesTable
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable
from outclass.inputs.text import is_blank as is_blank_text

Inputs = NDArray[np.uint8] | SeriesTable | TextTable | PhotoTable | ColumnTable
Places = NDArray[np.int64]

BLOCK_OBJECTS = 4096
BLOCK_OBSERVATIONS = 1_000_000
"""A block has at most so many of the one and, but for its last object, of the other."""
FIELDS = ("mjd", "passband", "flux", "flux_err", "detected", "facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """Objects in an order of their own; their inputs stay where they are until a block is asked for.

    So that a table larger than the memory, whose arrays lie on disk, is never copied whole.
    """

    inputs: Inputs
    places: Places

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self.places)

    def blocks(self) -> Iterator[Inputs]:
        """Yield the objects in order, some thousands at a time; at least one block, which may be empty."""
        sizes = counts(self.inputs)[self.places]
        start = 0
        while start < len(self.places) or start == 0:
            within = np.cumsum(sizes[start : start + BLOCK_OBJECTS]) <= BLOCK_OBSERVATIONS
            end = start + max(1, int(within.sum()))
            yield choose(self.inputs, self.places[start:end])
            start = end

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of one object's input; () for what is no drawing."""
        return self.inputs.shape[1:] if isinstance(self.inputs, np.ndarray) else ()

    @property
    def observations(self) -> int:
        """Return the number of observations; 0 for what is no series."""
        series = isinstance(self.inputs, SeriesTable)
        return int(counts(self.inputs)[self.places].sum()) if series else 0


def counts(inputs: Inputs) -> Places:
    """Return the number of observations of each series; 1 for anything else."""
    if isinstance(inputs, SeriesTable):
        return np.diff(inputs.starts)
    return np.ones(len(inputs), dtype=np.int64)


def choose(inputs: Inputs, places: Sequence[int] | Places) -> Inputs:
    """Return the inputs at some places, in that order."""
    chosen = np.asarray(places, dtype=np.int64)
    return inputs[chosen] if isinstance(inputs, np.ndarray) else inputs.take(chosen)


def is_blank(inputs: Inputs, place: int) -> bool:
    """Tell whether nothing is drawn, observed, written or known; of a photo there is always something."""
    match inputs:
        case SeriesTable():
            return bool(inputs.starts[place] == inputs.starts[place + 1])
        case TextTable():
            return is_blank_text(inputs[place])
        case PhotoTable():
            return False
        case ColumnTable():
            return bool(np.isnan(inputs.values[place]).all())
        case _:
            return not inputs[place].any()


def key_of(inputs: Inputs, place: int) -> bytes:
    """Return a hash that is the same for objects with the same content.

    Of a series these are its observations; of a photo its bytes and the part of it that counts.
    """
    if isinstance(inputs, PhotoTable):
        return sha256(inputs.names[place].encode() + inputs.boxes[place].astype("<i4").tobytes()).digest()
    if isinstance(inputs, TextTable):
        return sha256(inputs[place].encode()).digest()
    if isinstance(inputs, ColumnTable):
        return sha256(canonical(inputs.values[place]).data).digest()
    if not isinstance(inputs, SeriesTable):
        return sha256(inputs[place].tobytes()).digest()
    one = inputs[place]
    digest = sha256()
    for values in (one.mjd, one.passband, one.flux, one.flux_err):
        digest.update(np.ascontiguousarray(values).data)
    return digest.digest()


def describe(inputs: Inputs, objects: int) -> list[object]:
    """Return type and shape of so many objects, as they stand in the hash of a version."""
    if isinstance(inputs, SeriesTable):
        return ["series", objects]
    if isinstance(inputs, TextTable):
        return ["text", objects]
    if isinstance(inputs, PhotoTable):
        return ["photo", objects]
    if isinstance(inputs, ColumnTable):
        kinds = [[one.name, one.kind, *(value.name for value in one.values)] for one in inputs.columns]
        return ["table", objects, *kinds]
    return [str(inputs.dtype), objects, *inputs.shape[1:]]


def content_bytes(arranged: Arranged) -> Iterator[bytes | memoryview]:
    """Yield all that makes up the inputs, to be hashed; the size of the blocks makes no difference.

    For drawings these are their pixels; for series the sha256 of each of their arrays; for texts of each;
    for photos the sha256 of each with its box and credit; for records their rows.
    """
    if not isinstance(arranged.inputs, SeriesTable):
        for block in arranged.blocks():
            if isinstance(block, TextTable):
                yield b"".join(sha256(text.encode()).digest() for text in block)
            elif isinstance(block, PhotoTable):
                yield photo_lines(block)
            elif isinstance(block, ColumnTable):
                yield canonical(block.values).data
            else:
                assert not isinstance(block, SeriesTable)
                yield np.ascontiguousarray(block).data
        return
    digests = {name: sha256() for name in ("counts", *FIELDS)}
    for block in arranged.blocks():
        assert isinstance(block, SeriesTable)
        digests["counts"].update(np.diff(block.starts).astype("<i8").data)
        for name in FIELDS:
            digests[name].update(canonical(getattr(block, name)).data)
    yield from (digest.digest() for digest in digests.values())


def photo_lines(photos: PhotoTable) -> bytes:
    """Return a line of JSON for each photo: its sha256, box and credit."""
    rows = zip(photos.names, photos.boxes.tolist(), photos.credits, strict=True)
    return b"".join(msgspec.json.encode(row, order="deterministic") + b"\n" for row in rows)


def canonical(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return values in little-endian order with one zero and one NaN."""
    if values.dtype.kind == "f":
        plain = values.astype("<f8") + 0.0
        plain[np.isnan(plain)] = np.nan
        return plain
    return np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<")))
