"""Light of a glowing, expanding photosphere: a light curve times a black body that changes temperature."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from outclass.challenges.stars.metadata import distance_modulus
from outclass.challenges.stars.sky import EXTINCTION, WAVELENGTHS, Visits

Floats = NDArray[np.float64]
Law = Callable[[Floats], Floats]
"""A quantity as a function of the days since maximum, in the rest frame."""

ZERO_POINT = 27.5
BLUE, VISUAL = 4400.0, 5500.0
HC_OVER_K = 1.438777e8
"""Planck's constant times the speed of light over Boltzmann's constant, in Angstrom kelvin."""
DUST_SLOPE = -1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Transient:
    """Something that flares up once.

    Attributes
    ----------
    magnitude
        Absolute AB magnitude at maximum, at the wavelength `reference` (Angstrom, rest frame).
    luminosity
        Its light at the reference wavelength, 1 at maximum.
    temperature
        In kelvin.
    cut
        Below this wavelength lines of metals block the light: a magnitude per 400 Angstrom.
    bump
        Height of a second maximum in the red, 25 days after the first, as a share of the first.
    stretch
        Factor of the time from the first to the second maximum.
    dust
        Magnitudes that dust in the host takes at the reference wavelength; it takes more in the blue.
    wiggles
        What the lines of this one object add in magnitudes at 3000, 4200, ... 9000 Angstrom.
    """

    magnitude: float
    luminosity: Law
    temperature: Law
    reference: float = VISUAL
    cut: float = 3300.0
    bump: float = 0.0
    stretch: float = 1.0
    dust: float = 0.0
    wiggles: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


WIGGLE_AT = (3000.0, 4200.0, 5400.0, 6600.0, 7800.0, 9000.0)


def draw_wiggles(rng: Generator, size: float, mean: Sequence[float] | None = None) -> tuple[float, ...]:
    """Draw how the spectrum of one object departs from a black body in magnitudes, about its kind."""
    usual = mean or (0.0,) * len(WIGGLE_AT)
    drawn = size * rng.standard_normal(len(WIGGLE_AT))
    return tuple(float(own + of_kind) for own, of_kind in zip(drawn, usual, strict=True))


def planck(wavelength: Floats | float, temperature: Floats) -> Floats:
    """Return a black body's light per unit of frequency, up to a factor."""
    return np.asarray(wavelength**-3.0 / np.expm1(np.minimum(HC_OVER_K / (wavelength * temperature), 200.0)))


def flux_of(one: Transient, seen: Visits, peak: float, redshift: float, mwebv: float) -> Floats:
    """Return the true flux (zero point 27.5) of a transient at every visit.

    Parameters
    ----------
    peak
        MJD of the maximum as observed.
    mwebv
        E(B-V) of the Milky Way, whose dust is in the flux.
    """
    phase = (seen.mjd - peak) / (1 + redshift)
    wavelength = (WAVELENGTHS / (1 + redshift))[seen.band]
    temperature = one.temperature(phase)
    color = planck(wavelength, temperature) / planck(one.reference, temperature)
    light = one.luminosity(phase)
    if one.bump:
        red = 1 / (1 + np.exp((6700.0 - wavelength) / 350.0))
        light = light + one.bump * red * np.exp(-0.5 * ((phase / one.stretch - 25.0) / 8.0) ** 2)
    faint = _dimming(one, redshift)[seen.band] + (EXTINCTION * mwebv)[seen.band]
    shown = one.magnitude + distance_modulus(redshift) - ZERO_POINT
    return (1 + redshift) * light * color * 10 ** (-0.4 * (shown + faint))


def _dimming(one: Transient, redshift: float) -> Floats:
    """Return the magnitudes that each band loses to lines and to dust in the host."""
    wavelength = WAVELENGTHS / (1 + redshift)
    blocked = np.logaddexp(0.0, (one.cut - wavelength) / 120.0) * 120.0 / 400.0
    dust = one.dust * (wavelength / one.reference) ** DUST_SLOPE
    return np.asarray(blocked + dust + np.interp(wavelength, WIGGLE_AT, one.wiggles))


def rise_and_fall(rise: float, fall: float) -> Law:
    """Return Bazin's curve, an exponential fall behind a logistic rise, 1 at its maximum at day 0."""
    ratio = rise / fall
    shift = rise * np.log(1 / ratio - 1)
    height = (1 - ratio) * np.exp(-shift / fall)

    def law(phase: Floats) -> Floats:
        since = phase + shift
        return np.asarray(np.exp(-since / fall - np.logaddexp(0.0, -since / rise)) / height)

    return law


def with_tail(early: Law, share: float, scale: float = 111.0, since: float = 20.0) -> Law:
    """Add the light of radioactive cobalt, which falls by half in 77 days, once the ejecta let it out."""

    def law(phase: Floats) -> Floats:
        ready = 1 / (1 + np.exp(np.clip(-(phase - since) / 6.0, -50, 50)))
        return np.asarray(early(phase) + share * ready * np.exp(-np.maximum(phase, 0.0) / scale))

    return law


def plateau(rise: float, length: float, slope: float, tail: float) -> Law:
    """Return a plateau of days, sinking by `slope` magnitudes in 100 days, that drops to a cobalt tail."""

    def law(phase: Floats) -> Floats:
        up = 1 / (1 + np.exp(np.clip(-(phase + rise) / (0.25 * rise), -50, 50)))
        after = np.maximum(phase, 0.0)
        flat = 10 ** (-0.4 * slope * after / 100) / (1 + np.exp(np.clip((phase - length) / 6.0, -50, 50)))
        cobalt = tail * np.exp(-after / 111.0) * (phase > 0)
        return np.asarray(up * (flat + cobalt))

    return law


def cooling(hot: float, cool: float, days: float, start: float) -> Law:
    """Return a temperature that falls from `hot` at day `start` towards `cool` within some days."""

    def law(phase: Floats) -> Floats:
        return np.asarray(cool + (hot - cool) * np.exp(-np.maximum(phase - start, 0.0) / days))

    return law


def steady(temperature: float) -> Law:
    """Return a constant temperature."""

    def law(phase: Floats) -> Floats:
        return np.full_like(phase, temperature)

    return law
