"""Folds of groups of photos, the same for ever, and answers by models that learned nothing of a group."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from outclass.training.data import Outputs

NO_FOLD = -1

Rows = NDArray[np.float32]
Indices = NDArray[np.int64]


class Answering(Protocol):
    """What was learned."""

    def outputs(self, rows: Rows) -> Outputs:
        """Answer for features, ``[n, width]``."""


def fold_of(group: str, count: int) -> int:
    """Return the fold of a group, the same for ever."""
    return int.from_bytes(sha256(f"fold {group}".encode()).digest()[:8], "big") % count


def folds_of(groups: Sequence[str], count: int, among: Collection[str] | None = None) -> Indices:
    """Return the fold of each group; `NO_FOLD` for one that is not `among` those learned from."""
    known = (among is None or group in among for group in groups)
    found = [fold_of(group, count) if one else NO_FOLD for group, one in zip(groups, known, strict=True)]
    return np.array(found, dtype=np.int64)


def answer_by_fold(heads: Sequence[Answering], final: Answering, rows: Rows, folds: Indices) -> Outputs:
    """Answer for rows by the head of their fold, for those of no fold by the final one."""
    answers = final.outputs(rows)
    logits, outlier = answers.logits, answers.outlier
    assert outlier is not None
    for fold, head in enumerate(heads):
        if (chosen := folds == fold).any():
            found = head.outputs(rows[chosen])
            logits[chosen], outlier[chosen] = found.logits, found.outlier
    return Outputs(logits=logits, outlier=outlier)
