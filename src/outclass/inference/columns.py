"""What each column of a record does to its answer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outclass.inference.predictor import Predictor
from outclass.inference.rows import Values, shaped
from outclass.registry.version import Signature

LEAST = 1e-9
"""Probabilities beyond this and 1 less this count as these: odds stay finite."""

MOST_ASKED = 8192
"""A table of very many columns is compared with fewer typical rows, as each column is asked with each."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnShare:
    """By how much one column moves the logarithm of the odds of the answer.

    At 1 the value makes the odds 2.7 times as good as typical values would, at -1 as much worse.
    """

    name: str
    effect: float


def explain_record(predictor: Predictor, row: Values) -> tuple[ColumnShare, ...]:
    """Return the effect of each column on the odds of the answer, the strongest first.

    The effect of a column is what the answer loses, on average, where the column's value is replaced by those
    of typical rows, which the signature holds; where it holds none, by a missing value. The effects do not
    add up to anything where columns work together.

    Parameters
    ----------
    row
        float32 ``[columns]``, as `inputs.table.encode` makes it.

    Notes
    -----
    Source: E. Strumbelj, I. Kononenko, An Efficient Explanation of Individual Classifications using Game
    Theory, JMLR 11, 2010; here only the first term, with each other column as it is.
    """
    signature = predictor.version.signature
    width = len(row)
    typical = background_of(predictor)
    typical = typical[:: max(1, -(-len(typical) * width // MOST_ASKED))]
    count = len(typical)
    asked = np.repeat(row[np.newaxis], 1 + width * count, axis=0)
    changed = asked[1:].reshape(width, count, width)
    places = np.arange(width)
    changed[places, :, places] = typical.T
    said = log_odds(predictor.log_probabilities(shaped(asked, signature)))
    answer = int(said[0].argmax())
    effects = said[0, answer] - said[1:, answer].reshape(width, count).mean(axis=1)
    order = np.argsort(-np.abs(effects), kind="stable")
    names = column_names(signature)
    return tuple(ColumnShare(name=names[place], effect=float(effects[place])) for place in order)


def background_of(predictor: Predictor) -> Values:
    """Return the typical rows ``[n, columns]`` of a model, of an ensemble those of a member that has some."""
    for one in (predictor, *predictor.members):
        if one.version.signature.background:
            return np.array(one.version.signature.background, dtype=np.float32)
    return np.full((1, len(predictor.version.signature.input.columns)), np.nan, dtype=np.float32)


def log_odds(logs: Floats) -> Floats:
    """Return the logarithms of odds of logarithms of probabilities."""
    chances = np.clip(np.exp(logs), LEAST, 1 - LEAST)
    return np.asarray(np.log(chances) - np.log1p(-chances), dtype=np.float64)


def column_names(signature: Signature) -> tuple[str, ...]:
    """Return the names of the columns."""
    return tuple(column.name for column in signature.input.columns)
