"""Models of the transients beyond our galaxy: one draw of parameters gives one explosion."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from outclass.challenges.stars.blackbody import (
    BLUE,
    Transient,
    cooling,
    draw_wiggles,
    plateau,
    rise_and_fall,
    steady,
    with_tail,
)

Floats = NDArray[np.float64]
Model = Callable[[Generator], Transient]

LINES = 0.07
"""Scatter of a spectrum about its black body, in magnitudes."""
THERMONUCLEAR = (0.0, 0.0, 0.12, 0.27, 0.48, 0.55)
"""What lines take in magnitudes from type Ia: little of the blue, much of the red and near infrared."""


def _normal(rng: Generator, mean: float, deviation: float, low: float, high: float) -> float:
    """Draw from a normal distribution, cut off at both ends."""
    return min(max(mean + deviation * float(rng.standard_normal()), low), high)


def _between(rng: Generator, low: float, high: float) -> float:
    """Draw evenly."""
    return low + (high - low) * float(rng.random())


def ia(rng: Generator) -> Transient:
    """Type Ia: stretch and color after Tripp (1998), a second maximum in the red, blocked ultraviolet."""
    stretch = _normal(rng, 0.0, 1.0, -2.5, 2.5)
    color = _normal(rng, -0.06, 0.08, -0.3, 0.4) + 0.06 * float(rng.exponential())
    factor = 1.0 + 0.1 * stretch
    magnitude = -19.36 - 0.14 * stretch + _normal(rng, 0.0, 0.13, -0.5, 0.5)
    early = rise_and_fall(4.0 * factor, 19.0 * factor)
    return Transient(
        magnitude=magnitude,
        reference=BLUE,
        luminosity=with_tail(early, 0.05),
        temperature=cooling(15_000, 5_600, 14 * factor, -6.0),
        cut=3_800,
        bump=0.15 * _between(rng, 0.5, 1.3),
        stretch=factor,
        dust=3.1 * color,
        wiggles=draw_wiggles(rng, LINES, THERMONUCLEAR),
    )


def ia_91bg(rng: Generator) -> Transient:
    """Type Ia like SN 1991bg: faint, fast, red, no second maximum."""
    factor = _between(rng, 0.65, 0.85)
    return Transient(
        magnitude=_normal(rng, -17.6, 0.35, -18.9, -16.2),
        reference=BLUE,
        luminosity=with_tail(rise_and_fall(3.6 * factor, 19.0 * factor), 0.05),
        temperature=cooling(9_000, 4_300, 17 * factor, -8.0),
        cut=3_900,
        dust=3.1 * _normal(rng, 0.12, 0.08, -0.2, 0.6),
        wiggles=draw_wiggles(rng, LINES, THERMONUCLEAR),
    )


def iax(rng: Generator) -> Transient:
    """Type Iax: of any faintness, hotter early, no second maximum."""
    factor = _between(rng, 0.55, 1.1)
    return Transient(
        magnitude=_normal(rng, -17.2, 0.9, -19.0, -14.0),
        reference=BLUE,
        luminosity=with_tail(rise_and_fall(3.8 * factor, 19.0 * factor), 0.05),
        temperature=cooling(_between(rng, 13_000, 16_500), 5_300, 16 * factor, -9.0),
        cut=3_700,
        dust=3.1 * _normal(rng, 0.05, 0.12, -0.2, 0.6),
        wiggles=draw_wiggles(rng, LINES, THERMONUCLEAR),
    )


def ii(rng: Generator) -> Transient:
    """Type II: a plateau and a cobalt tail; one in five has interacting ejecta that fade slowly (IIn)."""
    if rng.random() < 0.2:
        rise, fall = _between(rng, 5.0, 14.0), _between(rng, 40.0, 110.0)
        return Transient(
            magnitude=_normal(rng, -18.6, 0.9, -20.8, -16.0),
            luminosity=rise_and_fall(rise, fall),
            temperature=cooling(_between(rng, 11_000, 17_000), 6_500, _between(rng, 30, 70), -15.0),
            cut=2_900,
            dust=0.3 * float(rng.exponential()),
            wiggles=draw_wiggles(rng, LINES),
        )
    return Transient(
        magnitude=_normal(rng, -16.9, 0.9, -19.2, -14.5),
        luminosity=plateau(_between(rng, 4.0, 12.0), _between(rng, 70, 125), _between(rng, 0.0, 2.2), 0.12),
        temperature=cooling(_between(rng, 11_000, 15_000), 5_500, _between(rng, 18, 32), -8.0),
        cut=3_300,
        dust=0.1 * float(rng.exponential()),
        wiggles=draw_wiggles(rng, LINES),
    )


def ibc(rng: Generator) -> Transient:
    """Type Ib or Ic: stripped of hydrogen, reddened by its host."""
    rise, fall = _between(rng, 3.2, 6.5), _between(rng, 13.0, 30.0)
    return Transient(
        magnitude=_normal(rng, -17.6, 0.8, -19.8, -15.5),
        luminosity=with_tail(rise_and_fall(rise, fall), _between(rng, 0.05, 0.15)),
        temperature=cooling(_between(rng, 9_000, 13_000), 5_000, _between(rng, 12, 24), -10.0),
        cut=3_600,
        dust=0.2 * float(rng.exponential()),
        wiggles=draw_wiggles(rng, LINES),
    )


def superluminous(rng: Generator) -> Transient:
    """Superluminous of type I: hot, broad, bright into the ultraviolet."""
    rise = _between(rng, 8.0, 20.0)
    return Transient(
        magnitude=_normal(rng, -21.6, 0.5, -23.0, -20.2),
        luminosity=rise_and_fall(rise, rise * _between(rng, 2.0, 5.0)),
        temperature=cooling(_between(rng, 13_000, 19_000), 6_500, _between(rng, 35, 80), -25.0),
        cut=2_500,
        dust=0.15 * float(rng.exponential()),
        wiggles=draw_wiggles(rng, LINES),
    )


def tidal_disruption(rng: Generator) -> Transient:
    """Tidal disruption: a Gaussian rise, then a fall as time to the power -5/3, hot all the while."""
    rise, scale = _between(rng, 8.0, 25.0), _between(rng, 20.0, 80.0)

    def luminosity(phase: Floats) -> Floats:
        before = np.exp(-0.5 * (np.minimum(phase, 0.0) / rise) ** 2)
        return np.asarray(before * (1 + np.maximum(phase, 0.0) / scale) ** (-5 / 3))

    return Transient(
        magnitude=_normal(rng, -19.6, 0.8, -21.8, -17.0),
        luminosity=luminosity,
        temperature=steady(_between(rng, 16_000, 38_000)),
        cut=1_500,
        dust=0.25 * float(rng.exponential()),
        wiggles=draw_wiggles(rng, LINES / 2),
    )


def kilonova(rng: Generator) -> Transient:
    """Kilonova: gone in days, from blue to deep red."""
    decay, days = _between(rng, 1.0, 3.0), _between(rng, 0.8, 2.2)

    def luminosity(phase: Floats) -> Floats:
        since = np.maximum(phase + 0.8, 0.0)
        return np.asarray(np.minimum(since / 0.8, 1.0) * np.exp(-np.maximum(phase, 0.0) / decay))

    return Transient(
        magnitude=_normal(rng, -15.9, 0.9, -18.0, -13.0),
        luminosity=luminosity,
        temperature=cooling(_between(rng, 6_000, 11_000), 2_600, days, 0.0),
        cut=3_000,
        wiggles=draw_wiggles(rng, LINES),
    )


MODELS: Mapping[str, Model] = MappingProxyType(
    {
        "15": tidal_disruption,
        "42": ii,
        "52": iax,
        "62": ibc,
        "64": kilonova,
        "67": ia_91bg,
        "90": ia,
        "95": superluminous,
    }
)
