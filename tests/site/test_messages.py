"""The game with messages, and the page where anyone pastes one: what is hidden, marked, answered and told."""

import gzip
import json
import re
from html import unescape

import pytest
from django.test import Client

from mailbag import NAME, TITLES
from outclass.base.settings import Settings
from outclass.inference.linear_text import LinearTextModel
from outclass.inputs.masking import mask
from outclass.site.play.marks import told_of
from outclass.site.play.models import Deal, Round
from outclass.site.play.pool import Pool
from playing import text
from text_models import sms_version

pytestmark = pytest.mark.usefixtures("mailbag")
BET = {"bet_0": "40", "bet_1": "30", "bet_2": "30"}
TRY = f"/c/{NAME}/try/"


def deal(browser: Client) -> str:
    """Ask for a deal and return the address of its list."""
    answer = browser.post(f"/c/{NAME}/deal/", {"once": "one-time-token"})
    assert answer.status_code == 302
    return re.sub(r"\d+/$", "", str(answer.headers["Location"]))


def bubbles(page: str) -> list[str]:
    """Return the messages on a page as plain text."""
    found = re.findall(r'<blockquote class="bubble"[^>]*>(.*?)</blockquote>', page, re.DOTALL)
    return [unescape(re.sub(r"<sup.*?</sup>|<[^>]*>", "", one)).rstrip("\n") for one in found]


def plain(message: str) -> str:
    """Return a message as a page shows it, without the frames of what is hidden."""
    return re.sub(r"\[(number|e-mail address|web address)\]", r"\1", mask(message))


# --- the game ---


def test_a_round_shows_the_message_escaped_and_masked(browser: Client, mailbag: Pool) -> None:
    url = deal(browser)
    for round_ in Round.objects.order_by("position"):
        page = text(browser.get(f"{url}{round_.position}/"))
        assert bubbles(page) == [plain(mailbag.text(round_.object_id))]
        assert "<b>when</b>" not in page
        assert not re.search(r"0770|0900|example\.(org|com)|@", bubbles(page)[0])


def test_nothing_before_the_bet_depends_on_the_class(browser: Client) -> None:
    url = deal(browser)
    for round_ in Round.objects.order_by("position"):
        pages = []
        for name in TITLES:
            Round.objects.filter(pk=round_.pk).update(truth=name)
            page = text(browser.get(f"{url}{round_.position}/"))
            pages.append(re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page))
        assert len(set(pages)) == 1
        assert round_.object_id not in pages[0]
        assert "Told of" not in pages[0]
        assert "<mark" not in pages[0]


def test_the_list_of_a_deal_shows_all_messages_and_no_marks(browser: Client, mailbag: Pool) -> None:
    page = text(browser.get(deal(browser)))

    assert bubbles(page) == [plain(mailbag.text(one.object_id)) for one in Round.objects.order_by("position")]
    assert "<mark" not in page
    assert re.search(r"/static/message\.(\w+\.)?css", page)


def test_the_result_marks_the_words_that_decided(browser: Client, mailbag: Pool) -> None:
    url = deal(browser)
    assert browser.post(f"{url}1/", BET).status_code == 302

    page = text(browser.get(f"{url}1/result/"))

    round_ = Round.objects.get(position=1)
    assert "Which words decided" in page
    assert round_.advice[0]["model"] in page
    assert bubbles(page) == [plain(mailbag.text(round_.object_id))]
    marked = re.findall(r'<mark class="word word--(for|against) word--\d">(.*?)<sup[^>]*>(.*?)</sup>', page)
    assert len(marked) > 3
    for side, _, value in marked[:-2]:  # the last two are the legend's
        assert value[0] == ("+" if side == "for" else "\u2212")
    assert not re.search(r"0770|0900|example\.(org|com)", page)


def test_a_result_whose_model_is_gone_shows_the_message_alone(browser: Client) -> None:
    url = deal(browser)
    browser.post(f"{url}1/", BET)
    round_ = Round.objects.get(position=1)
    round_.advice[0]["model"] = "sms@000000000000"
    round_.save()

    page = text(browser.get(f"{url}1/result/"))

    assert "Which words decided" not in page
    assert len(bubbles(page)) == 1


def test_own_rounds_name_the_message(browser: Client, mailbag: Pool) -> None:
    url = deal(browser)
    browser.post(f"{url}1/", BET)
    message = mask(mailbag.text(Round.objects.get(position=1).object_id))

    for path in (f"/c/{NAME}/mine/", "/home/"):
        shown = unescape(text(browser.get(path)))
        assert message[:30] in shown


def test_others_see_nothing_of_a_deal(browser: Client) -> None:
    url = deal(browser)

    for path in ("", "1/", "1/result/", "1.png"):
        assert Client().get(f"{url}{path}").status_code == 404
    assert browser.get(f"{url}1.png").status_code == 404
    assert Deal.objects.count() == 1


def test_examples_are_masked_and_not_in_play(browser: Client, mailbag: Pool) -> None:
    in_play = {mailbag.text(one) for one in mailbag.ids}
    for place in range(len(TITLES)):
        page = text(browser.get(f"/c/{NAME}/examples/?class={place}&number=1"))
        shown = bubbles(page)
        assert len(shown) == 1
        assert shown[0] not in {plain(one) for one in in_play}
        assert "unsafe-inline" not in browser.get(f"/c/{NAME}/examples/").headers["Content-Security-Policy"]


# --- the page where anyone pastes a message ---


def test_the_challenge_leads_to_its_try_page(browser: Client) -> None:
    assert f'href="{TRY}"' in text(browser.get(f"/c/{NAME}/"))
    assert f'href="{TRY}"' in text(browser.get("/"))
    assert browser.get("/c/digits/try/").headers["Location"] == "/c/digits/draw/"
    assert browser.get("/c/stars/try/").status_code == 404
    assert browser.get("/c/nothing/try/").status_code == 404


def test_the_form_answers_without_script(browser: Client, mailbag: Pool) -> None:
    message = "You have won a FREE prize, call 0900 555 01 01 <script>alert(1)</script>"
    page = text(browser.post(TRY, {"text": message}))

    assert bubbles(page)[0] == message  # one's own message is not masked
    assert "<script>alert" not in page
    assert re.search(r'data-state="(answered|abstained)"', page)
    widths = [float(width) for width in re.findall(r'<rect width="([0-9.]+)"', page)]
    assert sum(widths) == pytest.approx(100, abs=0.1)
    assert page.count('class="is-answer"') == 1
    assert len(re.findall(r"<mark", page)) > 2


@pytest.mark.parametrize("message", ["", " \n ", "\u200b"])
def test_a_blank_message_gets_no_answer(browser: Client, message: str) -> None:
    page = text(browser.post(TRY, {"text": message}))

    assert "Nothing is written yet." in page
    assert 'class="is-answer"' not in page


def test_a_message_that_is_too_long_is_told(browser: Client) -> None:
    answer = browser.post(TRY, {"text": "a" * 10_001})

    assert answer.status_code == 400
    assert 'role="alert"' in text(answer)


def test_without_a_model_the_form_says_so(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outclass.site.play.advice.Advisers.champion", lambda advisers, name: None)

    answer = browser.post(TRY, {"text": "hello"})

    assert answer.status_code == 503
    assert "No model is there yet" in text(answer)


def test_the_model_is_a_file_that_never_changes(browser: Client) -> None:
    url = re.search(r'data-model="([^"]+)"', text(browser.get(TRY)))[1]

    plain_answer = browser.get(url)
    packed = browser.get(url, headers={"Accept-Encoding": "gzip"})

    assert plain_answer.headers["Content-Type"] == "application/json"
    assert "immutable" in plain_answer.headers["Cache-Control"]
    assert "Set-Cookie" not in plain_answer.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain_answer.content
    assert LinearTextModel.parse(plain_answer.content).classes == tuple(TITLES)
    signature = json.loads(browser.get(url.replace("/model.json", "/signature.json")).content)
    assert signature["classes"] == list(TITLES)


def test_other_files_and_versions_are_not_served(browser: Client) -> None:
    url = re.search(r'data-model="([^"]+)"', text(browser.get(TRY)))[1]

    for path in (
        url.replace("/model.json", "/card.json"),
        url.replace("/model.json", "/manifest.json"),
        f"/c/{NAME}/models/000000000000/model.json",
        url.replace(f"/c/{NAME}/", "/c/digits/"),
    ):
        assert browser.get(path).status_code == 404
    assert browser.post(url).status_code == 405


# --- marks ---


def test_marks_together_are_the_message(mailbag: Pool, browser: Client) -> None:
    url = re.search(r'data-model="([^"]+)"', text(browser.get(TRY)))[1]
    model = LinearTextModel.parse(browser.get(url).content)
    for message in [mailbag.text(one) for one in mailbag.ids] + [
        "\u00bd fr33 F R E E, e\u0301\U0001f44d\U0001f3fd"
    ]:
        for name in TITLES:
            told = told_of(model, message, name, masked=False)
            assert "".join(piece.text for mark in told.marks for piece in mark.pieces) == message


def test_the_values_of_a_class_are_those_of_the_decisions_on_its_way(mailbag: Pool, browser: Client) -> None:
    url = re.search(r'data-model="([^"]+)"', text(browser.get(TRY)))[1]
    model = LinearTextModel.parse(browser.get(url).content)
    first, second = model.explain("free prize").stages
    signs = {"personal": (-1, 0), "notification": (1, -1), "spam": (1, 1)}

    for name, (one, other) in signs.items():
        told = told_of(model, "free prize", name, masked=False)
        total = sum(mark.value for mark in told.marks)
        wanted = sum(one * x.value for x in first.spans) + sum(other * x.value for x in second.spans)
        assert total == pytest.approx(wanted)


def test_an_earlier_version_is_served_as_well(browser: Client, mailbag: Pool, site: Settings) -> None:
    earlier = sms_version(site.models_folder, temperature=2.0, champion=False)

    answer = browser.get(f"/c/{NAME}/models/{earlier.id}/signature.json")

    assert json.loads(answer.content)["temperature"] == 2.0
