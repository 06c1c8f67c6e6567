"""A person plays: deal, look, bet, result, home, leaderboard, shared result."""

import re
from datetime import timedelta
from io import BytesIO

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from outclass.site.play.cards import CARD_SIZE, draw_card, printable
from outclass.site.play.models import Bet, Deal, Player, Round, Standing
from outclass.site.play.players import forget_idle_guests
from outclass.site.play.pool import Pool
from playing import BACKEND, BET, NewUser, deal, text
from shapes import CLASSES

pytestmark = pytest.mark.usefixtures("shapes")


def test_a_stranger_plays_a_round_as_guest(browser: Client) -> None:
    url = deal(browser)
    page = browser.get(url)
    assert page.status_code == 200
    assert "not dealt" in text(page)
    assert text(page).count('name="fill"') == 4
    answer = browser.post(url, BET | {"nickname": "Polaris"}, follow=True)
    assert answer.status_code == 200
    bet = Bet.objects.get(player__kind="guest")
    assert f"You have won ${bet.winnings_cents / 100:,.2f}".rstrip("0").rstrip(".") in text(answer)
    assert bet.nickname == "Polaris"
    assert "Polaris" in text(browser.get("/home/"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bet_0": "99"}, "Bets need to sum to 100"),
        ({"bet_0": "100", "bet_1": "1"}, "Bets need to sum to 100"),
        ({"bet_0": ""}, "Whole dollars from 0 to 100"),
        ({"bet_0": "ten"}, "Whole dollars from 0 to 100"),
        ({"bet_0": "101"}, "Whole dollars from 0 to 100"),
        ({"bet_0": "-5", "bet_1": "105"}, "Whole dollars from 0 to 100"),
        ({"bet_0": "99.5"}, "Whole dollars from 0 to 100"),
        ({"bet_0": "1e2"}, "Whole dollars from 0 to 100"),
        ({"bet_0": "\u0661\u0660\u0660"}, "Whole dollars from 0 to 100"),
        ({"bet_0": "99999"}, "Whole dollars from 0 to 100"),
    ],
)
def test_a_wrong_budget_is_said_and_what_was_typed_is_kept(
    browser: Client, change: dict[str, str], message: str
) -> None:
    url = deal(browser)
    page = browser.post(url, BET | change | {"nickname": "Vega"})
    assert page.status_code == 422
    assert message in text(page)
    assert 'value="Vega"' in text(page)
    for name, typed in change.items():
        if typed:
            assert re.search(rf'name="{name}" value="{re.escape(typed)}"', text(page))
    assert not Bet.objects.exists()


def test_help_buttons_work_without_script(browser: Client) -> None:
    url = deal(browser)
    round_ = Round.objects.get(position=1)
    copied = text(browser.post(url, BET | {"fill": "adviser:second"}))
    dollars = round_.advice[1]["dollars"]
    assert [int(v) for v in re.findall(r'name="bet_\d" value="(\d+)"', copied)] == [
        dollars[name] for name in CLASSES
    ]
    even = text(browser.post(url, BET | {"fill": "even"}))
    assert re.findall(r'name="bet_\d" value="(\d+)"', even) == ["34", "33", "33", "0"]
    clear = text(browser.post(url, BET | {"fill": "clear", "nickname": "Sirius"}))
    assert re.findall(r'name="bet_\d" value="(\d+)"', clear) == ["0", "0", "0", "0"]
    assert 'value="Sirius"' in clear
    assert not Bet.objects.exists()


def test_a_form_sent_twice_deals_once_and_pays_once(browser: Client) -> None:
    first, second = deal(browser), deal(browser)
    assert first == second
    assert Deal.objects.count() == 1
    answers = [browser.post(first, BET), browser.post(first, {**BET, "bet_0": "0", "bet_1": "100"})]
    assert {answer.status_code for answer in answers} == {302}
    bet = Bet.objects.get(player__kind="guest")
    assert bet.dollars == {"dot": 100}
    assert Standing.objects.get(player=bet.player).winnings_cents == bet.winnings_cents


def test_a_deal_belongs_to_its_player_alone(browser: Client) -> None:
    url = deal(browser)
    base = url.rsplit("/", 2)[0]
    for path in (url, f"{base}/", f"{base}/1.png", f"{base}/1/result/"):
        assert Client().get(path).status_code == 404
    other = Client()
    deal(other)
    assert other.get(url).status_code == 404
    assert other.post(url, BET).status_code == 404


def test_looking_keeps_the_deal(browser: Client) -> None:
    url = deal(browser)
    base = url.rsplit("/", 2)[0]
    before = list(Round.objects.values_list("pk", "object_id"))
    for position in range(1, 6):
        assert browser.get(f"{base}/{position}/").status_code == 200
    assert browser.get(f"{base}/6/").status_code == 404
    assert browser.get(f"{base}/").status_code == 200
    assert list(Round.objects.values_list("pk", "object_id")) == before


def test_a_result_asked_for_before_the_bet_leads_to_the_bet(browser: Client) -> None:
    url = deal(browser)
    assert browser.get(f"{url}result/").headers["Location"] == url


def test_nothing_sent_before_the_bet_tells_the_object(browser: Client, shapes: Pool) -> None:
    url = deal(browser)
    base = url.rsplit("/", 2)[0]
    answers = [browser.get(path) for path in (url, f"{base}/", f"{base}/1.png", "/home/", "/c/shapes/")]
    said = "".join(str(dict(a.headers)) + str(a.cookies) + a.content.decode("latin-1") for a in answers)
    assert not [object_id for object_id in shapes.ids if object_id in said]
    assert "truth" not in said
    assert "The first shape." not in said
    assert shapes.version not in said
    assert all("ETag" not in a.headers and "Last-Modified" not in a.headers for a in answers)


def test_pictures_carry_pixels_alone(browser: Client, shapes: Pool) -> None:
    url = deal(browser)
    answer = browser.get(f"{url.rsplit('/', 2)[0]}/1.png")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Cache-Control"].startswith("private")
    chunks = set(re.findall(rb"IHDR|IDAT|IEND|tEXt|iTXt|zTXt|tIME|eXIf|gAMA|pHYs|iCCP", answer.content))
    assert chunks == {b"IHDR", b"IDAT", b"IEND"}


def test_the_models_play_each_object_once_under_the_same_rule(browser: Client) -> None:
    browser.post(deal(browser), BET)
    bets = list(Bet.objects.filter(player__kind="model").order_by("player__model"))
    assert [bet.player.model for bet in bets] == ["shapes", "shapes.second"]
    assert all(sum(bet.dollars.values()) == 100 for bet in bets)
    assert all("@" in bet.model for bet in bets)
    assert {bet.round_id for bet in bets} == {Bet.objects.get(player__kind="guest").round_id}


def test_odds_stay_as_dealt_when_the_champion_changes(browser: Client, shapes: Pool) -> None:
    url = deal(browser)
    before = list(Round.objects.values_list("advice", flat=True))
    page = text(browser.get(url))
    assert before[0][0]["model"] in page
    assert Deal.objects.get().data_version == shapes.version


def test_a_shared_result_is_public_until_it_is_taken_back(browser: Client, new_user: NewUser) -> None:
    browser.force_login(new_user("Ada"), BACKEND)
    url = deal(browser)
    assert browser.post(f"{url}share/").status_code == 404
    browser.post(url, BET)
    browser.post(f"{url}share/")
    bet = Bet.objects.get(player__kind="user")
    page = Client().get(f"/r/{bet.share_token}/")
    assert page.status_code == 200
    assert 'property="og:title" content="Ada won' in text(page)
    card = f"/r/{bet.share_token}/card.png"
    assert f'property="og:image" content="http://testserver{card}"' in text(page)
    assert text(page).count(".png") == 1
    drawn = Image.open(BytesIO(Client().get(card).content))
    assert (drawn.format, drawn.size) == ("PNG", CARD_SIZE)
    assert bet.object_id not in text(page)
    assert bet.round.deal.token not in text(page)
    browser.post(f"{url}share/", {"share": "off"})
    assert Client().get(f"/r/{bet.share_token}/").status_code == 404
    assert Client().get(card).status_code == 404


@pytest.mark.parametrize("name", ["Ada", "W" * 60, "\u661f"])
def test_a_card_holds_a_line_of_any_length(name: str) -> None:
    drawn = Image.open(
        BytesIO(draw_card(("StarChaser", f"{printable(name)} won $1", "Can you do better?"), "#b79cff"))
    )
    right = np.asarray(drawn)[:, -60:]
    assert (right == right[0, 0]).all()
    assert np.asarray(drawn).std() > 5


def test_the_deal_page_lists_what_is_left(browser: Client) -> None:
    url = deal(browser)
    browser.post(url, BET)
    page = text(browser.get(f"{url.rsplit('/', 2)[0]}/"))
    assert "1 of 5 settled" in page
    assert page.count(">Bet</a>") == 4


def test_guests_are_not_made_by_looking(browser: Client) -> None:
    for path in ("/home/", "/c/shapes/", "/c/shapes/leaderboard/"):
        assert browser.get(path).status_code == 200
    assert not Player.objects.exists()
    assert "sessionid" not in browser.cookies


def test_guests_who_never_bet_are_forgotten_when_their_session_is_over(browser: Client) -> None:
    deal(browser)
    other = Client()
    other.post(deal(other), BET)
    assert forget_idle_guests() == 0
    assert forget_idle_guests(timezone.now() + timedelta(days=61)) > 0
    left = Player.objects.get(kind="guest")
    assert left.bets.count() == 1


def test_forms_without_their_token_are_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/c/shapes/deal/").status_code == 403
    assert not Deal.objects.exists()


@pytest.mark.parametrize(
    "path", ["/c/nothing/", "/c/..%2f/", "/r/%00%00%00%00%00%00%00%00%00%00/", "/c/shapes/deals/x/"]
)
def test_what_is_not_there_is_a_404(browser: Client, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_pages_carry_a_strict_policy(browser: Client) -> None:
    url = deal(browser)
    policy = browser.get(url).headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    page = text(browser.get(url))
    assert "style=" not in page
    assert "onclick" not in page
    assert "<script>" not in page
