"""The game with photos, the page where anyone tries one, and one's own predictions."""

import io
import re
from base64 import b64decode
from hashlib import sha256

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from album import NAME, WARNING, tinted
from outclass.base.settings import Settings
from outclass.catalog.dataset import current_version
from outclass.catalog.licences import licence_of_credit
from outclass.catalog.loader import LoadedChallenge
from outclass.feedback.ballots import ballots_on
from outclass.feedback.removal import Removed
from outclass.inference.prediction import AbstainReason, Prediction
from outclass.inputs.photo import seen_part
from outclass.inputs.photos import PhotoTable
from outclass.site.database import shared_database
from outclass.site.photos.overlay import overlay_url, place_words
from outclass.site.photos.shown import may_show
from outclass.site.photos.wording import answer_for
from outclass.site.play.challenges import challenge_or_404
from outclass.site.play.models import OwnPrediction, Round
from outclass.site.play.pool import Pool
from outclass.site.shared.models import CheckItem
from outclass.site.shared.models import Prediction as Kept
from photographs import corners, encoded, exif
from playing import NewUser, text

pytestmark = pytest.mark.usefixtures("album")
TRY = f"/c/{NAME}/try/"
BET = {"bet_0": "40", "bet_1": "30", "bet_2": "30"}


def send(browser: Client, content: bytes, **more: object) -> object:
    """Send a photo by the form."""
    photo = SimpleUploadedFile("photo.jpg", content, content_type="image/jpeg")
    return browser.post(TRY, {"photo": photo, "once": "a-one-time-token", **more})


def deal(browser: Client) -> str:
    """Ask for a deal and return the address of its list."""
    answer = browser.post(f"/c/{NAME}/deal/", {"once": "one-time-token"})
    assert answer.status_code == 302
    return re.sub(r"\d+/$", "", str(answer.headers["Location"]))


def picture_of(answer: object) -> Image.Image:
    """Return the picture that an answer holds."""
    return Image.open(io.BytesIO(answer.content))


def prediction(shares: dict[str, float], **more: object) -> Prediction:
    """Return an answer of a model."""
    best = max(shares, key=lambda name: shares[name])
    known = {
        "challenge": NAME,
        "model": f"{NAME}@0",
        "answer": best,
        "probabilities": shares,
        "confidence": shares[best],
        "prediction_set": (best,),
        "abstained": False,
        "reason": None,
        "outlier": None,
    }
    return Prediction(**known | more)


# --- the page where anyone tries a photo ---


def test_the_challenge_leads_to_its_try_page(browser: Client) -> None:
    assert f'href="{TRY}"' in text(browser.get(f"/c/{NAME}/"))
    assert f'href="{TRY}"' in text(browser.get("/"))


def test_the_form_answers_without_script(browser: Client) -> None:
    page = text(send(browser, tinted("red", 5000)))

    assert 'data-state="answered"' in page
    assert re.search(r'verdict__title">Red cap<', page)
    assert re.search(r'verdict__sure">(&gt; )?\d\d\.\d\d %<', page)
    assert page.count('class="is-answer"') == 1
    assert "Poisonous." in page
    assert "A field guide, 1987" in page
    assert page.count(WARNING) == 2  # on every page, and beside what is known of poison
    assert re.search(r'stage__picture" src="data:image/jpeg;base64,', page)
    assert re.search(r'stage__looked" src="data:image/png;base64,[^"]+" alt="The model looked most at', page)


def test_a_script_that_has_the_photo_does_not_get_it_back(browser: Client) -> None:
    photo = SimpleUploadedFile("photo.jpg", tinted("red", 5001))
    page = text(browser.post(TRY, {"photo": photo}, headers={"X-Photo-Shown": "1"}))

    assert "data:image/jpeg" not in page
    assert "stage__looked" in page


def test_the_try_page_without_a_photo_says_what_it_can_tell(browser: Client) -> None:
    page = text(browser.get(TRY))

    assert 'data-state="idle"' in page
    assert all(title in page for title in ("Red cap", "Green cap", "No cap"))
    assert "checked" not in page
    assert "unsafe" not in browser.get(TRY).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 422), (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415), (tinted("red", 1)[:700], 422)],
    ids=["empty", "svg", "cut"],
)
def test_what_is_no_photo_is_told(browser: Client, content: bytes, status: int) -> None:
    answer = send(browser, content)

    assert answer.status_code in {status, 400}
    assert 'role="alert"' in text(answer)
    assert 'data-state="error"' in text(answer)
    assert not OwnPrediction.objects.exists()


def test_without_a_photo_or_an_address_the_form_asks_for_one(browser: Client) -> None:
    answer = browser.post(TRY, {"url": " "})

    assert answer.status_code == 400
    assert "Choose a photo first" in text(answer)


@pytest.mark.parametrize("url", ["http://127.0.0.1/a.jpg", "file:///etc/passwd", "http://[::1]:8000/"])
def test_addresses_within_are_not_fetched(browser: Client, url: str) -> None:
    answer = browser.post(TRY, {"url": url})

    assert 400 <= answer.status_code < 500
    assert 'role="alert"' in text(answer)


def test_without_a_model_the_form_says_so(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outclass.site.play.advice.Advisers.champion", lambda advisers, name: None)

    answer = send(browser, tinted("red", 5002))

    assert answer.status_code == 503
    assert "No model is there yet" in text(answer)


# --- the words ---


def test_a_group_is_named_where_no_class_is_likely_enough(album: Pool) -> None:
    said = prediction(
        {"red": 0.5, "green": 0.45, "blue": 0.05},
        group="caps",
        group_confidence=0.95,
        prediction_set=("red", "green"),
        abstained=True,
        reason=AbstainReason.UNDECIDED,
    )

    answer = answer_for(album.challenge, said)

    assert (answer.state, answer.title, answer.sure) == ("hedged", "A cap", "95.00 %")
    assert answer.words == "Pretty sure it is a cap, perhaps a red cap."
    assert [one.title for one in answer.poison] == ["Red cap", "Green cap"]


@pytest.mark.parametrize(
    ("reason", "title", "words"),
    [
        (AbstainReason.UNDECIDED, "Not sure", "No answer: too close to call. It may be a red cap or no cap."),
        (AbstainReason.OUTLIER, "Not like anything it knows", "No answer: the photo is unlike those"),
    ],
)
def test_no_answer_is_said_plainly(album: Pool, reason: AbstainReason, title: str, words: str) -> None:
    said = prediction(
        {"red": 0.5, "green": 0.05, "blue": 0.45},
        prediction_set=("red", "blue"),
        abstained=True,
        reason=reason,
    )

    answer = answer_for(album.challenge, said)

    assert (answer.state, answer.title, answer.sure) == ("abstained", title, "")
    assert answer.words.startswith(words)
    assert [one.is_danger for one in answer.poison] == [True]


def test_a_model_of_other_classes_is_put_into_words_as_well(album: Pool) -> None:
    shares = {"green": 0.5, "gone": 0.3, "red": 0.2}
    answer = answer_for(album.challenge, prediction(shares, group="gone", group_confidence=0.9))

    assert [row.name for row in answer.rows] == ["green", "red"]
    assert answer.title == "A gone"


def test_poison_is_told_of_a_few_and_counted_of_the_others(album: Pool) -> None:
    kinds = tuple(
        msgspec.structs.replace(album.challenge.classes[0], name=f"kind{n}", title=f"Kind {n}")
        for n in range(7)
    )
    challenge = msgspec.structs.replace(album.challenge, classes=kinds)
    shares = {kind.name: 1 / 7 for kind in kinds}

    answer = answer_for(challenge, prediction(shares, prediction_set=tuple(shares), abstained=True))

    assert len(answer.poison) == 4
    assert answer.more == 3


def test_no_answer_calls_anything_safe(album: Pool) -> None:
    shares = {"green": 0.98, "red": 0.01, "blue": 0.01}
    answer = answer_for(album.challenge, prediction(shares))

    assert [(one.toxicity, one.is_danger) for one in answer.poison] == [("listed as not poisonous", False)]
    assert answer.poison_sources == ("https://example.org/table",)
    assert "safe" not in repr(answer).lower()


# --- where the model looked ---


def test_the_overlay_lies_over_the_part_that_was_seen() -> None:
    grid = [[1.0 if (row, column) == (0, 0) else 0.0 for column in range(7)] for row in range(7)]
    left, top, across, down = (value / 5 for value in seen_part(640, 480))

    content = overlay_url(grid, 640, 480)

    shade = Image.open(io.BytesIO(b64decode(content.partition(",")[2]))).getchannel("A")
    assert shade.size == (128, 96)
    bright = shade.getpixel((round(left + across / 28), round(top + down / 28)))
    dark = shade.getpixel((round(left + across * 0.9), round(top + down * 0.9)))
    assert bright < 60
    assert dark > 150
    assert place_words(grid) == "the upper left"


@pytest.mark.parametrize(
    ("place", "words"), [((3, 3), "the middle"), ((3, 6), "the right side"), ((6, 3), "the lower part")]
)
def test_where_it_looked_is_said(place: tuple[int, int], words: str) -> None:
    grid = [[1.0 if (row, column) == place else 0.0 for column in range(7)] for row in range(7)]

    assert place_words(grid) == words


# --- one's own predictions ---


def test_an_answer_is_kept_and_the_photo_only_with_consent(browser: Client) -> None:
    send(browser, tinted("red", 5003))
    send(browser, tinted("blue", 5004), once="another-one-time-token", keep="on")

    latest, first = OwnPrediction.objects.order_by("-pk")
    rows = {row.id: row for row in Kept.objects.all()}
    assert rows[first.prediction].input is None
    assert rows[first.prediction].source == "site"
    assert picture_of(type("answer", (), {"content": bytes(rows[latest.prediction].input)})).format == "JPEG"
    page = text(browser.get(f"/c/{NAME}/photos/"))
    assert "The photo was not kept." in page
    picture = browser.get(f"/c/{NAME}/photos/{latest.prediction}.jpg")
    assert picture_of(picture).size == (320, 240)
    assert picture.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert picture.headers["Cache-Control"].startswith("private")
    assert browser.get(f"/c/{NAME}/photos/{first.prediction}.jpg").status_code == 404


def test_home_leads_to_the_photos_that_were_tried(browser: Client) -> None:
    send(browser, tinted("red", 5101))

    page = text(browser.get("/home/"))

    assert f'href="/c/{NAME}/photos/">ColorTest: 1<' in page


def test_nobody_else_sees_it(browser: Client) -> None:
    send(browser, tinted("red", 5005), keep="on")
    own = OwnPrediction.objects.get()

    for path in (f"{own.prediction}/", f"{own.prediction}.jpg"):
        assert Client().get(f"/c/{NAME}/photos/{path}").status_code == 404
        assert browser.get(f"/c/digits/photos/{path}").status_code == 404
    assert "Nothing yet" in text(Client().get(f"/c/{NAME}/photos/"))
    assert Client().post(f"/c/{NAME}/photos/{own.prediction}/", {"action": "forget"}).status_code == 404
    assert Kept.objects.count() == 1


def test_a_form_that_is_sent_again_counts_once(browser: Client) -> None:
    content = tinted("red", 5006)
    first, again = text(send(browser, content, keep="on")), text(send(browser, content, keep="on"))

    assert OwnPrediction.objects.count() == Kept.objects.count() == 1
    found = [re.search(r'data-own="([^"]+)"', page)[1] for page in (first, again)]
    assert found[0] == found[1]


def test_a_correction_is_a_vote_and_the_later_one_counts(browser: Client) -> None:
    send(browser, tinted("red", 5007))
    own = OwnPrediction.objects.get()
    url = f"/c/{NAME}/photos/{own.prediction}/"

    browser.post(url, {"label": "green"})
    browser.post(url, {"label": "nothing-of-the-kind"})
    page = text(browser.get(url))

    assert [ballot.label for ballot in ballots_on(shared_database(), own.prediction)] == ["green"]
    assert 'badge--lose">wrong' in page
    browser.post(url, {"label": "red"})
    assert [ballot.label for ballot in ballots_on(shared_database(), own.prediction)] == ["red"]
    assert 'badge--win">right' in text(browser.get(url))


def test_deletion_removes_picture_label_and_answer(browser: Client) -> None:
    send(browser, tinted("red", 5008), keep="on")
    own = OwnPrediction.objects.get()
    url = f"/c/{NAME}/photos/{own.prediction}/"
    browser.post(url, {"label": "green"})

    page = text(browser.post(url, {"action": "forget"}, follow=True))

    assert "Deleted: the photo, the answer and what you said of it. No model had learned from it." in page
    assert ballots_on(shared_database(), own.prediction) == []
    assert not Kept.objects.exists()
    assert not OwnPrediction.objects.exists()
    assert browser.get(url).status_code == 404


def test_deletion_names_the_models_that_had_learned_from_it(
    browser: Client, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def removed(loaded: LoadedChallenge, names: list[str], settings: Settings) -> Removed:
        asked.append((loaded.name, names, settings))
        return Removed(versions=("0123",), data_version=None, models=(f"{NAME}@b", f"{NAME}@a"))

    monkeypatch.setattr("outclass.site.photos.traces.remove_photos", removed)
    send(browser, tinted("red", 5102), keep="on")
    own, kept = OwnPrediction.objects.get(), Kept.objects.get()

    page = text(browser.post(f"/c/{NAME}/photos/{own.prediction}/", {"action": "forget"}, follow=True))

    assert asked == [(NAME, [sha256(bytes(kept.input)).hexdigest()], site)]
    assert f"until they are trained anew: {NAME}@a, {NAME}@b." in page


def test_what_a_guest_tried_becomes_the_account_s_and_goes_with_it(
    browser: Client, new_user: NewUser
) -> None:
    send(browser, tinted("red", 5009), keep="on")
    user = new_user()

    browser.post("/accounts/login/", {"username": "ada", "password": "correct horse"})

    own = OwnPrediction.objects.get()
    assert own.player.user == user
    assert own.prediction in text(browser.get(f"/c/{NAME}/photos/"))
    browser.post("/accounts/delete/", {"password": "correct horse"})
    assert not OwnPrediction.objects.exists()
    assert not Kept.objects.exists()


# --- the game ---


def test_a_round_shows_the_photo_with_its_credit_but_not_its_source(browser: Client, album: Pool) -> None:
    url = deal(browser)
    for round_ in Round.objects.order_by("position"):
        page = text(browser.get(f"{url}{round_.position}/"))
        credit = album.photo(round_.object_id).credits[0]
        assert credit.author.replace("<", "&lt;").replace(">", "&gt;") in page
        assert licence_of_credit(credit).link in page
        assert "example.org" not in page
        assert round_.object_id not in page
        assert WARNING in page
        photo = browser.get(f"{url}{round_.position}/large.jpg")
        assert picture_of(photo).format == "JPEG"
        assert photo.headers["X-Content-Type-Options"] == "nosniff"


def test_photos_that_may_not_be_shown_are_not_dealt_or_served(
    album: Pool, browser: Client, site: Settings
) -> None:
    assert isinstance(album.inputs, PhotoTable)
    assert all(may_show(credit) for credit in album.inputs.credits)
    version = current_version(NAME, site)
    table = version.objects("train").inputs
    shown = {name for name, credit in zip(table.names, table.credits, strict=True) if may_show(credit)}
    assert 0 < len(shown) < len(table)

    for name in table.names:
        answer = browser.get(f"/c/{NAME}/gallery/{name}/small.jpg")
        assert answer.status_code == (200 if name in shown else 404)
    for name in album.inputs.names[:3]:  # what is dealt has no address of its own
        assert browser.get(f"/c/{NAME}/gallery/{name}/large.jpg").status_code == 404


def test_the_result_names_the_source_and_what_is_known_of_poison(browser: Client, album: Pool) -> None:
    url = deal(browser)
    Round.objects.filter(position=1).update(truth="red")
    assert browser.post(f"{url}1/", BET).status_code == 302

    page = text(browser.get(f"{url}1/result/"))

    round_ = Round.objects.get(position=1)
    assert album.photo(round_.object_id).credits[0].link in page
    assert "What is known about poison: <strong>poisonous</strong>" in page


def test_others_see_nothing_of_a_deal(browser: Client) -> None:
    url = deal(browser)

    for path in ("", "1/", "1/large.jpg", "1/small.jpg"):
        assert Client().get(f"{url}{path}").status_code == 404
    assert browser.get(f"{url}1.png").status_code == 404


def test_the_list_of_a_deal_and_the_home_show_photos(browser: Client) -> None:
    url = deal(browser)
    browser.post(f"{url}1/", BET)

    assert text(browser.get(url)).count("small.jpg") == 5
    assert text(browser.get(url)).count('class="credit"') == 5
    assert "ColorTest" in text(browser.get("/home/"))


def test_examples_have_credits_and_are_not_in_play(browser: Client, album: Pool) -> None:
    page = text(browser.get(f"/c/{NAME}/examples/?class=1"))

    names = re.findall(r"/gallery/(\w+)/small\.jpg", page)
    assert len(names) >= 3
    assert not set(names) & set(album.inputs.names)
    assert "all rights reserved" not in page
    assert page.count('class="credit"') == len(names)


def test_a_photo_loses_its_file_s_secrets(browser: Client) -> None:
    content = encoded(corners(), exif=exif(6))
    page = text(send(browser, content))

    data = re.search(r"data:image/jpeg;base64,([^\"]+)", page)[1]
    with Image.open(io.BytesIO(b64decode(data))) as picture:
        assert picture.size == (240, 320)  # upright
        assert not picture.getexif()


# --- without photos ---


def test_without_photos_the_page_says_how_to_collect_them(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outclass.site.play.pool.PoolStore.current", lambda pools, name: None)

    page = text(browser.get(f"/c/{NAME}/"))

    assert f"outclass collect {NAME}" in page
    assert f'href="{TRY}"' in page
    assert WARNING in page
    assert browser.post(f"/c/{NAME}/deal/", {"once": "x" * 12}).headers["Location"] == f"/c/{NAME}/"


@pytest.mark.parametrize("board", ["data", "quality", "explore", "drift", "history"])
def test_boards_of_the_lab_do_for_photos(browser: Client, board: str) -> None:
    page = text(browser.get(f"/lab/{NAME}/boards/{board}/"))
    charts = browser.get(f"/lab/{NAME}/boards/{board}/charts.json")

    assert charts.status_code == 200
    if board == "explore":
        assert "data:image/jpeg" in page
        assert page.count("Photo: ") == page.count("data:image/jpeg")
    assert challenge_or_404(NAME).title in page


def test_every_page_of_the_challenge_has_its_warning(browser: Client) -> None:
    for path in ("", "try/", "photos/", "examples/", "leaderboard/", "mine/"):
        assert WARNING in text(browser.get(f"/c/{NAME}/{path}"))
    for path in ("runs/", "models/", "boards/data/"):
        assert WARNING in text(browser.get(f"/lab/{NAME}/{path}"))
    for path in ("/", "/check/", "/lab/", "/about/", "/how-the-model-works/"):
        assert WARNING in text(browser.get(path))


# --- the checking page ---


def test_the_queue_asks_about_photos_that_may_be_shown(browser: Client, new_user: NewUser) -> None:
    send(browser, tinted("red", 5100), keep="on")
    staff = Client()
    staff.force_login(new_user("grace", staff=True))

    staff.post(f"/check/{NAME}/queue/fill/")

    seen = set()
    for item in CheckItem.objects.all():
        answer = staff.get(f"/check/{NAME}/items/{item.id}/photo.jpg")
        assert answer.status_code == 200
        assert picture_of(answer).format == "JPEG"
        assert Client().get(f"/check/{NAME}/items/{item.id}/photo.jpg").status_code == 404
        seen.add(item.prediction_id is None)
    assert seen == {True, False}
    page = text(staff.get(f"/check/{NAME}/"))
    assert "photo.jpg" in page
    assert WARNING in page
    assert "example.org" not in page
