"""Logistic regression of features as they are, which a fine-tuned network's classes begin as."""

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from outclass.base.errors import DataError

ITERATIONS = 300
LEAST_SPREAD = 1e-3
UNHEARD_OF = 5.0
"""So much below every score seen is that of a class without rows."""

Rows = NDArray[np.float32]


class PlainHead(msgspec.Struct, frozen=True):
    """Weights ``[width, classes]`` and offsets ``[classes]`` of one model."""

    weights: Rows
    offsets: Rows


def learn_head(
    rows: Rows, targets: NDArray[np.int64], classes: int, *, cost: float, balance: bool = False
) -> PlainHead:
    """Learn logistic regression of features; a class without rows gets next to nothing.

    Features are brought to mean 0 and deviation 1 while it learns; that is folded into the weights.
    """
    present = np.unique(targets)
    if len(present) < 2:
        raise DataError("there is one class to learn from", got=len(present), hint="collect more photos")
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + LEAST_SPREAD
    model = LogisticRegression(C=cost, max_iter=ITERATIONS, class_weight="balanced" if balance else None).fit(
        (rows - mean) / spread, targets
    )
    found, offsets = model.coef_, model.intercept_
    if len(present) == 2:
        found, offsets = np.vstack([-found[0], found[0]]) / 2, np.array([-offsets[0], offsets[0]]) / 2
    weights, all_offsets = np.zeros((rows.shape[1], classes)), np.zeros(classes)
    weights[:, present] = found.T / spread[:, None]
    all_offsets[present] = offsets - (mean / spread) @ found.T
    absent = np.setdiff1d(np.arange(classes), present)
    all_offsets[absent] = (rows @ weights[:, present] + all_offsets[present]).min() - UNHEARD_OF
    return PlainHead(weights.astype(np.float32), all_offsets.astype(np.float32))
