"""What a digit is written on, and what a camera makes of it."""

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Array = NDArray[np.float32]
Random = np.random.Generator
Effect = Callable[[Array, Random], Array]

WHITE, YELLOWISH = (0.93, 0.93, 0.92), (0.9, 0.84, 0.68)
BLACK_PEN, BLUE_PEN, PENCIL, MARKER = (
    (0.12, 0.12, 0.14),
    (0.2, 0.28, 0.62),
    (0.5, 0.5, 0.5),
    (0.05, 0.05, 0.05),
)
RED_PEN = (0.75, 0.15, 0.18)


def on_paper(ink: Array, paper: Array, pen: tuple[float, float, float]) -> Array:
    """Lay ink on paper; a pen does not cover evenly."""
    return paper * (1 - ink[..., None]) + paper * np.array(pen, dtype=np.float32) * ink[..., None]


def plain(size: tuple[int, int], color: tuple[float, float, float]) -> Array:
    """Return a sheet of one color."""
    return np.tile(np.array(color, dtype=np.float32), (size[1], size[0], 1))


def ruled(sheet: Array, random: Random, *, squared: bool) -> Array:
    """Print faint lines on a sheet."""
    result = sheet.copy()
    step = max(6, round(max(sheet.shape) * random.uniform(0.12, 0.3)))
    width = max(1, round(max(sheet.shape) / 250))
    tint = np.array((0.72, 0.8, 0.92), dtype=np.float32)
    for axis in (0, 1) if squared else (0,):
        first = int(random.integers(0, step))
        for start in range(first, sheet.shape[axis], step):
            part = (slice(start, start + width),) if axis == 0 else (slice(None), slice(start, start + width))
            result[part] = sheet[part] * tint
    return result


def grain(picture: Array, random: Random) -> Array:
    """Add the texture of paper."""
    small = random.normal(0, 0.02, picture.shape[:2]).astype(np.float32)
    return picture * (1 + ndimage.gaussian_filter(small, 1.0) * 2)[..., None]


def shading(picture: Array, random: Random) -> Array:
    """Light from one side."""
    y, x = unit(picture)
    angle = random.uniform(0, 2 * np.pi)
    light = 0.75 + 0.35 * (x * np.cos(angle) + y * np.sin(angle))
    return picture * light[..., None]


def vignette(picture: Array, random: Random) -> Array:
    """Darken the corners."""
    y, x = unit(picture)
    return picture * (1 - random.uniform(0.15, 0.35) * (x * x + y * y))[..., None]


def hard_shadow(picture: Array, random: Random) -> Array:
    """Let a hand throw its shadow over a part."""
    y, x = unit(picture)
    angle, where = random.uniform(0, 2 * np.pi), random.uniform(-0.3, 0.3)
    depth = (x * np.cos(angle) + y * np.sin(angle) - where) * max(picture.shape) / 6
    return picture * (1 - 0.45 * np.clip(depth + 0.5, 0, 1))[..., None]


def table(picture: Array, random: Random) -> Array:
    """Let the dark table show in a corner."""
    y, x = unit(picture)
    sides = random.choice([-1, 1], 2)
    beyond = (x * sides[0] + y * sides[1] * random.uniform(0.8, 1.0)) > 1.2
    return np.where(beyond[..., None], np.array((0.25, 0.17, 0.1), dtype=np.float32), picture)


def noise(picture: Array, random: Random) -> Array:
    """Add the noise of a sensor."""
    return picture + random.normal(0, 0.025, picture.shape).astype(np.float32)


def blur(picture: Array, random: Random) -> Array:
    """Miss the focus."""
    sigma = max(picture.shape) * random.uniform(0.004, 0.01)
    return np.asarray(ndimage.gaussian_filter(picture, (sigma, sigma, 0)), dtype=np.float32)


def jpeg(picture: Array, random: Random) -> Array:
    """Store with loss."""
    buffer = io.BytesIO()
    quality = int(random.integers(25, 60))
    Image.fromarray(to_bytes(picture)).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer), dtype=np.float32) / 255


def perspective(picture: Array, random: Random) -> Array:
    """Look at the sheet from the side."""
    height, width = picture.shape[:2]
    p, q = random.uniform(-0.25, 0.25, 2) / np.array([width, height])
    image = Image.fromarray(to_bytes(picture))
    shift = 1 + p * width / 2 + q * height / 2
    middle = tuple(int(each) for each in np.median(to_bytes(picture), (0, 1)))
    moved = image.transform(
        image.size, Image.Transform.PERSPECTIVE, (shift, 0, 0, 0, shift, 0, p, q),
        Image.Resampling.BILINEAR, fillcolor=middle,
    )  # fmt: skip
    return np.asarray(moved, dtype=np.float32) / 255


def unit(picture: Array) -> tuple[Array, Array]:
    """Return rows and columns from -1 to 1."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return y.astype(np.float32), x.astype(np.float32)


def to_bytes(picture: Array) -> NDArray[np.uint8]:
    """Return values from 0 to 1 as bytes."""
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def png(picture: NDArray[np.uint8], mode: str | None = None) -> bytes:
    """Return a PNG."""
    buffer = io.BytesIO()
    image = Image.fromarray(picture)
    (image.convert(mode) if mode else image).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
