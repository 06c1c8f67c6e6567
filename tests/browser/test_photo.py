"""The page where anyone tries a photo, in a real browser: what is sent, retried, shown, said and deleted."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from album import WARNING, tinted
from browsing import PHONE, SIZES, THEMES, look
from photographs import corners, encoded, exif, seen_corners

INSPECTION = (Path(__file__).parent / "inspection.js").read_text(encoding="utf-8")
TRY = "/c/colors/try/"
PASTE = """(content) => {
    const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], "photo.jpg", { type: "image/jpeg" }));
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
}"""
DROP = """(content) => {
    const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], "photo.jpg", { type: "image/jpeg" }));
    for (const name of ["dragover", "drop"]) {
        document.querySelector("[data-photo-stage]").dispatchEvent(
            new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true }),
        );
    }
}"""


def file(content, name="photo.jpg"):
    """Return a file as the browser is given it."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def choose(page, content):
    """Choose a photo."""
    page.locator("[data-photo-file]").last.set_input_files(file(content))


def answered(page, title):
    """Wait for an answer."""
    expect(page.locator(".verdict__title")).to_have_text(title)
    expect(page.locator("[data-photo]")).not_to_have_attribute("data-busy", "")


def watch_forms(page):
    """Have the page remember the forms that it sends."""
    page.evaluate(
        """() => {
            window.sentForms = [];
            const send = XMLHttpRequest.prototype.send;
            XMLHttpRequest.prototype.send = function (form) {
                window.sentForms.push(form);
                return send.call(this, form);
            };
        }"""
    )


def sent(page):
    """Return the fields of the forms that were sent."""
    forms = page.evaluate(
        """() => Promise.all(window.sentForms.map(async (form) => {
            const fields = {};
            for (const [name, value] of form.entries()) {
                if (typeof value === "string") fields[name] = value;
                else fields[name] = Array.from(new Uint8Array(await value.arrayBuffer()));
            }
            return fields;
        }))"""
    )
    return [
        {name: value if isinstance(value, str) else bytes(value) for name, value in form.items()}
        for form in forms
    ]


# --- the ways in ---


def test_a_photo_is_answered_in_place(open_page):
    page = open_page(TRY)
    choose(page, tinted("red", 7000))

    answered(page, "Red cap")
    expect(page.locator(".verdict__sure")).to_have_text(re.compile(r"\d\d\.\d\d %"))
    expect(page.locator("[data-photo-picture]")).to_have_js_property("naturalWidth", 320)
    assert page.url.endswith(TRY)
    choose(page, tinted("blue", 7001))
    answered(page, "No cap")


@pytest.mark.parametrize("way", [PASTE, DROP], ids=["paste", "drop"])
def test_a_photo_may_be_pasted_and_dropped(open_page, way):
    page = open_page(TRY)

    page.evaluate(way, base64.b64encode(tinted("green", 7002)).decode())

    answered(page, "Green cap")


def test_an_address_is_sent_to_the_site(open_page):
    page = open_page(TRY, faults=True)
    watch_forms(page)
    page.get_by_text("Or from an address").click()
    page.get_by_label("Address of a photo").fill("http://127.0.0.1:9/a.jpg")

    page.get_by_role("button", name="Look at it").click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[data-photo]")).to_have_attribute("data-state", "error")
    assert sent(page)[0]["url"] == "http://127.0.0.1:9/a.jpg"


def test_what_is_no_photo_is_told(open_page):
    page = open_page(TRY, faults=True)

    choose(page, b"<html>no photo</html>")

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator(".stage__empty")).to_be_visible()
    choose(page, tinted("red", 7003))
    answered(page, "Red cap")


def test_without_script_the_form_does_it(open_page):
    page = open_page(TRY, java_script_enabled=False)
    page.get_by_label("A photo of your own").set_input_files(file(tinted("red", 7004)))

    page.get_by_role("button", name="What is it?").click()

    expect(page.locator(".verdict__title")).to_have_text("Red cap")
    page.get_by_text("Show where it looked").click()
    expect(page.locator(".stage__looked")).to_be_visible()
    page.get_by_role("button", name="Yes").click()
    expect(page.locator(".said__done")).to_contain_text("Red cap")


# --- what is sent ---


def test_a_large_turned_photo_is_sent_small_upright_and_bare(open_page):
    page = open_page(TRY)
    watch_forms(page)
    # Stored on its side: turned by its EXIF it stands upright.
    lying = Image.fromarray(corners(3000, 4000)).transpose(Image.Transpose.ROTATE_90)
    choose(page, encoded(lying, exif=exif(6), quality=92))

    expect(page.locator(".verdict__title")).to_be_visible()

    [fields] = sent(page)
    with Image.open(io.BytesIO(fields["photo"])) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (960, 1280)
        assert not picture.getexif()
        assert seen_corners(np.asarray(picture.convert("RGB"))) == [0, 1, 2, 3]
    assert len(fields["photo"]) < 300_000
    assert "keep" not in fields


def test_it_is_kept_only_where_the_box_is_ticked(open_page):
    page = open_page(TRY)
    watch_forms(page)
    expect(page.locator("[data-photo-keep]")).not_to_be_checked()
    page.locator("[data-photo-keep]").check()

    choose(page, tinted("red", 7005))
    answered(page, "Red cap")

    assert sent(page)[0]["keep"] == "on"
    page.goto("/c/colors/photos/")
    expect(page.locator(".own__picture")).to_have_js_property("naturalWidth", 320)


# --- a bad network ---


def test_a_lost_photo_is_sent_again_and_counts_once(open_page):
    page = open_page(TRY, faults=True)
    tries = []

    def bad(route):
        tries.append(route.request)
        if len(tries) == 1:
            route.abort("connectionreset")
        elif len(tries) == 2:
            route.fulfill(status=502, body="<h1>Bad gateway</h1>", content_type="text/html")
        else:
            route.continue_()

    watch_forms(page)
    page.route(f"**{TRY}", lambda route: bad(route) if route.request.method == "POST" else route.continue_())
    choose(page, tinted("red", 7006))

    expect(page.locator("[data-photo-status]")).to_contain_text("The network is bad: try 2 of 7")
    expect(page.locator(".stage__picture")).to_be_visible()
    expect(page.locator(".answer")).to_have_count(0)
    page.get_by_role("button", name="Try now").click()
    answered(page, "Red cap")
    assert len(tries) == 3
    assert len({form["once"] for form in sent(page)}) == 1
    expect(page.locator("[data-photo-status-box]")).to_be_hidden()


def test_without_a_network_it_waits_and_may_be_given_up(open_page):
    page = open_page(TRY, faults=True)
    page.context.set_offline(True)
    choose(page, tinted("red", 7007))

    expect(page.locator("[data-photo-status]")).to_contain_text("There is no network")
    page.get_by_role("button", name="Give up").click()
    expect(page.locator("[data-photo-status]")).to_contain_text("Not sent")
    choose(page, tinted("green", 7008))
    expect(page.locator("[data-photo-status]")).to_contain_text("There is no network")
    page.context.set_offline(False)
    answered(page, "Green cap")


def test_a_newer_photo_replaces_one_that_is_on_its_way(open_page):
    page = open_page(TRY, faults=True)
    page.context.set_offline(True)
    choose(page, tinted("red", 7009))
    expect(page.locator("[data-photo-status]")).to_contain_text("There is no network")
    page.context.set_offline(False)

    choose(page, tinted("blue", 7010))

    answered(page, "No cap")


# --- what is shown and said ---


def test_where_it_looked_lies_over_the_photo(open_page):
    page = open_page(TRY)
    choose(page, tinted("red", 7011, 600, 400))
    answered(page, "Red cap")
    expect(page.locator(".stage__looked")).to_be_hidden()

    page.get_by_role("switch", name="Show where it looked").check()

    expect(page.locator(".stage__looked")).to_be_visible()
    assert "The model looked most at" in page.locator(".stage__looked").get_attribute("alt")
    boxes = page.evaluate(
        """() => [".stage__looked", ".stage__picture"].map((name) => {
            const box = document.querySelector(name).getBoundingClientRect();
            return [box.x, box.y, box.width, box.height].map(Math.round);
        })"""
    )
    assert boxes[0] == boxes[1]
    page.keyboard.press("Space")
    expect(page.locator(".stage__looked")).to_be_hidden()


def test_poison_is_told_with_its_source_and_the_warning(open_page):
    page = open_page(TRY)
    choose(page, tinted("red", 7012))
    answered(page, "Red cap")

    expect(page.locator(".poison")).to_contain_text("Poisonous.")
    expect(page.locator(".poison")).to_contain_text("A field guide, 1987")
    expect(page.locator(".poison")).to_contain_text(WARNING)
    choose(page, tinted("blue", 7013))
    answered(page, "No cap")
    expect(page.locator(".poison")).to_have_count(0)


def test_a_correction_is_noted_in_place_and_all_can_be_deleted(open_page):
    page = open_page(TRY)
    choose(page, tinted("red", 7014))
    answered(page, "Red cap")

    page.get_by_text("No, it is something else").click()
    page.get_by_label("What it is").select_option("green")
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".said__done")).to_contain_text("wrong")
    assert page.url.endswith(TRY)
    page.get_by_text("Delete it").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("No model had learned from it.")).to_be_visible()
    expect(page.get_by_text("Nothing yet")).to_be_visible()


# --- how it looks ---


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", THEMES)
def test_pages_of_photos_stand_up_to_inspection(open_page, size, theme):
    page = open_page(TRY, viewport=SIZES[size], color_scheme=theme, reduced_motion="reduce")
    objections = {}

    def inspect(name):
        page.wait_for_load_state()
        look(page, f"{name}.{size}.{theme}")
        if found := page.evaluate(INSPECTION):
            objections[name] = found

    inspect("photo-empty")
    page.locator("[data-photo-keep]").check()
    choose(page, tinted("red", 7015, 900, 1600))
    answered(page, "Red cap")
    page.get_by_role("switch").check()
    for summary in ("No, it is something else", "Delete it", "Or from an address"):
        page.get_by_text(summary).click()
    inspect("photo")
    page.goto("/c/colors/photos/")
    inspect("photos-own")
    page.goto("/c/colors/")
    inspect("photos")
    page.locator(".deal-form button").click()
    inspect("photo-round")
    page.get_by_role("button", name="Spread evenly").click()
    page.get_by_role("button", name="Place the bet").last.click()
    inspect("photo-result")
    page.get_by_role("link", name="Your deal").click()
    inspect("photo-deal")
    page.goto("/c/colors/examples/?class=2")
    inspect("photo-examples")
    page.goto("/c/cats/")
    inspect("cats-without-photos")
    page.goto("/c/mushrooms/try/")
    inspect("mushrooms-try")
    page.goto("/lab/colors/experiments/")
    inspect("experiments")

    assert objections == {}


def test_a_phone_is_offered_its_camera(open_page):
    page = open_page(TRY, viewport=PHONE, has_touch=True, is_mobile=True)

    expect(page.get_by_text("Take a photo")).to_be_visible()
    assert page.locator("[data-photo-file]").first.get_attribute("capture") == "environment"
