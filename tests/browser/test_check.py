"""The checking page: keys, and its look at phone and desk size in both themes."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from browsing import SIZES, THEMES, look
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.catalog.dataset import current_version
from outclass.catalog.loader import load_challenge
from outclass.catalog.versions import collect
from outclass.feedback.ballots import ballots_of
from outclass.feedback.items import Reason, add_items, new_item
from processes import prepared_site, run_outclass

INSPECTION = (Path(__file__).parent / "inspection.js").read_text(encoding="utf-8")
VARIANTS = [(size, theme) for size in SIZES for theme in THEMES]
CHALLENGES = ("digits", "stars", "messages")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a home with samples, a queue of checks, and somebody of the staff."""
    folder = tmp_path_factory.mktemp("checks") / "home"
    settings = Settings(home=folder, database_url=f"sqlite:///{(folder / 'site.sqlite3').as_posix()}")
    for name in CHALLENGES:
        collect(load_challenge(name), settings, sample=True)
    made = run_outclass(folder, "user", "create", "zoe", "--staff", given="correct horse battery\n")
    assert made.returncode == 0, made.stderr
    return settings


@pytest.fixture(scope="module")
def address(browser: object, home: Settings) -> Iterator[str]:
    """Serve it, with a few items in each queue."""
    with prepared_site(home.home) as server, contextlib.closing(Database.connect(home.database_url)) as db:
        for name in CHALLENGES:
            version = current_version(name, home)
            assert version is not None
            ids = Random(1).sample(version.ids("game"), 8)
            add_items(db, [item_on(name, version.id, one) for one in ids])
        yield server.url


def item_on(challenge: str, version: str, object_id: str):
    """Return an item of the queue."""
    label = load_challenge(challenge).challenge.class_names[0]
    return new_item(challenge, Reason.RANDOM, object_id=object_id, data_version=version, given=label)


def log_in(page, path: str) -> None:
    """Come to a page as somebody of the staff."""
    page.goto(f"/accounts/login/?next={path}")
    page.get_by_label("Name").fill("zoe")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**{path}")


@pytest.mark.parametrize(("size", "theme"), VARIANTS)
def test_the_pages_stand_up_to_inspection(open_page, size, theme):
    page = open_page("/check/", viewport=SIZES[size], color_scheme=theme)
    objections = {}

    def inspect(name):
        page.wait_for_load_state()
        look(page, f"check-{name}.{size}.{theme}")
        if found := page.evaluate(INSPECTION):
            objections[name] = found

    inspect("index")
    log_in(page, "/check/")
    inspect("index-staff")
    for name in CHALLENGES:
        page.goto(f"/check/{name}/")
        inspect(name)
    page.goto("/check/digits/queue/")
    inspect("queue")
    page.get_by_role("button", name="Make an invitation").click()
    inspect("invited")
    link = page.locator("#link").input_value()
    page.goto("/check/digits/agreement/")
    inspect("agreement")
    guest = open_page(link, viewport=SIZES[size], color_scheme=theme)
    look(guest, f"check-join.{size}.{theme}")
    assert guest.evaluate(INSPECTION) == []
    assert objections == {}


def test_keys_answer_skip_and_take_back(open_page, home):
    page = open_page("/check/")
    log_in(page, "/check/messages/")
    item = page.locator("[name=item]").input_value

    def press(key: str) -> str:
        before = page.evaluate("performance.timeOrigin")
        page.keyboard.press(key)
        page.wait_for_function("before => performance.timeOrigin !== before", arg=before)
        page.wait_for_load_state()
        return item()

    with contextlib.closing(Database.connect(home.database_url)) as db:
        first = item()
        second = press("1")
        assert second != first
        labels = load_challenge("messages").challenge.class_names
        assert [one.label for one in ballots_of(db, "messages")] == [labels[0]]
        assert press("s") != second
        assert press("z") == second
        assert len(ballots_of(db, "messages")) == 1
        press("u")
        assert [one.label for one in ballots_of(db, "messages")] == [labels[0], ""]
