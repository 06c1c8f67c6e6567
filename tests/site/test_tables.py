"""The game with records, and the page where anyone fills one in: what is shown, answered, kept and told."""

import json
import re
from html import unescape
from typing import Any

import numpy as np
import pytest
from django.test import Client

from meadow import HOSTILE, HOSTILE_VALUE, NAME
from outclass.catalog.challenge import Challenge
from outclass.catalog.loader import load_challenge
from outclass.charts.specs import Linked
from outclass.feedback.ballots import ballots_of
from outclass.feedback.items import Reason, add_items, items_of, new_item
from outclass.inputs.table import record
from outclass.site.database import shared_database
from outclass.site.lab.boards import drift_board, explore_board
from outclass.site.play.models import OwnPrediction, Round
from outclass.site.play.pool import Pool
from outclass.site.shared.models import Prediction
from playing import NewUser, text
from small_tables import CLASSES, FIRST

pytestmark = pytest.mark.usefixtures("meadow")
TRY = f"/c/{NAME}/try/"
BET = {"bet_0": "40", "bet_1": "30", "bet_2": "30"}
LIVE = {"HX-Request": "true"}


def fields(**changed: object) -> dict[str, str]:
    """Return the fields of the form for a rose."""
    values = {name: value for name, value in (FIRST | changed).items() if value is not None}
    return {f"v-{name}": str(value) for name, value in values.items()}


def answered(page: str) -> str:
    """Return what the page says large."""
    found = re.search(r'class="verdict__title">(.*?)</p>', page)
    assert found
    return unescape(found[1])


def deal(browser: Client) -> str:
    """Ask for a deal and return the address of its list."""
    answer = browser.post(f"/c/{NAME}/deal/", {"once": "one-time-token"})
    assert answer.status_code == 302
    return re.sub(r"\d+/$", "", str(answer.headers["Location"]))


def harmless(page: str) -> bool:
    """Tell whether nothing of the hostile titles is markup, and no script or style stands in the page."""
    found = re.findall(r"<script(?![^>]* src=)|<style|onerror=alert(?=[^&]*>)|style=\"", page)
    return "<script>alert" not in page and "<img src=x" not in page and not found


# --- the page where anyone fills one in ---


def test_the_page_begins_with_an_example_of_the_playable_data_and_its_answer(
    browser: Client, meadow: Pool
) -> None:
    page = text(browser.get(TRY))

    heights = {str(record(row, meadow.challenge.input.columns)["height"]) for row in meadow.inputs.values}
    typed = re.search(r'name="v-height"[^>]* value="([^"]*)"', page)
    assert typed
    assert typed[1] in heights | {""}
    assert 'class="verdict__title"' in page
    assert "Not every rose has thorns." in page
    assert harmless(page)
    assert HOSTILE in unescape(page)
    assert HOSTILE_VALUE in unescape(page)
    assert OwnPrediction.objects.count() == 0


def test_the_challenge_and_the_front_page_lead_there(
    browser: Client, meadow: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outclass.site.pages.views.all_challenges", lambda: (meadow.challenge,))
    for path in (f"/c/{NAME}/", "/"):
        page = text(browser.get(path))
        assert f'href="{TRY}"' in page
        assert harmless(page)


def test_the_form_answers_without_script(browser: Client) -> None:
    answer = browser.post(TRY, fields())
    page = text(answer)

    assert (answer.status_code, answered(page)) == (200, "Rose")
    assert page.count('class="is-answer"') == 1
    widths = [float(width) for width in re.findall(r'<rect width="([0-9.]+)"', page)]
    assert sum(widths) == pytest.approx(100, abs=0.1)
    assert "Which values decided" in page
    assert re.search(r'class="effects__name">Petals<span class="muted">: 30', page)
    assert "5 of 5 values" in page
    assert harmless(page)
    assert Prediction.objects.count() == 0


def test_changing_a_value_changes_the_answer(browser: Client) -> None:
    assert answered(text(browser.post(TRY, fields(petals=6, thorns="n")))) == "Tulip"


def test_what_is_not_known_may_be_left_open(browser: Client) -> None:
    page = text(browser.post(TRY, fields(height=None, color=None)))

    assert "3 of 5 values" in page
    assert answered(page) == "Rose"


def test_a_blank_form_says_what_it_can_tell_apart(browser: Client) -> None:
    page = text(browser.get(f"{TRY}?fill=nothing"))

    assert "What it can tell apart" in page
    assert 'class="verdict__title"' not in page
    assert "Nothing is known of it yet." in text(browser.post(TRY, {}))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("petals", "many<b>", "&quot;many&lt;b&gt;&quot; is no number"),
        ("height", "1e400", "is no number that can be used"),
        ("color", "ultra<violet>", "Choose one of the values"),
    ],
)
def test_what_cannot_be_read_is_told_beside_its_field(
    browser: Client, name: str, value: str, told: str
) -> None:
    answer = browser.post(TRY, fields(**{name: value}))
    page = text(answer)

    assert answer.status_code == 422
    assert told in page
    assert re.search(r'aria-invalid="true"', page)
    assert "1 value cannot be read; see beside the field." in page
    assert harmless(page)


def test_a_number_beyond_what_is_usual_is_answered_with_a_warning(browser: Client) -> None:
    answer = browser.post(TRY, fields(height=500))
    page = text(answer)

    assert answer.status_code == 200
    assert "Outside what it has learned from." in page
    assert "1 value lies outside what it has learned from" in page
    assert answered(page) == "Rose"


def test_a_line_of_csv_fills_the_form(browser: Client) -> None:
    lines = (
        "62.5,30,red,y,7.5",
        "62.5\t30\tred\ty\t7.5\n",
        "petals,height,stem_width,color,thorns\n30,62.5,7.5,red,y",
    )
    for line in lines:
        page = text(browser.post(TRY, {"csv": line}))
        assert re.search(r'name="v-height"[^>]* value="62.5"', page)
        assert re.search(r'value="red" (checked|selected)', page)
        assert answered(page) == "Rose"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1,2", "Found: 2 values"),
        ("1,2,3,4,5\n1,2,3,4,5\n6,7,8,9,0", "3 lines"),
        ("height,petals,color,thorns,width\n1,2,red,y,3", "width"),
        ('"1,2', "This is no line of CSV"),
        ("", "One record is expected"),
    ],
)
def test_a_line_that_cannot_be_read_is_told(browser: Client, line: str, told: str) -> None:
    answer = browser.post(TRY, {"csv": line})

    assert answer.status_code in {400, 422}
    assert told in unescape(text(answer))


def test_without_a_model_the_form_says_so(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outclass.site.play.advice.Advisers.champion", lambda advisers, name: None)

    answer = browser.post(TRY, fields())

    assert answer.status_code == 503
    assert "No model is there yet" in text(answer)
    assert browser.get(TRY).status_code == 200


def test_htmx_gets_the_answer_and_what_stands_beside_the_fields(browser: Client) -> None:
    page = text(browser.post(TRY, fields(height=500), headers=LIVE))

    assert "<html" not in page
    assert page.lstrip().startswith('<section class="answer-record" id="answer"')
    assert re.search(r'<div id="c0-note" hx-swap-oob="true"><p class="ask__warning">', page)
    assert re.search(r'<div id="c1-note" hx-swap-oob="true"></div>', page)
    assert 'id="spoken" hx-swap-oob="innerHTML">Rose' in page
    wrong = browser.post(TRY, fields(petals="many"), headers=LIVE)
    assert wrong.status_code == 200  # htmx exchanges nothing of an answer with an error
    assert re.search(r'<div id="c1-note" hx-swap-oob="true"><p class="field__error">', text(wrong))


# --- what somebody says of an answer ---


def test_what_somebody_says_is_kept_once_and_their_values_only_with_consent(browser: Client) -> None:
    said = fields() | {"right": "rose", "once": "one-time-token-1"}
    for _ in range(2):
        page = text(browser.post(TRY, said))
        assert "You said: Rose." in page

    kept = Prediction.objects.get()
    assert (kept.challenge, kept.answer, kept.input) == (NAME, "rose", None)
    assert [ballot.label for ballot in ballots_of(shared_database(), NAME)] == ["rose"]

    browser.post(
        TRY,
        fields() | {"said": "tulip", "action": "say", "keep": "on", "once": "one-time-token-2"},
        headers=LIVE,
    )
    kept = Prediction.objects.exclude(pk=kept.pk).get()
    assert json.loads(bytes(kept.input)) == FIRST
    assert {ballot.label for ballot in ballots_of(shared_database(), NAME)} == {"rose", "tulip"}


def test_a_label_that_is_none_is_no_ballot(browser: Client) -> None:
    browser.post(TRY, fields() | {"right": "weed"})
    browser.post(TRY, {"right": "rose"})  # of nothing
    browser.post(TRY, fields() | {"said": "rose"})  # as it stands in the form, without the button
    about = re.search(r'name="about" value="([^"]+)"', text(browser.post(TRY, fields(petals=29))))[1]
    browser.post(TRY, fields() | {"right": "rose", "about": about})  # a value was changed since

    assert ballots_of(shared_database(), NAME) == []


def test_own_answers_are_listed_and_deleted(browser: Client) -> None:
    browser.post(TRY, fields() | {"right": "rose", "keep": "on"})
    own = OwnPrediction.objects.get()

    page = text(browser.get(f"/c/{NAME}/photos/"))
    assert "You said: Rose." in page
    assert "62.5" in page
    assert harmless(page)
    assert browser.get(f"/c/{NAME}/photos/{own.prediction}.jpg").status_code == 404
    assert Client().get(f"/c/{NAME}/photos/{own.prediction}/").status_code == 404
    gone = browser.post(f"/c/{NAME}/photos/{own.prediction}/", {"action": "forget"}, follow=True)
    assert "Deleted: the values, the answer and what you said of it" in text(gone)
    assert (Prediction.objects.count(), OwnPrediction.objects.count()) == (0, 0)


# --- the game ---


def test_a_round_shows_the_record_and_nothing_that_depends_on_its_class(
    browser: Client, meadow: Pool
) -> None:
    url = deal(browser)
    for round_ in Round.objects.order_by("position"):
        pages = []
        for name in CLASSES:
            Round.objects.filter(pk=round_.pk).update(truth=name)
            page = text(browser.get(f"{url}{round_.position}/"))
            pages.append(re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page))
        assert len(set(pages)) == 1
        assert round_.object_id not in pages[0]
        assert harmless(pages[0])
        table = meadow.record(round_.object_id)
        stem = table[0]["stem_width"]
        assert re.search(
            rf'<span class="record__value">{re.escape(str(stem))} <span[^>]*>mm</span>', pages[0]
        )
        assert "more than in" in pages[0]
        assert "unsafe-inline" not in browser.get(f"{url}1/").headers["Content-Security-Policy"]


def test_the_result_tells_which_values_decided_and_own_rounds_name_the_record(browser: Client) -> None:
    url = deal(browser)
    assert browser.post(f"{url}1/", BET).status_code == 302

    page = text(browser.get(f"{url}1/result/"))
    round_ = Round.objects.get(position=1)
    assert round_.advice[0]["model"] in page
    assert "read this as" in page
    assert harmless(page)
    for path in (f"/c/{NAME}/mine/", "/home/", url):
        shown = text(browser.get(path))
        assert harmless(shown)
        assert HOSTILE[:20] in unescape(shown) or "Petals" in shown


def test_a_result_whose_model_is_gone_shows_the_record_alone(browser: Client) -> None:
    url = deal(browser)
    browser.post(f"{url}1/", BET)
    round_ = Round.objects.get(position=1)
    round_.advice[0]["model"] = "flowers@000000000000"
    round_.save()

    page = text(browser.get(f"{url}1/result/"))

    assert "read this as" not in page
    assert 'class="record"' in page


def test_examples_are_not_in_play(browser: Client, meadow: Pool) -> None:
    in_play = {tuple(np.nan_to_num(row, nan=-1).tolist()) for row in meadow.inputs.values}
    stems = {str(np.float32(row[-1])) for row in in_play}
    for place in range(len(CLASSES)):
        page = text(browser.get(f"/c/{NAME}/examples/?class={place}&number=1"))
        shown = re.findall(r'record__value">([\d.]+) <span class="record__unit">mm', page)
        assert len(shown) == 1
        assert harmless(page)
        assert shown[0] not in stems or len(stems) < len(in_play)


# --- checking, and the lab ---


def test_checkers_see_records_of_the_data_and_kept_ones(
    browser: Client, new_user: NewUser, meadow: Pool
) -> None:
    browser.force_login(new_user(), backend="django.contrib.auth.backends.ModelBackend")
    Client().post(TRY, fields() | {"right": "rose", "keep": "on"})
    kept = Prediction.objects.get()
    item = new_item(NAME, Reason.UNCERTAIN, prediction_id=kept.pk, given="rose")
    add_items(shared_database(), [item])

    page = text(browser.get(f"/check/{NAME}/"))

    assert 'class="record"' in page
    assert "62.5" in page
    assert harmless(page)


def test_checkers_are_asked_about_records_that_are_not_played(
    browser: Client, new_user: NewUser, meadow: Pool
) -> None:
    browser.force_login(new_user(), backend="django.contrib.auth.backends.ModelBackend")

    page = text(browser.get(f"/check/{NAME}/"))

    assert 'class="record"' in page
    assert harmless(page)
    asked = {str(item.object_id) for item in items_of(shared_database(), NAME)}
    assert asked
    assert not asked & set(meadow.ids)


def test_the_lab_draws_records_and_tells_how_what_is_asked_differs(browser: Client) -> None:
    challenge: Challenge = load_challenge(NAME).challenge
    board = explore_board(challenge)
    linked = board.charts[0]
    assert isinstance(linked, Linked)
    assert all(np.isfinite(values).all() for values in linked.numbers.values())
    assert {"Petals", "known values"} <= set(linked.numbers)
    assert "Petals" in board.items[0].text
    for _ in range(4):
        browser.post(TRY, fields(color="white") | {"right": "rose", "keep": "on"})
    drifts: dict[Any, Any] = {row[0]: row for row in drift_board(challenge).tables[0].rows}
    assert {"answers", "confidence", HOSTILE, "Petals", "Color", "Thorns", "Stem"} == set(drifts)
    assert drifts["Color"][-1] == 4
    for name in ("explore", "drift"):
        assert harmless(text(browser.get(f"/lab/{NAME}/boards/{name}/")))
