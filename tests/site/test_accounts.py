"""Sign up, log in, claim what the guest played, keys, and going away."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from outclass.base.keys import find_key
from outclass.site.accounts import throttle
from outclass.site.accounts.models import Throttle, User
from outclass.site.accounts.views import delete_user
from outclass.site.database import shared_database
from outclass.site.play.models import Bet, Deal, Player, Standing
from outclass.site.play.standings import sums_of
from playing import BACKEND, BET, NewUser, deal, text

SIGN_UP = {"username": "Ada", "password": "correct horse", "again": "correct horse"}


def deal_again(url: str, object_id: str, truth: str) -> str:
    """Put a known object into the guest's deal, unless chance did, and return the address of its round."""
    rounds = Deal.objects.get(player__kind="guest").rounds
    round_ = rounds.filter(object_id=object_id).first() or rounds.get(position=1)
    round_.object_id, round_.truth = object_id, truth
    round_.save()
    return url.replace("/1/", f"/{round_.position}/")


def test_sign_up_signs_in_at_once(browser: Client) -> None:
    answer = browser.post("/accounts/signup/", SIGN_UP, follow=True)
    assert answer.redirect_chain == [("/home/", 302)]
    assert "Welcome, Ada." in text(answer)
    assert Player.objects.get().name == "Ada"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"username": ""}, "This field is required"),
        ({"username": "a" * 31}, "at most 30 characters"),
        ({"username": "<b>"}, "Use letters, digits"),
        ({"username": " "}, "This field is required"),
        ({"again": "other horse"}, "The two passwords differ"),
        ({"password": "short", "again": "short"}, "too short"),
        ({"password": "password", "again": "password"}, "too common"),
        ({"username": "grace"}, "This name is taken"),
        ({"username": "GRACE"}, "This name is taken"),
    ],
)
def test_a_wrong_sign_up_is_said_beside_its_field(
    browser: Client, new_user: NewUser, change: dict[str, str], message: str
) -> None:
    new_user("grace")
    page = browser.post("/accounts/signup/", SIGN_UP | change)
    assert page.status_code == 422
    assert message in text(page)
    assert User.objects.count() == 1
    assert "correct horse" not in text(page)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Admin", "This name is taken"),
        ("small NET", "This name is taken"),
        ("digits", "This name is taken"),
        ("\u0430lice", "Use letters of one alphabet"),
        ("\u0430\u043b\u0438\u0441\u0430", "Welcome"),
    ],
)
def test_nobody_takes_a_name_that_passes_for_another(browser: Client, name: str, message: str) -> None:
    Player.objects.create(kind="model", model="digits", name="Small net")
    assert message in text(browser.post("/accounts/signup/", SIGN_UP | {"username": name}, follow=True))


def test_log_ins_of_one_address_are_limited(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outclass.site.accounts.views.LOG_INS", replace(throttle.LOG_INS, most=2))
    codes = [
        browser.post("/accounts/login/", {"username": f"name{n}", "password": "guess"}).status_code
        for n in range(3)
    ]
    assert codes == [200, 200, 429]


def test_log_in_and_out(browser: Client, new_user: NewUser) -> None:
    new_user("Ada")
    assert browser.get("/accounts/settings/").headers["Location"].startswith("/accounts/login/?next=")
    answer = browser.post("/accounts/login/", {"username": "ada", "password": "correct horse"})
    assert answer.headers["Location"] == "/home/"
    assert browser.get("/accounts/settings/").status_code == 200
    assert browser.get("/accounts/logout/").status_code == 405
    assert browser.post("/accounts/logout/").headers["Location"] == "/"
    assert browser.get("/accounts/settings/").status_code == 302


def test_logging_in_leads_to_no_other_site(browser: Client, new_user: NewUser) -> None:
    new_user("Ada")
    form = {"username": "Ada", "password": "correct horse", "next": "https://example.org/"}
    assert browser.post("/accounts/login/", form).headers["Location"] == "/home/"
    assert (
        Client()
        .post("/accounts/signup/", SIGN_UP | {"username": "Bob", "next": "//example.org"})
        .headers["Location"]
        == "/home/"
    )


def test_guessing_a_password_is_slowed_down(browser: Client, new_user: NewUser) -> None:
    new_user("Ada")
    wrong = {"username": "Ada", "password": "wrong horse"}
    codes = [browser.post("/accounts/login/", wrong).status_code for _ in range(9)]
    assert codes[0] == 200
    assert codes[-1] == 429
    assert browser.post("/accounts/login/", wrong | {"password": "correct horse"}).status_code == 429


@pytest.mark.usefixtures("shapes")
def test_what_a_guest_played_is_claimed_at_sign_up(browser: Client) -> None:
    url = deal(browser)
    browser.post(url, BET)
    won = Bet.objects.get(player__kind="guest").winnings_cents
    browser.post("/accounts/signup/", SIGN_UP)
    player = Player.objects.get(kind="user")
    assert Standing.objects.get(player=player).winnings_cents == won
    assert not Player.objects.filter(kind="guest").exists()
    assert browser.get(f"{url}result/").status_code == 200
    assert browser.get(url.replace("/1/", "/2/")).status_code == 200


@pytest.mark.usefixtures("shapes")
def test_a_guests_bet_on_a_known_object_is_kept_but_counts_once(browser: Client, new_user: NewUser) -> None:
    user = new_user("Ada")
    home = Client()
    home.force_login(user, BACKEND)
    home.post(deal(home), BET)
    first = Bet.objects.get(player__user=user)
    url = deal(browser)
    browser.post(deal_again(url, first.object_id, first.truth), BET)
    browser.post("/accounts/login/", {"username": "Ada", "password": "correct horse"})
    bets = Bet.objects.filter(player__user=user).order_by("pk")
    assert [(bet.counted, bet.ranked) for bet in bets] == [(True, True), (False, False)]
    standing = Standing.objects.get(player__user=user)
    assert (standing.rounds, standing.winnings_cents) == (1, first.winnings_cents)
    assert "does not count" in text(browser.get("/home/"))


@pytest.mark.usefixtures("shapes")
def test_what_an_account_was_dealt_before_is_not_ranked_again(browser: Client, new_user: NewUser) -> None:
    user = new_user("Ada")
    home = Client()
    home.force_login(user, BACKEND)
    deal(home)
    known = Deal.objects.get(player__user=user).rounds.get(position=1)
    url = deal(browser)
    browser.post(deal_again(url, known.object_id, known.truth), BET)
    browser.post("/accounts/login/", {"username": "Ada", "password": "correct horse"})
    bet = Bet.objects.get(player__user=user)
    assert (bet.counted, bet.ranked) == (True, False)
    assert Standing.objects.get(player__user=user).ranked_rounds == 0


def test_changing_the_password_logs_others_out(browser: Client, new_user: NewUser) -> None:
    user = new_user("Ada")
    browser.force_login(user, BACKEND)
    other = Client()
    other.force_login(user, BACKEND)
    form = {
        "old_password": "correct horse",
        "new_password1": "battery staple",
        "new_password2": "battery staple",
    }
    assert browser.post("/accounts/password/", form | {"old_password": "no"}).status_code == 422
    assert browser.post("/accounts/password/", form).headers["Location"] == "/accounts/settings/"
    assert browser.get("/accounts/settings/").status_code == 200
    assert other.get("/accounts/settings/").status_code == 302


@pytest.mark.usefixtures("shapes")
def test_a_deleted_account_leaves_its_rounds_without_a_name(browser: Client, new_user: NewUser) -> None:
    user = new_user("Ada")
    browser.force_login(user, BACKEND)
    browser.post(deal(browser), BET)
    key = browser.post("/accounts/keys/", {"name": "script", "scopes": ["predict"]})
    written = re.search(r"oc_[a-z0-9]{12}_[A-Za-z0-9]{32}", text(key))
    assert written is not None
    assert browser.post("/accounts/delete/", {"password": "no"}).status_code == 422
    assert browser.post("/accounts/delete/", {"password": "correct horse"}).status_code == 302
    assert not User.objects.exists()
    player = Bet.objects.get(player__kind="guest").player
    assert player.name == ""
    assert sums_of(player)["shapes"]["rounds"] == 1
    record = find_key(shared_database(), written.group())
    assert record is not None
    assert not record.active


@pytest.mark.usefixtures("shapes")
def test_an_account_deleted_by_staff_leaves_the_ledger_whole(browser: Client, new_user: NewUser) -> None:
    user = new_user("Ada")
    browser.force_login(user, BACKEND)
    browser.post(deal(browser), BET)
    count = Bet.objects.count()
    Bet.objects.filter(player__user=user).update(share_token="shared")
    delete_user(user)
    assert Bet.objects.count() == count
    assert browser.get("/r/shared/").status_code == 404


def test_keys_are_made_rotated_and_revoked_by_their_owner_alone(browser: Client, new_user: NewUser) -> None:
    browser.force_login(new_user("Ada"), BACKEND)
    other = Client()
    other.force_login(new_user("Bob"), BACKEND)
    assert "No key yet" in text(browser.get("/accounts/keys/"))
    page = text(browser.post("/accounts/keys/", {"name": "script", "scopes": ["predict", "read"]}))
    first = re.search(r"oc_([a-z0-9]{12})_[A-Za-z0-9]{32}", page)
    assert first is not None
    assert first.group() not in text(browser.get("/accounts/keys/"))
    path = f"/accounts/keys/{first.group(1)}"
    assert other.post(f"{path}/rotate/").status_code == 404
    assert other.post(f"{path}/revoke/").status_code == 404
    second = re.search(r"oc_([a-z0-9]{12})_[A-Za-z0-9]{32}", text(browser.post(f"{path}/rotate/")))
    assert second is not None
    assert second.group() != first.group()
    assert browser.post(f"{path}/rotate/").status_code == 302
    assert browser.post(f"/accounts/keys/{second.group(1)}/revoke/").status_code == 302
    found = [find_key(shared_database(), key.group()) for key in (first, second)]
    assert [record.active for record in found if record] == [False, False]
    assert browser.post("/accounts/keys/", {"name": "script"}).status_code == 422
    assert Client().get("/accounts/keys/").status_code == 302


def test_sign_ups_of_one_address_are_limited(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = throttle.ThrottleRule(scope="sign-up", most=2, what="new accounts")
    monkeypatch.setattr("outclass.site.accounts.views.SIGN_UPS", rule)
    codes = [
        Client().post("/accounts/signup/", SIGN_UP | {"username": f"Ada {n}"}).status_code for n in range(3)
    ]
    assert codes == [302, 302, 429]
    last = Client().post("/accounts/signup/", SIGN_UP | {"username": "Ada 4"})
    assert 0 < int(last.headers["Retry-After"]) <= 3600
    assert "Too many new accounts from this address" in text(last)
    assert "127.0.0.1" not in str(list(Throttle.objects.values()))


def test_the_name_of_a_person_may_be_any_script(browser: Client) -> None:
    assert browser.post("/accounts/signup/", SIGN_UP | {"username": "Zoë 天文"}).status_code == 302
