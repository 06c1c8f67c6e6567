"""Home, leaderboard, head-to-head, the page of a challenge."""

import pytest
from django.test import Client

import ledger
from outclass.site.accounts.models import User
from outclass.site.play.models import Bet, Player, Round, Standing
from outclass.site.play.players import model_player, player_of
from outclass.site.play.pool import Pool
from outclass.site.play.records import adviser_skill, calibration, history_rows, versus
from outclass.site.play.settle import settle
from outclass.site.play.standings import Ranking, leaderboard
from playing import BACKEND, BET, NewUser, deal, text

pytestmark = pytest.mark.usefixtures("shapes")


def stand(user: User | Player, cents: int, skill: float, rounds: int = 10) -> Player:
    """Give a player sums in `shapes`."""
    player = player_of(user) if isinstance(user, User) else user
    Standing.objects.create(
        player=player,
        challenge="shapes",
        rounds=rounds,
        ranked_rounds=rounds,
        ranked_winnings_cents=cents,
        skill_sum=skill * rounds,
    )
    return player


def test_people_and_models_stand_in_one_table_and_ties_share_a_rank(
    browser: Client, new_user: NewUser, shapes: Pool
) -> None:
    stand(new_user("Ada"), 900, 50.0)
    stand(new_user("Bob"), 700, 20.0)
    stand(new_user("Cleo"), 700, 20.04)
    stand(model_player("shapes", "First"), 500, 60.0)
    stand(new_user("Few"), 9_000, 99.0, rounds=2)
    stand(new_user("Staff", staff=True), 9_000, 99.0)
    stand(Player.objects.create(kind="guest"), 9_000, 99.0)
    money = [(r.rank, r.player.name) for r in leaderboard(shapes.challenge, Ranking.MONEY, None)]
    assert money == [(1, "Ada"), (2, "Bob"), (2, "Cleo"), (4, "First")]
    skill = [(r.rank, r.player.name) for r in leaderboard(shapes.challenge, Ranking.SKILL, None)]
    assert skill == [(1, "First"), (2, "Ada"), (3, "Bob"), (3, "Cleo")]
    page = text(browser.get("/c/shapes/leaderboard/?by=money"))
    assert "model</span>" in page
    assert "Staff" not in page
    assert "Few" not in page


def test_the_viewer_stands_below_the_best(new_user: NewUser, shapes: Pool) -> None:
    you = stand(new_user("You"), 1, 0.0)
    for number in range(4):
        stand(new_user(f"Better {number}"), 100, 10.0)
    rows = leaderboard(shapes.challenge, Ranking.MONEY, you, shown=2)
    assert [(row.rank, row.is_you) for row in rows] == [(1, False), (1, False), (5, True)]


def test_an_empty_leaderboard_says_so(browser: Client) -> None:
    assert "Nobody is ranked yet" in text(browser.get("/c/shapes/leaderboard/"))


def test_home_tells_a_visitor_what_will_stand_there(browser: Client) -> None:
    page = text(browser.get("/home/"))
    assert "No rounds yet" in page
    assert "You need no account" in page


def test_home_shows_rounds_totals_and_the_models_skill_on_the_same_objects(browser: Client) -> None:
    url = deal(browser)
    for position in range(1, 4):
        browser.post(url.replace("/1/", f"/{position}/"), BET | {"nickname": f"Star {position}"})
    player = Player.objects.get(kind="guest")
    page = text(browser.get("/home/"))
    assert all(f"Star {n}" in page for n in (1, 2, 3))
    assert "3 of 5 settled" in page
    standing = Standing.objects.get(player=player)
    models = dict(adviser_skill(player, "shapes"))
    assert standing.models_skill == pytest.approx(sum(models.values()) / 2)
    assert models.keys() == {"First", "Second"}
    mine = Bet.objects.filter(player__model="shapes")
    assert models["First"] == pytest.approx(sum(b.skill for b in mine) / 3)


def test_earlier_rounds_come_as_a_part_to_a_script(browser: Client) -> None:
    deal(browser)
    player = Player.objects.get(kind="guest")
    for round_ in Round.objects.select_related("deal__player").filter(pk__in=ledger.stress_deal(player, 30)):
        settle(round_, ledger.DOLLARS)
    whole = text(browser.get("/home/?page=2"))
    part = text(browser.get("/home/?page=2", headers={"HX-Request": "true"}))
    assert "Page 2 of 3" in part
    assert "<html" in whole
    assert "<html" not in part
    assert browser.get("/home/?page=99999999999999999999").status_code == 200


def test_calibration_compares_stakes_with_truth() -> None:
    player = Player.objects.create(kind="guest")
    for round_ in Round.objects.select_related("deal__player").filter(pk__in=ledger.stress_deal(player, 3)):
        settle(round_, ledger.DOLLARS)
    bins = {round(b.confidence, 1): (round(b.accuracy, 2), b.count) for b in calibration(player)}
    assert bins == {0.4: (0.33, 3), 0.6: (0.33, 3)}


def test_head_to_head_is_on_the_objects_of_both(browser: Client, new_user: NewUser, shapes: Pool) -> None:
    user = new_user("Ada")
    browser.force_login(user, BACKEND)
    browser.post(deal(browser), BET)
    you, model = Player.objects.get(user=user), Player.objects.get(model="shapes")
    page = browser.get(f"/c/shapes/head-to-head/{you.pk}/{model.pk}/")
    assert "Ada against First" in text(page)
    compared = versus(shapes.challenge, you, model)
    assert compared.objects == 1
    assert compared.left.better + compared.right.better + compared.level == 1
    assert browser.get(f"/c/shapes/head-to-head/{you.pk}/99999999999999999999/").status_code == 404
    guest = Player.objects.create(kind="guest")
    assert browser.get(f"/c/shapes/head-to-head/{you.pk}/{guest.pk}/").status_code == 404


def test_the_page_of_a_challenge_shows_the_odds(browser: Client) -> None:
    page = text(browser.get("/c/shapes/"))
    assert "Which shape is this?" in page
    assert "not dealt" in page


def test_a_challenge_without_data_says_so(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outclass.site.play.pool.PoolStore.current", lambda *_: None)
    page = text(browser.get("/c/shapes/"))
    assert "No data yet" in page
    assert "outclass collect shapes" in page
    assert browser.post("/c/shapes/deal/").headers["Location"] == "/c/shapes/"


def test_a_round_of_a_challenge_that_is_gone_keeps_its_place_at_home() -> None:
    player = Player.objects.create(kind="guest")
    round_ = Round.objects.select_related("deal__player").get(pk=ledger.stress_deal(player, 1)[0])
    row = history_rows([settle(round_, ledger.DOLLARS).bet])[0]
    assert row.name.startswith("No. 1, ")
    assert not row.picture
    assert (row.truth, row.on_truth, row.won, row.gain) == ("a", 60, 114.0, 14.0)


def test_when_everything_is_played_the_page_says_so(browser: Client, shapes: Pool) -> None:
    deal(browser)
    player = Player.objects.get()
    keys = ledger.stress_deal(player, len(shapes.ids))
    for object_id, round_ in zip(shapes.ids, Round.objects.filter(pk__in=keys), strict=True):
        Bet.objects.create(
            round=round_,
            player=player,
            challenge="shapes",
            object_id=object_id,
            dollars={},
            truth="dot",
            payout_cents=0,
            winnings_cents=0,
            skill=0.0,
        )
    answer = browser.post("/c/shapes/deal/", {"once": "another-token"}, follow=True)
    assert "You have bet on every object that there is" in text(answer)
