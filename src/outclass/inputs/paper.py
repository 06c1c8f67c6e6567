"""Find the ink of a picture: which of light and dark is ink, and what is only paper and shadow."""

import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]

CLEAN_SHARE = 0.5
"""A picture is drawn, not photographed, where at least this share of it is one flat color."""
FLAT = 4 / 255


def ink_of_picture(picture: NDArray[np.float32]) -> Ink:
    """Return the ink of a picture that may be light on dark or dark on light, gray or colored.

    Parameters
    ----------
    picture
        float32 of shape ``[height, width, channels]`` from 0 to 1; 1 or 3 channels, one more for alpha.
    """
    plane = strongest_plane(opaque(picture))
    return drawn_ink(plane, float(np.median(border(plane))))


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


def drawn_ink(plane: Ink, paper: float) -> Ink:
    """Return the distance from a flat background, full ink being 1."""
    distance: Ink = np.abs(plane - np.float32(paper)) / np.float32(max(paper, 1 - paper))
    return distance
