"""The pipeline makes a version, does nothing twice, and leaves nothing half-written."""

from pathlib import Path

import numpy as np
import pytest
from outclass import training
from outclass.base.errors import GateRefusedError, NotFoundError, UnavailableError
from outclass.base.settings import Settings
from outclass.base.store import FileLock
from outclass.catalog.loader import LoadedChallenge
from outclass.inference.predictor import Predictor
from outclass.registry.card import SECTIONS, read_card
from outclass.registry.runs import RunRecord, RunState, RunStore
from outclass.registry.store import Registry


def train(bars: LoadedChallenge, settings: Settings, **more: object) -> RunRecord:
    return training.train(bars, settings=settings, seed=1, **more)  # type: ignore[arg-type]


def test_training_registers_and_promotes_a_version(bars: LoadedChallenge, settings: Settings) -> None:
    record = train(bars, settings)
    assert record.state is RunState.FINISHED
    assert record.promoted
    version = Registry(settings).champion("bars")
    assert record.reference == version.reference
    assert set(record.seconds) == {"split", "fit", "calibrate", "evaluate", "export", "register"}
    assert record.scores["accuracy"] > 0.9
    assert record.scores["holdout_n"] == 60
    assert 0.98 <= record.scores["coverage"] <= 1
    assert record.scores["outlier_auroc"] > 0.99
    lineage = version.manifest.lineage
    assert (lineage["seed"], lineage["recipe"], lineage["advice"]) == ("1", "full", "unseen")
    assert lineage["data"] == record.data_version
    sections = read_card((version.folder / "card.md").read_text())
    assert set(sections) == set(SECTIONS)
    assert "CC0-1.0" in sections["Licence"]
