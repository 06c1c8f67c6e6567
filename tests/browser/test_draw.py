"""The drawing page in a real browser: mouse, touch, pen and keyboard; answers, refusals, errors, feedback."""

import io
import json
import re

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from browsing import PHONE, draw_three, screenshot, stroke

DRAW = "/c/digits/draw/"
CLASSES = tuple("0123456789")


def answer(**changes):
    """Return an answer of the prediction service."""
    probabilities = dict.fromkeys(CLASSES, 0.01) | {"4": 0.61, "9": 0.31}
    told = {
        "id": "p1",
        "challenge": "digits",
        "model": "digits@0123456789ab",
        "answer": "4",
        "probabilities": probabilities,
        "confidence": 0.61,
        "prediction_set": ["4", "9"],
        "abstained": False,
        "reason": None,
        "milliseconds": 1.25,
        "seen": [0] * 784,
    }
    return json.dumps(told | changes)


def answering(page, **changes):
    """Let the page get this answer to whatever is drawn."""
    body = answer(**changes)
    page.route("**/predict?*", lambda route: route.fulfill(body=body, content_type="application/json"))


def shares(page):
    """Return the widths of the bars by class."""
    return reading(page)[0]


def reading(page):
    """Return the widths of the bars by class, and the class shown as the answer, all of one moment.

    Another answer may be on its way, as the page also asks while somebody draws.
    """
    rows = page.locator("[data-draw-class]").evaluate_all(
        """rows => rows.map(row => [
            row.dataset.drawClass,
            Number(row.querySelector("rect").getAttribute("width")),
            row.closest(".is-answer") !== null || row.querySelector(".is-answer") !== null,
        ])"""
    )
    answers = [name for name, _, is_answer in rows if is_answer]
    return {name: width for name, width, _ in rows}, answers


@pytest.mark.parametrize("path", ["/", DRAW])
def test_a_stranger_draws_and_is_told_what_it_is(open_page, path):
    page = open_page(path)

    with page.expect_response(re.compile("/predict")) as asked:
        draw_three(page)

    assert asked.value.ok
    expect(page.locator("[data-draw]")).to_have_attribute("data-state", re.compile("answered|abstained"))
    bars, answers = reading(page)
    assert set(bars) == set(CLASSES)
    assert sum(bars.values()) == pytest.approx(100, abs=0.1)
    assert answers == [max(bars, key=bars.get)]


def test_the_model_s_view_shows_the_stroke(open_page):
    page = open_page(DRAW)
    draw_three(page)
    expect(page.locator("[data-draw]")).to_have_attribute("data-state", re.compile("answered|abstained"))

    ink = page.locator("[data-draw-seen]").evaluate(
        "view => [...view.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
    )

    assert max(ink) > 200
    assert 20 < sum(value > 128 for value in ink) < 400
    assert max(ink[:28]) == 0  # a margin is left around the digit


def test_the_version_and_the_times_are_shown(open_page):
    page = open_page(DRAW)
    answering(page)

    draw_three(page)

    expect(page.locator("[data-draw-model]")).to_have_text("digits@0123456789ab")
    expect(page.locator("[data-draw-time]")).to_have_text(re.compile(r"1\.3 ms, \d+ ms with the network"))


def test_it_answers_while_the_pen_is_down(open_page):
    page = open_page(DRAW)
    box = page.locator("[data-draw-canvas]").bounding_box()
    page.mouse.move(box["x"] + 150, box["y"] + 100)
    page.mouse.down()

    with page.expect_response(re.compile("/predict")):
        page.mouse.move(box["x"] + 300, box["y"] + 300, steps=10)

    expect(page.locator("[data-draw-sure]")).not_to_have_text("Draw a digit")
    page.mouse.up()


def test_one_question_at_a_time_is_on_its_way(open_page):
    page = open_page(DRAW)
    flying, most = set(), []

    def leave(request):
        if "/predict" in request.url:
            flying.add(request)
            most.append(len(flying))

    def land(request):
        flying.discard(request)

    page.on("request", leave)
    page.on("requestfinished", land)
    box = page.locator("[data-draw-canvas]").bounding_box()

    for row in range(6):
        y = box["y"] + 60 + 60 * row
        stroke(page, [(box["x"] + 50 + 8 * step, y) for step in range(50)])

    expect(page.locator("[data-draw]")).not_to_have_attribute("data-busy", "")
    assert most
    assert max(most) == 1


def test_without_live_answers_it_answers_at_the_end_of_a_stroke(open_page):
    page = open_page(DRAW)
    page.get_by_label("Predict while I draw").uncheck()
    asked = []
    page.on("request", lambda request: asked.append(request) if "/predict" in request.url else None)

    draw_three(page)
    expect(page.locator("[data-draw]")).to_have_attribute("data-state", re.compile("answered|abstained"))

    assert len(asked) == 1


def test_undo_takes_a_stroke_back_and_clear_all(open_page):
    page = open_page(DRAW)
    box = page.locator("[data-draw-canvas]").bounding_box()
    clip = {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}

    def white():
        part = screenshot(page)[int(clip["y"]) + 20 :, int(clip["x"]) + 20 : int(clip["x"]) + 480]
        return int((part[:440] > 200).sum())

    stroke(page, [(box["x"] + 100, box["y"] + 100), (box["x"] + 100, box["y"] + 300)])
    one = white()
    stroke(page, [(box["x"] + 300, box["y"] + 100), (box["x"] + 300, box["y"] + 300)])
    assert white() > 1.8 * one

    page.get_by_role("button", name="Undo").click()
    assert white() == pytest.approx(one, rel=0.02)

    page.get_by_role("button", name="Clear").click()
    expect(page.locator("[data-draw-sure]")).to_have_text("Draw a digit")
    expect(page.locator("[data-draw-hint]")).to_be_visible()
    assert sum(shares(page).values()) == 0


def test_a_digit_is_drawn_with_the_keyboard_alone(open_page):
    page = open_page(DRAW)
    pad = page.locator("[data-draw-canvas]")
    for _ in range(25):
        page.keyboard.press("Tab")
        if pad.evaluate("pad => pad === document.activeElement"):
            break
    else:
        pytest.fail("tab does not lead to the pad")

    page.keyboard.press("Space")
    expect(page.locator("[data-draw-announce]")).to_contain_text("Pen down")
    for _ in range(16):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")

    expect(page.locator("[data-draw-announce]")).to_contain_text("Pen up")
    expect(page.locator("[data-draw]")).to_have_attribute("data-state", re.compile("answered|abstained"))
    expect(page.locator("[data-draw-announce-answer]")).not_to_be_empty()
    page.keyboard.press("Delete")
    expect(page.locator("[data-draw-sure]")).to_have_text("Draw a digit")


def test_a_finger_draws_and_the_page_does_not_scroll(open_page):
    page = open_page(DRAW, viewport=PHONE, has_touch=True, is_mobile=True)
    page.locator("[data-draw-canvas]").evaluate("pad => pad.scrollIntoView({block: 'center'})")
    box = page.locator("[data-draw-canvas]").bounding_box()
    before = page.evaluate("scrollY")
    session = page.context.new_cdp_session(page)

    def touch(kind, *points):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    x = box["x"] + box["width"] / 2
    touch("touchStart", {"x": x, "y": box["y"] + 60})
    for step in range(1, 11):
        touch("touchMove", {"x": x, "y": box["y"] + 60 + 20 * step})
    touch("touchEnd")

    expect(page.locator("[data-draw]")).to_have_attribute("data-state", re.compile("answered|abstained"))
    assert page.evaluate("scrollY") == before


def test_a_second_finger_does_not_break_the_stroke(open_page):
    page = open_page(DRAW)
    pad = page.locator("[data-draw-canvas]")
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    pad.dispatch_event(
        "pointerdown", {"pointerId": 77, "pointerType": "touch", "clientX": box["x"] + 400, "clientY": 400}
    )
    pad.dispatch_event(
        "pointermove", {"pointerId": 77, "pointerType": "touch", "clientX": box["x"] + 410, "clientY": 410}
    )
    page.mouse.move(box["x"] + 100, box["y"] + 300)
    page.mouse.up()

    picture = screenshot(page)
    assert picture[int(box["y"]) + 200, int(box["x"]) + 100] > 200
    assert picture[400, int(box["x"]) + 400] < 60


def test_it_says_what_else_it_may_be_and_what_it_would_bet(open_page):
    page = open_page(DRAW)
    answering(page)

    draw_three(page)

    expect(page.locator("[data-draw-digit]")).to_have_text("4")
    expect(page.locator("[data-draw-sure]")).to_have_text("61.0 % sure")
    expect(page.locator("[data-draw-words]")).to_have_text("It may also be 9.")
    expect(page.locator("[data-draw-bet]")).to_have_text("Its bet: $61 on 4, $31 on 9, $1 on 0, ...")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("outlier", "No answer: this does not look like one digit. The nearest would be 4."),
        ("undecided", "No answer: too close to call. It may be 4 or 9."),
    ],
)
def test_it_declines_in_plain_words(open_page, reason, words):
    page = open_page(DRAW)
    answering(page, abstained=True, reason=reason)

    draw_three(page)

    expect(page.locator("[data-draw-digit]")).to_have_text("?")
    expect(page.locator("[data-draw-words]")).to_have_text(words)
    expect(page.locator("[data-draw-announce-answer]")).to_have_text(words)


@pytest.mark.parametrize("path", ["/", DRAW])
def test_answers_do_not_move_the_pad_under_the_pen(open_page, path):
    page = open_page(path)
    pad = page.locator("[data-draw-canvas]")
    before = pad.bounding_box()
    answering(page, prediction_set=["4", "9", "7", "1"], abstained=True, reason="undecided")

    page.mouse.move(before["x"] + 100, before["y"] + 100)
    page.mouse.down()
    page.mouse.move(before["x"] + 200, before["y"] + 200)
    expect(page.locator("[data-draw-words]")).to_contain_text("4, 9, 7 or 1")

    assert pad.bounding_box() == before
    page.mouse.up()


def test_too_many_questions_are_told_and_asked_again_later(open_page):
    page = open_page(DRAW, faults=True)
    page.route(
        "**/predict?*", lambda route: route.fulfill(status=429, headers={"Retry-After": "30"}, body="{}")
    )

    draw_three(page)

    expect(page.locator("[data-draw-words]")).to_have_text(
        "That was a lot of questions. Try again in 30 seconds."
    )


def test_a_service_that_is_gone_is_told(open_page):
    page = open_page(DRAW, faults=True)
    page.route("**/predict?*", lambda route: route.abort())

    draw_three(page)

    expect(page.locator("[data-draw-words]")).to_have_text("The service cannot be reached.")


def test_a_person_corrects_the_answer(open_page):
    page = open_page(DRAW)
    draw_three(page)
    page.wait_for_function("() => document.querySelector('[data-draw-feedback]')?.hidden === false")
    if page.get_by_role("button", name="No", exact=True).is_visible():
        page.get_by_role("button", name="No", exact=True).click()

    with page.expect_response(re.compile("/feedback")) as sent:
        page.get_by_role("group", name="What was it?").get_by_role("button", name="3", exact=True).click()

    assert sent.value.ok
    assert sent.value.request.post_data_json == {"label": "3"}
    expect(page.locator("[data-draw-thanks]")).to_have_text("Thank you, noted.")


def test_a_drawing_is_kept_only_with_consent(open_page):
    page = open_page(DRAW)
    with page.expect_request(re.compile("/predict")) as first:
        draw_three(page)
    assert "keep" not in first.value.url

    page.get_by_label("Keep my drawings").check()
    with page.expect_request(re.compile("keep=1")):
        draw_three(page)


def photo(kind):
    """Return a picture of a dark 1 on light paper."""
    picture = Image.new("RGB", (300, 400), (236, 232, 224))
    ImageDraw.Draw(picture).line([(150, 80), (150, 320)], fill=(20, 30, 90), width=28)
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_photo_is_read(open_page, kind):
    page = open_page(DRAW)

    with page.expect_response(re.compile("/predict")) as asked:
        page.get_by_label("A picture of one digit").set_input_files(
            {"name": f"one.{kind.lower()}", "mimeType": f"image/{kind.lower()}", "buffer": photo(kind)}
        )

    assert asked.value.ok
    assert max(asked.value.json()["seen"]) > 150
    expect(page.locator("[data-draw]")).to_have_attribute("data-state", re.compile("answered|abstained"))


def test_without_javascript_a_picture_is_read_by_a_form(open_page):
    page = open_page(DRAW, java_script_enabled=False)
    expect(page.locator(".pad__canvas")).not_to_be_visible()

    page.get_by_label("A picture of one digit").set_input_files(
        {"name": "one.png", "mimeType": "image/png", "buffer": photo("PNG")}
    )
    page.get_by_role("button", name="Read the picture").click()

    expect(page.get_by_alt_text("Your picture as the model saw it")).to_be_visible()
    expect(page.locator("[data-draw-sure]")).to_have_text(re.compile("sure"))
    assert sum(shares(page).values()) == pytest.approx(100, abs=0.1)
