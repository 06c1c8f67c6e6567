"""A tiny challenge of series for tests of the pipeline, with data that its simulator makes."""

import shutil
from pathlib import Path

from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.versions import DatasetVersion, Simulation, collect

FOLDER = Path(__file__).parent / "training" / "pulses"


def write_pulses(folder: Path) -> Path:
    """Write the challenge `pulses` into a new folder, and return that."""
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def collect_pulses(
    pulses: LoadedChallenge, settings: Settings, *, count: int = 500, seed: int = 1
) -> DatasetVersion:
    """Make a data version of simulated pulses, and return it."""
    return collect(pulses, settings, simulate=Simulation(count=count, seed=seed))
