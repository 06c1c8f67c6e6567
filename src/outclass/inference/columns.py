"""What each column of a record does to its answer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outclass.inference.predictor import Predictor
from outclass.inference.rows import Values, shaped
from outclass.inference.session import MODEL_FILE
from outclass.registry.version import Signature

LEAST = 1e-9
"""Probabilities beyond this and 1 less this count as these: odds stay finite."""

MOST_ASKED, LEAST_ASKED = 4096, 64
"""Rows asked for one record: of a small model the one, of a large one the other."""
SMALL = 16_000
"""Bytes up to which a model is a small one; twice the size is asked half the rows."""

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
    typical = affordable(background_of(predictor), model_bytes(predictor))
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


def affordable(typical: Values, size: int) -> Values:
    """Return as many typical rows as a model of so many bytes answers within some milliseconds.

    Each column is asked with each. Where there is time for one row, it holds the middle of each column.
    """
    asked = max(LEAST_ASKED, MOST_ASKED * SMALL // max(size, SMALL))
    count = max(1, asked // max(1, typical.shape[1]))
    if count >= len(typical):
        return typical
    if count > 1:
        return typical[np.linspace(0, len(typical) - 1, count).round().astype(np.int64)]
    return np.sort(typical, axis=0)[[len(typical) // 2]]


def model_bytes(predictor: Predictor) -> int:
    """Return the size of a model, of an ensemble that of all members."""
    own = predictor.version.manifest.sizes.get(MODEL_FILE, 0)
    return own + sum(model_bytes(member) for member in predictor.members)


def log_odds(logs: Floats) -> Floats:
    """Return the logarithms of odds of logarithms of probabilities."""
    chances = np.clip(np.exp(logs), LEAST, 1 - LEAST)
    return np.asarray(np.log(chances) - np.log1p(-chances), dtype=np.float64)


def column_names(signature: Signature) -> tuple[str, ...]:
    """Return the names of the columns."""
    return tuple(column.name for column in signature.input.columns)
