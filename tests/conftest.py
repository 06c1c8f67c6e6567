"""Fixtures for all tests."""

from pathlib import Path

import hypothesis
import pytest

pytest_plugins = ("postgres",)

# A busy machine must not fail a property; pytest's own time limit holds. Rare cases ask for more examples.
hypothesis.settings.register_profile("outclass", deadline=None, max_examples=50)
hypothesis.settings.load_profile("outclass")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data beside the checkout, or skip."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data is not at {SHARED_DATA.name}/ beside the checkout")
    return SHARED_DATA
