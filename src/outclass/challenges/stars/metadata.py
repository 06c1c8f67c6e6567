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
PHOTOZ_LEVELS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0)

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


def _table(text: str) -> tuple[tuple[float, ...], ...]:
    """Read rows of ten-thousandths."""
    return tuple(tuple(int(word) / 1e4 for word in line.split()) for line in text.split("\n") if line.strip())


REDSHIFT_EDGES = (0.1, 0.2, 0.3, 0.4, 0.6, 1.0, 1.5)
STATED_ERROR = _table(
    """
    25 65 88 110 133 149 171 194 228 317 435 1938 4758 7293 9053 11055 12516
    16 63 81 100 127 150 178 224 915 2910 4287 5773 7440 9687 11433 12066 14498
    27 66 77 89 129 174 221 437 1216 2423 3219 4734 7633 9964 11431 12093 13336
    44 77 90 105 168 254 357 552 1985 3396 4418 5623 6856 8625 10727 12236 13857
    64 85 100 132 183 222 284 359 491 1692 2616 3562 4774 6597 8254 10533 17348
    61 77 95 120 165 214 266 321 373 457 525 587 726 1456 2375 2817 6825
    101 181 265 349 482 643 844 1006 1220 1448 1622 1911 2225 2454 3070 3452 6940
    205 410 461 607 726 933 1216 1452 1633 2232 2394 2552 2756 3119 4215 10964 13171
    """
)
"""Quantiles of the stated error of a photometric redshift, by true redshift."""

ERROR_EDGES = (0.015, 0.04, 0.1, 0.3, 0.7)
NEAR = 0.3
REDSHIFT_ERROR_NEAR = _table(
    """
    -386 -233 -179 -125 -68 -36 -5 18 43 83 97 130 156 197 256 323 552
    -971 -485 -376 -241 -146 -68 -22 23 69 138 171 216 259 316 435 560 2986
    -979 -788 -532 -287 -83 16 97 205 293 420 469 587 936 1389 1866 2924 21372
    -1334 -441 -257 -176 -51 46 212 401 1360 1987 2235 2395 2735 3119 3320 5109 22117
    -1194 -371 -229 -131 -2 110 268 488 1204 1951 2390 3786 16403 18963 20620 21961 23225
    -1511 -698 -346 -199 -26 132 351 1090 16337 19345 20101 20725 21097 21799 22694 23352 25069
    """
)
REDSHIFT_ERROR_FAR = _table(
    """
    -522 -233 -166 -140 -85 -51 -31 -12 15 41 58 72 87 103 132 216 396
    -795 -450 -374 -255 -157 -106 -51 2 53 118 150 185 227 288 416 538 1088
    -2452 -857 -656 -446 -289 -166 -47 37 124 255 352 430 558 684 962 1355 12887
    -5221 -2249 -1614 -943 -409 -247 -79 26 194 394 526 667 900 1400 1961 2324 4598
    -2395 -1987 -1361 -708 -445 -221 -43 144 300 531 687 909 1146 1454 3201 15805 19015
    -6584 -1439 -976 -709 -423 -255 -54 122 266 466 680 1001 10458 16685 18286 18972 20348
    """
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
