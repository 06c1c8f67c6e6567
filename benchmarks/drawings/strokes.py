"""Digits of MNIST as center lines, to be written again with any pen, of any size, anywhere on a canvas."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Array = NDArray[np.float32]

BOX = 20
SCALE = 6
MARGIN = 40
SIDE = BOX * SCALE + 2 * MARGIN
FAR = 1e3
PEN, NEAR = 0.06, 0.12
RAISED = 0.8
"""What the blur adds to the distance on the line itself."""


@dataclass(frozen=True)
class Digit:
    """A digit of MNIST at six times its size, with a margin around it."""

    picture: NDArray[np.uint8]
    label: str

    @cached_property
    def shape(self) -> Array:
        """Return the ink, enlarged smoothly."""
        rows, columns = np.flatnonzero(self.picture.any(axis=1)), np.flatnonzero(self.picture.any(axis=0))
        inner = self.picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        size = (inner.shape[1] * SCALE, inner.shape[0] * SCALE)
        large = np.asarray(Image.fromarray(inner).resize(size, Image.Resampling.BICUBIC), dtype=np.float32)
        result = np.zeros((SIDE, SIDE), dtype=np.float32)
        top, left = (SIDE - large.shape[0]) // 2, (SIDE - large.shape[1]) // 2
        result[top : top + large.shape[0], left : left + large.shape[1]] = large / 255
        return result

    @cached_property
    def outline(self) -> Array:
        """Return the distance from the digit's own edge, negative inside, as a share of its box."""
        inside = ndimage.gaussian_filter(self.shape, 1.5) > 0.45
        outer, inner = ndimage.distance_transform_edt(~inside), ndimage.distance_transform_edt(inside)
        return np.asarray((outer - inner) / (BOX * SCALE), dtype=np.float32)

    @property
    def is_line(self) -> bool:
        """Tell whether the center line keeps the digit's parts and holes, and comes near all of its ink."""
        inside, written = self.outline < 0, self.line < PEN / 2
        same = all(count(each) == count(other) for each, other in ((inside, written), (~inside, ~written)))
        return same and float((self.line[inside] < NEAR).mean()) > 0.97

    @cached_property
    def line(self) -> Array:
        """Return the distance from the center line, as a share of its box."""
        inside = ndimage.gaussian_filter(self.shape, 1.5) > 0.4
        distance = ndimage.distance_transform_edt(~thinned(inside))
        smooth = np.maximum(ndimage.gaussian_filter(distance, 1.0) - RAISED, 0)
        return np.asarray(smooth / (BOX * SCALE), dtype=np.float32)


def count(inside: NDArray[np.bool_]) -> int:
    """Return the number of connected parts."""
    return int(ndimage.label(inside)[1])


def thinned(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Thin to lines of one pixel.

    Source: T. Y. Zhang, C. Y. Suen, A fast parallel algorithm for thinning digital patterns, Comm.
    of the ACM 27 (1984).
    """
    image = inside.copy()
    changed = True
    while changed:
        changed = False
        for first in (True, False):
            around = [np.roll(image, shift, (0, 1)) for shift in RING]
            count = np.sum(around, axis=0)
            turns = sum(
                ~one & other for one, other in zip(around, around[1:] + around[:1], strict=True)
            ) + np.zeros(image.shape, dtype=int)
            up, right, down, left = around[0], around[2], around[4], around[6]
            open_side = (
                ~(up & right & down) & ~(right & down & left)
                if first
                else ~(up & right & left) & ~(up & down & left)
            )
            gone = image & (count >= 2) & (count <= 6) & (turns == 1) & open_side
            image &= ~gone
            changed |= bool(gone.any())
    return image


RING = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
"""Shifts that bring the neighbors, clockwise from the upper one."""


@dataclass(frozen=True, kw_only=True)
class Placing:
    """Where a digit stands: its center and its longer side in pixels, and its tilt in degrees."""

    x: float
    y: float
    side: float
    tilt: float = 0.0
    tremble: float = 0.0


def write(
    digit: Digit, size: tuple[int, int], placing: Placing, pen: float | None, random: np.random.Generator
) -> Array:
    """Return the ink of a digit on a canvas of width and height, by a round pen or in its own shape."""
    field = digit.outline if pen is None else digit.line
    scale = placing.side / (BOX * SCALE)
    cos, sin = np.cos(np.radians(placing.tilt)) / scale, np.sin(np.radians(placing.tilt)) / scale
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    x, y = x - np.float32(placing.x), y - np.float32(placing.y)
    rows, columns = cos * y + sin * x + SIDE / 2, cos * x - sin * y + SIDE / 2
    if placing.tremble:
        rows, columns = (each + tremor(random, size, placing) for each in (rows, columns))
    distance = ndimage.map_coordinates(field, [rows, columns], order=1, mode="constant", cval=FAR)
    radius = 0.0 if pen is None else pen / 2
    return np.asarray(np.clip(radius - distance * placing.side + 0.5, 0, 1), dtype=np.float32)


def tremor(random: np.random.Generator, size: tuple[int, int], placing: Placing) -> Array:
    """Return how far an unsteady hand moves each place."""
    small = random.normal(0, placing.tremble, (12, 12)).astype(np.float32)
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC), dtype=np.float32)
