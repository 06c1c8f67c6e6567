"""Where a model looked: what each part of a photo adds to the answer, from the backbone's last map."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outclass.inference.predictor import Predictor

SMALLEST = 1e-12
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What each place of a view, by rows from the top left, adds to a class.

    Attributes
    ----------
    label
        The class in question.
    grid
        From 0 (nothing, or it speaks against the class) to 1 (most), 7 by 7.
    """

    label: str
    grid: tuple[tuple[float, ...], ...]


def look(predictor: Predictor, view: NDArray[np.uint8], label: str | None = None) -> Looking:
    """Return where a model looked to give a class.

    The features of a photo are the mean of those of 49 places. Each place in turn is left out of the mean,
    and the model's head asked again: what its log odds lose is what the place adds. So it works with any
    head, and costs one run of the backbone and 50 of the head. Neighbors are blended a little, which is
    nearer to what covering parts of photos shows (`benchmarks/photos/looking.py`).

    Parameters
    ----------
    view
        uint8 ``[224, 224, 3]``.
    label
        The class; the most probable one by default.

    Raises
    ------
    RegistryError
        The model reads no photos.

    Source: the places are those of B. Zhou et al., Learning Deep Features for Discriminative Localization,
    CVPR 2016; leaving out follows M. Zeiler, R. Fergus, Visualizing and Understanding Convolutional Networks,
    ECCV 2014.
    """
    classes = predictor.version.signature.classes
    features, places = predictor.backbone.maps(view[np.newaxis])
    whole, sides = features[0], places.shape[2:]
    each = places[0].reshape(len(whole), -1).T
    others = (whole * len(each) - each) / (len(each) - 1)
    rows = np.concatenate([whole[np.newaxis], others]).astype(np.float32)
    odds = log_odds(predictor.scores(rows).probabilities)
    chosen = classes.index(label) if label is not None else int(odds[0].argmax())
    grid = scaled(smoothed((odds[0, chosen] - odds[1:, chosen]).reshape(sides)))
    return Looking(label=classes[chosen], grid=tuple(tuple(row) for row in grid.tolist()))


def log_odds(probabilities: Floats) -> Floats:
    """Return the logarithm of the odds of each class."""
    chances = np.clip(probabilities, SMALLEST, 1 - SMALLEST)
    return np.asarray(np.log(chances) - np.log1p(-chances), dtype=np.float64)


def smoothed(gains: Floats) -> Floats:
    """Return a grid with each place blended with its neighbors; beyond the border is what is on it."""
    for axis in (0, 1):
        edges = np.pad(gains, [(1, 1) if axis == each else (0, 0) for each in (0, 1)], mode="edge")
        before, after = np.roll(edges, 1, axis), np.roll(edges, -1, axis)
        blended = (before + 2 * edges + after) / 4
        gains = blended[1:-1] if axis == 0 else blended[:, 1:-1]
    return gains


def scaled(gains: Floats) -> Floats:
    """Return what is added, with 1 for the most; what is taken away counts as nothing."""
    kept = np.maximum(gains, 0.0)
    most = float(kept.max(initial=0.0))
    return np.asarray(kept / most if most > 0 else kept, dtype=np.float64)
