"""Photos that are nearly the same: smaller, recompressed, brightened, a little cropped, or mirrored.

A photo becomes 64 bits and a sketch. The bits are a difference hash (N. Krawetz, "Kind of Like That", 2013):
of 8 rows of 9 cells, whether each is darker than the one to its right. The sketch is the photo in 16x16 gray
levels. Photos whose bits are close are candidates; they are near duplicates when the slopes of their sketches
agree, too. The bits alone are not enough: two night pictures with a bright middle differ in one or two.

Close bits are found without comparing each photo with each: cut into `distance` + 3 bands, two hashes that
differ in at most `distance` bits agree in at least three bands, so only those that do are compared
(multi-index hashing, Norouzi, Punjani and Fleet, 2012).
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import DataError

Hashes = NDArray[np.uint64]
Rows = NDArray[np.int64]
Pairs = tuple[Rows, Rows]
Cells = NDArray[np.float32]

DISTANCE = 8
"""Bits in which copies may differ."""
AGREEMENT = 0.85
"""Cosine of the slopes of two sketches, at least."""
BITS = 64
ROWS, COLUMNS, SIDE = 8, 9, 16
LENGTH = 2 * BITS // 8 + SIDE * SIDE
"""Bytes of a fingerprint: the hash, that of the mirror image, the sketch."""
AGREEING_BANDS = 3
"""More make fewer comparisons and more sorting."""
TEXTURE = 1.0
"""Gray levels by which neighboring cells must differ; less is noise."""
MIN_TEXTURE = 12
"""Places of 64 that must have texture: photos that are flatter, such as of a clear sky, are all alike."""
GRAY = np.array([0.299, 0.587, 0.114], dtype=np.float32)
WEIGHTS = np.uint64(1) << np.arange(BITS, dtype=np.uint64)[::-1]
BLOCK = 5_000
"""Pairs whose sketches are compared at a time."""


def fingerprint(pixels: NDArray[np.uint8]) -> bytes:
    """Return what `near_groups` compares, 272 bytes.

    Parameters
    ----------
    pixels
        Of the upright photo, uint8 ``[height, width, 3]``; any size.
    """
    gray = pixels.astype(np.float32) @ GRAY
    cells = _averaged(gray, ROWS, COLUMNS)
    hashes = np.array([_bits(cells), _bits(cells[:, ::-1])], dtype="<u8")
    return hashes.tobytes() + np.rint(_averaged(gray, SIDE, SIDE)).astype(np.uint8).tobytes()


def near_groups(fingerprints: Sequence[bytes], distance: int = DISTANCE) -> Rows:
    """Return the group of each photo, int64 ``[n]``: the row of its first member, its own row if it is alone.

    Two photos are together when they are nearly the same, one of them perhaps mirrored, or when a chain of
    such photos leads from one to the other. Photos without texture are alone unless their fingerprints equal.

    Parameters
    ----------
    fingerprints
        Of each photo, see `fingerprint`.
    distance
        Bits of 64 in which copies may differ.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> photo, other = rng.integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    >>> larger = np.repeat(np.repeat(photo, 4, axis=0), 4, axis=1)
    >>> near_groups([fingerprint(one) for one in (photo, other, larger[:, ::-1])]).tolist()
    [0, 1, 0]
    """
    groups = np.arange(len(fingerprints), dtype=np.int64)
    for first, second in near_pairs(fingerprints, distance):
        _unite(groups, first, second)
    return groups


def near_pairs(fingerprints: Sequence[bytes], distance: int = DISTANCE) -> Iterator[Pairs]:
    """Yield the rows of photos that are nearly the same, in parts; a pair may come more than once.

    Of many photos with the same fingerprint, each is paired with the first one, and only that with others.

    Raises
    ------
    DataError
        A fingerprint is none.
    """
    if wrong := next((one for one in fingerprints if len(one) != LENGTH), None):
        raise DataError("this is no fingerprint of a photo", got=f"{len(wrong)} bytes", accepted=f"{LENGTH}")
    firsts: dict[bytes, int] = {}
    first = np.array([firsts.setdefault(one, row) for row, one in enumerate(fingerprints)], dtype=np.int64)
    rows = np.array(list(firsts.values()), dtype=np.int64)
    same = np.flatnonzero(first != np.arange(len(first)))
    if len(same):
        yield first[same], same
    table = np.frombuffer(b"".join(firsts), dtype=np.uint8).reshape(-1, LENGTH)
    hashes = np.ascontiguousarray(table[:, : -SIDE * SIDE]).view("<u8")
    textured = np.flatnonzero(np.bitwise_count(hashes).sum(axis=1) >= MIN_TEXTURE)
    sketches = table[textured, -SIDE * SIDE :].reshape(-1, SIDE, SIDE)
    for one, other, mirrored in _close(hashes[textured], distance):
        for start in range(0, len(one), BLOCK):
            part = slice(start, start + BLOCK)
            near = _agree(sketches[one[part]], sketches[other[part]], mirrored[part])
            yield rows[textured[one[part][near]]], rows[textured[other[part][near]]]


def _averaged(gray: Cells, rows: int, columns: int) -> Cells:
    """Return the mean gray level of cells; a cell's edge may go through a pixel."""
    height, width = gray.shape
    return np.asarray(_shares(height, rows) @ gray @ _shares(width, columns).T, dtype=np.float32)


def _shares(pixels: int, cells: int) -> Cells:
    """Return float32 ``[cells, pixels]``: how much each pixel of a line counts in the mean of each cell."""
    edges = np.linspace(0, pixels, cells + 1)
    starts = np.arange(pixels)
    covered = np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts)
    covered = np.maximum(covered, 0.0)
    return np.asarray(covered / covered.sum(axis=1, keepdims=True), dtype=np.float32)


def _bits(cells: Cells) -> int:
    """Return 64 bits: whether each cell is darker than the one to its right."""
    darker = np.diff(cells, axis=1) > TEXTURE
    return int(WEIGHTS[darker.ravel()].sum())


def _close(hashes: Hashes, distance: int) -> Iterator[tuple[Rows, Rows, NDArray[np.bool_]]]:
    """Yield the places of photos whose bits are close, and whether one is the mirror image of the other.

    `hashes` is ``[n, 2]``. The mirror image of a photo is looked for among photos, not among mirror images.
    """
    values = hashes.ravel()
    for chosen, skipped in _masks(distance + AGREEING_BANDS):
        keys = values & chosen
        order = np.argsort(keys)
        places, step = np.arange(len(order)), 1
        while len(places := places[places + step < len(order)]):
            places = places[keys[order[places]] == keys[order[places + step]]]
            one, other = order[places], order[places + step]
            differing = values[one] ^ values[other]
            near = np.bitwise_count(differing) <= distance
            near &= (one & other & 1 == 0) & (one // 2 != other // 2)
            for band in skipped:
                near &= differing & band != 0
            yield one[near] // 2, other[near] // 2, (one[near] | other[near]) & 1 == 1
            step += 1


def _masks(bands: int) -> Iterator[tuple[np.uint64, list[np.uint64]]]:
    """Yield each choice of bands of neighboring bits as a mask, and the bands before its last that it skips.

    Two hashes that agree in more bands than are chosen come up once: where they differ in each skipped one.
    """
    edges = np.linspace(0, BITS, bands + 1).astype(int).tolist()
    ones = [np.uint64(((1 << (end - start)) - 1) << start) for start, end in pairwise(edges)]
    for chosen in combinations(range(bands), AGREEING_BANDS):
        skipped = [ones[band] for band in range(chosen[-1]) if band not in chosen]
        yield np.bitwise_or.reduce([ones[band] for band in chosen]), skipped


def _agree(
    one: NDArray[np.uint8], other: NDArray[np.uint8], mirrored: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell for each pair of sketches whether they go up and down alike."""
    turned = np.where(mirrored[:, None, None], one[:, :, ::-1], one)
    first, second = _slopes(turned), _slopes(other)
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.asarray(np.einsum("ij,ij->i", first, second) >= AGREEMENT * np.maximum(lengths, 1.0))


def _slopes(sketches: NDArray[np.uint8]) -> Cells:
    """Return the differences between cells side by side and one above the other."""
    gray = sketches.astype(np.float32)
    across, down = np.diff(gray, axis=2), np.diff(gray, axis=1)
    return np.concatenate([across.reshape(len(gray), -1), down.reshape(len(gray), -1)], axis=1)


def _unite(groups: Rows, first: Rows, second: Rows) -> None:
    """Give the rows of each pair one root; `groups` holds the root of each row, the smallest of its tree."""
    while len(first):
        low, high = np.minimum(groups[first], groups[second]), np.maximum(groups[first], groups[second])
        apart = low != high
        if not apart.any():
            return
        first, second = first[apart], second[apart]
        np.minimum.at(groups, high[apart], low[apart])
        while not np.array_equal(shorter := groups[groups], groups):
            groups[:] = shorter
