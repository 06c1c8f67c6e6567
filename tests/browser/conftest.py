"""One server and one browser for all tests of this folder."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from album import make_album
from browsing import DESKTOP, chromium, find_chromium, watch
from mailbag import make_mailbag
from meadow import make_meadow
from models import tiny_digits_version
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import collect
from processes import prepared_site

PATIENCE = 60_000  # milliseconds; the machine may be busy
SLOWEST = 300  # seconds; the first test also waits for server and browser
HERE = Path(__file__).parent
UNREADY = ", ".join(f"[data-{page}]:not([data-ready])" for page in ("draw", "message", "photo", "table"))
Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(SLOWEST))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Return the system's Chromium; without one, skip, or fail in continuous integration.

    It ends with this package: beside its event loop no other test could run one.
    """
    if find_chromium() is None:
        reason = "no Chromium is installed (Debian: apt-get install chromium)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    expect.set_options(timeout=PATIENCE / 2)
    with chromium() as running:
        yield running


@pytest.fixture(scope="package")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the product with its samples and a tiny model, unless OUTCLASS_TEST_URL names a server."""
    if running := os.environ.get("OUTCLASS_TEST_URL"):
        yield running.rstrip("/")
        return
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, database_url=f"sqlite:///{(home / 'site.sqlite3').as_posix()}")
    collect(load_challenge("digits"), settings, sample=True)
    collect(load_challenge("stars"), settings, sample=True)
    tiny_digits_version(settings.models_folder)
    make_mailbag(home.parent, settings)
    make_album(home.parent, settings)
    make_meadow(home.parent, settings)
    collect(load_challenge(home.parent / "challenges" / "sms"), settings, sample=True)
    with prepared_site(home, PYTHONPATH=str(HERE.parent)) as server:
        yield server.url


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Open pages in contexts of their own; at the end only those with `faults` may have said an error."""
    contexts, said = [], []

    def open_one(path: str = "/", *, faults: bool = False, **options: object) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, "base_url": address, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if not faults:
            said.append(watch(context))
        page = context.new_page()
        page.goto(path)
        if options.get("java_script_enabled", True):
            page.wait_for_function(f"() => !document.querySelector('{UNREADY}')")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert [text for texts in said for text in texts] == []
