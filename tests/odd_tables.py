"""Small tables with all that is awkward about tables: missing values, rare values, numbers of any size."""

import numpy as np
from numpy.typing import NDArray

from outclass.training.data import TrainingData

SIZES = (0, 0, 4, 3, 0)
"""How many values each column may have; 0 for a number."""
CLASSES = ("low", "middle", "high")


def odd_rows(count: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return rows and their truth, which columns 0 and 1 tell, and whether column 2 has its second value."""
    random = np.random.default_rng(seed)
    rows = np.zeros((count, len(SIZES)), dtype=np.float32)
    rows[:, 0] = random.normal(size=count)
    rows[:, 1] = 1e4 + 1e3 * random.normal(size=count)
    rows[:, 2] = random.choice(4, size=count, p=[0.5, 0.3, 0.19, 0.01])
    rows[:, 3] = random.integers(0, 2, size=count)
    rows[:, 4] = 7.0
    score = rows[:, 0] + (rows[:, 1] - 1e4) / 1e3 + 2.0 * (rows[:, 2] == 1) + 0.3 * random.normal(size=count)
    targets = np.digitize(score, [-0.5, 1.5]).astype(np.int64)
    rows[random.random(count) < 0.1, 1] = np.nan
    rows[random.random(count) < 0.1, 3] = np.nan
    return rows, targets


def training_data(
    rows: NDArray[np.float32], targets: NDArray[np.int64], groups: tuple[str, ...] = ()
) -> TrainingData:
    """Return rows to learn from."""
    return TrainingData(
        inputs=rows,
        targets=targets,
        validation_inputs=rows[:0],
        validation_targets=targets[:0],
        classes=CLASSES,
        data_version="none",
        groups=groups or tuple(f"row {place}" for place in range(len(rows))),
    )
