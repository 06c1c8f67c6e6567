"""Distances in a flat universe with H0 = 70 km/s/Mpc and 30 % matter."""

import numpy as np
from numpy.typing import NDArray

LIGHT_SPEED = 299_792.458
HUBBLE = 70.0
MATTER = 0.3
FARTHEST = 20.0
STEPS = 4000

Floats = NDArray[np.float64]


def _comoving() -> tuple[Floats, Floats]:
    """Return redshifts, near 0 the densest, and their comoving distances in Gpc, by the trapezoid rule."""
    redshift = np.expm1(np.linspace(0.0, np.log1p(FARTHEST), STEPS))
    rate = 1.0 / np.sqrt(MATTER * (1.0 + redshift) ** 3 + 1.0 - MATTER)
    steps = np.diff(redshift) * (rate[1:] + rate[:-1]) / 2.0
    return redshift, np.append(0.0, np.cumsum(steps)) * LIGHT_SPEED / HUBBLE / 1000.0


REDSHIFT, COMOVING = _comoving()


def luminosity_distance(redshift: Floats) -> Floats:
    """Return luminosity distances in Gpc; beyond redshift 20 that of 20.

    Source: D. W. Hogg, Distance measures in cosmology, arXiv:astro-ph/9905116.

    Examples
    --------
    >>> luminosity_distance(np.array([0.0, 0.5])).round(3)
    array([0.   , 2.833])
    """
    return np.interp(redshift, REDSHIFT, COMOVING) * (1.0 + np.minimum(redshift, FARTHEST))
