"""Fixtures of the site: a clean database, a small pool of objects, a model, browsers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from django.test import Client

from playing import NewUser
from sites import empty_tables, migrated_site, site_settings

site_settings()

from album import make_album  # noqa: E402
from chase import make_chase  # noqa: E402
from mailbag import make_mailbag  # noqa: E402
from meadow import NAME as MEADOW  # noqa: E402
from meadow import make_meadow  # noqa: E402
from outclass.base.settings import Settings  # noqa: E402
from outclass.site.accounts.models import User  # noqa: E402
from outclass.site.database import shared_database  # noqa: E402
from outclass.site.play import advice, challenges, pool  # noqa: E402
from outclass.site.play.models import Player  # noqa: E402
from outclass.site.play.players import player_of  # noqa: E402
from shapes import make_shapes, shapes_model  # noqa: E402 (needs the site to be configured)


@pytest.fixture(scope="session", autouse=True)
def connections_closed() -> Iterator[None]:
    """Close the connections of this process at the end."""
    yield
    shared_database().close()
    connections.close_all()


@pytest.fixture(autouse=True)
def site() -> Iterator[Settings]:
    """Return the settings of a site whose tables are empty."""
    settings = migrated_site()
    empty_tables()
    yield settings
    empty_tables()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a project folder with the challenge `shapes`, its data collected and both its models there."""
    settings = migrated_site()
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_shapes(folder, settings)
    shapes_model(settings, "shapes", seed=1)
    shapes_model(settings, "shapes.second", seed=2)
    yield folder
    advice.site_advisers().close()


@pytest.fixture
def shapes(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pool.Pool]:
    """Return the pool of the challenge `shapes`: three classes, one without objects, two advisers."""
    monkeypatch.chdir(project)
    forget_challenges()
    found = pool.pools().current("shapes")
    assert found is not None
    yield found
    forget_challenges()


@pytest.fixture(scope="session")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a project folder with the challenge `chase` and its models."""
    folder = tmp_path_factory.mktemp("sky")
    make_chase(folder, migrated_site())
    yield folder
    advice.site_advisers().close()
    advice.site_advisers.cache_clear()


@pytest.fixture
def chase(sky: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pool.Pool]:
    """Return the pool of the challenge `chase`: light curves, two advisers, their consensus, early bets."""
    monkeypatch.chdir(sky)
    forget_challenges()
    found = pool.pools().current("chase")
    assert found is not None
    yield found
    forget_challenges()


@pytest.fixture(scope="session")
def post_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a project folder with the challenge `sms` and its model."""
    folder = tmp_path_factory.mktemp("post")
    make_mailbag(folder, migrated_site())
    yield folder
    advice.site_advisers().close()
    advice.site_advisers.cache_clear()


@pytest.fixture
def mailbag(post_office: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pool.Pool]:
    """Return the pool of the challenge `sms`: messages of three classes, one adviser."""
    monkeypatch.chdir(post_office)
    forget_challenges()
    found = pool.pools().current("sms")
    assert found is not None
    yield found
    forget_challenges()


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a project folder with the challenge `colors`, its photos collected and its model there."""
    folder = tmp_path_factory.mktemp("gallery")
    make_album(folder, migrated_site())
    yield folder
    advice.site_advisers().close()
    advice.site_advisers.cache_clear()


@pytest.fixture
def album(gallery: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pool.Pool]:
    """Return the pool of the challenge `colors`: photos of several licences, one adviser."""
    monkeypatch.chdir(gallery)
    forget_challenges()
    found = pool.pools().current("colors")
    assert found is not None
    yield found
    forget_challenges()


@pytest.fixture(scope="session")
def field_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a project folder with the challenge `flowers`, its records collected and its model there."""
    folder = tmp_path_factory.mktemp("field")
    make_meadow(folder, migrated_site())
    yield folder
    advice.site_advisers().close()
    advice.site_advisers.cache_clear()


@pytest.fixture
def meadow(field_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pool.Pool]:
    """Return the pool of the challenge `flowers`: records of three classes, one adviser, hostile titles."""
    monkeypatch.chdir(field_folder)
    forget_challenges()
    found = pool.pools().current(MEADOW)
    assert found is not None
    yield found
    forget_challenges()


def forget_challenges() -> None:
    """Read the challenges anew, since they depend on the folder that the process works in."""
    challenges.forget_challenges()


@pytest.fixture
def new_user() -> NewUser:
    """Return a function that makes an account."""

    def make(name: str = "ada", *, staff: bool = False) -> User:
        return User.objects.create_user(name, "correct horse", is_staff=staff)

    return make


@pytest.fixture
def player(new_user: NewUser) -> Player:
    """Return the player of an account."""
    return player_of(new_user())


@pytest.fixture
def browser() -> Client:
    """Return a browser without cookies that sends no CSRF token and needs none."""
    return Client()
