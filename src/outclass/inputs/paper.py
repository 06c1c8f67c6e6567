"""Find the ink of a picture: which of light and dark is ink, and what is only paper, shadow and noise."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from outclass.inputs.specks import without_edges

Ink = NDArray[np.float32]

FLAT = 1.5 / 255
"""Pixels that differ less from the paper are of its color."""
CLEAN_BORDER, CLEAN_SHARE = 0.75, 0.5
"""A picture is drawn, not photographed, where so much of its border and of the whole is of one color."""
COARSE_SIDE = 96
"""The paper is estimated on a picture of about this size."""
STROKE_SHARE = 0.11
"""Half of the widest stroke that is taken for ink, as a share of the longer side."""
SURROUNDINGS = 0.15
"""Radius of what is around a pixel, as a share of the longer side."""
STEP = 0.6
"""Where the paper falls below this share of itself within two pixels, another thing begins."""
FAINTEST_INK = 0.08
"""A photo whose darkest strokes differ less from its paper is blank."""
NOISE_FACTOR = 3.5
"""So many standard deviations of the paper's noise are needed to be ink."""
NORMAL_DEVIATION = 1.4826
"""Standard deviation over median absolute deviation, where noise is normal."""
SAMPLE_SIDE = 128
BLUR, SMALLEST_BLUR = 0.0025, 0.3
"""Radius of the blur against noise, as a share of the longer side, and in pixels."""
RAMP = (0.35, 0.8)
"""Ink that is less than the first share of full ink becomes paper, more than the second becomes full ink."""


def ink_of_picture(picture: NDArray[np.float32]) -> Ink:
    """Return the ink of a picture that may be light on dark or dark on light, gray or colored.

    Parameters
    ----------
    picture
        float32 of shape ``[height, width, channels]`` from 0 to 1; 1 or 3 channels, one more for alpha.

    Returns
    -------
    float32 of shape ``[height, width]`` from 0 (paper) to 1 (ink); all zeros for a blank sheet.
    """
    plane = strongest_plane(opaque(picture))
    paper = float(np.median(border(plane)))
    if is_clean(plane, paper):
        return drawn_ink(plane, paper)
    return photographed_ink(plane)


def opaque(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Lay a picture with alpha on black if its ink is light, else on white."""
    channels = picture.shape[2]
    if channels in (1, 3):
        return picture
    color, alpha = picture[:, :, :-1], picture[:, :, -1:]
    total = float(alpha.sum())
    light = total > 0 and float((color * alpha).sum()) / (total * (channels - 1)) > 0.5
    paper = np.float32(0.0 if light else 1.0)
    laid: NDArray[np.float32] = color * alpha + paper * (1 - alpha)
    return laid


def strongest_plane(picture: NDArray[np.float32]) -> Ink:
    """Return the color plane with the largest spread, as a red pen shows best in green or blue."""
    if picture.shape[2] == 1:
        return picture[:, :, 0]
    spread = picture.reshape(-1, picture.shape[2]).std(axis=0)
    return np.ascontiguousarray(picture[:, :, int(spread.argmax())])


def border(plane: Ink) -> Ink:
    """Return the pixels along the edge."""
    return np.concatenate([plane[0], plane[-1], plane[:, 0], plane[:, -1]])


def is_clean(plane: Ink, paper: float) -> bool:
    """Tell whether the paper has one flat color, as a program draws it."""
    edge = float((np.abs(border(plane) - paper) <= FLAT).mean())
    return edge >= CLEAN_BORDER and float((np.abs(plane - paper) <= FLAT).mean()) >= CLEAN_SHARE


def drawn_ink(plane: Ink, paper: float) -> Ink:
    """Return the distance from a flat background, full ink being 1."""
    distance: Ink = np.abs(plane - np.float32(paper))
    reach = max(paper, 1 - paper)
    peak = float(distance.max())
    return distance / np.float32(reach if peak > reach / 2 or peak < FLAT else peak)


def photographed_ink(plane: Ink) -> Ink:
    """Return the ink of a photo or scan: the paper's shading is divided out, its noise thresholded away."""
    smooth = denoised(plane)
    ink = contrast(smooth if is_dark_ink(smooth) else 1 - smooth)
    sample = some(ink)
    middle = np.float32(np.median(sample))
    ink, sample = ink - middle, sample - middle
    strokes = sample[sample > otsu(sample)]
    full = float(np.percentile(strokes, 75)) if strokes.size else 0.0
    noise = NORMAL_DEVIATION * float(np.median(np.abs(sample)))
    if full < max(FAINTEST_INK, NOISE_FACTOR * noise):
        return np.zeros_like(ink)
    low, high = RAMP[0] * full, RAMP[1] * full
    return without_edges(np.clip((ink - np.float32(low)) / np.float32(high - low), 0.0, 1.0))


def some(ink: Ink) -> Ink:
    """Return enough pixels of a picture to tell its paper from its ink."""
    step = max(1, min(ink.shape) // SAMPLE_SIDE)
    return ink[::step, ::step]


def denoised(plane: Ink) -> Ink:
    """Return a large picture slightly blurred, which takes away noise and leaves strokes."""
    radius = max(plane.shape) * BLUR
    if radius < SMALLEST_BLUR:
        return plane
    image = Image.fromarray(np.rint(plane * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def is_dark_ink(plane: Ink) -> bool:
    """Tell whether what stands out from its surroundings is darker: ink covers less than paper does."""
    coarse = reduced(plane)
    image = Image.fromarray(np.rint(coarse * 255).astype(np.uint8))
    around = np.asarray(
        image.filter(ImageFilter.GaussianBlur(SURROUNDINGS * max(image.size))), dtype=np.float32
    )
    return float(np.power(coarse - around / np.float32(255), 3).sum()) <= 0


def reduced(plane: Ink) -> Ink:
    """Return a plane of at most `COARSE_SIDE`, each pixel the average of what it covers."""
    height, width = plane.shape
    scale = min(1.0, COARSE_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BOX), dtype=np.float32)


def contrast(plane: Ink) -> Ink:
    """Return how much darker each pixel is than the paper around it, from 0 to 1.

    The paper is the closing of the picture (the darkest of the lightest around each place), which bridges
    strokes but follows shadows, as those are wider.
    """
    coarse = reduced(plane)
    reach = max(1, round(STROKE_SHARE * max(coarse.shape)))
    closed = closing(beyond(np.rint(coarse * 255).astype(np.int16), 3 * reach), reach)
    smooth = Image.fromarray(smoothed(closed, reach / 4))
    inner = smooth.crop((reach, reach, smooth.width - reach, smooth.height - reach))
    sheet = inner.resize(plane.shape[::-1], Image.Resampling.BILINEAR)
    paper = np.asarray(sheet, dtype=np.float32) / np.float32(255)
    darker: Ink = 1 - plane / np.maximum(paper, np.float32(0.02))
    return np.clip(darker, 0.0, 1.0)


def smoothed(sheet: NDArray[np.uint8], radius: float) -> NDArray[np.uint8]:
    """Return the paper without the corners of the window, but with its steps, as at the end of the sheet.

    A step that was blurred, or lies a pixel off, would leave a line of ink on its darker side.
    """
    image = Image.fromarray(sheet)
    lowest = np.asarray(image.filter(ImageFilter.MinFilter(5)))
    blurred = np.asarray(image.filter(ImageFilter.GaussianBlur(radius)))
    return np.where(lowest < STEP * sheet, lowest, blurred)


def closing(values: NDArray[np.uint8], reach: int) -> NDArray[np.uint8]:
    """Return the closing with a square of side ``2 * reach + 1``, smaller by `2 * reach` on every side."""
    widened = sliding(sliding(values, reach, 0, np.maximum), reach, 1, np.maximum)
    return sliding(sliding(widened, reach, 0, np.minimum), reach, 1, np.minimum)


def beyond(values: NDArray[np.int16], reach: int) -> NDArray[np.uint8]:
    """Return the picture with its slopes going on beyond its edge, so that these are not taken for ink."""
    for axis in (0, 1):
        widths = [(0, 0), (0, 0)]
        widths[axis] = (reach, reach)
        values = np.clip(np.pad(values, widths, mode="reflect", reflect_type="odd"), 0, 255)
    return values.astype(np.uint8)


def sliding(values: NDArray[np.uint8], reach: int, axis: int, choose: np.ufunc) -> NDArray[np.uint8]:
    """Return the largest or smallest of the `2 * reach + 1` values around each, where all of them exist."""
    moved = np.moveaxis(values, axis, 0)
    length = len(moved) - 2 * reach
    result = moved[:length].copy()
    for offset in range(1, 2 * reach + 1):
        choose(result, moved[offset : offset + length], out=result)
    return np.moveaxis(result, 0, axis)


def otsu(ink: Ink) -> float:
    """Return the value that parts ink from paper best.

    Source: N. Otsu, A Threshold Selection Method from Gray-Level Histograms, IEEE Trans. SMC 9 (1979).
    """
    counts, edges = np.histogram(ink, bins=128, range=(0.0, 1.0))
    centers = (edges[:-1] + edges[1:]) / 2
    weight = np.cumsum(counts)
    total, mass = weight[-1], np.cumsum(counts * centers)
    rest = total - weight
    usable = (weight > 0) & (rest > 0)
    spread = np.zeros(len(counts))
    gap = mass[usable] / weight[usable] - (mass[-1] - mass[usable]) / rest[usable]
    spread[usable] = weight[usable] * rest[usable] * np.square(gap)
    return float(edges[1 + int(spread.argmax())])
