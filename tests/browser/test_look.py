"""Every page at phone and desk size in both themes: contrast, touch targets, sideways scroll, errors."""

from pathlib import Path

import pytest

from browsing import SIZES, THEMES, look

INSPECTION = (Path(__file__).parent / "inspection.js").read_text(encoding="utf-8")
PAGES = (
    "/",
    "/about/",
    "/help/",
    "/how-the-model-works/",
    "/licences/",
    "/games/",
    "/privacy/",
    "/api-introduction/",
    "/c/digits/",
    "/c/digits/draw/",
    "/c/digits/leaderboard/",
    "/home/",
    "/accounts/login/",
    "/accounts/signup/",
    "/lab/",
    "/lab/digits/models/",
    "/lab/digits/runs/",
)
VARIANTS = [(size, theme) for size in SIZES for theme in THEMES]


def name_of(path):
    return path.strip("/").replace("/", "-") or "front"


@pytest.mark.parametrize(("size", "theme"), VARIANTS)
def test_pages_for_everybody_stand_up_to_inspection(open_page, size, theme):
    page = open_page("/", viewport=SIZES[size], color_scheme=theme)
    objections = {}
    for path in PAGES:
        page.goto(path)
        look(page, f"{name_of(path)}.{size}.{theme}")
        if found := page.evaluate(INSPECTION):
            objections[path] = found

    assert objections == {}


@pytest.mark.parametrize(("size", "theme"), VARIANTS)
def test_pages_of_a_game_stand_up_to_inspection(open_page, size, theme):
    page = open_page("/c/digits/", viewport=SIZES[size], color_scheme=theme, reduced_motion="reduce")
    objections = {}

    def inspect(name):
        page.wait_for_load_state()
        look(page, f"{name}.{size}.{theme}")
        if found := page.evaluate(INSPECTION):
            objections[name] = found

    page.get_by_role("button", name="Deal me").click()
    inspect("round")
    page.get_by_role("button", name="Spread evenly").click()
    inspect("round-filled")
    page.get_by_role("button", name="Place the bet").click()
    inspect("result")
    page.get_by_role("button", name="Make a public page").click()
    inspect("result-shared")
    shared = page.locator("#share").input_value()
    page.get_by_role("link", name="Your deal").click()
    inspect("deal")
    page.goto(shared)
    inspect("shared")
    page.goto("/home/")
    inspect("home-with-a-round")

    assert objections == {}


@pytest.mark.parametrize(("size", "theme"), VARIANTS)
def test_how_a_version_was_cleaned_stands_up_to_inspection(open_page, size, theme):
    page = open_page("/lab/colors/boards/data/", viewport=SIZES[size], color_scheme=theme)
    page.locator('a[href^="/lab/colors/data/"]').first.click()
    page.wait_for_load_state()
    for closed in page.locator("details").all():
        closed.locator("summary").click()
    look(page, f"cleaning.{size}.{theme}")

    assert page.evaluate(INSPECTION) == []


@pytest.mark.parametrize("theme", THEMES)
def test_pages_of_errors_stand_up_to_inspection(open_page, theme):
    page = open_page("about:blank", faults=True, color_scheme=theme, viewport=SIZES["phone"])

    response = page.goto("/no/such/page")

    assert response.status == 404
    assert page.evaluate(INSPECTION) == []
    look(page, f"not-found.phone.{theme}")


def test_the_first_page_weighs_less_than_100_kilobytes(open_page):
    page = open_page("about:blank")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))

    page.goto("/", wait_until="networkidle")

    assert len(sizes) > 5
    assert sum(sizes) < 100_000
