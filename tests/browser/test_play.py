"""A round in a real browser: with the keyboard alone, without JavaScript, by touch."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from browsing import PHONE, SIZES


def deal(page):
    """Ask for a deal and come to its first round."""
    page.get_by_role("button", name="Deal me").first.click()
    expect(page).to_have_url(re.compile(r"/deals/[\w-]+/1/$"))


def tab_to(page, element, most=120):
    """Move the focus to an element by the tab key."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if element.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"tab does not lead to {element}")


def focus_ring(page):
    """Return the width of the outline of what has the focus."""
    return page.evaluate("() => parseFloat(getComputedStyle(document.activeElement).outlineWidth)")


@pytest.mark.parametrize("size", SIZES)
def test_a_round_is_played_by_keyboard_alone(open_page, size):
    page = open_page("/", viewport=SIZES[size])
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()

    tab_to(page, page.get_by_role("link", name="Play ten rounds"))
    assert focus_ring(page) >= 2
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Deal me"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/deals/[\w-]+/1/$"))

    tab_to(page, page.locator("[data-bet]").nth(3))
    page.keyboard.type("60")
    tab_to(page, page.locator("[data-bet]").nth(8))
    page.keyboard.type("40")
    expect(page.locator("[data-slip-left]")).to_have_text("$0")
    tab_to(page, page.locator("[data-slip-submit]"))
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/1/result/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("on your $100 bet")
    tab_to(page, page.get_by_role("link", name="Next round"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/2/$"))


def test_what_has_the_focus_is_not_hidden_behind_the_slip(open_page):
    page = open_page("/c/digits/", viewport=PHONE)
    deal(page)

    for row in range(10):
        field = page.locator("[data-bet]").nth(row)
        tab_to(page, field)
        box, slip = field.bounding_box(), page.locator(".slip").bounding_box()
        assert box["y"] + box["height"] <= slip["y"] + 1 or box["y"] >= slip["y"] + slip["height"]


def test_a_round_is_played_without_javascript(open_page):
    page = open_page("/c/digits/", faults=True, java_script_enabled=False)
    deal(page)
    fields = page.locator("[data-bet]")

    fields.nth(2).fill("30")
    page.locator("[data-slip-submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(fields.nth(2)).to_have_value("30")

    page.get_by_role("button", name="Spread evenly").click()
    expect(fields.nth(2)).to_have_value("10")
    page.get_by_role("button", name=re.compile("^Copy")).click()
    assert sum(int(fields.nth(i).input_value()) for i in range(10)) == 100
    page.locator("[data-slip-submit]").click()

    expect(page).to_have_url(re.compile(r"/1/result/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("on your $100 bet")


def test_the_slip_counts_along(open_page):
    page = open_page("/c/digits/", viewport=PHONE, has_touch=True)
    deal(page)
    row = page.locator(".odds__row").nth(4)
    pays = float(row.get_attribute("data-payout"))
    submit = page.locator("[data-slip-submit]")

    row.get_by_role("button", name="Add $25").tap()
    row.get_by_role("button", name="Add $10").tap()
    row.get_by_role("button", name="Take $1 off").tap()

    expect(row.locator("[data-bet]")).to_have_value("34")
    expect(page.locator("[data-slip-left]")).to_have_text("$66")
    expect(page.locator("[data-slip-reason]")).to_have_text("Bet $66 more: the bets must add to $100.")
    expect(submit).to_have_attribute("aria-disabled", "true")
    submit.tap(force=True)
    expect(page).to_have_url(re.compile(r"/1/$"))

    row.get_by_role("button", name="Put all that is left").tap()
    expect(row.locator("[data-bet]")).to_have_value("100")
    expect(submit).to_have_attribute("aria-disabled", "false")
    shown = page.locator("[data-slip-win]").inner_text().replace("$", "").replace(",", "")
    assert float(shown) == pytest.approx(100 * pays, abs=0.01)

    page.locator("[data-bet]").nth(0).fill("5")
    expect(page.locator("[data-slip-reason]")).to_have_text("Take $5 off: the bets must add to $100.")


def test_steps_never_bet_more_than_there_is(open_page):
    page = open_page("/c/digits/")
    deal(page)
    row = page.locator(".odds__row").first

    for _ in range(6):
        row.get_by_role("button", name="Add $25").click()

    expect(row.locator("[data-bet]")).to_have_value("100")
    page.get_by_role("button", name="Clear").click()
    row.get_by_role("button", name="Take $1 off").click()
    expect(row.locator("[data-bet]")).to_have_value("0")


def test_nothing_in_the_page_of_a_round_tells_the_answer(open_page):
    page = open_page("/c/digits/")
    deal(page)

    source = page.content()

    # The object goes by its place in a deal with a random token: neither its id nor its class is there.
    assert "optdigits" not in source
    assert "is-truth" not in source
    assert page.locator(".pixels").first.get_attribute("src").startswith("/c/digits/deals/")


def test_a_guest_signs_up_and_keeps_the_round(open_page):
    name = f"grace-{secrets.token_hex(3)}"
    page = open_page("/c/digits/")
    deal(page)
    page.get_by_role("button", name="Spread evenly").click()
    page.locator("[data-slip-submit]").click()

    page.get_by_role("link", name="Sign up").click()
    page.locator("input[name=username]").fill(name)
    for field in page.locator("input[type=password]").all():
        field.fill("correct-horse-battery-9")
    page.locator("main").get_by_role("button").first.click()

    expect(page).to_have_url(re.compile(r"/home/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator(".stats dd").first).to_have_text("1")


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_celebration_respects_reduced_motion(open_page, motion):
    page = open_page("/c/digits/", reduced_motion=motion)
    deal(page)
    page.evaluate(
        """() => { const sheet = [...document.styleSheets].map(s => s.href).join();
        const result = document.createElement('section');
        result.className = 'result is-won'; result.dataset.celebrate = '';
        const link = document.createElement('link'); link.rel = 'stylesheet';
        link.href = document.querySelector('link[href*="game"]').href.replace(/game[^/]*css/, 'result.css');
        document.head.append(link); document.querySelector('main').prepend(result);
        return new Promise(done => link.onload = done); }"""
    )

    animation = page.evaluate(
        "() => getComputedStyle(document.querySelector('.result'), '::after').animationName"
    )

    assert animation == ("burst" if motion == "no-preference" else "none")
