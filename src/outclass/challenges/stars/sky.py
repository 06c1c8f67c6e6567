"""Where and when the simulated survey looks, how noisy it is, and what it detects.

Calendar, noise and detection follow the published description of PLAsTiCC (arXiv:1810.00001) and ten of its
objects: deep fields are seen every third night in g, r, i, z and y together and in u around new moon; wide
fields in one or two bands a night; each field for half a year or less, over three years.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WAVELENGTHS = np.array([3671.0, 4827.0, 6223.0, 7546.0, 8691.0, 9712.0])
"""Effective wavelength of u, g, r, i, z and y in Angstrom."""
EXTINCTION = np.array([4.81, 3.64, 2.70, 2.06, 1.58, 1.31])
"""Magnitudes of extinction per magnitude of E(B-V)."""

FIRST_DAY, DAYS = 59_580, 1_095
NEW_MOON, MONTH = 59_876.2, 29.53
EQUINOX = 80.0
YEAR = 365.25

NOISE_WIDE = np.array([6.4, 2.4, 3.1, 5.0, 8.8, 19.8])
NOISE_DEEP = np.array([2.1, 1.15, 1.12, 1.68, 2.4, 5.6])
SCATTER = np.array([0.20, 0.42, 0.34, 0.25, 0.22, 0.22])
"""Scatter of the logarithm of the noise from night to night: sky, seeing, clouds."""
POISSON_WIDE = np.array([0.053, 0.0145, 0.0175, 0.023, 0.033, 0.071])
"""Variance per unit of flux of one visit of 30 s: one over the electrons of flux 1."""
RELATIVE_ERROR = 0.005
BAD_NIGHT = 0.01

CENTER, WIDTH = 5.5, 0.9
"""S/N at which half the visits count as detections, and the scale of the logistic."""

DEEP_FIELDS = ((0.6, -45.5), (34.3, -5.2), (53.0, -28.0), (150.5, 3.0), (349.5, -63.0))
DEEP_RADIUS = 2.0
BAND_SHARES = np.array([0.068, 0.097, 0.223, 0.223, 0.194, 0.195])
DEEP_ORDER = np.array([2, 1, 3, 4, 5])
MINUTE = 1 / 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """When an object was looked at, by time: MJD, band, and the noise of the sky, float64 ``[n]``.

    `poisson` is the variance per unit of flux of each visit.
    """

    mjd: Floats
    band: Ints
    noise: Floats
    poisson: Floats

    def __len__(self) -> int:
        """Return the number of visits."""
        return len(self.mjd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What the survey writes down of a light curve: flux, its error, and whether it counts as detected."""

    flux: Floats
    error: Floats
    detected: NDArray[np.bool_]


def direction(rng: Generator, declination: float, *, deep: bool) -> tuple[float, float]:
    """Draw right ascension and declination in degrees: in a deep field, or at this declination."""
    if not deep:
        return rng.random() * 360.0, declination
    ra, decl = DEEP_FIELDS[int(rng.random() * len(DEEP_FIELDS))]
    radius, angle = DEEP_RADIUS * np.sqrt(rng.random()), 2 * np.pi * rng.random()
    decl += radius * np.sin(angle)
    return float((ra + radius * np.cos(angle) / np.cos(np.radians(decl))) % 360), float(decl)


def visits(rng: Generator, ra: float, *, deep: bool) -> Visits:
    """Draw the visits of three years to a place in the sky."""
    mjd, band = _deep_visits(rng, ra) if deep else _wide_visits(rng, ra)
    order = np.argsort(mjd, kind="stable")
    mjd, band = np.round(mjd[order], 4), band[order]
    base = NOISE_DEEP if deep else NOISE_WIDE
    moon = -np.cos(2 * np.pi * (mjd - NEW_MOON) / MONTH) * np.sqrt(2)
    scatter = 0.7 * rng.standard_normal(len(mjd)) + 0.6 * np.where(band == 0, 0.0, moon)
    noise = base[band] * np.exp(SCATTER[band] * scatter + 0.1 * rng.standard_normal())
    noise *= np.where(rng.random(len(mjd)) < BAD_NIGHT, 1.5 + 5 * rng.random(len(mjd)), 1.0)
    poisson = POISSON_WIDE * (base / NOISE_WIDE) ** 2
    return Visits(mjd=mjd, band=band, noise=noise, poisson=poisson[band])


def observe(rng: Generator, seen: Visits, flux: Floats, steady: Floats | float = 0.0) -> Observed:
    """Add noise to the true difference flux.

    Parameters
    ----------
    steady
        The flux of the star or the host itself, which the difference no longer shows but its noise does.
    """
    light = np.maximum(flux + steady, 0.0)
    variance = seen.noise**2 + seen.poisson * light + (RELATIVE_ERROR * flux) ** 2
    error = np.asarray(np.round(np.sqrt(variance), 3), dtype=np.float64)
    measured = np.asarray(np.round(flux + error * rng.standard_normal(len(seen)), 3), dtype=np.float64)
    return Observed(flux=measured, error=error, detected=detect(rng, measured, error))


def detect(rng: Generator, flux: Floats, error: Floats) -> NDArray[np.bool_]:
    """Say which measurements count as detections: a chance that rises with S/N, in either direction."""
    chance = 1 / (1 + np.exp(-np.clip((np.abs(flux) / error - CENTER) / WIDTH, -60, 60)))
    return rng.random(len(flux)) < np.where(np.abs(flux) / error < 1.5, 0.0, chance)


def nights(mjd: Floats) -> Floats:
    """Return the number of the night of each time; it changes at noon in Chile."""
    return np.floor(mjd - 2 / 3)


def _seasons(rng: Generator, ra: float, length: float) -> Floats:
    """Return the days, counted from the first, on which a right ascension is up at night."""
    middle = EQUINOX + (ra - 180) % 360 / 360 * YEAR
    day = np.arange(DAYS, dtype=np.float64)
    away = np.abs((day - middle + YEAR / 2) % YEAR - YEAR / 2)
    return day[away < length / 2 * (0.9 + 0.2 * rng.random())]


def _deep_visits(rng: Generator, ra: float) -> tuple[Floats, Ints]:
    """All of grizy every third clear night, u every clear night of the dark week."""
    days = _seasons(rng, ra, 135.0)
    share = 0.54 if rng.random() < 0.8 else 0.4
    clear = rng.random(DAYS) < share
    dark = np.abs((days + FIRST_DAY - NEW_MOON + MONTH / 2) % MONTH - MONTH / 2) < 3.6
    turn = (days.astype(np.int64) + int(rng.random() * 3)) % 3 == 0
    open_ = clear[days.astype(np.int64)]
    colors = days[turn & open_ & ~(dark & (rng.random(len(days)) < 0.8))]
    month = np.floor((days + FIRST_DAY - NEW_MOON) / MONTH + 0.5).astype(np.int64)
    used = rng.random(200) < 1.4 * share
    blue = days[dark & used[month] & (rng.random(len(days)) < 0.86)]
    start = 1.02 + 0.38 * rng.random(len(colors))
    steps = np.array([0, 11, 22, 36, 52]) * MINUTE
    partial = rng.random((len(colors), len(DEEP_ORDER))) < 0.985
    mjd = (colors + start)[:, np.newaxis] + steps
    band = np.broadcast_to(DEEP_ORDER, mjd.shape)
    times = np.concatenate([mjd[partial], blue + 1.02 + 0.1 * rng.random(len(blue))])
    return times + FIRST_DAY, np.concatenate([band[partial], np.zeros(len(blue), dtype=np.int64)])


def _wide_visits(rng: Generator, ra: float) -> tuple[Floats, Ints]:
    """One band a night, now and then a second one an hour later; u in the dark, y by moonlight."""
    days = _seasons(rng, ra, 190.0)
    count = int(np.clip(rng.normal(109, 19), 40, 170))
    chosen = np.sort(rng.permutation(len(days))[:count])
    day = days[chosen]
    moon = 0.5 - 0.5 * np.cos(2 * np.pi * (day + FIRST_DAY - NEW_MOON) / MONTH)
    weight = np.tile(BAND_SHARES, (len(day), 1))
    weight[:, 0] *= np.where(moon < 0.25, 3.0, 0.0)
    weight[:, 1] *= np.where(moon < 0.6, 1.6, 0.3)
    weight[:, 5] *= np.where(moon > 0.3, 1.4, 0.6)
    total = np.cumsum(weight, axis=1)
    band = (rng.random(len(day))[:, np.newaxis] * total[:, -1:] > total).sum(axis=1)
    time = day + FIRST_DAY + 1.02 + 0.36 * rng.random(len(day))
    twice = rng.random(len(day)) < 0.2
    other = np.where(band[twice] < 5, band[twice] + 1, 4)
    later = time[twice] + (20 + 40 * rng.random(int(twice.sum()))) * MINUTE
    return np.concatenate([time, later]), np.concatenate([band, other]).astype(np.int64)
