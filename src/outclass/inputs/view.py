"""What a model sees of a photo: its middle square. These bytes count in the fingerprint of models."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 224


def view_of(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the middle square of RGB pixels ``[h, w, 3]`` as ``[SIDE, SIDE, 3]``."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    picture = Image.fromarray(pixels).resize(
        (SIDE, SIDE), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side)
    )
    return np.asarray(picture)
