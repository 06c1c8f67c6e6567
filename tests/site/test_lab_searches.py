"""The lab's pages of searches."""

import os
import shutil
import socket
from collections.abc import Iterator

import pytest
from django.test import Client

from outclass.base.document import to_json
from outclass.base.settings import Settings
from outclass.base.store import write_atomic
from outclass.registry.searches import Cell, Claim, Method, SearchPlan, SearchStore, TrialDocument
from playing import text

pytestmark = pytest.mark.usefixtures("shapes")
NOBODY = 2**22 + 1
"""Above the highest number that a process can have."""


@pytest.fixture
def plan(site: Settings) -> Iterator[SearchPlan]:
    """Return a search of three trials: one done, one half done, one that failed."""
    store = SearchStore(site)
    made = SearchPlan(
        id="net-grid-0123456789",
        challenge="shapes",
        model="net",
        method=Method.GRID,
        metric="accuracy",
        folds=2,
        seed=0,
        data_version="0123456789ab",
        base={},
        created="2026-01-01T00:00:00Z",
    )
    store.save_plan(made)
    store.save_trials(made, [TrialDocument(number=n, parameters={"width": 8 * n}) for n in range(3)])
    for trial, fold, score in ((0, 0, 0.5), (1, 0, 0.7), (1, 1, 0.75)):
        store.save_cell(made, Cell(trial=trial, fold=fold, seconds=1.25, scores={"accuracy": score}))
    store.save_cell(made, Cell(trial=2, fold=0, seconds=0.1, error="ValueError: <b>too wide</b>"))
    yield made
    shutil.rmtree(store.folder("shapes", made.id))


def claim(site: Settings, plan: SearchPlan, process: int) -> None:
    """Let a process be at work on the second fold of the first trial."""
    path = SearchStore(site).cell_path(plan, 0, 1).with_suffix(".claim")
    write_atomic(path, to_json(Claim(host=socket.gethostname(), process=process, at=0.0)))


def test_without_searches_the_page_says_what_makes_them(browser: Client) -> None:
    assert "outclass search shapes" in text(browser.get("/lab/shapes/searches/"))


def test_a_search_shows_states_seconds_and_the_best_first(
    browser: Client, site: Settings, plan: SearchPlan
) -> None:
    claim(site, plan, os.getpid())
    assert plan.id in text(browser.get("/lab/shapes/searches/"))
    response = browser.get(f"/lab/shapes/searches/{plan.id}/")
    page = text(response)
    assert page.index("0.72500") < page.index("0.5000")
    assert "1.3 s" in page or "1.2 s" in page
    assert "running" in page
    assert "pending" in page
    assert "&lt;b&gt;too wide" in response.content.decode()
    assert response["Refresh"] == "5"


def test_what_a_dead_process_was_at_is_pending(browser: Client, site: Settings, plan: SearchPlan) -> None:
    claim(site, plan, NOBODY)
    response = browser.get(f"/lab/shapes/searches/{plan.id}/")
    assert "running" not in text(response)
    assert "Refresh" not in response


def test_an_unknown_search_is_not_found(browser: Client) -> None:
    assert browser.get("/lab/shapes/searches/nothing/").status_code == 404
