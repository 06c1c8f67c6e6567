"""Where objects of known classes lie among the features, and how far from all of them a row is.

Of an object of no known class the models may be very sure: trees give a row beyond all others the answer of
its outermost neighbors. Its distance from what was learned tells it apart where the answer does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.features import MISSING

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

FEATURES = (
    "context.photoz_err", "curve.time_scale", "curve.gain", "curve.chi2",
    "curve.high.", "curve.low.", "curve.rise_50", "curve.rise_20", "curve.fall_50", "curve.fall_20",
    "curve.color", "curve.second", "curve.percentile", "curve.magnitude", "curve.rest",
    "curve.significant_days",
)  # fmt: skip
"""How names of features begin that count: size, shape and colors of the curve, little of its sampling."""
PHOTOZ = "context.photoz"
ABSENT = MISSING + 1.0
FARTHEST = 5.0
LEAST_SEEN = 0.5
RIDGE = 0.1
NORMAL = 1.35
"""Deviations between the quartiles of a normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The middles of the known classes, with what all classes scatter about their middle.

    Attributes
    ----------
    columns
        Those of the columns that count which most rows have, ``[k]``.
    center, scale
        Median and scatter of each feature, which is brought to 0 and 1 first, is at most 5 from 0, or 0 if
        missing, ``[k]``.
    whiten
        After this, distances are in deviations, ``[k, k]``.
    middles
        Of the classes, ``[classes, k]``.
    """

    columns: tuple[int, ...]
    center: tuple[float, ...]
    scale: tuple[float, ...]
    whiten: tuple[tuple[float, ...], ...]
    middles: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, rows: Rows, targets: Indices) -> "Crowd":
        """Measure the crowd of some rows of the columns that count; those that most lack are left out."""
        values = np.where(rows > ABSENT, rows, np.nan).astype(np.float64)
        kept = np.isfinite(values).mean(axis=0) > LEAST_SEEN
        values = values[:, kept]
        low, center, high = np.nanquantile(values, (0.25, 0.5, 0.75), axis=0)
        scale = np.maximum((high - low) / NORMAL, 1e-3)
        scaled = np.nan_to_num(np.clip((values - center) / scale, -FARTHEST, FARTHEST), nan=0.0)
        classes, members = np.unique(targets, return_inverse=True)
        middles = np.stack([scaled[members == place].mean(axis=0) for place in range(len(classes))])
        scatter = np.cov(scaled - middles[members], rowvar=False, bias=True).reshape(kept.sum(), kept.sum())
        scatter = scatter + np.diag(RIDGE * np.diag(scatter) + 1e-3)
        whiten = np.linalg.cholesky(np.linalg.inv(scatter))
        return cls(
            columns=tuple(np.flatnonzero(kept).tolist()),
            center=tuple(center.tolist()),
            scale=tuple(scale.tolist()),
            whiten=tuple(map(tuple, whiten.tolist())),
            middles=tuple(map(tuple, (middles @ whiten).tolist())),
        )

    def distance(self, rows: Rows) -> Floats:
        """Return the logarithm of 1 plus the square of each row's distance to the nearest class."""
        values = rows[:, self.columns].astype(np.float64)
        scaled = np.clip((values - np.array(self.center)) / np.array(self.scale), -FARTHEST, FARTHEST)
        place = np.where(values > ABSENT, scaled, 0.0) @ np.array(self.whiten)
        apart = place[:, None] - np.array(self.middles)
        return np.asarray(np.log1p((apart * apart).sum(axis=2).min(axis=1, initial=np.inf)))


def columns_that_count(names: Sequence[str]) -> tuple[int, ...]:
    """Return the places of the features that distances are measured by."""
    return tuple(place for place, name in enumerate(names) if name == PHOTOZ or name.startswith(FEATURES))
