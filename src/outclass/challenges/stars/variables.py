"""Models of what varies for other reasons: stars of our galaxy, and active nuclei of others.

The survey shows differences from a template, so every flux here is the light less that of a reference time.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from outclass.challenges.stars.blackbody import ZERO_POINT, planck
from outclass.challenges.stars.sky import EXTINCTION, WAVELENGTHS, Visits

Floats = NDArray[np.float64]

RED = 6223.0
PHASES = np.arange(64) / 64
FLARE = 9_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """True difference flux at every visit, the steady flux that is subtracted, and the period (else NaN)."""

    flux: Floats
    steady: Floats
    period: float = math.nan


Model = Callable[[Generator, Visits, float], Light]
"""(generator, visits, E(B-V)) -> light."""


def _normal(rng: Generator, mean: float, deviation: float, low: float, high: float) -> float:
    """Draw from a normal distribution, cut off at both ends."""
    return min(max(mean + deviation * float(rng.standard_normal()), low), high)


def _between(rng: Generator, low: float, high: float) -> float:
    """Draw evenly."""
    return low + (high - low) * float(rng.random())


def star(magnitude: float, temperature: float, mwebv: float) -> Floats:
    """Return the flux in each band of a star of some red magnitude before dust, a black body."""
    shape = planck(WAVELENGTHS, np.full(6, temperature)) / planck(RED, np.array([temperature]))
    return np.asarray(shape * 10 ** (-0.4 * (magnitude - ZERO_POINT + EXTINCTION * mwebv)))


def _periodic(
    rng: Generator,
    seen: Visits,
    mean: Floats,
    amplitude: Floats,
    period: float,
    curve: Callable[[Floats], Floats],
) -> Light:
    """Return the light of a star whose magnitude departs from the mean by amplitude times curve(phase)."""
    phase = seen.mjd / period + float(rng.random())
    base = np.array([np.mean(10 ** (-0.4 * height * curve(PHASES))) for height in amplitude])
    change = 10 ** (-0.4 * amplitude[seen.band] * curve(phase % 1.0)) - base[seen.band]
    steady = (mean * base)[seen.band]
    return Light(flux=mean[seen.band] * change, steady=steady, period=period)


def rr_lyrae(rng: Generator, seen: Visits, mwebv: float) -> Light:
    """RR Lyrae: a sawtooth (type ab) or nearly a sine (type c) of half a day."""
    fundamental = rng.random() < 0.75
    period = _normal(rng, 0.57, 0.08, 0.4, 0.85) if fundamental else _normal(rng, 0.33, 0.04, 0.22, 0.43)
    height = _between(rng, 0.6, 1.25) if fundamental else _between(rng, 0.3, 0.6)
    skew = _between(rng, 0.3, 0.5) if fundamental else _between(rng, 0.02, 0.12)
    orders = np.arange(1, 5)
    weights = skew ** (orders - 1) / orders

    def curve(phase: Floats) -> Floats:
        angles = 2 * np.pi * orders[:, np.newaxis] * phase
        return np.asarray(-0.55 * weights @ np.sin(angles))

    ratios = np.array([0.95, 1.0, 0.72, 0.57, 0.54, 0.52])
    mean = star(_normal(rng, 18.6, 1.6, 15.5, 22.5), 6_700, mwebv)
    return _periodic(rng, seen, mean, height * ratios, period, curve)


def mira(rng: Generator, seen: Visits, mwebv: float) -> Light:
    """Mira: about a year, magnitudes of change, deep red."""
    period = 300.0 * math.exp(0.3 * float(rng.standard_normal()))
    second, shift = _between(rng, 0.0, 0.3), _between(rng, 0.0, 1.0)

    def curve(phase: Floats) -> Floats:
        return np.asarray(np.cos(2 * np.pi * phase) + second * np.cos(2 * np.pi * (2 * phase + shift)))

    ratios = np.array([1.3, 1.3, 1.15, 0.8, 0.65, 0.55])
    mean = star(_normal(rng, 18.5, 1.5, 15.5, 22.0), 2_700, mwebv)
    return _periodic(rng, seen, mean, _between(rng, 0.8, 2.0) * ratios, period, curve)


def eclipsing_binary(rng: Generator, seen: Visits, mwebv: float) -> Light:
    """Eclipsing binary: two dips, and the stars' oval shape when they are near."""
    period = math.exp(_between(rng, math.log(0.25), math.log(20.0)))
    width = min(0.11, 0.075 * (1.0 / period) ** 0.5) * _between(rng, 0.7, 1.4)
    first = _between(rng, 0.1, 1.0)
    second = first * _between(rng, 0.1, 1.0)
    oval = 0.12 * _between(rng, 0.0, 1.0) * math.exp(-period)
    apart = 0.5 + (0.06 * float(rng.standard_normal()) if period > 5 else 0.0)

    def curve(phase: Floats) -> Floats:
        away = np.abs((phase + 0.5) % 1.0 - 0.5)
        other = np.abs((phase - apart + 0.5) % 1.0 - 0.5)
        dips = first * np.exp(-0.5 * (away / (0.5 * width)) ** 4)
        dips += second * np.exp(-0.5 * (other / (0.5 * width)) ** 4)
        return np.asarray(dips - oval * np.cos(4 * np.pi * phase + np.pi))

    mean = star(_normal(rng, 18.8, 1.7, 15.5, 22.5), _between(rng, 3_800, 8_000), mwebv)
    colors = 1.0 + 0.25 * _between(rng, -1.0, 1.0) * np.log(RED / WAVELENGTHS)
    return _periodic(rng, seen, mean, colors, period, curve)


def dwarf_flares(rng: Generator, seen: Visits, mwebv: float) -> Light:
    """M dwarf: flares of minutes to hours, a rising share of small ones, hot above the cool star."""
    quiet = star(_normal(rng, 20.6, 1.6, 16.5, 24.0), _between(rng, 2_700, 3_600), mwebv)
    flare = star(20.0, FLARE, mwebv)
    flare = flare * quiet[2] / flare[2]
    flux = np.zeros(len(seen))
    for _ in range(1 + int(rng.poisson(1.6))):
        decay = 0.012 * math.exp(0.8 * float(rng.standard_normal()))
        start = seen.mjd[int(rng.random() * len(seen))] - 1.5 * decay * float(rng.random())
        height = 0.02 * float(rng.random()) ** (-1 / 0.8)
        since = seen.mjd - start
        shape = np.where(since > 0, np.exp(-np.maximum(since, 0.0) / decay), 0.0)
        flux += min(height, 8.0) * shape * flare[seen.band]
    return Light(flux=flux, steady=quiet[seen.band])


def micro_lens(rng: Generator, seen: Visits, mwebv: float) -> Light:
    """Single lens: the curve of Paczynski (1986), equal in all bands, with light of neighbors beside it."""
    source = star(_normal(rng, 19.6, 1.6, 16.0, 23.0), _between(rng, 3_600, 7_500), mwebv)
    days = 28.0 * math.exp(0.8 * float(rng.standard_normal()))
    nearest = _between(rng, 0.01, 1.0)
    share = _between(rng, 0.2, 1.0)
    peak = _between(rng, seen.mjd[0] - days, seen.mjd[-1] + days)
    rate = amplification(nearest, (seen.mjd - peak) / days)
    return Light(flux=share * source[seen.band] * (rate - 1), steady=source[seen.band])


def amplification(nearest: float, time: Floats) -> Floats:
    """Return how much brighter a lens makes a source that passes at some Einstein radii."""
    squared = nearest**2 + time**2
    return np.asarray((squared + 2) / np.sqrt(squared * (squared + 4)))


def active_nucleus(rng: Generator, seen: Visits, mwebv: float, redshift: float) -> Light:
    """Active nucleus: magnitudes walk at random and are drawn back, bluer when they move more."""
    mean = star(_normal(rng, 20.8, 1.2, 17.5, 23.0), 12_000, mwebv)
    days = 200.0 * math.exp(0.6 * float(rng.standard_normal())) * (1 + redshift)
    strength = 0.18 * math.exp(0.4 * float(rng.standard_normal()))
    walk = damped_walk(rng, seen.mjd, days)
    bands = strength * (WAVELENGTHS / (1 + redshift) / 4000.0) ** -0.5
    reference = float(rng.standard_normal()) * 0.5
    change = 10 ** (-0.4 * bands[seen.band] * walk) - 10 ** (-0.4 * bands[seen.band] * reference)
    return Light(flux=mean[seen.band] * change, steady=mean[seen.band])


def damped_walk(rng: Generator, mjd: Floats, days: float) -> Floats:
    """Return a damped random walk (Ornstein-Uhlenbeck) of variance 1 at rising times."""
    kept = np.exp(-np.diff(mjd, prepend=mjd[0]) / days)
    steps = rng.standard_normal(len(mjd)) * np.sqrt(np.maximum(1 - kept**2, 0.0))
    value = float(rng.standard_normal())
    walk = []
    for share, step in zip(kept.tolist(), steps.tolist(), strict=True):
        value = share * value + step
        walk.append(value)
    return np.array(walk)


MODELS: Mapping[str, Model] = MappingProxyType(
    {"6": micro_lens, "16": eclipsing_binary, "53": mira, "65": dwarf_flares, "92": rr_lyrae}
)
