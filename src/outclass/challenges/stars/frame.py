"""What the features of a curve are read at: bands, days and wavelengths."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

MISSING = -9999.0
MARGIN = 30.0
"""Days that a curve is looked at before the first and after the last observation."""
STEPS = 1500
"""Most steps of a curve; a step is a day or more."""
REFERENCES = {"blue": 4800.0, "middle": 7500.0, "red": 9700.0}
"""Angstrom; the declared band nearest to each is looked at more closely."""
SHARES = (80, 50, 20)
"""Percents of the peak that rise and fall are timed at."""
PHASES = (-15.0, 15.0, 30.0, 60.0)
"""Days from the peak at which colors are read."""
REST_WAVELENGTHS = np.array([3600.0, 4400.0, 5500.0, 6500.0])
REST_PHASES = (-12.0, -6.0, 0.0, 8.0, 15.0, 30.0, 50.0)


class Frame(NamedTuple):
    """The same for one survey; a tuple, because compiled loops read it.

    `bands` is their number, `references` the places of three of them. `phases` are days from the peak,
    `rest_phases` such at rest.
    """

    bands: int
    references: Places
    phases: Floats
    rest_phases: Floats
    margin: float
    steps: int


class Objects(NamedTuple):
    """What is known of each object beside its observations.

    `cross` is the covariance of each line of its curve with each band ``[objects, lines, bands]``, `rate`
    that in time; `scale` the flux that is 1 in the curve, `modulus` its distance modulus (`MISSING` where
    unknown) and `stretch` 1 plus its redshift, ``[objects]`` each.
    """

    cross: Floats
    rate: Floats
    scale: Floats
    modulus: Floats
    stretch: Floats


class View(NamedTuple):
    """One object: where its curve begins and the days of a step, its observations, and what is known."""

    start: float
    step: float
    times: Floats
    significance: Floats
    scale: float
    modulus: float
    stretch: float


def frame_of(wavelengths: Floats) -> Frame:
    """Return what features are read at, for bands of these wavelengths."""
    apart = np.abs(np.array(list(REFERENCES.values()))[:, None] - wavelengths)
    return Frame(
        bands=len(wavelengths),
        references=apart.argmin(axis=1),
        phases=np.array(PHASES),
        rest_phases=np.array(REST_PHASES),
        margin=MARGIN,
        steps=STEPS,
    )
