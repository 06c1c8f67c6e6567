"""The form of MNIST: crop to the ink, fit into 20 x 20 of 28 x 28, center of mass in the middle.

Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits: "size normalized to fit in
a 20x20 pixel box while preserving their aspect ratio", then centered by the center of mass of the pixels.
"""

import functools

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outclass.inputs.specks import without_specks
from outclass.inputs.stroke import even_stroke

Ink = NDArray[np.float32]

FAINTEST = 0.05
"""A drawing whose strongest ink is below this is empty."""
EDGE = 0.15
"""Ink below this share of the strongest is no edge to crop at."""
WORKING = 8
"""Strokes are measured and changed at so many times the size of the result's box."""


def is_empty(ink: Ink) -> bool:
    """Tell whether nothing is drawn."""
    return ink.size == 0 or float(ink.max()) < FAINTEST


def normalize(ink: Ink, size: int = 28) -> Ink:
    """Bring ink of any shape into the form of MNIST.

    A picture that has this form already is returned unchanged, as resampling it again would only blur it.
    Of any other, specks far from the drawing are left out, and strokes much thinner or thicker than those of
    MNIST are brought nearer to them.

    Parameters
    ----------
    ink
        float32 of shape ``[height, width]``, 0 is background and 1 is ink.
    size
        Side of the result.

    Returns
    -------
    float32 of shape ``[size, size]``; all zeros when nothing is drawn.
    """
    if in_form(ink, size):
        return ink
    if is_empty(ink):
        return np.zeros((size, size), dtype=np.float32)
    box = round(size * 20 / 28)
    strong = ink / ink.max()
    cropped = crop(without_specks(crop(strong)))
    evened = even_stroke(cropped, box, box * WORKING)
    return center(fit(evened, box), size)


def in_form(ink: Ink, size: int) -> bool:
    """Tell whether a drawing has the form of MNIST: box of 20 (or 19), center of mass in the middle.

    Nearly every request comes here: all is found by products with two short rows, by the method `dot`, as the
    operator `@`, and most else that numpy offers, takes twice as long or more for so small an array.
    """
    if ink.shape != (size, size):
        return False
    ones, steps = short_rows(size)
    down, across = ink.dot(ones), ones.dot(ink)
    mass = float(down.dot(ones))
    if mass < FAINTEST * ink.size and is_empty(ink):  # with more ink than that it cannot be empty
        return False
    rows, columns = down.nonzero()[0], across.nonzero()[0]
    longer = 1 + max(rows.item(-1) - rows.item(0), columns.item(-1) - columns.item(0))
    box = round(size * 20 / 28)
    if not box - 1 <= longer <= box:
        return False
    return abs(float(down.dot(steps))) <= mass and abs(float(across.dot(steps))) <= mass


def center_of_mass(ink: Ink) -> tuple[float, float]:
    """Return row and column of the center of mass, in pixels from the middle of the first."""
    total = float(ink.sum())
    y = float(ink.sum(axis=1) @ np.arange(ink.shape[0])) / total
    x = float(ink.sum(axis=0) @ np.arange(ink.shape[1])) / total
    return y, x


@functools.lru_cache(maxsize=8)
def short_rows(count: int) -> tuple[Ink, Ink]:
    """Return ones, and the steps from the middle; products with them are the quickest sum and moment."""
    ones = np.ones(count, dtype=np.float32)
    return ones, np.arange(count, dtype=np.float32) - np.float32((count - 1) / 2)


def crop(ink: Ink) -> Ink:
    """Cut to the ink."""
    inked = ink > EDGE
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def fit(ink: Ink, box: int) -> Ink:
    """Scale so that the longer side is `box`, each pixel the average of what it covers."""
    height, width = ink.shape
    scale = box / max(height, width)
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    if target == (width, height):
        return ink
    scaled = Image.fromarray(np.ascontiguousarray(ink)).resize(target, Image.Resampling.BILINEAR)
    return np.clip(np.asarray(scaled, dtype=np.float32), 0.0, 1.0)


def center(ink: Ink, size: int) -> Ink:
    """Place on a square so that the center of mass is in the middle, as far as it fits."""
    y, x = center_of_mass(ink)
    middle = (size - 1) / 2
    top = min(max(round(middle - y), 0), size - ink.shape[0])
    left = min(max(round(middle - x), 0), size - ink.shape[1])
    result = np.zeros((size, size), dtype=np.float32)
    result[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return result
