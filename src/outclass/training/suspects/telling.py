"""Columns that alone tell nearly every label: often something that is only known afterwards."""

import numpy as np
from numpy.typing import NDArray

from outclass.inputs.table import ColumnTable
from outclass.registry.suspects import TellingColumn

NEARLY = 0.97
"""The share of objects whose label a column must tell."""
ABOVE_BASE = 0.5
"""And so much of what always naming the commonest class leaves."""
VALUES = 50
"""Numbers are cut into so many ranges of as many objects each."""
SUPPORT = 5
"""A value counts from so many objects on, else it may tell the label by chance."""
LEAST = 50


def telling_columns(table: ColumnTable, targets: NDArray[np.int64]) -> tuple[TellingColumn, ...]:
    """Return the columns that alone tell nearly every label, the most telling first."""
    if len(targets) < LEAST:
        return ()
    base = float(np.bincount(targets).max() / len(targets))
    found = []
    for place, column in enumerate(table.columns):
        values = table.values[:, place]
        known = ~np.isnan(values)
        if known.sum() < LEAST or known.mean() < 0.5:
            continue
        kinds = values[known].astype(np.int64) if column.is_category else ranges_of(values[known])
        share = told_share(kinds, targets[known])
        if share >= NEARLY and share >= base + ABOVE_BASE * (1 - base):
            found.append(TellingColumn(name=column.name, share=round(share, 4), base=round(base, 4)))
    return tuple(sorted(found, key=lambda one: -one.share))


def ranges_of(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the range that each number falls in: numbers themselves where there are few."""
    different = np.unique(values)
    if len(different) <= VALUES:
        return np.searchsorted(different, values)
    edges = np.quantile(values, np.linspace(0, 1, VALUES + 1)[1:-1])
    return np.searchsorted(edges, values, side="right")


def told_share(kinds: NDArray[np.int64], targets: NDArray[np.int64]) -> float:
    """Return the share of objects whose label is the commonest of their value; rare values tell nothing."""
    order = np.unique(kinds, return_inverse=True)[1]
    counts = np.zeros((order.max() + 1, targets.max() + 1), dtype=np.int64)
    np.add.at(counts, (order, targets), 1)
    common = counts.sum(axis=1) >= SUPPORT
    return float(counts.max(axis=1)[common].sum() / len(targets))
