"""Pages around the game with light curves: guide, examples, payouts, front page, staff, no model yet."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as django_conf
from django.test import Client

from chase import CLASSES, NAME
from outclass.base.settings import Settings
from outclass.catalog.challenge import PayoutScale
from outclass.metrics.game import HISTORIC_PAYOUTS, historic_payouts
from outclass.site.options import SiteOptions
from outclass.site.pages.guide import read_page
from outclass.site.play import opinions
from outclass.site.play.advice import Advisers, advise
from outclass.site.play.challenges import loaded_challenge
from outclass.site.play.examples import examples_of
from outclass.site.play.models import Bet, Deal, Round
from outclass.site.play.pool import Pool
from outclass.site.play.rows import ModelRows, prepare_rows, rows_file
from outclass.site.play.rules import rules_for
from playing import BACKEND, NewUser, text

pytestmark = pytest.mark.usefixtures("chase")
BET = {"bet_0": "40", "bet_1": "30", "bet_2": "30", "bet_3": "0"}


def deal(browser: Client, once: str = "one-time-token") -> str:
    """Ask for a deal and return the address of its list."""
    return str(browser.post(f"/c/{NAME}/deal/", {"once": once}).headers["Location"])


def test_the_guide_lists_and_shows_the_pages_of_the_challenge(browser: Client) -> None:
    index = text(browser.get(f"/c/{NAME}/info/"))
    assert "How to chase" in index
    assert "A page for tests." in index
    page = text(browser.get(f"/c/{NAME}/info/how-to-chase/"))
    assert '<h2 id="second-part">Second part</h2>' in page
    assert "<strong>text</strong> &lt;b&gt;and&lt;/b&gt;" in page
    assert "Simulated for a test." in page
    assert browser.get(f"/c/{NAME}/info/nothing/").status_code == 404


def test_the_guide_of_stars_has_every_panel(browser: Client) -> None:
    names = [
        "how-to-play",
        "classes",
        "survey",
        "data",
        "metric",
        "models",
        "approaches",
        "merging",
        "site",
        "about",
    ]
    for name in names:
        page = browser.get(f"/c/stars/info/{name}/")
        assert page.status_code == 200, name
        assert len(text(page)) > 3000
    assert [
        name for name in names if f"/c/stars/info/{name}/" not in text(browser.get("/c/stars/info/"))
    ] == []


def test_examples_of_every_class_come_from_objects_that_are_not_in_play(browser: Client, chase: Pool) -> None:
    examples = examples_of(NAME)
    assert examples.simulated
    dealt = {float(series.flux[0]) for series in chase.inputs}
    for place, name in enumerate(CLASSES[:3]):
        page = text(browser.get(f"/c/{NAME}/examples/?class={place}"))
        assert f'<h2 id="example-title">A {name}</h2>' in page
        assert f"Told of {name}." in page
        assert "Simulated for a test." in page
        assert len(examples.objects[name]) > 1
        assert not dealt & {float(series.flux[0]) for series in examples.objects[name]}
        data = json.loads(browser.get(f"/c/{NAME}/examples/{place}/0/points.json").content)
        assert sum(len(band["flux"]) for band in data["points"]) == len(examples.objects[name][0])
        assert browser.get(f"/c/{NAME}/examples/{place}/0/model.json").status_code == 200
    assert "no example of this class" in text(browser.get(f"/c/{NAME}/examples/?class=3"))
    for path in ("3/0/points.json", "9/0/points.json", "0/99/model.json"):
        assert browser.get(f"/c/{NAME}/examples/{path}").status_code == 404
    assert browser.get("/c/digits/examples/").status_code == 404


def test_the_empty_figure_holds_no_data(browser: Client) -> None:
    answer = browser.get("/charts/2.json")
    assert answer.status_code == 200
    figure = answer.content.decode()
    assert json.loads(figure)["root_id"]
    for name in ("points-1", "errors-0", "mean-1", "spread-0", "curve-source-1", "zero"):
        assert f'"{name}"' in figure
    assert browser.get("/charts/0.json").status_code == 404
    assert browser.get("/charts/65.json").status_code == 404


def test_the_same_payouts_stand_on_every_page(browser: Client) -> None:
    url = deal(browser)
    payouts = Deal.objects.get().payouts
    for path in (f"/c/{NAME}/", f"{url}1/", f"{url}2/"):
        page = text(browser.get(path))
        for name in CLASSES[:3]:
            assert f"{payouts[name] / 100:.2f}\u00d7" in page


def test_the_historic_scale_can_be_chosen_and_is_stored_with_the_deal(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = deal(browser)
    options = replace(django_conf.OUTCLASS_OPTIONS, payouts=PayoutScale.HISTORIC)
    monkeypatch.setattr(django_conf, "OUTCLASS_OPTIONS", options)
    assert "historic table" in text(browser.get(f"/c/{NAME}/"))
    second = deal(browser, "another-token-here")
    fair, historic = Deal.objects.order_by("pk")
    assert (fair.scale, historic.scale) == ("fair", "historic")
    paid = sorted(cents for cents in historic.payouts.values() if cents)
    assert paid == sorted(100 * dollars for dollars in HISTORIC_PAYOUTS[:3])
    assert "1000000.00\u00d7" in text(browser.get(f"{second}1/"))
    browser.post(f"{url}1/", BET)
    bet = Bet.objects.get(player__kind="guest")
    assert bet.payout_cents == fair.payouts[bet.truth]


def test_the_historic_table_has_thirteen_ranks_and_pays_ten_beyond() -> None:
    paid = historic_payouts(list(range(1, 16)))
    assert paid[:13].tolist() == [
        1_000_000,
        100_000,
        50_000,
        20_000,
        10_000,
        5_000,
        1_000,
        500,
        200,
        100,
        50,
        20,
        10,
    ]
    assert paid[13:].tolist() == [10, 10]


def test_the_scale_is_read_from_the_environment() -> None:
    assert SiteOptions.from_environment({"OUTCLASS_PAYOUTS": "historic"}).payouts is PayoutScale.HISTORIC
    assert SiteOptions.from_environment({}).payouts is None


def test_fair_payouts_follow_from_how_rare_a_class_is(chase: Pool) -> None:
    rules = rules_for(chase.challenge, [60, 30, 10, 0])
    assert rules.payouts["ghost"] is None
    assert rules.payouts["bump"] < rules.payouts["wave"] < rules.payouts["flat"]
    for name in CLASSES[:3]:
        assert rules.payouts[name] / 100 == pytest.approx(0.95 / rules.dealing[name], abs=0.01)


def test_without_a_champion_nobody_advises_and_the_pages_say_so(
    browser: Client, chase: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Advisers, "champion", lambda *_: None)
    url = deal(browser)
    assert [round_.advice for round_ in Round.objects.all()] == [[]] * 6
    assert "No model is there yet" in text(browser.get(url))
    assert "No model is there yet" in text(browser.get(f"{url}1/"))
    result = browser.post(f"{url}1/", BET, follow=True)
    assert result.status_code == 200
    assert "As the nights went by" not in text(result)
    assert Bet.objects.count() == 1


def test_stored_advice_is_taken_before_a_model_is_asked(chase: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = chase.ids[:2]
    monkeypatch.setattr(opinions, "find_advice", lambda *_, **__: {one: np.array([0.7, 0.1, 0.1, 0.1])})
    dealing = dict.fromkeys(CLASSES, 0.25)
    said = advise(chase, [one, other], dealing)
    assert said[0][0]["probabilities"]["bump"] == pytest.approx(0.7)
    assert said[1][0]["probabilities"]["bump"] != pytest.approx(0.7)


def test_the_front_page_leads_to_a_star_in_one_click_without_an_account(browser: Client) -> None:
    page = text(browser.get("/"))
    assert "StarTest" in page
    assert ">Chase a star</button>" in page
    assert page.count('class="spark"') >= 3
    once = page.partition('name="once" value="')[2].partition('"')[0]
    answer = browser.post(f"/c/{NAME}/deal/", {"once": once}, follow=True)
    assert answer.status_code == 200
    assert text(answer).count('class="spark"') == 6


def test_two_players_are_compared_on_common_stars(browser: Client, new_user: NewUser) -> None:
    browser.force_login(new_user("ada"), BACKEND)
    url = deal(browser)
    for position in range(1, 7):
        browser.post(f"{url}{position}/", BET)
    page = text(browser.get(f"/c/{NAME}/leaderboard/"))
    link = page.partition(f'href="/c/{NAME}/head-to-head/')[2].partition('"')[0]
    compared = text(browser.get(f"/c/{NAME}/head-to-head/{link}"))
    assert "On the 6 objects that both have bet on" in compared


def test_only_staff_see_the_admin_and_nobody_changes_the_ledger_there(
    browser: Client, new_user: NewUser
) -> None:
    assert browser.get("/admin/play/round/").status_code in {302, 404}
    browser.force_login(new_user("ada"), BACKEND)
    assert browser.get("/admin/").status_code == 302
    browser.force_login(new_user("root", staff=True), BACKEND)
    assert browser.get("/admin/play/deal/add/").status_code == 403


@pytest.mark.parametrize("path", ["deal/", "deals/0123456789abcdef/1/name/", "deals/0123456789abcdef/1/"])
def test_every_form_needs_its_token(path: str) -> None:
    assert Client(enforce_csrf_checks=True).post(f"/c/{NAME}/{path}").status_code == 403


def test_the_list_is_light_and_quick(browser: Client) -> None:
    url = deal(browser)
    browser.get(url)
    started = time.perf_counter()
    page = browser.get(url)
    assert time.perf_counter() - started < 1.0
    assert len(page.content) < 100_000


def test_rows_made_by_another_process_are_those_that_would_be_made_here(
    chase: Pool, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = loaded_challenge(NAME)
    path = rows_file(loaded, chase.version, site)
    path.unlink(missing_ok=True)
    here = {cut: chase.rows(chase.ids, cut) for cut in (0, 5, 20)}
    prepare_rows(loaded, chase.version, site)
    assert path.is_file()
    taken = ModelRows(loaded, chase.inputs, path)
    monkeypatch.setattr("outclass.site.play.rows.make_rows", None)
    for cut, rows in here.items():
        found = taken.of(range(len(chase.ids)), cut)
        assert found is not None
        np.testing.assert_array_equal(found, rows)
    path.unlink()


def test_only_staff_are_told_how_objects_come_in_and_no_page_writes_them(
    browser: Client, new_user: NewUser, chase: Pool
) -> None:
    assert browser.get("/admin/objects/").status_code == 302
    browser.force_login(new_user("ada"), BACKEND)
    assert browser.get("/admin/objects/").status_code == 302
    browser.force_login(new_user("root", staff=True), BACKEND)
    page = text(browser.get("/admin/objects/"))
    assert chase.version in page
    assert f"outclass collect {NAME}" in page
    assert browser.post("/admin/objects/").status_code == 405


def test_links_in_the_first_paragraph_of_a_page_are_links_there_and_words_in_lists(tmp_path: Path) -> None:
    path = tmp_path / "10-credits.md"
    path.write_text("# Credits\n\nPhotos of [people](https://example.org/p).\n\nAll of them.\n")

    page = read_page(path)

    assert page.summary == "Photos of people."
    assert page.lead == '<p>Photos of <a href="https://example.org/p">people</a>.</p>\n'
    assert page.text == "All of them."
