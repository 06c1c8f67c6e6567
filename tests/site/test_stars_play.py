"""The game with light curves: deal, list, chart, bet, result, names; what is not told before the bet."""

import json
import re
from collections import Counter
from contextlib import suppress
from random import Random

import pytest
from django.test import Client

from chase import CLASSES, NAME, PERIOD
from outclass.site.play.dealing import PoolExhaustedError, choose, new_deal, shelves_for
from outclass.site.play.models import Bet, Deal, Player, Round
from outclass.site.play.players import claim, player_of
from outclass.site.play.pool import Pool
from outclass.site.play.rules import rules_for
from playing import BACKEND, NewUser, text

pytestmark = pytest.mark.usefixtures("chase")
BET = {"bet_0": "40", "bet_1": "30", "bet_2": "30", "bet_3": "0"}


def deal(browser: Client, nights: str = "0", once: str = "one-time-token") -> str:
    """Ask for a deal and return the address of its list."""
    answer = browser.post(f"/c/{NAME}/deal/", {"once": once, "nights": nights})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_a_deal_leads_to_the_list_with_curves_advice_and_names(browser: Client) -> None:
    page = text(browser.get(deal(browser)))
    assert page.count('class="spark"') == 6
    assert page.count(">Chart</a>") == 6
    assert page.count(">Bet</a>") == 6
    assert page.count('placeholder="Name it"') == 6
    assert page.count("First:") == 6
    assert page.count("Second:") == 6
    assert page.count('<th scope="row">A ghost</th>') == 6
    assert "Simulated for a test." in page
    assert "bokeh" not in page


def test_the_order_of_a_deal_is_random(chase: Pool, player: Player) -> None:
    rules = rules_for(chase.challenge, chase.counts())
    weights = [rules.dealing[name] for name in CLASSES]
    first = Counter(
        chase.truth(choose(shelves_for(chase, player), weights, 6, Random(seed))[0][0]) for seed in range(300)
    )
    assert set(first) == {"bump", "wave", "flat"}
    assert min(first.values()) > 60


def test_a_class_without_objects_says_so_and_is_never_dealt(browser: Client) -> None:
    url = deal(browser)
    page = text(browser.get(f"{url}1/"))
    assert page.count("not dealt") >= 1
    assert Deal.objects.get().payouts["ghost"] is None
    assert all(said["dollars"]["ghost"] == 0 for said in Round.objects.first().advice)


def test_looking_at_charts_keeps_the_deal(browser: Client) -> None:
    url = deal(browser)
    before = list(Round.objects.values_list("pk", "object_id", "advice"))
    for position in range(1, 7):
        assert browser.get(f"{url}{position}/chart/").status_code == 200
        assert browser.get(f"{url}{position}/points.json").status_code == 200
    assert browser.get(f"{url}7/chart/").status_code == 404
    assert list(Round.objects.values_list("pk", "object_id", "advice")) == before
    assert browser.get(url).status_code == 200


def test_a_deal_belongs_to_its_player_alone(browser: Client) -> None:
    url = deal(browser)
    for path in ("", "1/", "1/chart/", "1/points.json", "1/model.json", "1/rows/", "1/result/", "1.png"):
        assert Client().get(f"{url}{path}").status_code == 404
    assert Client().post(f"{url}1/name/", {"name": "Mine"}).status_code == 404


def test_the_chart_page_has_its_chart_and_a_table(browser: Client, chase: Pool) -> None:
    url = deal(browser)
    page = browser.get(f"{url}2/chart/")
    assert "data-curve" in text(page)
    assert "bokeh/bokeh.min" in text(page)
    series = chase.series(Round.objects.get(position=2).object_id)
    assert series is not None
    table = text(page).partition('aria-label="Observations"')[2].partition("</table>")[0]
    assert table.count("<tr>") == 1 + len(series)
    assert "What is known of this star" in text(page)
    assert "10.000°" in text(page)


def test_only_pages_with_charts_have_the_relaxed_policy(browser: Client) -> None:
    url = deal(browser)
    for path in (f"{url}1/chart/", f"{url}1/", f"/c/{NAME}/examples/"):
        policy = browser.get(path).headers["Content-Security-Policy"]
        assert "style-src 'self' 'unsafe-inline'" in policy
        assert "script-src 'self';" in policy + ";"
        assert "unsafe-eval" not in policy
    for path in (url, "/", f"/c/{NAME}/", f"/c/{NAME}/mine/", f"{url}1/rows/"):
        assert "unsafe" not in browser.get(path).headers["Content-Security-Policy"]


def test_the_chart_gets_observations_and_a_period_where_there_is_one(browser: Client) -> None:
    url = deal(browser)
    for round_ in Round.objects.all():
        data = json.loads(browser.get(f"{url}{round_.position}/points.json").content)
        assert set(data) == {"bands", "origin", "since", "points", "period", "model"}
        assert [band["name"] for band in data["bands"]] == ["g", "r"]
        assert data["model"] == "What second sees"
        if round_.truth == "wave":
            assert data["period"]["days"] == pytest.approx(PERIOD, rel=1e-3)
        else:
            assert data["period"] is None


def test_the_curve_of_a_model_comes_when_it_is_asked_for(browser: Client) -> None:
    url = deal(browser)
    curve = json.loads(browser.get(f"{url}1/model.json").content)
    assert len(curve["mean"]) == len(curve["deviation"]) == 2
    assert len(curve["mjd"]) == len(curve["mean"][0])


def test_a_name_is_kept_from_the_list_to_the_result(browser: Client) -> None:
    url = deal(browser)
    answer = browser.post(f"{url}3/name/", {"name": "Polaris"}, follow=True)
    assert "No. 3 · Polaris" in text(answer)
    assert 'value="Polaris"' in text(browser.get(f"{url}3/"))
    browser.post(f"{url}3/name/", {"name": "x" * 41})
    assert Round.objects.get(position=3).nickname == "Polaris"
    result = browser.post(f"{url}3/", BET | {"nickname": "Sirius"}, follow=True)
    assert "You called it Sirius." in text(result)
    assert "No. 3 · Sirius" in text(browser.get(url))


def test_the_bet_page_has_board_advice_slip_and_curve(browser: Client) -> None:
    page = text(browser.get(f"{deal(browser)}1/"))
    for name in CLASSES:
        assert f">A {name}</label>" in page
        assert f"Looks like a {name}." in page
    assert page.count('class="odds__who"') == 8
    assert "data-slip-left" in page
    assert "data-curve" in page
    assert 'data-dialog="merged"' in page


def test_the_pop_up_of_merged_rows_shows_what_is_stored(browser: Client) -> None:
    url = deal(browser)
    round_ = Round.objects.get(position=1)
    for page in (text(browser.get(f"{url}1/")), text(browser.get(f"{url}1/rows/"))):
        rows = page.partition('aria-label="Merged rows"')[2].partition("</table>")[0]
        assert rows.count("<tr>") == 2 + len(CLASSES)
        assert f"{round_.deal.dealing['bump']:.4f}" in rows
        assert f'<td class="number">{round_.deal.payouts["bump"]}</td>' in rows
        for said in round_.advice[:2]:
            assert f"{said['probabilities']['bump']:.4f}" in rows
            assert said["model"] in page
        assert round_.object_id not in page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bet_0": "39"}, "Bets need to sum to 100"),
        ({"bet_0": ""}, "Whole dollars from 0 to 100"),
        ({"bet_0": "some"}, "Whole dollars from 0 to 100"),
        ({"bet_0": "101"}, "Whole dollars from 0 to 100"),
        ({"bet_0": "-1"}, "Whole dollars from 0 to 100"),
        ({"bet_0": "39.5"}, "Whole dollars from 0 to 100"),
    ],
)
def test_a_wrong_bet_is_explained_and_kept(browser: Client, change: dict[str, str], message: str) -> None:
    url = deal(browser)
    answer = browser.post(f"{url}1/", BET | change)
    assert answer.status_code == 422
    assert message in text(answer)
    assert 'name="bet_1" value="30"' in text(answer)
    assert not Bet.objects.exists()


def test_the_result_shows_exactly_what_is_stored(browser: Client) -> None:
    url = deal(browser)
    page = text(browser.post(f"{url}1/", BET, follow=True))
    bet = Bet.objects.get(player__kind="guest")
    round_ = bet.round
    assert bet.winnings_cents == bet.dollars.get(bet.truth, 0) * round_.payouts[bet.truth]
    assert bet.payout_cents == round_.payouts[bet.truth] == round_.deal.payouts[bet.truth]
    assert f"You have won {money(bet.winnings_cents)} on your $100 bet" in page
    assert f"Told of {bet.truth}." in page
    assert page.count(">winner</span>") == 1
    board = re.findall(
        r'odds__name">A (\w+).*?pays</span> ([^<]+)</p>(.*?)</li>\s*(?=<li class="odds__row)', page, re.DOTALL
    )
    assert [name for name, _, _ in board] == list(CLASSES)
    for name, pays, rest in board:
        cents = round_.payouts[name]
        assert pays == ("not dealt" if cents is None else f"{cents / 100:.2f}\u00d7")
        dollars = [said["dollars"][name] for said in round_.advice[:2]] + [bet.dollars.get(name, 0)]
        assert re.findall(r'odds__dollars">\$(\d+)<', rest) == [str(amount) for amount in dollars]
    for said in round_.advice[:2]:
        won = said["dollars"][bet.truth] * round_.payouts[bet.truth]
        assert f'{said["title"]} <span class="badge badge--model">model</span>' in page
        assert f'<td class="number">{money(won)}</td>' in page
    assert "Next round" in page
    assert ">Home</a>" in page


def money(cents: int) -> str:
    """Write cents as the pages do."""
    return f"${cents / 100:,.0f}" if cents % 100 == 0 else f"${cents / 100:,.2f}"


def test_a_bet_sent_twice_pays_once(browser: Client) -> None:
    url = deal(browser)
    for _ in range(2):
        browser.post(f"{url}1/", BET)
    assert Bet.objects.filter(player__kind="guest").count() == 1
    assert Bet.objects.filter(player__kind="model").count() == 3


def test_the_advisers_and_their_consensus_play_as_marked_models(browser: Client) -> None:
    url = deal(browser)
    for position in range(1, 7):
        browser.post(f"{url}{position}/", BET)
    players = set(Player.objects.filter(kind="model").values_list("model", flat=True))
    assert players == {"chase", "chase.first", "chase.second"}
    page = text(browser.get(f"/c/{NAME}/leaderboard/?by=money"))
    assert page.count("badge--model") == 3
    assert "Consensus" in page


def test_the_consensus_is_the_geometric_mean_of_the_advisers(browser: Client) -> None:
    deal(browser)
    for round_ in Round.objects.all():
        first, second, both = (said["probabilities"] for said in round_.advice)
        product = {name: (first[name] * second[name]) ** 0.5 for name in CLASSES}
        for name in CLASSES:
            assert both[name] == pytest.approx(product[name] / sum(product.values()), abs=1e-9)


def test_my_stars_show_names_classes_and_winnings(browser: Client, new_user: NewUser) -> None:
    assert "None yet" in text(browser.get(f"/c/{NAME}/mine/"))
    browser.force_login(new_user("ada"), BACKEND)
    url = deal(browser)
    browser.post(f"{url}1/", BET | {"nickname": "Vega"})
    bet = Bet.objects.get(player__kind="user")
    page = text(browser.get(f"/c/{NAME}/mine/"))
    assert "<h1>Stars you chased</h1>" in page
    assert ">Vega</a>" in page
    assert f"<td>A {bet.truth}</td>" in page
    assert "Total winnings" in page
    assert ">Chase a star</button>" in page
    assert "Leaderboard" in page
    assert "Stars you chased" in text(browser.get("/home/"))


# --- nothing tells the class before the bet ---


def test_no_page_tells_the_class_before_the_bet(browser: Client, chase: Pool) -> None:
    url = deal(browser)
    paths = [url, "/home/", f"/c/{NAME}/", f"/c/{NAME}/mine/", "/"]
    for position in range(1, 7):
        paths += [f"{url}{position}/{end}" for end in ("", "chart/", "rows/", "points.json", "model.json")]
    answers = [browser.get(path) for path in paths]
    said = "".join(str(dict(a.headers)) + str(a.cookies) + a.content.decode() for a in answers)
    assert all(a.status_code == 200 for a in answers)
    assert not [one for one in chase.ids if one in said]
    assert not re.findall(r'sky-|"truth"|is-truth|Told of', said)
    assert chase.version not in said
    assert all("ETag" not in a.headers and "Last-Modified" not in a.headers for a in answers)


def test_pages_of_different_classes_differ_by_their_own_observations_alone(
    browser: Client, chase: Pool
) -> None:
    """The pages of two objects are alike but for what a player sees: curves, advice, tokens."""
    url = deal(browser)
    rounds = {round_.truth: round_ for round_ in Round.objects.all()}
    skeletons = {truth: skeleton(text(browser.get(f"{url}{one.position}/"))) for truth, one in rounds.items()}
    assert len(rounds) >= 2
    assert len(set(skeletons.values())) == 1


def skeleton(page: str) -> str:
    """Return a page without its numbers, its paths and the rows of observations."""
    page = re.sub(r"<tr><td class=\"number\">.*?</tr>", "", page, flags=re.DOTALL)
    page = re.sub(r' d="[^"]*"|has-dollars|is-now|<text[^>]*>[^<]*</text>|value="[^"]*"', "", page)
    page = re.sub(r'data-advice="[^"]*"|<path class="(?:error|mark|zero|axis)"/>', "", page)
    return re.sub(r"[\d.,\u2212-]+|\s+", " ", page)


# --- betting early ---


def test_an_early_deal_sends_only_its_first_nights(browser: Client, chase: Pool) -> None:
    url = deal(browser, nights="5")
    for round_ in Round.objects.all():
        assert (round_.nights, round_.multiplier) == (5, 200)
        seen, whole = chase.series(round_.object_id, 5), chase.series(round_.object_id)
        assert seen is not None
        assert whole is not None
        base = f"{url}{round_.position}/"
        data = json.loads(browser.get(f"{base}points.json").content)
        assert sorted(mjd for band in data["points"] for mjd in band["mjd"]) == seen.mjd.round(5).tolist()
        last = seen.mjd[-1] + 6
        assert max(json.loads(browser.get(f"{base}model.json").content)["mjd"]) < last
        later = [f"{mjd:.4f}" for mjd in whole.mjd[len(seen) :]]
        said = "".join(text(browser.get(page)) for page in (f"{base}chart/", base))
        assert f"{seen.mjd[-1]:.4f}" in said
        assert not [mjd for mjd in later if mjd in said]


def test_an_early_bet_pays_more_and_is_settled_the_same_way(browser: Client, chase: Pool) -> None:
    url = deal(browser, nights="5")
    round_ = Round.objects.get(position=1)
    page = text(browser.get(f"{url}1/"))
    assert "only the first 5 nights are shown" in page
    assert f"{2 * round_.deal.payouts['bump'] / 100:.2f}\u00d7" in page
    result = text(browser.post(f"{url}1/", BET, follow=True))
    bet = Bet.objects.get(player__kind="guest")
    assert bet.payout_cents == 2 * round_.deal.payouts[bet.truth]
    assert bet.winnings_cents == bet.dollars.get(bet.truth, 0) * bet.payout_cents
    model = Bet.objects.filter(player__model="chase.first").get()
    assert model.winnings_cents == model.dollars.get(bet.truth, 0) * bet.payout_cents
    assert "Here is the whole curve" in result
    whole = chase.series(round_.object_id)
    assert whole is not None
    data = json.loads(browser.get(f"{url}1/points.json").content)
    assert sum(len(band["mjd"]) for band in data["points"]) == len(whole)


def test_advice_on_an_early_bet_is_on_the_same_nights(browser: Client, chase: Pool) -> None:
    deal(browser, nights="5")
    counts = chase.rows([one.object_id for one in Round.objects.all()], 5)
    assert counts is not None
    assert all(5 <= count <= 10 for count in counts[:, 0])


@pytest.mark.parametrize("nights", ["7", "-5", "x", "", "5 "])
def test_nights_that_are_not_offered_show_all_and_pay_no_more(browser: Client, nights: str) -> None:
    deal(browser, nights=nights)
    assert set(Round.objects.values_list("nights", "multiplier")) == {(0, 100)}


def test_who_saw_the_whole_curve_gets_no_early_bet_on_it(chase: Pool, player: Player) -> None:
    seen: set[str] = set()
    for number in range(6):
        seen |= set(new_deal(chase, player, f"whole-{number}").rounds.values_list("object_id", flat=True))
    early = set(new_deal(chase, player, "early", nights=5).rounds.values_list("object_id", flat=True))
    assert not seen & early


def deal_early(pool: Pool, player: Player) -> set[str]:
    """Deal early until nothing is left; return what was dealt."""
    with suppress(PoolExhaustedError):
        for number in range(30):
            new_deal(pool, player, f"early-{number}", nights=5)
    return set(Round.objects.filter(deal__player=player, nights=5).values_list("object_id", flat=True))


def test_an_open_early_bet_is_not_dealt_in_whole(chase: Pool, player: Player) -> None:
    assert len(deal_early(chase, player)) == len(chase.ids)
    with pytest.raises(PoolExhaustedError):
        new_deal(chase, player, "whole")


def test_claiming_a_guest_ends_the_extra_pay_on_what_both_were_dealt(chase: Pool, player: Player) -> None:
    guest = Player.objects.create(kind="guest")
    deal_early(chase, guest)
    shown = set(new_deal(chase, player, "whole").rounds.values_list("object_id", flat=True))
    claim(guest, player)
    for round_ in Round.objects.filter(nights=5):
        assert round_.multiplier == (100 if round_.object_id in shown else 200)


def test_the_page_of_a_settled_star_shows_how_opinions_moved(browser: Client) -> None:
    url = deal(browser)
    assert "nights seen" not in text(browser.get(f"{url}1/"))
    page = text(browser.post(f"{url}1/", BET, follow=True))
    assert "As the nights went by" in page
    chart = page.partition('class="nights"')[2]
    assert chart.count("it was this") == 1
    for cut in ("5", "20", "all"):
        assert f'text-anchor="middle">{cut}</text>' in chart
    assert re.search(r"First: 5 nights \d+ %, 20 nights \d+ %, all nights \d+ %", chart)


def test_a_players_account_is_the_same_after_signing_up(browser: Client, new_user: NewUser) -> None:
    url = deal(browser)
    browser.post(f"{url}1/", BET | {"nickname": "Deneb"})
    answer = browser.post(
        "/accounts/signup/",
        {"username": "grace", "password": "a long pass phrase", "again": "a long pass phrase"},
    )
    assert answer.status_code == 302
    assert "Deneb" in text(browser.get(f"/c/{NAME}/mine/"))
    assert player_of(new_user("ada")).bets.count() == 0
