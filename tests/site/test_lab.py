"""The lab: runs side by side, versions, cards."""

from collections.abc import Iterator

import pytest
from django.test import Client

from outclass.base.settings import Settings
from outclass.registry.runs import RunRecord, RunState, RunStore
from outclass.registry.store import Registry
from outclass.registry.verdict import Comparison, Verdict
from outclass.site.lab.markdown import to_html
from playing import text

pytestmark = pytest.mark.usefixtures("shapes")
VERDICT = Verdict(
    challenger="shapes@2",
    champion="shapes@1",
    side="holdout",
    rows=150,
    confidence=0.95,
    better=0.01,
    lower=-0.002,
    upper=0.02,
    share=0.8,
    figures=(Comparison(name="accuracy", challenger=0.91, champion=0.93, bound=0.929, passed=False),),
    refused=("accuracy is worse",),
)


@pytest.fixture
def runs(site: Settings) -> Iterator[RunStore]:
    """Return the records of two runs."""
    store = RunStore(site)
    for seed, accuracy in ((1, 0.91), (2, 0.93)):
        store.save(
            RunRecord(
                id=f"run-{seed}",
                challenge="shapes",
                model="shapes",
                recipe="quick",
                parameters={"epochs": 3, "width": 8 * seed},
                seed=seed,
                data_version="0123456789ab",
                device="cpu",
                state=RunState.FINISHED,
                created=f"2026-01-0{seed}T00:00:00Z",
                seconds={"fit": 1.5},
                scores={"accuracy": accuracy},
                refused=("accuracy is worse",) if seed == 1 else (),
                verdict=VERDICT if seed == 1 else None,
            )
        )
    yield store
    for path in (site.runs_folder / "shapes").glob("*/run.json"):
        path.unlink()


def test_experiments_are_ranked_with_what_they_took(browser: Client, runs: RunStore) -> None:
    page = text(browser.get("/lab/shapes/experiments/"))

    assert page.index("93.00 %") < page.index("91.00 %")
    assert page.count('badge--win">best') == 1
    assert page.count("1.5 s") == 2
    assert "None" not in page


def test_without_experiments_the_page_says_what_makes_them(browser: Client) -> None:
    assert "outclass train shapes" in text(browser.get("/lab/shapes/experiments/"))


def test_without_runs_the_page_says_what_makes_them(browser: Client) -> None:
    page = text(browser.get("/lab/shapes/runs/"))
    assert "No run here yet" in page
    assert "outclass train shapes" in page


def test_runs_are_laid_side_by_side(browser: Client, runs: RunStore) -> None:
    page = text(browser.get("/lab/shapes/runs/"))
    assert page.index("0.93") < page.index("0.91")
    assert "width" in page
    assert "epochs" not in page
    one = text(browser.get("/lab/shapes/runs/?run=run-1"))
    assert "0.93" not in one
    detail = text(browser.get("/lab/shapes/runs/run-1/"))
    assert "accuracy is worse" in detail
    assert "shapes@2 against shapes@1 on 150 rows (holdout): log loss better by 0.01000" in detail
    assert "0.93" in detail
    assert "The gate" not in text(browser.get("/lab/shapes/runs/run-2/"))
    assert browser.get("/lab/shapes/runs/run-3/").status_code == 404


def test_versions_and_cards(browser: Client, site: Settings) -> None:
    champion = Registry(site).champion("shapes.second")
    page = text(browser.get("/lab/shapes/models/"))
    assert champion.id in page
    assert "champion" in page
    card = text(browser.get(f"/lab/shapes/models/shapes.second/{champion.id}/"))
    assert "What it does" in card
    assert browser.get(f"/lab/shapes/models/digits/{champion.id}/").status_code == 404
    assert browser.get("/lab/shapes/models/shapes/0123456789ab/").status_code == 404
    assert "Shapes" in text(browser.get("/lab/"))


@pytest.mark.parametrize(
    "text_", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](https://example.org/x.png)"]
)
def test_cards_bring_no_code_and_no_pictures(text_: str) -> None:
    html = str(to_html(text_))
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert "<img" not in html
