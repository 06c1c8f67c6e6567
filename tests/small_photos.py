"""A small challenge of photos in a folder, for tests."""

from pathlib import Path

import numpy as np
import polars as pl

from outclass.base.settings import Settings
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import collect
from photographs import encoded, scene
from small_challenge import settings_in, write_challenge

CLASSES = ("bobcat", "house_cat")
LICENCES = (
    "cc-by",
    "CC BY-SA 4.0",
    "cc-by-nc",
    "CC-BY-ND-4.0",
    "CC0",
    "all rights reserved",
    "cc-by-nc-nd",
    "",
)


def declaration() -> dict[str, object]:
    """Return what the challenge file says."""
    return {
        "name": "pets",
        "title": "Pets",
        "question": "Bobcat or house cat?",
        "summary": "Photos that were made up.",
        "accent": "#ff8800",
        "input": {"kind": "photo"},
        "classes": [{"name": name, "title": name.replace("_", " ").title()} for name in CLASSES],
        "dataset": {
            "title": "Pets",
            "licence": "CC-BY-4.0",
            "citation": "Ann Example",
            "source": {"kind": "photos", "folder": "photos"},
        },
        "split": {"salt": "pets-1", "train": 0.5, "validation": 0.2, "holdout": 0.1, "game": 0.2},
        "models": {"probe": {"title": "Probe"}},
        "advisers": ["probe"],
        "champion": "probe",
    }


def photo(seed: int, width: int = 80, height: int = 60) -> bytes:
    """Return a JPEG that is like no other seed's; photos of even seeds are reddish, the others bluish."""
    picture = scene(width, height, seed).astype(np.float32)
    picture[..., 0 if seed % 2 == 0 else 2] += 60
    return encoded(np.clip(picture, 0, 255).astype(np.uint8))


def write_photos(folder: Path, count: int = 40) -> Path:
    """Write photos of both classes in turn as `CLASS/Class_NUMBER.jpg`, and return the folder."""
    for number in range(count):
        name = CLASSES[number % 2]
        path = folder / name / f"{name.replace('_', '-').title()}_{9_005_100 + number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo(number))
    return folder


def photo_challenge(folder: Path, *, count: int = 40, **changed: object) -> Path:
    """Write the challenge with photos beside it and return its folder."""
    write_challenge(folder, declaration() | changed)
    if count:
        write_photos(folder / "photos", count)
    return folder


def licensed_version(
    home: Path,
    licences: tuple[str, ...] = LICENCES,
    count: int = 48,
    settings: Settings | None = None,
) -> DatasetVersion:
    """Return a version of photos from a Parquet file, those of each licence of both classes."""
    columns = {
        "image": [photo(number) for number in range(count)],
        "label": [("bobcat", "house cat")[number % 2] for number in range(count)],
        "id": [str(9_000_000 + number) for number in range(count)],
        "author": [f"Author {number}" for number in range(count)],
        "licence": [licences[number // 2 % len(licences)] for number in range(count)],
        "link": [f"https://example.org/{number}" for number in range(count)],
    }
    declared = declaration()
    declared["dataset"] = {
        "title": "Pets",
        "licence": "CC-BY-4.0",
        "citation": "Ann Example",
        "source": {"kind": "photos", "files": {"all": {"path": "all.parquet"}}},
    }
    folder = write_challenge(home / "pets", declared)
    pl.DataFrame(columns).write_parquet(folder / "all.parquet")
    return collect(load_challenge(folder), settings or settings_in(home))
