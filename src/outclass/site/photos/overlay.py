"""Where a model looked, as a picture to lay over the photo: dark where it made no difference."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from outclass.inputs.photo import seen_part
from outclass.site.pages.drawing import data_url

SIDE = 128
"""Pixels of the longer side; the browser draws it smooth at any size."""
DARKEST, UNSEEN = 0.72, 0.86
THIRD = 1 / 3

Grid = Sequence[Sequence[float]]


def overlay_url(grid: Grid, width: int, height: int) -> str:
    """Return the overlay for a photo of some size as a data URL.

    Parameters
    ----------
    grid
        How much each place of the model's view counted, 0 to 1, by rows from the top.
    """
    scale = SIDE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    start, above, across, down = (value * scale for value in seen_part(width, height))
    left, right = round(start), max(round(start + across), round(start) + 1)
    top, bottom = round(above), max(round(above + down), round(above) + 1)
    values = np.clip(np.asarray(grid, dtype=np.float32), 0.0, 1.0)
    inside = Image.fromarray(values).resize((right - left, bottom - top), Image.Resampling.BICUBIC)
    shade = np.full((size[1], size[0]), UNSEEN, dtype=np.float32)
    shade[top:bottom, left:right] = DARKEST * (1 - np.clip(np.asarray(inside), 0.0, 1.0))
    pixels = np.zeros((*shade.shape, 2), dtype=np.uint8)
    pixels[..., 1] = np.rint(255 * shade)
    buffer = io.BytesIO()
    Image.fromarray(pixels, "LA").save(buffer, "PNG", optimize=True)
    return data_url(buffer.getvalue(), "image/png")


def place_words(grid: Grid) -> str:
    """Say in words where a model looked most.

    >>> place_words([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    'the upper left'
    """
    values = np.clip(np.asarray(grid, dtype=np.float64), 0.0, None) ** 2
    total = float(values.sum())
    if total <= 0:
        return "nothing in particular"
    rows, columns = values.shape
    down = float((values.sum(axis=1) * (np.arange(rows) + 0.5)).sum()) / total / rows
    across = float((values.sum(axis=0) * (np.arange(columns) + 0.5)).sum()) / total / columns
    upright = "upper" if down < THIRD else "lower" if down > 1 - THIRD else ""
    sideways = "left" if across < THIRD else "right" if across > 1 - THIRD else ""
    match upright, sideways:
        case "", "":
            return "the middle"
        case "", side:
            return f"the {side} side"
        case side, "":
            return f"the {side} part"
        case _:
            return f"the {upright} {sideways}"
