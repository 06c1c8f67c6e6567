"""A data file is behind once the data or the models are others than those that it was made of."""

from pathlib import Path

import pytest

from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.publish.data_site.shelf import SiteFile, State, state_of
from outclass.publish.database.files import models_in_use
from outclass.registry.store import Registry

FILE = SiteFile(
    group="digits",
    mark="0" * 12,
    path=Path("x.sqlite"),
    sha256="",
    rows={},
    metadata={},
    version="one",
    models=("digits@1",),
)


@pytest.mark.parametrize(
    ("version", "models", "state"),
    [
        ("one", ("digits@1",), State.SHOWN),
        ("two", ("digits@1",), State.OUTDATED),
        ("one", ("digits@2",), State.OUTDATED),
        (None, ("digits@2",), State.SHOWN),
    ],
)
def test_a_file_is_behind_its_data_or_its_models(version, models, state):
    assert state_of([FILE], version, models) is state
    assert state_of([], version, models) is (State.EMPTY if version is None else State.TO_BUILD)


def test_the_models_in_use_are_champion_advisers_and_members(tmp_path):
    settings = Settings(home=tmp_path, database_url="sqlite:///none")
    found = models_in_use(load_challenge("stars"), settings)

    registry = Registry(settings)
    assert found == tuple(
        sorted(registry.champion(name).reference for name in ("stars", "stars.boone", "stars.trotta"))
    )
