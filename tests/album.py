"""The challenge `colors` with photos to play with: several licences, a group, a warning, poison."""

from pathlib import Path

import numpy as np
import polars as pl

from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import collect
from outclass.registry.version import ModelVersion
from photo_models import CLASSES, color_version, colors
from photographs import encoded, scene

NAME = "colors"
WARNING = "This is a test: no answer here is a reason to eat a color."
TINTS = {"red": (230, 60, 50), "green": (60, 200, 60), "blue": (50, 70, 230)}
LICENCES = ("CC-BY-4.0", "CC0-1.0", "CC-BY-NC-4.0", "all rights reserved")
AUTHORS = ("Ann Example", "Bo <b>Example</b>", "Cy Example", "Di Reserved")
CHANGED: dict[str, object] = {
    "title": "ColorTest",
    "warning": WARNING,
    "classes": [
        {
            "name": "red",
            "title": "Red cap",
            "story": "Told of red.",
            "facts": {"toxicity": "poisonous", "toxicity_source": "A field guide, 1987"},
        },
        {
            "name": "green",
            "title": "Green cap",
            "facts": {"toxicity": "listed as not poisonous", "toxicity_source": "https://example.org/table"},
        },
        {"name": "blue", "title": "No cap", "facts": {"toxicity": "-"}},
    ],
    "groups": [{"name": "caps", "title": "a cap", "members": ["red", "green"]}],
    "limitations": ["It was made for tests."],
    "split": {"salt": "colors-1", "train": 0.4, "validation": 0.2, "holdout": 0.0, "game": 0.4},
    "game": {"rounds": 5, "minimum_rounds": 2, "words": {"object": "photo"}},
    "dataset": {
        "title": "Colors",
        "licence": "CC-BY-4.0",
        "citation": "Made for a test.",
        "homepage": "https://example.org/colors",
        "source": {"kind": "photos", "files": {"colors": {"path": "colors.parquet"}}},
    },
}


def tinted(name: str, seed: int, width: int = 320, height: int = 240) -> bytes:
    """Return a photo that is mostly of one color."""
    detail = scene(width, height, seed=seed).astype(np.float32)
    pixels = 0.35 * detail + 0.65 * np.array(TINTS[name], dtype=np.float32)
    return encoded(np.clip(pixels, 0, 255).astype(np.uint8), quality=88)


def write_album(folder: Path, count: int = 90) -> None:
    """Write the table of photos."""
    names = [CLASSES[number % 3] for number in range(count)]
    whose = [number // 3 % 4 for number in range(count)]
    table = pl.DataFrame(
        {
            "image": [tinted(name, seed) for seed, name in enumerate(names)],
            "label": names,
            "author": [AUTHORS[one] for one in whose],
            "licence": [LICENCES[one] for one in whose],
            "link": [f"https://example.org/{name}/{number}" for number, name in enumerate(names)],
        }
    )
    table.write_parquet(folder / "colors.parquet")


def make_album(project: Path, settings: Settings, *, data: bool = True) -> ModelVersion:
    """Write the challenge into a project folder, its model into the registry, and collect its photos."""
    folder = colors(project / "challenges" / NAME, **CHANGED)
    version = color_version(settings.models_folder)
    if data:
        write_album(folder)
        collect(load_challenge(folder), settings)
    return version
