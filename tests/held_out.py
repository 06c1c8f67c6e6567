"""The challenge `bars` with a frozen hold-out, and people who say what its objects are."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from bars import write_bars
from outclass.base.sql import Database
from outclass.catalog.dataset import DatasetVersion
from outclass.feedback.ballots import Voter, record
from outclass.feedback.checkers import account_checker
from outclass.feedback.trust import DAY

SPLIT = "  train: 0.5\n  validation: 0.2\n  holdout: 0.2\n  game: 0.1\n"
COUNT = 700


def write_held_out_bars(folder: Path) -> Path:
    """Write the challenge `bars` with a frozen hold-out."""
    write_bars(folder, train=COUNT)
    path = folder / "challenge.yaml"
    text = path.read_text()
    head, _, rest = text.partition("  train: 0.6\n")
    path.write_text(head + SPLIT + rest.partition("  game: 0.1\n")[2])
    return folder


def flipped(labels: Mapping[str, str], share: float) -> dict[str, str]:
    """Return other labels for a share of objects: always the same wrong one."""
    other = {"across": "down", "down": "slant", "slant": "across"}
    random = np.random.default_rng(3)
    return {name: other[label] for name, label in labels.items() if random.random() < share}


def labels_of(version: DatasetVersion, *sides: str) -> dict[str, str]:
    """Return labels by object."""
    tables = [version.objects(side) for side in sides]
    return {name: label for table in tables for name, label in zip(table.ids, table.labels, strict=True)}


def vote(db: Database, people: Iterable[int], said: Mapping[str, str], *, days: float) -> None:
    """Let accounts of some age say the same of objects."""
    with db.transaction():
        for person in people:
            since = time.time() - days * DAY
            account_checker(db, user_id=person, name=f"p{person}", staff=False, known_since=since)
            for name, label in said.items():
                record(db, challenge="bars", label=label, voter=Voter(user_id=person), object_id=name)
