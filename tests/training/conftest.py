"""The challenge `bars`, its data, and an empty home."""

from pathlib import Path

import pytest

from bars import write_bars
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge, load_challenge


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with an empty home."""
    return Settings(home=tmp_path / "home", database_url="sqlite:///unused")


@pytest.fixture(scope="session")
def bars(tmp_path_factory: pytest.TempPathFactory) -> LoadedChallenge:
    """Return the challenge of these tests, with its data."""
    return load_challenge(write_bars(tmp_path_factory.mktemp("challenges") / "bars"))
