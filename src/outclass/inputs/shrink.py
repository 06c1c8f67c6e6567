"""Average large pictures down at once: more detail does not help a result of 28 x 28, but costs memory."""

import numpy as np
from numpy.typing import NDArray

WORKING_SIDE = 512
"""Pictures are brought to a longer side of less than twice this."""

Pixels = NDArray[np.float32] | NDArray[np.uint8]


def shrink(pixels: Pixels) -> Pixels:
    """Return a picture of at most about `WORKING_SIDE`, each pixel the mean of a block.

    Parameters
    ----------
    pixels
        Shape ``[height, width]`` or ``[height, width, channels]``, of any values.

    Returns
    -------
    float32, or the picture itself if it is small enough. A rest of less than a block at the right and lower
    edge is left out.
    """
    factor = max(pixels.shape[:2]) // WORKING_SIDE
    if factor < 2:
        return pixels
    for axis in (0, 1):
        step = min(factor, pixels.shape[axis])
        pixels = mean_of_blocks(pixels, step, axis)
    return pixels


def mean_of_blocks(pixels: Pixels, step: int, axis: int) -> NDArray[np.float32]:
    """Return the means of so many neighbors along an axis."""
    count = pixels.shape[axis] // step
    whole = pixels[: count * step] if axis == 0 else pixels[:, : count * step]
    shape = (*whole.shape[:axis], count, step, *whole.shape[axis + 1 :])
    means: NDArray[np.float32] = whole.reshape(shape).mean(axis=axis + 1, dtype=np.float32)
    return means
