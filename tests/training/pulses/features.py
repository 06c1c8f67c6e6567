"""Features for tests: a few numbers of a pulse."""

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.challenge import InputDeclaration
from outclass.inputs.series import SeriesTable

MISSING = -1.0
MODULES = ("features.py",)
NAMES = ("galactic", "photoz_known", "count")


def names(declared: InputDeclaration) -> tuple[str, ...]:
    """Return the names of the columns."""
    peaks = (f"pulse.{what}.{band.name}" for what in ("high", "mean") for band in declared.bands)
    return (*(f"context.{name}" for name in NAMES), *peaks, "pulse.width")


def prepare(table: SeriesTable, declared: InputDeclaration) -> NDArray[np.float32]:
    """Return a row for each object."""
    rows = np.full((len(table), len(names(declared))), MISSING, dtype=np.float32)
    for row, series in zip(rows, table, strict=True):
        photoz = series.fact("hostgal_photoz")
        row[:3] = photoz == 0, not np.isnan(photoz), len(series)
        for place in range(len(declared.bands)):
            flux = series.flux[series.passband == place]
            if len(flux):
                row[3 + place] = flux.max()
                row[3 + len(declared.bands) + place] = flux.mean()
        if len(series):
            row[-1] = np.ptp(series.mjd[series.flux >= series.flux.max() - abs(series.flux.max()) / 2])
    return rows
