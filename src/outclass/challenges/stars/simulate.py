"""A sky to practice on: light curves of all classes by our own models, where no real ones may be shipped.

Object i of a seed depends on nothing but i and the seed. Shares, redshifts, their photometric errors, dust
and the share of deep fields are drawn like those of the real training set (see `metadata`). As in that set,
an object enters when at least two of its measurements are detections.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence

from outclass.base.errors import OutclassError
from outclass.catalog.sources.base import SourceTable
from outclass.challenges.stars import metadata, sky, supernovae, unknown_kinds, variables
from outclass.challenges.stars.blackbody import flux_of
from outclass.inputs.series import Series, SeriesTable, facts_of

UNKNOWN = "99"
LABELS = (*metadata.CLASSES, UNKNOWN)
KINDS = (*unknown_kinds.TRANSIENTS, *unknown_kinds.LENSES)

SAMPLE_SEED, SAMPLE_OBJECTS, SAMPLE_LEAST, SAMPLE_UNKNOWN = 20_590, 600, 10, 24
UNKNOWN_SHARE = 0.04
DEEP_SHARE_UNKNOWN = 0.2
DETECTIONS = 2
FOLLOWED = 4.0
"""Detections after which two in three objects of other galaxies have got a spectrum."""
TRIES, SKIES = 30, 200
MARGIN = 80.0
"""Days before the first and after the last visit within which an explosion may peak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What only the simulator knows of an object, for tests and pages after a bet; never sent to players.

    `kind` tells apart what class 99 is made of; `redshift` is 0 in our galaxy; `peak` (MJD) and `period`
    (days) are NaN where there is none.
    """

    label: str
    kind: str
    redshift: float
    peak: float
    period: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """One object as observed, and what it is."""

    series: Series
    truth: Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class _Light:
    """True flux at the visits and what stands behind it."""

    flux: sky.Floats
    steady: sky.Floats | float = 0.0
    peak: float = math.nan
    period: float = math.nan


def sample() -> SourceTable:
    """Return 600 objects in random order, all to be played and none to be learned from.

    Classes have their real shares, so that payouts follow rarity, but at least ten objects each; 24 are of
    class 99.
    """
    places = np.repeat(np.arange(len(LABELS)), sample_sizes())
    order = _generator(SAMPLE_SEED, 0).permutation(places).tolist()
    objects = [simulate(LABELS[place], SAMPLE_SEED, i) for i, place in enumerate(order)]
    return _table(objects, ("game",) * len(objects))


def sample_sizes() -> tuple[int, ...]:
    """Return how many objects of each class, in the order of `LABELS`, the sample has."""
    left = SAMPLE_OBJECTS - SAMPLE_UNKNOWN - SAMPLE_LEAST * len(metadata.CLASSES)
    wanted = [SAMPLE_OBJECTS * count / sum(metadata.COUNTS) - SAMPLE_LEAST for count in metadata.COUNTS]
    beyond = np.maximum(wanted, 0.0)
    extra = beyond / beyond.sum() * left
    sizes = np.floor(extra).astype(np.int64)
    sizes[np.argsort(sizes - extra, kind="stable")[: left - int(sizes.sum())]] += 1
    return (*(SAMPLE_LEAST + sizes).tolist(), SAMPLE_UNKNOWN)


def population(count: int, seed: int) -> SourceTable:
    """Return objects with the class shares of the real training set, and 4 % of none of its classes.

    Objects of class 99 are in the splits holdout and game by turns, so that nothing learns from them.
    """
    objects = [simulate(label_of(seed, i), seed, i) for i in range(count)]
    splits = [
        ("holdout", "game")[i % 2] if one.truth.label == UNKNOWN else None for i, one in enumerate(objects)
    ]
    return _table(objects, splits)


def truths(count: int, seed: int) -> tuple[Truth, ...]:
    """Return what the objects of `population(count, seed)` are."""
    return tuple(simulate(label_of(seed, i), seed, i).truth for i in range(count))


def label_of(seed: int, index: int) -> str:
    """Return the class of an object of the population."""
    rng = _generator(seed, index, 1)
    if rng.random() < UNKNOWN_SHARE:
        return UNKNOWN
    reached = np.cumsum(metadata.COUNTS)
    return metadata.CLASSES[int(np.searchsorted(reached, rng.random() * reached[-1], side="right"))]


def simulate(label: str, seed: int, index: int) -> Simulated:
    """Simulate one object of a class.

    Parameters
    ----------
    label
        One of the fourteen classes, or "99".
    """
    rng = _generator(seed, index)
    kind = KINDS[int(rng.random() * len(KINDS))] if label == UNKNOWN else label
    for _ in range(SKIES):
        found = _look(rng, label, kind)
        if found is not None:
            return found
    raise OutclassError("this object is never bright enough to be detected", where="simulate", got=kind)


def _look(rng: Generator, label: str, kind: str) -> Simulated | None:
    """Draw a place and visits, then lights until one of them is detected, or None."""
    deep = bool(rng.random() < metadata.DEEP_SHARE.get(kind, DEEP_SHARE_UNKNOWN))
    ra, decl = sky.direction(rng, metadata.draw(rng, metadata.DECLINATION), deep=deep)
    dust = metadata.DUST_DEEP if deep else metadata.DUST.get(kind, metadata.DUST_FAR)
    mwebv = round(metadata.draw(rng, dust), 3)
    redshift = _redshift(rng, kind)
    seen = sky.visits(rng, ra, deep=deep)
    for _ in range(TRIES):
        light = _light(rng, kind, seen, redshift, mwebv)
        observed = sky.observe(rng, seen, light.flux, light.steady)
        if _enters(rng, int(observed.detected.sum()), redshift):
            photoz, stated = metadata.photometric_redshift(rng, redshift) if redshift else (0.0, 0.0)
            series = Series(
                mjd=seen.mjd,
                passband=seen.band,
                flux=observed.flux,
                flux_err=observed.error,
                detected=observed.detected,
                facts=_facts(ra, decl, photoz, stated, mwebv, deep=deep),
            )
            truth = Truth(label=label, kind=kind, redshift=redshift, peak=light.peak, period=light.period)
            return Simulated(series=series, truth=truth)
    return None


def _facts(ra: float, decl: float, photoz: float, stated: float, mwebv: float, *, deep: bool) -> sky.Floats:
    """Return what the survey knows of an object, with the digits of the real tables."""
    return facts_of(
        {
            "ra": round(ra, 4),
            "decl": round(decl, 4),
            "ddf": float(deep),
            "hostgal_photoz": round(photoz, 4),
            "hostgal_photoz_err": round(stated, 4),
            "mwebv": mwebv,
        }
    )


def _enters(rng: Generator, detections: int, redshift: float) -> bool:
    """Say whether an object gets into the set: detected, and beyond our galaxy more likely when bright."""
    if detections < DETECTIONS:
        return False
    return redshift == 0 or bool(rng.random() < 1 - math.exp(-detections / FOLLOWED))


def _redshift(rng: Generator, kind: str) -> float:
    """Draw a redshift as the real objects of the class have it; 0 in our galaxy."""
    if kind in metadata.REDSHIFTS:
        return metadata.draw(rng, metadata.REDSHIFTS[kind])
    if kind in unknown_kinds.REDSHIFTS:
        low, high = unknown_kinds.REDSHIFTS[kind]
        return float(low + (high - low) * math.sqrt(rng.random()))
    return 0.0


def _light(rng: Generator, kind: str, seen: sky.Visits, redshift: float, mwebv: float) -> _Light:
    """Draw one light of a kind."""
    explosion = supernovae.MODELS.get(kind) or unknown_kinds.TRANSIENTS.get(kind)
    if explosion is not None:
        span = seen.mjd[-1] - seen.mjd[0] + 2 * MARGIN
        peak = float(seen.mjd[0] - MARGIN + span * rng.random())
        return _Light(flux=flux_of(explosion(rng), seen, peak, redshift, mwebv), peak=peak)
    if kind == "88":
        light = variables.active_nucleus(rng, seen, mwebv, redshift)
    else:
        model: Callable[[Generator, sky.Visits, float], variables.Light] = (
            variables.MODELS.get(kind) or unknown_kinds.LENSES[kind]
        )
        light = model(rng, seen, mwebv)
    return _Light(flux=light.flux, steady=light.steady, period=light.period)


def _generator(*words: int) -> Generator:
    """Return the generator that belongs to some numbers."""
    return Generator(PCG64(SeedSequence(words)))


def _table(objects: Sequence[Simulated], splits: Sequence[str | None]) -> SourceTable:
    """Return simulated objects as a source."""
    ids = tuple(f"sim-{i:06d}" for i in range(len(objects)))
    inputs = SeriesTable.of([one.series for one in objects])
    return SourceTable(
        object_ids=ids,
        group_ids=ids,
        labels=tuple(one.truth.label for one in objects),
        inputs=inputs,
        fixed_splits=tuple(splits),
    )
