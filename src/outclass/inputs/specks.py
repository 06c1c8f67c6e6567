"""Leave out dust, stray dots and edges of the paper, which would spoil the crop."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]
Choice = Callable[[NDArray[np.intp], NDArray[np.float64]], list[int]]

COARSE = 96
"""Parts are found on a picture of at most this side."""
INKED = 0.15
SMALL = 0.05
"""A part with less than this share of the ink may be a speck."""
NEAR = 0.06
"""A small part is kept if it is nearer to the rest than this share of the rest's longer side."""
INNER = 0.2
FRINGE = 3
"""So many blocks around an unwanted part are left out as well, where there is no other part."""


def without_specks(ink: Ink) -> Ink:
    """Return the ink without small parts that lie apart from the drawing.

    Parameters
    ----------
    ink
        float32 of shape ``[height, width]``, cropped to the ink, the strongest being 1.
    """
    return without(ink, far_parts)


def without_edges(ink: Ink) -> Ink:
    """Return the ink without what comes in from the edge, such as a shadow, if there is more."""
    return without(ink, edge_parts)


def without(ink: Ink, choose: Choice) -> Ink:
    """Return the ink without the connected parts that `choose` names."""
    step = -(-max(ink.shape) // COARSE)
    blocks = in_blocks(ink, step)
    parts, count = connected_parts(blocks.max(axis=(1, 3)) > INKED)
    if count < 2:
        return ink
    weights = np.bincount(parts.ravel(), blocks.sum(axis=(1, 3)).ravel(), count + 1).astype(np.float64)
    weights[0] = 0.0
    unwanted = choose(parts, weights)
    if not unwanted:
        return ink
    blotted = with_fringe(parts, unwanted).repeat(step, axis=0).repeat(step, axis=1)
    return np.where(blotted[: ink.shape[0], : ink.shape[1]], np.float32(0.0), ink)


def with_fringe(parts: NDArray[np.intp], unwanted: list[int]) -> NDArray[np.bool_]:
    """Return where the unwanted parts are, with the faint ink around them."""
    blotted = np.isin(parts, unwanted)
    for _ in range(FRINGE):
        padded = np.pad(blotted, 1)
        blotted = (
            padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
        )
    kept: NDArray[np.bool_] = (parts == 0) | np.isin(parts, unwanted)
    return blotted & kept


def edge_parts(parts: NDArray[np.intp], weights: NDArray[np.float64]) -> list[int]:
    """Return the parts that touch two sides, if one that touches none has `INNER` of the largest's ink."""
    sides = [set(np.unique(side).tolist()) - {0} for side in (parts[0], parts[-1], parts[:, 0], parts[:, -1])]
    touching = sides[0] | sides[1] | sides[2] | sides[3]
    inner = np.delete(weights, list(touching))
    if inner.max(initial=0.0) < INNER * weights.max():
        return []
    return [part for part in touching if sum(part in side for side in sides) > 1]


def in_blocks(ink: Ink, step: int) -> Ink:
    """Return the picture as blocks, shape ``[rows, step, columns, step]``, padded with background."""
    height, width = ink.shape
    padded = np.pad(ink, ((0, -height % step), (0, -width % step)))
    return padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step)


def far_parts(parts: NDArray[np.intp], weights: NDArray[np.float64]) -> list[int]:
    """Return the small parts that are farther than `NEAR` from the box around the large ones."""
    large = np.flatnonzero(weights >= min(SMALL * weights.sum(), weights.max()))
    main = np.isin(parts, large)
    rows, columns = np.flatnonzero(main.any(axis=1)), np.flatnonzero(main.any(axis=0))
    reach = NEAR * (1 + max(rows[-1] - rows[0], columns[-1] - columns[0]))
    specks = []
    for part in range(1, len(weights)):
        if part in large:
            continue
        y, x = np.nonzero(parts == part)
        gap_y = max(rows[0] - y.max(), y.min() - rows[-1])
        gap_x = max(columns[0] - x.max(), x.min() - columns[-1])
        if max(gap_y, gap_x) > reach:
            specks.append(part)
    return specks


def connected_parts(inked: NDArray[np.bool_]) -> tuple[NDArray[np.intp], int]:
    """Number the parts that touch, also at corners; 0 is background.

    Runs of each row are joined with the runs of the row above that they touch.
    """
    runs = find_runs(inked)
    parent = list(range(len(runs)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    above, first = 0, 0
    for index, (row, start, stop) in enumerate(runs):
        while above < index and runs[above][0] < row - 1:
            above += 1
        first = above
        while first < index and runs[first][0] == row - 1:
            if runs[first][1] <= stop and start <= runs[first][2]:
                parent[root(index)] = root(first)
            first += 1
    numbers = {top: n for n, top in enumerate(sorted({root(run) for run in range(len(runs))}), start=1)}
    parts = np.zeros(inked.shape, dtype=np.intp)
    for index, (row, start, stop) in enumerate(runs):
        parts[row, start:stop] = numbers[root(index)]
    return parts, len(numbers)


def find_runs(inked: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Return row, start and stop of each run of ink, in reading order."""
    padded = np.zeros((inked.shape[0], inked.shape[1] + 2), dtype=np.int8)
    padded[:, 1:-1] = inked
    change = np.diff(padded, axis=1)
    rows, starts = np.nonzero(change == 1)
    _, stops = np.nonzero(change == -1)
    return list(zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True))
