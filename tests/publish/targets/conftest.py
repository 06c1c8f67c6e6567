"""A project that every target publishes, made once."""

import pytest

from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import Simulation, collect
from outclass.publish.targets.base import PublishContext
from publications import shapes_project
from small_challenge import settings_in
from small_texts import text_challenge


@pytest.fixture(scope="session")
def shapes(tmp_path_factory):
    """Return the loaded challenge `shapes`, with data and two models, and the settings of its home."""
    folder = tmp_path_factory.mktemp("shapes")
    settings = settings_in(folder / "home")
    loaded, _ = shapes_project(folder, settings)
    return loaded, settings


@pytest.fixture(scope="session")
def unlicensed(tmp_path_factory):
    """Return a challenge whose licence does not let the data be passed on, and its settings."""
    folder = tmp_path_factory.mktemp("unlicensed")
    settings = settings_in(folder / "home")
    texts = text_challenge(folder / "challenges" / "notes")
    path = texts / "challenge.yaml"
    path.write_text(path.read_text().replace("CC0-1.0", "CC-BY-NC-4.0"))
    loaded = load_challenge(texts)
    collect(loaded, settings, simulate=Simulation(count=60))
    return loaded, settings


@pytest.fixture(scope="session")
def context_of():
    """Return a function that makes what a target is given."""

    def make(target, project=None, **options):
        loaded, settings = project or ((), None)
        return PublishContext(
            challenges=(loaded,) if loaded else (),
            settings=settings or Settings(home=None, database_url="sqlite:///none"),
            options={option.name: option.default for option in target.options} | options,
        )

    return make
