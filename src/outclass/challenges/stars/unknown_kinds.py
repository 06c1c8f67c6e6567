"""Kinds of objects that no model of stars learns: the class "none of these"."""

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from outclass.challenges.stars import supernovae, variables
from outclass.challenges.stars.blackbody import Transient, cooling, draw_wiggles, rise_and_fall, with_tail
from outclass.challenges.stars.sky import Visits
from outclass.challenges.stars.variables import Light, amplification, star

Floats = NDArray[np.float64]


def _between(rng: Generator, low: float, high: float) -> float:
    """Draw evenly."""
    return low + (high - low) * float(rng.random())


def pair_instability(rng: Generator) -> Transient:
    """Pair-instability supernova: a star of over 130 suns, months to rise and longer to fall."""
    rise = _between(rng, 15.0, 30.0)
    return Transient(
        magnitude=-20.3 - 1.3 * float(rng.random()),
        luminosity=rise_and_fall(rise, rise * _between(rng, 3.0, 5.0)),
        temperature=cooling(_between(rng, 8_000, 11_000), 4_500, 150.0, -80.0),
        cut=3_600,
        wiggles=draw_wiggles(rng, 0.1),
    )


def intermediate_luminosity(rng: Generator) -> Transient:
    """Intermediate luminosity optical transient: between a nova and a supernova, red, with a plateau."""
    return Transient(
        magnitude=-12.5 - 3.0 * float(rng.random()),
        luminosity=rise_and_fall(_between(rng, 3.0, 8.0), _between(rng, 25.0, 60.0)),
        temperature=cooling(_between(rng, 5_000, 7_500), 3_000, 40.0, -10.0),
        cut=3_600,
        dust=0.5 * float(rng.exponential()),
        wiggles=draw_wiggles(rng, 0.1),
    )


def calcium_rich(rng: Generator) -> Transient:
    """Calcium-rich transient: faint, up and down in weeks, red."""
    return Transient(
        magnitude=-16.0 - 0.6 * float(rng.standard_normal()),
        luminosity=with_tail(rise_and_fall(2.2, _between(rng, 8.0, 13.0)), 0.06),
        temperature=cooling(_between(rng, 7_500, 10_000), 4_000, 10.0, -6.0),
        cut=3_800,
        wiggles=draw_wiggles(rng, 0.15),
    )


def fast_blue(rng: Generator) -> Transient:
    """Fast blue optical transient: as bright as a supernova, gone in ten days, hot throughout."""
    return Transient(
        magnitude=-19.5 - 0.8 * float(rng.standard_normal()),
        luminosity=rise_and_fall(0.8, _between(rng, 3.0, 7.0)),
        temperature=cooling(_between(rng, 22_000, 32_000), 14_000, 8.0, -2.0),
        cut=1_800,
        wiggles=draw_wiggles(rng, 0.08),
    )


def binary_lens(rng: Generator, seen: Visits, mwebv: float) -> Light:
    """Lens of two stars: two unequal peaks and a bright spell between its caustics."""
    source = star(20.0 + 1.3 * float(rng.standard_normal()), _between(rng, 3_600, 7_500), mwebv)
    days = 35.0 * math.exp(0.5 * float(rng.standard_normal()))
    peak = _between(rng, seen.mjd[0], seen.mjd[-1])
    time = (seen.mjd - peak) / days
    apart = _between(rng, 0.15, 0.6)
    inside = np.abs(time) < apart
    edge = np.maximum(np.abs(np.abs(time) - apart), 0.004)
    spell = np.where(inside, _between(rng, 1.0, 4.0) + 0.9 / np.sqrt(edge), 0.0)
    rate = amplification(_between(rng, 0.1, 0.6), time) - 1 + spell
    return Light(flux=source[seen.band] * rate, steady=source[seen.band])


def string_lens(rng: Generator, seen: Visits, mwebv: float) -> Light:
    """Cosmic string: the star is exactly twice as bright for a while, in all bands, again and again."""
    source = star(19.5 + 1.2 * float(rng.standard_normal()), _between(rng, 3_600, 7_500), mwebv)
    days, again = _between(rng, 1.0, 12.0), _between(rng, 60.0, 400.0)
    doubled = (seen.mjd + again * float(rng.random())) % again < days
    return Light(flux=np.where(doubled, source[seen.band], 0.0), steady=source[seen.band])


TRANSIENTS: Mapping[str, supernovae.Model] = MappingProxyType(
    {
        "pair-instability supernova": pair_instability,
        "intermediate luminosity optical transient": intermediate_luminosity,
        "calcium-rich transient": calcium_rich,
        "fast blue optical transient": fast_blue,
    }
)
LENSES: Mapping[str, variables.Model] = MappingProxyType(
    {"binary micro-lens": binary_lens, "cosmic string": string_lens}
)
REDSHIFTS = MappingProxyType(
    {
        "pair-instability supernova": (0.2, 1.6),
        "intermediate luminosity optical transient": (0.01, 0.1),
        "calcium-rich transient": (0.02, 0.25),
        "fast blue optical transient": (0.05, 0.7),
    }
)
"""Lowest and highest redshift of each kind; assumed, for the real training set has none."""
