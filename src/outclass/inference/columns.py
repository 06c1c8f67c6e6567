"""What each column of a record does to its answer."""

from dataclasses import dataclass

import numpy as np

from outclass.inference.predictor import Predictor
from outclass.inference.rows import Values, shaped


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnShare:
    """By how much one column moves the log probability of the answer."""

    name: str
    effect: float


def explain_record(predictor: Predictor, row: Values) -> tuple[ColumnShare, ...]:
    """Return the effect of each column, the strongest first: what the answer loses where it is missing.

    Parameters
    ----------
    row
        float32 ``[columns]``, as `inputs.table.encode` makes it.
    """
    signature = predictor.version.signature
    asked = np.repeat(row[np.newaxis], len(row) + 1, axis=0)
    asked[np.arange(1, len(asked)), np.arange(len(row))] = np.nan
    said = predictor.log_probabilities(shaped(asked, signature))
    answer = int(said[0].argmax())
    effects = said[0, answer] - said[1:, answer]
    order = np.argsort(-np.abs(effects), kind="stable")
    return tuple(
        ColumnShare(name=signature.input.columns[place].name, effect=float(effects[place])) for place in order
    )
