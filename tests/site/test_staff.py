"""The admin pages: for staff alone, and the ledger is only looked at."""

import pytest
from django.test import Client

from outclass.base.keys import create_key, get_key
from outclass.site.accounts.models import User
from outclass.site.database import shared_database
from outclass.site.play.models import Bet, Deal
from playing import BACKEND, BET, NewUser, deal, text

LISTS = (
    "accounts/user", "play/player", "play/deal", "play/bet", "play/standing",
    "shared/apikey", "shared/apikeyuse", "shared/prediction", "shared/ballot",
    "shared/checkitem", "shared/checker", "shared/invitation",
)  # fmt: skip


@pytest.fixture
def staff(browser: Client, new_user: NewUser) -> Client:
    """Return a browser of the staff."""
    browser.force_login(new_user("Staff", staff=True), BACKEND)
    return browser


def test_only_staff_may_come_in(browser: Client, new_user: NewUser) -> None:
    browser.force_login(new_user("Ada"), BACKEND)
    assert browser.get("/admin/").status_code == 302


@pytest.mark.usefixtures("shapes")
def test_lists_and_pages_open(staff: Client) -> None:
    staff.post(deal(staff), BET)
    create_key(shared_database(), owner_id=1, name="script")
    for path in LISTS:
        assert staff.get(f"/admin/{path}/").status_code == 200
    assert staff.get(f"/admin/play/deal/{Deal.objects.get().pk}/change/").status_code == 200
    bet = Bet.objects.filter(player__kind="user").get()
    page = staff.get(f"/admin/play/bet/{bet.pk}/change/")
    assert page.status_code == 200
    assert Deal.objects.get().token not in text(page)


@pytest.mark.usefixtures("shapes")
def test_the_ledger_is_not_changed_by_hand(staff: Client) -> None:
    staff.post(deal(staff), BET)
    bet = Bet.objects.filter(player__kind="user").get()
    assert staff.get("/admin/play/bet/add/").status_code == 403
    assert staff.post(f"/admin/play/bet/{bet.pk}/change/", {"skill": "100"}).status_code == 403
    assert staff.post(f"/admin/play/bet/{bet.pk}/delete/", {"post": "yes"}).status_code == 403


def test_staff_revoke_keys(staff: Client) -> None:
    key, _ = create_key(shared_database(), owner_id=None, name="script")
    staff.post("/admin/shared/apikey/", {"action": "revoke", "_selected_action": key.id})
    assert not get_key(shared_database(), key.id).active


def test_staff_make_and_close_accounts(staff: Client) -> None:
    form = {"username": "New", "password1": "correct horse", "password2": "correct horse"}
    assert staff.post("/admin/accounts/user/add/", form).status_code == 302
    user = User.objects.get(username="New")
    assert user.check_password("correct horse")
    staff.post(f"/admin/accounts/user/{user.pk}/change/", {"username": "New"})
    user.refresh_from_db()
    assert not user.is_active
