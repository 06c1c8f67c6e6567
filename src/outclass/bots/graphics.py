"""Pictures that are no photos: drawings, screenshots, diagrams, and photos with letters of a meme over them.

Two measures of pixels, no model. Graphics have large areas of few colors with hard edges between, where a
photo has none of the three. Letters over a picture are white on black edges, in its upper or lower quarter:
where the picture is bright, nearly all that is black is such an edge; where it is dark, nearly all that is
white is a stroke. Measured on photos of cats, dogs, camera traps and mushrooms: 3 of 1,014 are taken for a
graphic; with letters laid over them, 95 of 100 photos of cats are.
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
LEAST_LETTERS, LEAST_EDGES, LEAST_STROKES = 0.004, 0.6, 0.85
STRIP = 0.95
STROKES, LEAST_ROWS = 5, 0.08
"""Rows of letters have so many strokes, and so large a share of the quarter's rows are such."""


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
    """Tell whether white letters on black edges stand in the upper or the lower quarter."""
    white, black = pixels.min(axis=2) >= WHITE, pixels.max(axis=2) <= BLACK
    reach = max(2, min(pixels.shape[:2]) // 60)
    near_white = grown(white, reach)
    edged, edge = white & grown(black, reach), black & near_white
    # A strip with the date and the temperature, as camera traps write it, is black all across.
    picture = ((black | near_white).mean(axis=1) < STRIP)[:, np.newaxis]
    rows = max(1, round(pixels.shape[0] * BAND))
    return any(
        are_edges(edged[band], edge[band], black[band])
        or are_strokes(edged[band] & picture[band], edge[band] & picture[band], white[band] & picture[band])
        for band in (slice(0, rows), slice(-rows, None))
    )


def are_edges(edged: Mask, edge: Mask, black: Mask) -> bool:
    """Tell whether nearly all black is an edge of something white, as where the picture is bright."""
    enough = min(float(edged.mean()), float(edge.mean())) >= LEAST_LETTERS
    return enough and int(edge.sum()) >= LEAST_EDGES * int(black.sum())


def are_strokes(edged: Mask, edge: Mask, white: Mask) -> bool:
    """Tell whether nearly all white lies beside black, in rows of strokes, as where the picture is dark."""
    enough = min(float(edged.mean()), float(edge.mean())) >= LEAST_LETTERS
    if not enough or int(edged.sum()) < LEAST_STROKES * int(white.sum()):
        return False
    strokes = (np.diff(white.astype(np.int8), axis=1) == 1).sum(axis=1)
    return float((strokes >= STROKES).mean()) >= LEAST_ROWS


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
