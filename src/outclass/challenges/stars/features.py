"""What both models are asked about a light curve: one row of numbers, the same at training and at serving.

A row is made of what is known of the object (`context`), of statistics of its observations (`elementary`) and
of what is read off the fitted curve (`curve`); each model takes its own columns. Position, the field and the
extinction are no features: they tell where and how the survey looked, not what it saw.
"""

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.challenge import InputDeclaration
from outclass.challenges.stars.curves import curve_features, curve_names
from outclass.challenges.stars.elementary import elementary_features, elementary_names
from outclass.challenges.stars.process import curve_of
from outclass.inputs.series import FACTS, SeriesTable

__all__ = ["CURVE_TITLE", "MISSING", "MODULES", "curve_of", "names", "prepare"]

CURVE_TITLE = "What Boone sees"
"""What pages call the fitted curve."""

MISSING = -9999.0
MODULES = (
    "features.py",
    "elementary.py",
    "cells.py",
    "rest_frame.py",
    "segments.py",
    "distance.py",
    "curves.py",
    "process.py",
    "filtering.py",
    "forms.py",
    "frame.py",
    "jit.py",
    "plain.py",
    "shape.py",
)
LARGEST = 1e8
CONTEXT = ("galactic", "photoz_known", "photoz", "photoz_err", "count", "detected")
PHOTOZ, PHOTOZ_ERR = FACTS.index("hostgal_photoz"), FACTS.index("hostgal_photoz_err")


def names(declared: InputDeclaration) -> tuple[str, ...]:
    """Return the names of the columns."""
    context = (f"context.{name}" for name in CONTEXT)
    return (*context, *elementary_names(declared), *curve_names(declared))


def prepare(table: SeriesTable, declared: InputDeclaration) -> NDArray[np.float32]:
    """Return a row for each object, float32 ``[n, columns]``; `MISSING` where there is nothing to tell."""
    parts = (
        context_features(table),
        elementary_features(table, declared),
        curve_features(table, declared),
    )
    return np.concatenate(parts, axis=1)


def context_features(table: SeriesTable) -> NDArray[np.float32]:
    """Return what is known of each object, and how often it was observed and detected."""
    photoz, error = table.facts[:, PHOTOZ], table.facts[:, PHOTOZ_ERR]
    before = np.zeros(len(table.detected) + 1)
    table.detected.cumsum(out=before[1:])
    first, last = table.starts[:-1], table.starts[1:]
    known = ~np.isnan(photoz)
    found = np.array([photoz == 0, known, photoz, error, last - first, before[last] - before[first]]).T
    found[np.isnan(found)] = MISSING
    return np.asarray(np.clip(found, -LARGEST, LARGEST), dtype=np.float32)
