"""Pulses of two bands: quick and slow, bright and faint."""

import numpy as np

from outclass.catalog.sources.base import SourceTable
from outclass.inputs.series import Series, SeriesTable, facts_of

WIDTHS = {"flash": 2.0, "glow": 9.0, "burst": 2.5, "drift": 10.0, "other": 5.0}
RATIOS = {"flash": 0.7, "glow": 1.2, "burst": 1.3, "drift": 0.8, "other": 1.0}
SHARES = (0.4, 0.15, 0.15, 0.25, 0.05)


def make_pulse(label: str, seed: int) -> Series:
    """Return one pulse."""
    random = np.random.default_rng(seed)
    mjd = np.sort(60_000.2 + np.arange(24) + random.uniform(0, 0.2, 24))
    passband = np.arange(24) % 2
    width = WIDTHS[label] * random.lognormal(0, 0.35)
    shape = np.exp(-(((mjd - 60_012) / width) ** 2))
    bright = random.lognormal(4, 0.4) * np.where(passband == 1, RATIOS[label] * random.lognormal(0, 0.2), 1.0)
    galactic = label in {"flash", "glow"} or (label == "other" and seed % 2 == 0)
    photoz = 0.0 if galactic else float(random.uniform(0.1, 1))
    return Series(
        mjd=mjd,
        passband=passband,
        flux=bright * shape + random.normal(0, 3, 24),
        flux_err=np.full(24, 3.0),
        detected=bright * shape > 15,
        facts=facts_of({"hostgal_photoz": photoz, "hostgal_photoz_err": 0.0, "ra": 1.0, "decl": 2.0}),
    )


def population(count: int, seed: int) -> SourceTable:
    """Return pulses of all kinds; the last kind is never learned from."""
    random = np.random.default_rng(seed)
    labels = [str(label) for label in random.choice(list(WIDTHS), count, p=SHARES)]
    sides = [("holdout", "game")[i % 2] if label == "other" else None for i, label in enumerate(labels)]
    return make_table(labels, seed * 100_000, f"p{seed}", tuple(sides))


def sample() -> SourceTable:
    """Return pulses to play with."""
    labels = list(WIDTHS) * 4
    return make_table(labels, 7, "s", ("game",) * len(labels))


def make_table(labels: list[str], seed: int, name: str, sides: tuple[str | None, ...]) -> SourceTable:
    """Return labeled pulses."""
    ids = tuple(f"{name}-{number:05d}" for number in range(len(labels)))
    return SourceTable(
        object_ids=ids,
        group_ids=ids,
        labels=tuple(labels),
        inputs=SeriesTable.of([make_pulse(label, seed + number) for number, label in enumerate(labels)]),
        fixed_splits=sides,
    )
