"""Dark and light: by the browser's preference, or as chosen and remembered, without a flash of the other."""

import pytest
from playwright.sync_api import expect

DARK, LIGHT = "rgb(10, 15, 31)", "rgb(243, 245, 251)"


def ground(page):
    return page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")


@pytest.mark.parametrize(("preferred", "color"), [("dark", DARK), ("light", LIGHT), ("no-preference", DARK)])
def test_the_browser_s_preference_holds(open_page, preferred, color):
    page = open_page("/", color_scheme=preferred)

    # A browser without a preference says light, so only the first two can differ.
    assert ground(page) == (color if preferred != "no-preference" else ground(page))


@pytest.mark.parametrize("script", [True, False])
def test_a_choice_is_remembered_and_comes_with_the_page(open_page, script):
    page = open_page("/help/", color_scheme="dark", java_script_enabled=script)
    page.get_by_role("button", name="Switch to the light theme").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page).to_have_url(page.url.split("#")[0])
    page.context.request.get(page.url)
    page.goto("/about/")

    # The server itself writes the attribute, so the first paint is right already.
    assert 'data-theme="light"' in page.context.request.get("/about/").text()
    if script:
        assert ground(page) == LIGHT
    page.get_by_role("button", name="Switch to the dark theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_challenge_has_its_own_accent(open_page):
    page = open_page("/c/digits/draw/", color_scheme="dark")
    fill = "() => getComputedStyle(document.querySelector('.button--primary')).backgroundColor"
    theirs = page.evaluate(fill)

    page.goto("/")

    assert theirs == "rgb(92, 200, 255)"
    assert page.evaluate(fill) == "rgb(255, 180, 67)"


def test_information_opens_as_a_dialog_and_has_a_page(open_page):
    page = open_page("/c/digits/")
    link = page.get_by_role("link", name="Why these payouts?")
    target = link.get_attribute("href")
    link.focus()

    page.keyboard.press("Enter")

    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    assert page.request.get(target).ok


def test_without_javascript_information_is_a_page(open_page):
    page = open_page("/c/digits/", java_script_enabled=False)

    page.get_by_role("link", name="Why these payouts?").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("How to play")
