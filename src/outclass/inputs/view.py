"""What a model sees of a photo, made square. These bytes count in the fingerprint of models."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 224
MARGIN = 0.1
"""How much of a box's longer side is added around it, as a share."""


def view_of(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return RGB pixels ``[h, w, 3]`` as ``[SIDE, SIDE, 3]``.

    Of what makes a photo longer than a square, half is cut off, and half pressed into the square.
    """
    left, top, across, down = part_of(pixels.shape[1], pixels.shape[0])
    seen = np.ascontiguousarray(pixels[top : top + down, left : left + across])
    return np.asarray(Image.fromarray(seen).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def part_of(width: int, height: int) -> tuple[int, int, int, int]:
    """Return left, top, width and height of the part of a photo that its view shows.

    >>> part_of(640, 480)
    (40, 0, 560, 480)
    """
    side = min(width, height)
    left, top = (width - side) // 4, (height - side) // 4
    return left, top, width - 2 * left, height - 2 * top


def around(box: tuple[int, int, int, int], width: int, height: int) -> tuple[int, int, int, int]:
    """Return a square around a box, with a margin, as far as the photo of that size has room for it.

    Boxes are left, top, width and height; one without a size, which means the whole photo, stays as it is.
    """
    left, top, across, down = box
    if not across or not down:
        return box
    side = round(max(across, down) * (1 + 2 * MARGIN))
    wide, high = min(side, width), min(side, height)
    x = min(max(left + (across - wide) // 2, 0), width - wide)
    y = min(max(top + (down - high) // 2, 0), height - high)
    return x, y, wide, high
