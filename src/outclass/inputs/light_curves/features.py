"""One row of numbers for each series, made of nothing but its observations: the default `features.py`.

How often, how bright, how changeable and when, band by band; colors; how it rises and fades around its peak;
the period, where there is one. Position and extinction are no features: they tell where a survey looked, not
what it saw. A challenge with a `features.py` of its own has that instead.
"""

import numpy as np
from numpy.typing import NDArray

from outclass.inputs.light_curves.cells import Declared
from outclass.inputs.light_curves.periods import PERIOD_NAMES, period_features
from outclass.inputs.light_curves.summaries import summary_features, summary_names
from outclass.inputs.series import FACTS, SeriesTable

__all__ = ["MISSING", "MODULES", "names", "prepare"]

MISSING = -9999.0
MODULES = ("features.py", "cells.py", "summaries.py", "periods.py")
LARGEST = 1e8
CONTEXT = ("galactic", "photoz", "photoz_err", "count", "detected")
PHOTOZ, PHOTOZ_ERR = FACTS.index("hostgal_photoz"), FACTS.index("hostgal_photoz_err")


def names(declared: Declared) -> tuple[str, ...]:
    """Return the names of the columns."""
    context = (f"context.{name}" for name in CONTEXT)
    periods = (f"period.{name}" for name in PERIOD_NAMES)
    return (*context, *summary_names(declared), *periods)


def prepare(table: SeriesTable, declared: Declared) -> NDArray[np.float32]:
    """Return a row for each object, float32 ``[n, columns]``; `MISSING` where there is nothing to tell."""
    parts = (context_features(table), summary_features(table, declared), period_features(table))
    rows = np.concatenate(parts, axis=1)
    rows[~np.isfinite(rows)] = MISSING
    return np.asarray(np.clip(rows, -LARGEST, LARGEST), dtype=np.float32)


def context_features(table: SeriesTable) -> NDArray[np.float64]:
    """Return what is known of each object, and how often it was observed and detected."""
    photoz, error = table.facts[:, PHOTOZ], table.facts[:, PHOTOZ_ERR]
    objects = np.repeat(np.arange(len(table)), np.diff(table.starts))
    detected = np.bincount(objects, table.detected, len(table))
    galactic = np.where(np.isnan(photoz), np.nan, photoz == 0)
    return np.stack([galactic, photoz, error, np.diff(table.starts), detected], axis=1)
