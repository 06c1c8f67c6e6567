"""A small challenge of drawings with IDX files of its own, for tests."""

import gzip
import struct
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from outclass.base.settings import Settings

FILES = {
    "train_images": "data/train-images-idx3-ubyte.gz",
    "train_labels": "data/train-labels-idx1-ubyte.gz",
    "test_images": "data/t10k-images-idx3-ubyte.gz",
    "test_labels": "data/t10k-labels-idx1-ubyte.gz",
}


def images_file(images: NDArray[np.uint8]) -> bytes:
    """Return pictures ``[n, rows, columns]`` in the IDX format."""
    return struct.pack(">IIII", 2051, *images.shape) + images.tobytes()


def labels_file(labels: NDArray[np.uint8]) -> bytes:
    """Return labels ``[n]`` in the IDX format."""
    return struct.pack(">II", 2049, len(labels)) + labels.tobytes()


def drawings(count: int, seed: int) -> NDArray[np.uint8]:
    """Return random pictures, none empty and no two alike."""
    return np.random.default_rng(seed).integers(1, 256, size=(count, 28, 28), dtype=np.uint8)


def declaration() -> dict[str, object]:
    """Return what the challenge file says."""
    return {
        "name": "shapes",
        "title": "Shapes",
        "question": "Which shape is this?",
        "summary": "Shapes that were drawn by hand.",
        "accent": "#ff8800",
        "input": {"kind": "drawing", "size": 28},
        "classes": [
            {"name": "circle", "title": "Circle"},
            {"name": "cross", "title": "Cross"},
            {"name": "line", "title": "Line"},
        ],
        "dataset": {
            "title": "Shapes",
            "licence": "CC0-1.0",
            "citation": "Drawn for a test.",
            "source": {"kind": "idx", "files": {role: {"path": path} for role, path in FILES.items()}},
        },
        "split": {"salt": "shapes-1", "train": 0.5, "validation": 0.25, "holdout": 0.0, "game": 0.25},
        "models": {"net": {"title": "Net"}},
        "advisers": ["net"],
        "champion": "net",
    }


def write_challenge(folder: Path, declared: dict[str, object] | None = None) -> Path:
    """Write the challenge file and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(declared or declaration(), sort_keys=False)
    (folder / "challenge.yaml").write_text(text, encoding="utf-8")
    return folder


def write_data(folder: Path, *, train: int = 60, test: int = 12) -> Path:
    """Write the IDX files under a folder and return it."""
    content = {
        "train_images": images_file(drawings(train, 1)),
        "train_labels": labels_file((np.arange(train) % 3).astype(np.uint8)),
        "test_images": images_file(drawings(test, 2)),
        "test_labels": labels_file((np.arange(test) % 3).astype(np.uint8)),
    }
    for role, path in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(gzip.compress(content[role], mtime=0))
    return folder


def small_challenge(folder: Path) -> Path:
    """Write challenge and data and return the folder."""
    return write_data(write_challenge(folder))


def settings_in(home: Path, mirror: str | None = None) -> Settings:
    """Return settings with all state under a folder."""
    return Settings(home=home, database_url=f"sqlite:///{home}/site.sqlite3", mirror=mirror)
