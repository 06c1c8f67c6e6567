"""The page where anyone fills in a record, in a real browser: the answer follows each change."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from browsing import SIZES, look

INSPECTION = (Path(__file__).parent / "inspection.js").read_text(encoding="utf-8")
TRY = "/c/flowers/try/"
ROSE = "62.5,30,red,y,7.5"


def test_the_answer_follows_each_change_and_the_focus_stays(open_page):
    page = open_page(f"{TRY}?fill=nothing")
    page.evaluate("window.stays = true")
    petals, thorns = page.get_by_label("Petals"), page.get_by_role("radiogroup", name="Thorns")
    verdict = page.locator(".verdict__title")

    petals.focus()
    page.keyboard.type("30")
    expect(verdict).to_have_text("Rose")
    expect(petals).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(petals).to_have_value("31")
    thorns.get_by_label("no", exact=True).check()
    petals.fill("6")
    expect(verdict).to_have_text("Tulip")
    expect(page.locator("#spoken")).to_contain_text("Tulip")
    petals.fill("600")
    expect(page.locator("#c1-note")).to_have_text("Outside what it has learned from.")
    petals.fill("1e400")
    expect(petals).to_have_attribute("aria-invalid", "true")
    petals.fill("6")
    expect(verdict).to_have_text("Tulip")
    expect(petals).not_to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Yes").click()
    expect(page.locator("#said")).to_contain_text("You said: Tulip.")
    assert page.evaluate("window.stays")  # the page was not loaded anew


def test_an_answer_that_does_not_come_is_told(open_page):
    page = open_page(TRY, faults=True)
    told = page.get_by_text("The site did not answer")
    page.route("**/try/", lambda route: route.fulfill(status=503))
    page.get_by_label("Petals").fill("6")
    expect(told).to_be_visible()
    page.unroute("**/try/")
    page.get_by_label("Petals").fill("7")
    expect(told).to_be_hidden()


def test_the_form_works_without_script(open_page):
    page = open_page(TRY, java_script_enabled=False)
    page.locator(".ask__paste summary").click()
    page.get_by_label("A line of values").fill(ROSE)
    page.get_by_role("button", name="Fill it in").click()
    expect(page.locator(".verdict__title")).to_have_text("Rose")
    page.get_by_label("Petals").fill("6")
    page.get_by_role("radiogroup", name="Thorns").get_by_label("no", exact=True).check()
    page.get_by_role("button", name="Ask the model").click()
    expect(page.locator(".verdict__title")).to_have_text("Tulip")


@pytest.mark.parametrize(("size", "theme"), [("phone", "light"), ("desktop", "dark")])
def test_pages_of_records_stand_up_to_inspection(open_page, size, theme):
    page = open_page(TRY, viewport=SIZES[size], color_scheme=theme, reduced_motion="reduce")
    objections = {}

    def inspect(name):
        page.wait_for_load_state()
        if found := page.evaluate(INSPECTION):
            objections[name] = found
        look(page, f"records-{name}.{size}.{theme}")

    for closed in page.locator("details").all():
        closed.locator("summary").click()
    inspect("try")
    page.goto("/c/flowers/")
    page.get_by_role("button", name="New deal").click()
    inspect("round")
    page.get_by_role("button", name="Spread evenly").click()
    page.get_by_role("button", name="Place the bet").click()
    inspect("result")
    page.get_by_role("link", name="Your deal").click()
    inspect("deal")
    page.goto("/c/flowers/examples/")
    inspect("examples")

    assert objections == {}
