"""The front page, explanations, themes, the draw page's form and error pages."""

import io
import re

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from PIL import Image, ImageDraw

from models import tiny_digits_version
from outclass.inference.prediction import AbstainReason, Prediction
from outclass.metrics.game import allocate
from outclass.site.pages import champions, errors
from outclass.site.pages.drawing import answer_for, bet, either, words
from outclass.site.pages.templatetags import ui
from outclass.site.pages.worked import worked_example

PAGES = (
    "/",
    "/about/",
    "/help/",
    "/how-the-model-works/",
    "/licences/",
    "/privacy/",
    "/games/",
    "/api-introduction/",
)
DRAW = "/c/digits/draw/"


@pytest.fixture
def client():
    return Client(enforce_csrf_checks=False)


@pytest.fixture
def champion(site):
    """Return a tiny champion of digits in the registry of the tests' site."""
    return tiny_digits_version(site.models_folder)


def png(shape=(60, 60), line=((30, 8), (30, 52))):
    picture = Image.new("L", shape, 0)
    if line:
        ImageDraw.Draw(picture).line(line, fill=255, width=5)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def upload(body, name="one.png"):
    return {"picture": SimpleUploadedFile(name, body, "image/png")}


@pytest.mark.parametrize("path", PAGES)
def test_each_page_answers_with_a_strict_policy_and_nothing_inline(client, path):
    response = client.get(path)
    source = response.content.decode()

    assert response.status_code == 200
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert "style=" not in source
    assert "<style" not in source
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)
    assert not re.search(r"\son[a-z]+=", source)
    assert len(re.findall("<h1", source)) == 1


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_reading_only(client, path):
    assert client.post(path).status_code == 405


def test_every_link_of_the_explanations_leads_somewhere(client):
    broken = {}
    for path in PAGES:
        for link in set(re.findall(r'href="(/[^"#?]*)', client.get(path).content.decode())):
            if not link.startswith(("/static/", "/api/")):
                response = client.get(link)
                if response.status_code not in {200, 302}:
                    broken[path, link] = response.status_code

    assert broken == {}


def test_all_pages_say_that_it_is_play_money(client):
    for path in PAGES:
        assert "play money" in client.get(path).content.decode()


def test_figures_come_from_the_model_s_record(client, site, monkeypatch):
    version = tiny_digits_version(site.models_folder)
    version.manifest.scores.update({"accuracy": 0.99, "holdout_accuracy": 0.98765, "ece": 0.0123})
    monkeypatch.setattr(champions, "champion_of", lambda name: version)
    monkeypatch.setattr("outclass.site.pages.views.champion_of", lambda name: version)

    assert "98.77 %" in client.get("/").content.decode()
    source = client.get("/about/").content.decode()
    assert "98.77 %" in source
    assert "1.23 %" in source


def test_without_a_model_no_figure_is_named(client, monkeypatch):
    monkeypatch.setattr("outclass.site.pages.views.champion_of", lambda name: None)

    assert "of the test digits right" not in client.get("/").content.decode()
    assert "No model is there yet" in client.get("/about/").content.decode()


def test_licences_name_data_terms_and_consequences(client):
    source = client.get("/licences/").content.decode()

    for text in (
        "MNIST",
        "CC-BY-SA-3.0",
        "LeCun",
        "same licence",
        "CC-BY-4.0",
        "EMNIST is not used",
        "Apache",
    ):
        assert text in source
    assert "Django" in source


def test_licences_name_what_a_packaged_model_learned_from(client):
    source = client.get("/licences/").content.decode()

    assert "Cats of iNaturalist" in source
    assert "Oxford-IIIT Pet" in source
    assert "It learned from" in source


def test_licences_count_the_photos_of_each_licence(client, album):
    source = client.get("/licences/").content.decode()

    assert "may be shown and played with, never passed on" in source
    assert "all rights are reserved or nothing is stated" in source
    assert 'href="https://creativecommons.org/licenses/by-nc/4.0/"' in source
    assert "EfficientNet-Lite0" in source


# --- themes ---


def test_the_theme_of_the_cookie_comes_with_the_page(client):
    assert "data-theme" not in client.get("/").content.decode().split("<head>")[0]

    client.post("/theme/", {"theme": "light", "next": "/help/"})

    assert 'data-theme="light"' in client.get("/").content.decode()


def test_choosing_a_theme_goes_back_to_the_page(client):
    response = client.post("/theme/", {"theme": "dark", "next": "/help/?a=1"})

    assert response.status_code == 302
    assert response.url == "/help/?a=1"
    assert response.cookies["theme"].value == "dark"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_choosing_a_theme_never_leaves_the_site(client, target):
    assert client.post("/theme/", {"theme": "dark", "next": target}).url == "/"


def test_an_unknown_theme_is_not_kept(client):
    assert "theme" not in client.post("/theme/", {"theme": "pink"}).cookies

    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/").content.decode().split("<head>")[0]


def test_each_challenge_has_a_sheet_with_its_accent(client):
    response = client.get("/theme/digits.css")

    assert response.headers["Content-Type"].startswith("text/css")
    assert "#5cc8ff" in response.content.decode()
    assert client.get("/theme/nothing.css").status_code == 404


# --- the draw page's form ---


def test_the_draw_page_offers_pad_and_form(client, champion):
    source = client.get(DRAW).content.decode()

    assert "data-draw-canvas" in source
    assert 'enctype="multipart/form-data"' in source
    assert champion.reference in source
    assert "Limitations" in source


def test_a_picture_sent_by_the_form_is_read(client, champion):
    response = client.post(DRAW, upload(png()))
    source = response.content.decode()

    assert response.status_code == 200
    assert "data:image/png;base64," in source
    widths = [float(width) for width in re.findall(r'<rect width="([0-9.]+)"', source)]
    assert sum(widths) == pytest.approx(100, abs=0.1)


def test_an_empty_picture_is_no_digit(client, champion):
    source = client.post(DRAW, upload(png(line=None))).content.decode()

    assert "Nothing is drawn yet." in source


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({}, 400),
        (upload(b"no picture"), 400),
        (upload(png()[:60]), 400),
    ],
)
def test_what_is_no_picture_is_told(client, champion, files, status):
    response = client.post(DRAW, files)

    assert response.status_code in {status, 415, 422}
    assert 'role="alert"' in response.content.decode()


def test_without_a_model_the_form_says_so(client, monkeypatch):
    monkeypatch.setattr("outclass.site.play.advice.Advisers.champion", lambda advisers, name: None)

    response = client.post(DRAW, upload(png()))

    assert response.status_code == 503
    assert "No model is there yet" in response.content.decode()


def test_only_drawings_are_drawn(client, monkeypatch):
    monkeypatch.setattr("outclass.site.pages.draw.can_draw", lambda challenge: False)

    assert client.get(DRAW).status_code == 404
    assert client.get("/c/nothing/draw/").status_code == 404


def prediction(**changes):
    values = {
        "challenge": "digits",
        "model": "digits@0123456789ab",
        "answer": "4",
        "probabilities": {"4": 0.8, "9": 0.2},
        "confidence": 0.8,
        "prediction_set": ("4",),
        "abstained": False,
        "reason": None,
        "outlier": None,
    }
    return Prediction(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Nothing else is likely."),
        ({"prediction_set": ("4", "9")}, "It may also be 9."),
        ({"prediction_set": ("4", "9", "7")}, "It may also be 9 or 7."),
        (
            {"abstained": True, "reason": AbstainReason.UNDECIDED, "prediction_set": ("4", "9")},
            "No answer: too close to call. It may be 4 or 9.",
        ),
        (
            {"abstained": True, "reason": AbstainReason.OUTLIER},
            "No answer: this does not look like one digit. The nearest would be 4.",
        ),
        ({"abstained": True, "reason": AbstainReason.EMPTY, "answer": None}, "Nothing is drawn yet."),
    ],
)
def test_answers_are_put_into_plain_words(changes, said):
    told = prediction(**changes)

    assert words(told) == said
    answer = answer_for(told, np.zeros((28, 28), np.float32), 1.0)
    assert answer.digit == ("?" if told.abstained else "4")
    assert said in answer.announcement


def test_of_many_alternatives_three_are_named():
    assert either(["1", "2", "3", "4", "5"]) == "1, 2, 3 or another"
    assert either(["1"]) == "1"
    assert either([]) == ""


def test_the_bet_is_the_one_that_the_model_would_place():
    shares = {"1": 0.415, "2": 0.405, "3": 0.10, "4": 0.08}

    assert bet(shares) == "Its bet: $42 on 1, $40 on 2, $10 on 3, ..."
    assert allocate(list(shares.values()), 100).sum() == 100


# --- the worked example ---


def test_the_worked_example_follows_the_rules():
    example = worked_example()
    four, nine, other = example.outcomes

    assert example.payout == pytest.approx(9.5)
    assert (four.money, nine.money, other.money) == (760.0, 190.0, 0.0)
    assert four.skill == pytest.approx(90.31, abs=0.01)
    assert nine.skill == pytest.approx(30.10, abs=0.01)
    assert other.skill == pytest.approx(-100.0)


# --- numbers ---


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "$0"), (1234, "$1,234"), (4.5, "$4.50"), (-20, "-$20"), (None, ui.DASH), ("", ui.DASH)],
)
def test_dollars(amount, text):
    assert ui.dollars(amount) == text


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.5, 1, "50.0 %"),
        (0.99996, 2, "> 99.99 %"),
        (1.0, 2, "100.00 %"),
        (0.00001, 1, "< 0.1 %"),
        (0, 1, "0.0 %"),
        (None, 1, ui.DASH),
    ],
)
def test_percent_is_never_rounded_to_certainty(share, digits, text):
    assert ui.percent(share, digits) == text


@pytest.mark.parametrize(("score", "text"), [(3.14, "+3.1"), (-100, "\u2212100.0"), (None, ui.DASH)])
def test_scores_carry_their_sign(score, text):
    assert ui.signed(score) == text


def test_payouts_say_where_a_class_is_not_dealt():
    assert ui.payout(9.5) == "9.50\u00d7"
    assert ui.payout(None) == "not dealt"


# --- errors ---


def test_an_unknown_address_gets_a_page(client):
    response = client.get("/no/such/page")

    assert response.status_code == 404
    assert "Nothing here" in response.content.decode()


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (errors.bad_request, 400),
        (errors.forbidden, 403),
        (errors.csrf_failure, 403),
        (errors.locked_out, 429),
        (errors.not_found, 404),
        (errors.server_error, 500),
    ],
)
def test_each_error_has_a_page(view, status):
    request = RequestFactory().get("/")
    request.session = {}

    response = view(request)

    assert response.status_code == status
    assert "<h1>" in response.content.decode()


def test_a_form_without_its_token_is_refused_with_a_page():
    response = Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"})

    assert response.status_code == 403
    assert "out of date" in response.content.decode()


@pytest.mark.parametrize("path", ["/", "/home/", "/no-such-page/"])
def test_pages_stay_out_of_shared_caches(client, path):
    assert client.get(path).headers["Cache-Control"] == "private, no-cache"


def test_an_unknown_host_is_refused_without_a_traceback_in_the_log(client, caplog):
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    assert not [record for record in caplog.records if record.exc_info]
