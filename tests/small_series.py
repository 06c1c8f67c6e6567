"""A small challenge of light curves whose `simulate.py` makes all its objects, for tests."""

from pathlib import Path

import numpy as np

from outclass.inputs.series import Series, SeriesTable, facts_of
from small_challenge import write_challenge

CLASSES = ("bump", "wave", "flat")
BANDS = [
    {"name": "g", "number": 1, "wavelength": 4746, "extinction": 3.64},
    {"name": "r", "number": 2, "wavelength": 6366, "extinction": 2.70},
]
SIMULATE = '''"""Simulated objects of three simple kinds."""

from small_series import CLASSES, curves

from outclass.catalog.sources.base import SourceTable


def sample() -> SourceTable:
    """Return a few objects to play with."""
    return make(12, 7, "game")


def population(count: int, seed: int) -> SourceTable:
    """Return as many objects as wanted."""
    return make(count, seed, None)


def make(count: int, seed: int, split: str | None) -> SourceTable:
    """Return objects of all classes in turn."""
    ids = tuple(f"sim-{number:06d}" for number in range(count))
    return SourceTable(
        object_ids=ids,
        group_ids=ids,
        labels=tuple(CLASSES[number % 3] for number in range(count)),
        inputs=curves(count, seed),
        fixed_splits=(split,) * count,
    )
'''


def declaration() -> dict[str, object]:
    """Return what the challenge file says."""
    return {
        "name": "curves",
        "title": "Curves",
        "question": "Which curve is this?",
        "summary": "Light curves that were made up.",
        "accent": "#ff8800",
        "input": {"kind": "series", "bands": BANDS},
        "classes": [{"name": name, "title": name.title()} for name in CLASSES],
        "dataset": {
            "title": "Curves",
            "licence": "CC0-1.0",
            "citation": "Made for a test.",
            "sample": "Simulated for a test.",
            "source": {
                "kind": "light-curves",
                "files": {
                    "objects": {"path": "data/objects.csv"},
                    "light_curves": {"path": "data/light_curves.csv"},
                },
            },
        },
        "split": {"salt": "curves-1", "train": 0.6, "validation": 0.2, "holdout": 0.0, "game": 0.2},
        "models": {"net": {"title": "Net"}},
        "advisers": ["net"],
        "champion": "net",
    }


def series_challenge(folder: Path, **changed: object) -> Path:
    """Write challenge and simulator and return the folder."""
    write_challenge(folder, declaration() | changed)
    (folder / "simulate.py").write_text(SIMULATE, encoding="utf-8")
    return folder


def curves(count: int, seed: int) -> SeriesTable:
    """Return light curves: bumps, waves and noise in turn, between 3 and 40 observations each."""
    random = np.random.default_rng(seed)
    return SeriesTable.of([curve(number % 3, random) for number in range(count)])


def curve(kind: int, random: np.random.Generator) -> Series:
    """Return one light curve."""
    size = int(random.integers(3, 40))
    mjd = np.sort(random.uniform(59000, 59400, size))
    phase = (mjd - 59200) / 30
    form = (np.exp(-(phase**2)), np.sin(phase), np.zeros(size))[kind]
    flux = 100 * form + random.normal(0, 5, size)
    return Series(
        mjd=mjd,
        passband=random.integers(0, 2, size),
        flux=flux,
        flux_err=np.full(size, 5.0),
        detected=np.abs(flux) > 25,
        facts=facts_of({"hostgal_photoz": 0.3 * kind or None, "mwebv": 0.02}),
    )
