"""What the models are asked about a ZTF supernova: the columns of the stars, and sums on a grid of days.

Fluxes are freed from the dust of the Milky Way first, as the table of objects states its extinction.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.challenge import InputDeclaration
from outclass.challenges.stars import features as stars
from outclass.challenges.stars.phase_sums import phase_names, phase_sums
from outclass.inputs.series import FACTS, SeriesTable

__all__ = ["CURVE_TITLE", "MISSING", "MODULES", "curve_of", "names", "prepare"]

CURVE_TITLE = stars.CURVE_TITLE
MISSING = stars.MISSING
MODULES = ("features.py", "phase_sums.py", *(name for name in stars.MODULES if name != "features.py"))
REDDENING = FACTS.index("mwebv")
curve_of = stars.curve_of


def names(declared: InputDeclaration) -> tuple[str, ...]:
    """Return the names of the columns: those of the stars come first."""
    return (*stars.names(declared), *phase_names(declared))


def prepare(table: SeriesTable, declared: InputDeclaration) -> NDArray[np.float32]:
    """Return a row for each object, float32 ``[n, columns]``."""
    clear = without_dust(table, declared)
    return np.concatenate([stars.prepare(clear, declared), phase_sums(clear, declared)], axis=1)


def without_dust(table: SeriesTable, declared: InputDeclaration) -> SeriesTable:
    """Return the table as it would be seen from outside the Milky Way; unknown extinction counts as none."""
    extinction = np.array([band.extinction for band in declared.bands])
    reddening = np.repeat(np.nan_to_num(table.facts[:, REDDENING]), np.diff(table.starts))
    gain = 10.0 ** (0.4 * extinction[table.passband] * reddening)
    return replace(table, flux=table.flux * gain, flux_err=table.flux_err * gain)
