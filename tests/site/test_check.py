"""The checking pages: for accounts and invited guests, without a script, and never what is played."""

import re
from typing import Any

import numpy as np
import pytest
from django.test import Client

from outclass.base.settings import Settings
from outclass.catalog.dataset import current_version
from outclass.feedback.ballots import UNSURE, ballots_of
from outclass.feedback.items import CheckItem, Reason, add_items, items_of, make_gold, new_item, open_items
from outclass.feedback.log import INSERT, LoggedPrediction, to_row
from outclass.site.database import shared_database
from outclass.site.play.pool import Pool
from playing import NewUser, text

PAGE = "/check/shapes/"


@pytest.fixture
def ada(browser: Client, new_user: NewUser) -> Client:
    """Return the browser of somebody with an account."""
    browser.force_login(new_user(), backend="django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.fixture
def staff(new_user: NewUser) -> Client:
    """Return the browser of somebody of the staff."""
    browser = Client()
    browser.force_login(new_user("zoe", staff=True), backend="django.contrib.auth.backends.ModelBackend")
    return browser


def item_on(page: Any) -> str:
    """Return the id of the item that a page asks about."""
    found = re.search(r'name="item" value="([^"]+)"', text(page))
    assert found
    return found[1]


def say(browser: Client, answer: str, item: str | None = None, **more: str) -> Any:
    """Answer what the page asks."""
    asked = item or item_on(browser.get(PAGE))
    return browser.post(PAGE, {"item": asked, "answer": answer, **more}, follow=True)


def queue() -> list[CheckItem]:
    """Return the items of the queue."""
    return items_of(shared_database(), "shapes")


def ballots() -> list[str]:
    """Return the labels of all ballots."""
    return [ballot.label for ballot in ballots_of(shared_database(), "shapes")]


def test_an_empty_queue_fills_itself_with_what_is_not_played(
    ada: Client, shapes: Pool, site: Settings
) -> None:
    page = ada.get(PAGE)
    assert page.status_code == 200
    version = current_version("shapes", site)
    assert version is not None
    asked = {str(item.object_id) for item in queue()}
    assert asked
    assert asked <= {*version.ids("train"), *version.ids("validation")}
    assert not asked & set(shapes.ids)


def test_a_person_answers_skips_and_takes_back(ada: Client, shapes: Pool) -> None:
    first = item_on(ada.get(PAGE))
    after = say(ada, "1", first)
    assert (ballots(), item_on(after) != first) == (["bar"], True)
    assert "Your answers</dt><dd>1<" in text(after)
    say(ada, "unsure")
    assert ballots() == ["bar", UNSURE]
    passed = item_on(ada.get(PAGE))
    say(ada, "skip", passed)
    assert len(ballots()) == 2
    back = say(ada, "undo")
    assert item_on(back) == passed
    again = say(ada, "0", passed)
    assert ballots() == ["bar", UNSURE, "dot"]
    assert item_on(say(ada, "undo", item_on(again))) == passed
    assert ballots() == ["bar", UNSURE]
    assert "nothing to take back" in text(say(ada, "undo"))


def test_who_skipped_all_is_told_that_nothing_is_left(ada: Client, shapes: Pool) -> None:
    ada.get(PAGE)
    for _ in range(len(open_items(shared_database(), "shapes"))):
        say(ada, "skip")
    assert 'name="item"' not in text(ada.get(PAGE))


@pytest.mark.parametrize("answer", ["", "4", "-1", "dot", "²", "9" * 40])
def test_what_is_no_answer_changes_nothing(ada: Client, shapes: Pool, answer: str) -> None:
    assert "Choose one of the answers" in text(say(ada, answer))
    assert ballots() == []


def test_an_item_of_nobody_is_not_found(ada: Client, shapes: Pool) -> None:
    for item in ("", "x" * 16, "../../etc"):
        assert ada.post(PAGE, {"item": item, "answer": "1"}).status_code == 404


def test_the_kind_of_item_and_its_label_are_not_told(ada: Client, staff: Client, shapes: Pool) -> None:
    ada.get(PAGE)
    item = queue()[0]
    make_gold(shared_database(), item, "ring", classes=("dot", "bar", "ring", "cross"))
    for other in queue()[1:]:
        shared_database().execute("DELETE FROM check_item WHERE id = ?", (other.id,))
    assert "gold" not in text(ada.get(PAGE))
    assert "known to be <strong>ring" in text(staff.get(PAGE))


def test_strangers_are_asked_to_log_in(browser: Client, ada: Client, shapes: Pool) -> None:
    item = item_on(ada.get(PAGE))
    stranger = Client()
    assert stranger.get(PAGE).headers["Location"] == "/accounts/login/?next=/check/shapes/"
    assert stranger.post(PAGE, {"item": item, "answer": "1"}).status_code == 302
    assert stranger.get(f"{PAGE}items/{item}/picture.png").status_code == 404
    assert stranger.get(f"{PAGE}agreement/").status_code == 302
    assert ballots() == []
    assert "Log in to check" in text(stranger.get("/check/"))


def test_its_picture_is_that_of_the_object(ada: Client, shapes: Pool) -> None:
    item = item_on(ada.get(PAGE))
    answer = ada.get(f"{PAGE}items/{item}/picture.png")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG")
    for name in ("points", "model"):
        assert ada.get(f"{PAGE}items/{item}/{name}.json").status_code == 404


def test_predictions_are_asked_about_where_the_input_was_kept(ada: Client, shapes: Pool) -> None:
    db = shared_database()
    keep = LoggedPrediction(
        id="p1",
        challenge="shapes",
        model="shapes@1",
        created_at=4e9,
        key_id=None,
        answer="dot",
        confidence=0.4,
        abstained=False,
        reason=None,
        probabilities={"dot": 0.4, "bar": 0.3, "ring": 0.3},
        milliseconds=1.0,
        input_sha256="",
        input=np.full((28, 28), 7, dtype=np.uint8).tobytes(),
    )
    db.execute(INSERT, to_row(keep))
    ada.get(PAGE)
    (item,) = [item for item in queue() if item.prediction_id == "p1"]
    assert (item.reason, item.given) == (Reason.UNCERTAIN, "dot")
    assert ada.get(f"{PAGE}items/{item.id}/picture.png").status_code == 200
    db.execute("DELETE FROM prediction")
    assert ada.get(f"{PAGE}items/{item.id}/picture.png").status_code == 404
    for other in queue():
        if other.id != item.id:
            db.execute("DELETE FROM check_item WHERE id = ?", (other.id,))
    assert "no longer here" in text(ada.get(PAGE))


def test_an_object_that_is_gone_says_so(ada: Client, shapes: Pool) -> None:
    add_items(
        shared_database(), [new_item("shapes", Reason.RANDOM, object_id="gone", data_version="000000000000")]
    )
    assert "no longer here" in text(ada.get(PAGE))


def link_in(page: Any) -> str:
    """Return the path of the link that a page shows."""
    found = re.search(r'value="http://testserver(/check/join/[^"]+)"', text(page))
    assert found
    return found[1]


def test_an_invited_guest_needs_no_account(staff: Client, shapes: Pool) -> None:
    link = link_in(staff.post(f"{PAGE}invitations/", {"uses": 1, "days": 3}))
    assert link not in text(staff.get(f"{PAGE}queue/"))
    guest = Client()
    assert "You are invited" in text(guest.get(link))
    page = guest.post(link, follow=True)
    assert page.redirect_chain[-1][0] == PAGE
    say(guest, "2")
    assert ballots() == ["ring"]
    assert "Each counts</dt><dd>0.2" in text(guest.get(PAGE))
    assert guest.get("/check/digits/").status_code == 302
    assert guest.get(f"{PAGE}queue/").status_code == 302
    late = Client().get(link)
    assert (late.status_code, "as often as it may" in text(late)) == (404, True)


def test_a_withdrawn_invitation_turns_its_guests_out(staff: Client, shapes: Pool) -> None:
    link = link_in(staff.post(f"{PAGE}invitations/", {"uses": 5, "days": 3}))
    guest = Client()
    guest.post(link)
    assert guest.get(PAGE).status_code == 200
    (action,) = re.findall(r'action="([^"]+/revoke/)"', text(staff.get(f"{PAGE}queue/")))
    assert "is withdrawn" in text(staff.post(action, follow=True))
    assert guest.get(PAGE).status_code == 302
    assert Client().get(link).status_code == 404
    assert staff.post(action).status_code == 404


@pytest.mark.parametrize(
    "form", [{}, {"uses": 0, "days": 1}, {"uses": 1, "days": 9999}, {"uses": "x", "days": 1}]
)
def test_an_invitation_needs_numbers(staff: Client, shapes: Pool, form: dict[str, object]) -> None:
    assert staff.post(f"{PAGE}invitations/", form).status_code == 422


def test_the_queue_is_for_staff(ada: Client, staff: Client, shapes: Pool) -> None:
    for path in ("queue/", "queue/fill/", "invitations/"):
        assert ada.post(f"{PAGE}{path}").status_code in {404, 405}
    assert ada.get(f"{PAGE}queue/").status_code == 404
    assert "new items are in the queue" in text(staff.post(f"{PAGE}queue/fill/", follow=True))
    assert {item.reason for item in queue()} >= {Reason.UNCERTAIN, Reason.SUSPECT}


def test_staff_settle_alone_ask_again_and_make_test_items(staff: Client, shapes: Pool) -> None:
    asked = item_on(staff.get(PAGE))
    say(staff, "1", asked)
    item = next(one for one in queue() if one.id == asked)
    assert (item.label, item.retired_at is None) == ("bar", False)
    assert "settled" in text(staff.get(f"{PAGE}queue/"))
    staff.post(f"{PAGE}items/{asked}/reopen/")
    assert next(one for one in queue() if one.id == asked).retired_at is None
    other = item_on(staff.get(PAGE))
    say(staff, "2", other, gold="on")
    gold = next(one for one in queue() if one.id == other)
    assert (gold.reason, gold.truth) == (Reason.GOLD, "ring")


def test_nobody_else_makes_test_items(ada: Client, shapes: Pool) -> None:
    asked = item_on(ada.get(PAGE))
    say(ada, "2", asked, gold="on")
    assert next(one for one in queue() if one.id == asked).truth is None


def test_agreement_shows_everybody_to_staff_and_oneself_to_others(
    ada: Client, staff: Client, shapes: Pool
) -> None:
    empty = ada.get(f"{PAGE}agreement/")
    assert "No answers yet" in text(empty)
    ada.get(PAGE)
    for item in queue()[:6]:
        say(ada, "0", item.id)
        say(staff, "0" if item.id > queue()[2].id else "1", item.id)
    mine, all_of_them = text(ada.get(f"{PAGE}agreement/")), text(staff.get(f"{PAGE}agreement/"))
    assert "Krippendorff" in mine
    assert "zoe" not in mine
    assert "ada" in all_of_them
    assert "ada and zoe" in all_of_them or "zoe and ada" in all_of_them
    assert "6 of 6" in all_of_them


def test_two_who_agree_on_much_settle_it_together(
    ada: Client, new_user: NewUser, shapes: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outclass.site.check.report.EVERY", 24)
    other = Client()
    other.force_login(new_user("bob"), backend="django.contrib.auth.backends.ModelBackend")
    for client in (ada, other):
        client.get(PAGE)
    shared_database().execute("UPDATE checker SET known_since = 0")
    items = queue()[:12]
    for client in (ada, other):
        for place, item in enumerate(items):
            say(client, str(place % 3), item.id)
    settled = [item for item in queue() if item.label is not None]
    assert {item.id for item in settled} == {item.id for item in items}
    assert all(item.posterior and item.posterior >= 0.98 for item in settled)


def test_a_series_is_asked_about_with_its_chart(ada: Client, chase: Pool) -> None:
    assert "Nothing to check" in text(ada.get("/check/chase/"))  # all of the sample is played
    asked = new_item("chase", Reason.RANDOM, object_id=chase.ids[0], data_version=chase.version)
    add_items(shared_database(), [asked])
    page = ada.get("/check/chase/")
    assert "data-curve" in text(page)
    item = item_on(page)
    points = ada.get(f"/check/chase/items/{item}/points.json")
    assert (points.status_code, points.headers["Content-Type"]) == (200, "application/json")
    assert ada.get(f"/check/chase/items/{item}/picture.png").status_code == 404
