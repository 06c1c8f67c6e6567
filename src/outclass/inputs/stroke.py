"""Bring very thin and very thick strokes nearer to those of MNIST, by widening or eroding the ink."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Ink = NDArray[np.float32]
Bytes = NDArray[np.uint8]

THINNEST, THICKEST = 2.2, 4.2
"""Widths, in pixels of the result, between which a stroke is left as it is."""


def even_stroke(ink: Ink, box: int, working: int) -> Ink:
    """Return the ink with a stroke that will be neither too thin nor too thick once it fits the box.

    Parameters
    ----------
    ink
        float32 of shape ``[height, width]``, cropped to the ink.
    box
        Longer side of the result to come.
    working
        Longer side at which strokes are changed; the returned ink is of about this size if it is changed.
    """
    width = stroke_width(ink) * box / max(ink.shape)
    if THINNEST <= width <= THICKEST:
        return ink
    scaled = rescale(ink, working)
    pixels = working / box
    width = stroke_width(scaled) / pixels
    if width < THINNEST:
        return widen(scaled, round((THINNEST - width) / 2 * pixels))
    return erode(scaled, round((width - THICKEST) / 2 * pixels))


def stroke_width(ink: Ink) -> float:
    """Return the mean width of the strokes in pixels: twice the area over the length of the outline."""
    padded = np.pad(ink, 1)
    down, across = np.diff(padded, axis=0)[:, :-1], np.diff(padded, axis=1)[:-1]
    outline = float(np.sqrt(down * down + across * across).sum())
    return 2 * float(ink.sum()) / outline if outline else 0.0


def rescale(ink: Ink, longer: int) -> Ink:
    """Scale to a longer side; thin lines keep their darkness."""
    height, width = ink.shape
    scale = longer / max(height, width)
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    scaled = np.asarray(Image.fromarray(np.ascontiguousarray(ink)).resize(target, Image.Resampling.BILINEAR))
    return np.clip(scaled / np.float32(max(1e-6, np.percentile(scaled[scaled > 0.02], 80))), 0.0, 1.0)


def widen(ink: Ink, steps: int) -> Ink:
    """Widen all strokes by so many pixels on either side."""
    values = np.pad(np.rint(ink * 255).astype(np.uint8), steps + 1)
    for step in range(steps):
        values = neighbors(values, np.maximum, corners=bool(step % 2))
    return values.astype(np.float32) / np.float32(255)


def erode(ink: Ink, steps: int) -> Ink:
    """Narrow all strokes by so many pixels on either side."""
    values = np.pad(np.rint(ink * 255).astype(np.uint8), 1)
    for step in range(steps):
        values = neighbors(values, np.minimum, corners=bool(step % 2))
    return values.astype(np.float32) / np.float32(255)


def neighbors(values: Bytes, choose: np.ufunc, *, corners: bool) -> Bytes:
    """Return the largest or smallest of each pixel and its neighbors; without corners, a cross of five."""
    rows = values.copy()
    choose(rows[1:], values[:-1], out=rows[1:])
    choose(rows[:-1], values[1:], out=rows[:-1])
    source = rows if corners else values
    result = rows.copy()
    choose(result[:, 1:], source[:, :-1], out=result[:, 1:])
    choose(result[:, :-1], source[:, 1:], out=result[:, :-1])
    return result
