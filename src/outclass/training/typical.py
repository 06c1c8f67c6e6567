"""Typical rows of a table, made up so that none is a row of the data."""

import numpy as np
from numpy.typing import NDArray

MOST_ROWS, FEWEST_ROWS = 32, 6
MOST_CELLS = 512
"""Rows times columns: one answer is asked for each of them, and all within a few milliseconds."""
SEED = 0
DIGITS = 6

Rows = NDArray[np.float32]
Typical = tuple[tuple[float | None, ...], ...]


def typical_rows(rows: Rows) -> Typical:
    """Return rows in each column of which the values are as frequent as they are in the data.

    Each column's values are equally spaced quantiles, in an order of its own. So every value is one that
    occurs, and what one column does can be averaged over them, but no row tells of anything that was in the
    data. A missing value is None.

    Parameters
    ----------
    rows
        float32 ``[n, columns]``, NaN where a value is missing.
    """
    width = rows.shape[1]
    count = max(FEWEST_ROWS, min(MOST_ROWS, MOST_CELLS // max(1, width)))
    random = np.random.default_rng(SEED)
    columns = []
    for column in rows.T:
        ordered = np.sort(column)  # NaN comes last
        places = ((np.arange(count) + 0.5) / count * len(ordered)).astype(np.int64)
        columns.append(random.permutation(ordered[places]))
    found = np.stack(columns, axis=1) if columns else np.zeros((count, 0))
    return tuple(tuple(None if np.isnan(one) else short(one) for one in row) for row in found)


def short(value: float) -> float:
    """Return a number with as many digits as single precision has."""
    return float(f"{value:.{DIGITS}g}")
