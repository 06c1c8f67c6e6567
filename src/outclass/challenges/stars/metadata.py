"""Summary statistics of the real PLAsTiCC training metadata, from which the simulator draws.

Quantiles only, no object of the set: PLAsTiCC Team and Modelers, "Unblinded Data for PLAsTiCC Classification
Challenge", Zenodo, https://doi.org/10.5281/zenodo.2539456 (CC BY 4.0). Printed by
benchmarks/stars/summaries.py from 85 % of the training objects.
"""

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

CLASSES = ("6", "15", "16", "42", "52", "53", "62", "64", "65", "67", "88", "90", "92", "95")
GALACTIC = frozenset({"6", "16", "53", "65", "92"})
COUNTS = (151, 495, 924, 1193, 183, 30, 484, 102, 981, 208, 370, 2313, 239, 175)
"""Objects of each class in the real training set."""

LEVELS = (0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98, 1.0)
PHOTOZ_LEVELS = (0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)

DEEP_SHARE = {
    "6": 0.047,
    "15": 0.012,
    "16": 0.182,
    "42": 0.257,
    "52": 0.372,
    "53": 0.115,
    "62": 0.282,
    "64": 0.023,
    "65": 0.324,
    "67": 0.316,
    "88": 0.325,
    "90": 0.367,
    "92": 0.236,
    "95": 0.221,
}
REDSHIFTS = {
    "15": (0.029, 0.047, 0.086, 0.129, 0.209, 0.306, 0.431, 0.693, 0.957),
    "42": (0.011, 0.048, 0.077, 0.116, 0.178, 0.279, 0.45, 0.782, 1.495),
    "52": (0.033, 0.056, 0.085, 0.141, 0.224, 0.314, 0.382, 0.491, 0.606),
    "62": (0.022, 0.045, 0.084, 0.117, 0.173, 0.252, 0.334, 0.468, 0.583),
    "64": (0.012, 0.014, 0.026, 0.041, 0.068, 0.098, 0.131, 0.171, 0.194),
    "67": (0.051, 0.065, 0.124, 0.17, 0.232, 0.282, 0.344, 0.407, 0.499),
    "88": (0.132, 0.183, 0.302, 0.488, 0.762, 1.333, 1.931, 2.558, 3.443),
    "90": (0.015, 0.098, 0.172, 0.251, 0.341, 0.446, 0.584, 0.766, 0.997),
    "95": (0.083, 0.376, 0.57, 0.813, 1.175, 1.54, 1.875, 2.172, 2.431),
}
DUST = {
    "6": (0.007, 0.009, 0.033, 0.065, 0.161, 0.384, 0.715, 1.391, 1.739),
    "16": (0.006, 0.012, 0.027, 0.049, 0.108, 0.276, 0.598, 1.045, 2.281),
    "53": (0.029, 0.031, 0.056, 0.099, 0.143, 0.337, 0.551, 0.831, 1.02),
    "65": (0.004, 0.009, 0.017, 0.032, 0.055, 0.099, 0.198, 0.481, 0.899),
    "92": (0.006, 0.012, 0.036, 0.066, 0.155, 0.406, 0.751, 1.209, 2.747),
}
DUST_FAR = (0.003, 0.009, 0.013, 0.022, 0.042, 0.079, 0.157, 0.432, 1.711)
DUST_DEEP = (0.005, 0.006, 0.008, 0.01, 0.017, 0.02, 0.023, 0.028, 0.033)
DECLINATION = (-63.3, -59.7, -51.4, -40.4, -25.4, -11.4, -2.5, 1.8, 3.7)

REDSHIFT_EDGES = (0.1, 0.2, 0.3, 0.4, 0.6, 1.0, 1.5)
STATED_ERROR = (
    (0.0025, 0.0065, 0.011, 0.0149, 0.0194, 0.0317, 0.1938, 0.7293, 0.9053, 1.2516),
    (0.0016, 0.0063, 0.01, 0.015, 0.0224, 0.291, 0.5773, 0.9687, 1.1433, 1.4498),
    (0.0027, 0.0066, 0.0089, 0.0174, 0.0437, 0.2423, 0.4734, 0.9964, 1.1431, 1.3336),
    (0.0044, 0.0077, 0.0105, 0.0254, 0.0552, 0.3396, 0.5623, 0.8625, 1.0727, 1.3857),
    (0.0064, 0.0085, 0.0132, 0.0222, 0.0359, 0.1692, 0.3562, 0.6597, 0.8254, 1.7348),
    (0.0061, 0.0077, 0.012, 0.0214, 0.0321, 0.0457, 0.0587, 0.1456, 0.2375, 0.6825),
    (0.0101, 0.0181, 0.0349, 0.0643, 0.1006, 0.1448, 0.1911, 0.2454, 0.307, 0.694),
    (0.0205, 0.041, 0.0607, 0.0933, 0.1452, 0.2232, 0.2552, 0.3119, 0.4215, 1.3171),
)
"""Quantiles of the stated error of a photometric redshift, by true redshift."""

ERROR_EDGES = (0.015, 0.04, 0.1, 0.3, 0.7)
NEAR = 0.3
REDSHIFT_ERROR_NEAR = (
    (-0.0386, -0.0233, -0.0125, -0.0036, 0.0018, 0.0083, 0.013, 0.0197, 0.0256, 0.0552),
    (-0.0971, -0.0485, -0.0241, -0.0068, 0.0023, 0.0138, 0.0216, 0.0316, 0.0435, 0.2986),
    (-0.0979, -0.0788, -0.0287, 0.0016, 0.0205, 0.042, 0.0587, 0.1389, 0.1866, 2.1372),
    (-0.1334, -0.0441, -0.0176, 0.0046, 0.0401, 0.1987, 0.2395, 0.3119, 0.332, 2.2117),
    (-0.1194, -0.0371, -0.0131, 0.011, 0.0488, 0.1951, 0.3786, 1.8963, 2.062, 2.3225),
    (-0.1511, -0.0698, -0.0199, 0.0132, 0.109, 1.9345, 2.0725, 2.1799, 2.2694, 2.5069),
)
REDSHIFT_ERROR_FAR = (
    (-0.0522, -0.0233, -0.014, -0.0051, -0.0012, 0.0041, 0.0072, 0.0103, 0.0132, 0.0396),
    (-0.0795, -0.045, -0.0255, -0.0106, 0.0002, 0.0118, 0.0185, 0.0288, 0.0416, 0.1088),
    (-0.2452, -0.0857, -0.0446, -0.0166, 0.0037, 0.0255, 0.043, 0.0684, 0.0962, 1.2887),
    (-0.5221, -0.2249, -0.0943, -0.0247, 0.0026, 0.0394, 0.0667, 0.14, 0.1961, 0.4598),
    (-0.2395, -0.1987, -0.0708, -0.0221, 0.0144, 0.0531, 0.0909, 0.1454, 0.3201, 1.9015),
    (-0.6584, -0.1439, -0.0709, -0.0255, 0.0122, 0.0466, 0.1001, 1.6685, 1.8286, 2.0348),
)
"""Quantiles of (photometric - true redshift) / (1 + true redshift), by stated error, beside `NEAR`."""

LOWEST_PHOTOZ, HIGHEST_PHOTOZ = 0.005, 3.0

_POINTS = 2001
_REDSHIFT_GRID = np.linspace(0.0, 5.0, _POINTS)
HUBBLE, MATTER, LIGHT = 70.0, 0.3, 299_792.458
"""km/s/Mpc, share of the critical density, km/s; the universe is flat."""


def draw(rng: Generator, quantiles: tuple[float, ...], levels: tuple[float, ...] = LEVELS) -> float:
    """Draw a number whose distribution has these quantiles, straight between them."""
    return float(np.interp(rng.random(), levels, quantiles))


def photometric_redshift(rng: Generator, redshift: float) -> tuple[float, float]:
    """Draw what colors of the host say of a redshift: the value, failures included, and its stated error."""
    stated = draw(rng, STATED_ERROR[int(np.searchsorted(REDSHIFT_EDGES, redshift))], PHOTOZ_LEVELS)
    table = REDSHIFT_ERROR_NEAR if redshift < NEAR else REDSHIFT_ERROR_FAR
    wrong = draw(rng, table[int(np.searchsorted(ERROR_EDGES, stated))], PHOTOZ_LEVELS)
    value = redshift + wrong * (1 + redshift)
    return min(max(value, LOWEST_PHOTOZ), HIGHEST_PHOTOZ), stated


def distance_modulus(redshift: float) -> float:
    """Return 5 log10 of the luminosity distance in units of 10 pc."""
    comoving = float(np.interp(redshift, _REDSHIFT_GRID, _COMOVING))
    return 5 * math.log10((1 + redshift) * comoving * 1e5)


def _comoving() -> NDArray[np.float64]:
    """Return the comoving distance in Mpc at the grid of redshifts."""
    inverse = 1 / np.sqrt(MATTER * (1 + _REDSHIFT_GRID) ** 3 + 1 - MATTER)
    step = _REDSHIFT_GRID[1]
    return LIGHT / HUBBLE * np.concatenate([[0.0], np.cumsum((inverse[1:] + inverse[:-1]) / 2 * step)])


_COMOVING = _comoving()
