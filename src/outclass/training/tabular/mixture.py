"""The model that answers: one part or several together, a little of the prior, and what it calls unlike."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from outclass.training.data import Outputs
from outclass.training.tabular.outlying import Outlying
from outclass.training.tabular.parts import Answering, Boosted, Linear, Shares, log_softmax, soften

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
AnyPart = Shares | Linear | Boosted


class Mixture(msgspec.Struct, frozen=True):
    """Parts whose logarithms of probabilities are averaged by their shares.

    Attributes
    ----------
    parts, shares
        What answers, and how much each counts; the shares sum to 1.
    prior, floor
        The shares of the classes, and how much of them is in every answer.
    outlying
        What scores how unlike a row is.
    """

    parts: tuple[AnyPart, ...]
    shares: tuple[float, ...]
    prior: Rows
    floor: float
    outlying: Outlying

    def outputs(self, rows: Rows) -> Outputs:
        """Return logits, which are logarithms of probabilities, and outlier scores."""
        logs = together([log_softmax(part.logits(rows)) for part in self.parts], self.shares)
        logits = soften(logs, self.prior.astype(np.float64), self.floor)
        return Outputs(logits=logits.astype(np.float32), outlier=self.outlying.scores(rows))


def together(logs: Sequence[Floats], shares: Sequence[float]) -> Floats:
    """Return the weighed mean of logarithms of probabilities."""
    total = shares[0] * logs[0]
    for share, one in zip(shares[1:], logs[1:], strict=True):
        total = total + share * one
    return total


__all__ = ["Answering", "AnyPart", "Mixture", "together"]
