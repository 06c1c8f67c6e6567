"""A tiny data set for tests of the pipeline: pictures of one bar, as IDX files in a challenge's folder."""

import shutil
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent / "training" / "bars"


def draw_bars(seed: int, count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return pictures in the form of MNIST and their classes: 0 across, 1 down, 2 slanting."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count).astype(np.uint8)
    images = np.zeros((count, 28, 28), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        width = random.integers(2, 5)
        places = np.arange(4, 24)
        match int(label):
            case 0:
                rows, columns = np.full(20, 14), places
            case 1:
                rows, columns = places, np.full(20, 14)
            case _:
                rows, columns = places, places[::-1]
        for shift in range(width):
            image[rows + (shift - width // 2 if label == 0 else 0), columns - (width // 2 - shift)] = 255
        noise = random.random((28, 28)) < 0.02
        image[4:24, 4:24][noise[4:24, 4:24]] = random.integers(60, 255)
    return images, labels


def write_bars(folder: Path, *, train: int = 300, test: int = 60) -> Path:
    """Write the challenge `bars` with its data into a new folder, and return that."""
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for seed, (name, count) in enumerate((("train", train), ("t10k", test))):
        images, labels = draw_bars(seed, count)
        head = struct.pack(">4I", 2051, count, 28, 28)
        (folder / f"{name}-images-idx3-ubyte").write_bytes(head + images.tobytes())
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 2049, count) + labels.tobytes())
    return folder
