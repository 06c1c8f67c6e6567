"""Pictures that are no photos: drawings, screenshots, diagrams, and photos with letters of a meme over them.

Two measures of pixels, no model. Graphics have large areas of few colors with hard edges between, where a
photo has none of the three; letters over a picture are white within a black edge, in its upper or lower
quarter, and nearly all that is black there is such an edge. The bounds leave photos alone: 1 of 1,414 photos
of cats, dogs, camera traps and mushrooms crosses them. Of photos of cats with such letters three in four do;
the others are dark where the letters stand.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

SIDE = 320
"""Larger pictures are looked at with so many pixels on the shorter side."""
SAME, HARD = 2, 48
"""Differences between neighbors, of 255, up to which they are one area, and from which there is an edge."""
LEAST_FLAT, LEAST_HARD, LEAST_COMMON = 0.6, 0.2, 0.4
COMMON_COLORS = 4
WHITE, BLACK = 235, 25
BAND = 0.25
LEAST_LETTERS, LEAST_EDGES = 0.004, 0.6


def is_graphic(pixels: Pixels) -> bool:
    """Tell whether RGB pixels ``[h, w, 3]`` are a graphic, or a picture with letters over it."""
    small = shrunk(pixels)
    return is_drawn(small) or has_letters(small)


def shrunk(pixels: Pixels) -> Pixels:
    """Return a picture with at most `SIDE` pixels on its shorter side; no colors are mixed."""
    height, width = pixels.shape[:2]
    scale = SIDE / min(height, width)
    if scale >= 1.0:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST))


def is_drawn(pixels: Pixels) -> bool:
    """Tell whether there are large areas of few colors with hard edges between."""
    values = pixels.astype(np.int16)
    if min(values.shape[:2]) < 2:
        return True
    across = np.abs(np.diff(values, axis=1)).max(axis=2)[:-1]
    down = np.abs(np.diff(values, axis=0)).max(axis=2)[:, :-1]
    change = np.maximum(across, down)
    flat = float((change <= SAME).mean())
    hard = int((change >= HARD).sum()) / max(1, int((change > SAME).sum()))
    return flat >= LEAST_FLAT and (hard >= LEAST_HARD or flat == 1.0) and common_share(pixels) >= LEAST_COMMON


def common_share(pixels: Pixels) -> float:
    """Return the share of pixels that have one of the four most common colors, of 32,768."""
    coarse = (pixels >> 3).astype(np.int32)
    codes = (coarse[..., 0] << 10) | (coarse[..., 1] << 5) | coarse[..., 2]
    counts = np.sort(np.bincount(codes.ravel()))[::-1]
    return float(counts[:COMMON_COLORS].sum() / codes.size)


def has_letters(pixels: Pixels) -> bool:
    """Tell whether white letters with a black edge stand in the upper or the lower quarter."""
    white, black = pixels.min(axis=2) >= WHITE, pixels.max(axis=2) <= BLACK
    reach = max(2, min(pixels.shape[:2]) // 60)
    edged, edge = white & grown(black, reach), black & grown(white, reach)
    rows = max(1, round(pixels.shape[0] * BAND))
    return any(
        min(float(edged[band].mean()), float(edge[band].mean())) >= LEAST_LETTERS
        and int(edge[band].sum()) >= LEAST_EDGES * int(black[band].sum())
        for band in (slice(0, rows), slice(-rows, None))
    )


def grown(mask: Mask, reach: int) -> Mask:
    """Return a mask with all that is at most so many pixels away from it, across or down."""
    for axis in (0, 1):
        wide = mask.copy()
        for step in range(1, reach + 1):
            before, after = [slice(None)] * 2, [slice(None)] * 2
            before[axis], after[axis] = slice(None, -step), slice(step, None)
            wide[tuple(after)] |= mask[tuple(before)]
            wide[tuple(before)] |= mask[tuple(after)]
        mask = wide
    return mask
