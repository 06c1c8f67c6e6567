"""Photos with the same contrast in all their parts, as if light fell on them evenly.

Limited equalization of histograms by tiles (K. Zuiderveld, Contrast limited adaptive histogram equalization,
Graphics Gems IV, 1994) of the luma; colors stay.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TILES = 4
"""Across and down."""
LIMIT = 3.0
"""So many times the mean may a shade of a tile be counted; the rest is spread over all shades."""
SHADES = 256

Pixels = NDArray[np.uint8]
Curves = NDArray[np.float32]


def evened(pixels: Pixels) -> Pixels:
    """Return a photo ``[h, w, 3]`` with even contrast.

    >>> evened(np.zeros((8, 8, 3), dtype=np.uint8)).shape
    (8, 8, 3)
    """
    parts = np.array(Image.fromarray(pixels).convert("YCbCr"))
    luma = parts[:, :, 0]
    parts[:, :, 0] = np.clip(blended(luma, curves_of(luma)), 0, SHADES - 1)
    return np.asarray(Image.fromarray(parts, "YCbCr").convert("RGB"))


def curves_of(luma: Pixels) -> Curves:
    """Return the new shade of each shade, ``[TILES, TILES, SHADES]``."""
    downs, acrosses = (np.linspace(0, side, TILES + 1).astype(int) for side in luma.shape)
    curves = np.zeros((TILES, TILES, SHADES), dtype=np.float32)
    for row in range(TILES):
        for column in range(TILES):
            tile = luma[downs[row] : downs[row + 1], acrosses[column] : acrosses[column + 1]]
            curves[row, column] = curve_of(np.bincount(tile.ravel(), minlength=SHADES).astype(np.float32))
    return curves


def curve_of(counts: Curves) -> Curves:
    """Return the new shade of each shade by how often those are in a tile."""
    most = LIMIT * counts.sum() / SHADES
    spread = np.minimum(counts, most) + np.maximum(counts - most, 0).sum() / SHADES
    return np.asarray((SHADES - 1) * np.cumsum(spread) / max(float(counts.sum()), 1.0), dtype=np.float32)


def blended(luma: Pixels, curves: Curves) -> Curves:
    """Return shades by the curves of the four nearest tiles."""
    (up, down, low), (left, right, far) = (nearest(side) for side in luma.shape)
    above = (1 - far) * shades_by(curves, up, left, luma) + far * shades_by(curves, up, right, luma)
    below = (1 - far) * shades_by(curves, down, left, luma) + far * shades_by(curves, down, right, luma)
    return np.asarray((1 - low[:, None]) * above + low[:, None] * below, dtype=np.float32)


def nearest(side: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Curves]:
    """Return the tiles before and after each pixel of a side, and how far it is on its way."""
    place = (np.arange(side) + 0.5) / side * TILES - 0.5
    before = np.clip(np.floor(place), 0, TILES - 1).astype(np.int64)
    after = np.clip(before + 1, 0, TILES - 1)
    return before, after, np.clip(place - before, 0, 1).astype(np.float32)


def shades_by(curves: Curves, rows: NDArray[np.int64], columns: NDArray[np.int64], luma: Pixels) -> Curves:
    """Return the shades that the tiles of rows and columns turn pixels into."""
    return curves[rows[:, None], columns[None, :], luma]
