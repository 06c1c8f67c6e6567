"""The interactive light curve: by mouse, keyboard and touch, at both sizes and themes, and without script."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browsing import DESKTOP, PHONE, SIZES, THEMES, look

INSPECTION = (Path(__file__).parent / "inspection.js").read_text(encoding="utf-8")
VARIANTS = [(size, theme) for size in SIZES for theme in THEMES]
READY = "[data-curve][data-ready]"
GET = "(name) => Bokeh.documents[0].get_model_by_name(name)"
STARS = "/c/stars/"
RR_LYRAE, SUPERNOVA = "/c/stars/examples/?class=12", "/c/stars/examples/?class=11"
OF_CHARTS = {"inline style or script"}
"""What Bokeh may do, on pages with charts alone."""


def chase(page, nights=None):
    """Ask for a deal and come to its list."""
    if nights:
        page.get_by_label("Show me").select_option(nights)
    page.get_by_role("button", name="Chase a star").first.click()
    expect(page).to_have_url(re.compile(r"/deals/[\w-]+/$"))


def drawn(page, name, key):
    """Return something of a part of the figure."""
    return page.evaluate(f"(name) => {{ const part = ({GET})(name); return {key}; }}", name)


def test_a_stranger_sees_a_chart_after_two_clicks_from_the_front_page(open_page):
    page = open_page("/")
    chase(page)
    expect(page.locator(".spark")).to_have_count(10)
    page.get_by_role("link", name="Chart of number 4").click()
    page.wait_for_selector(READY)
    expect(page.locator("#chart-title")).to_have_text("No. 4")
    expect(page.locator(".spark")).to_have_count(10)
    expect(page.locator("[data-curve-stage] canvas, [data-curve-stage] .bk-Figure").first).to_be_attached()


@pytest.mark.parametrize("size", SIZES)
def test_a_chart_is_there_soon(open_page, size):
    page = open_page(STARS, viewport=SIZES[size])
    page.goto(RR_LYRAE)
    page.wait_for_selector(READY)
    page.goto(SUPERNOVA)
    page.wait_for_selector(READY)
    seconds = page.evaluate("() => performance.now() / 1000")
    # One second on two idle cores; those that run tests seldom are.
    assert seconds < 6


def test_bands_are_switched_with_the_keyboard(open_page):
    page = open_page(SUPERNOVA)
    page.wait_for_selector(READY)
    box = page.get_by_role("checkbox", name="r band")
    box.focus()
    page.keyboard.press("Space")
    assert drawn(page, "points-2", "part.visible") is False
    assert drawn(page, "errors-2", "part.visible") is False
    assert drawn(page, "points-1", "part.visible") is True
    page.keyboard.press("Space")
    assert drawn(page, "points-2", "part.visible") is True


def test_bands_are_switched_by_touch(open_page):
    page = open_page(SUPERNOVA, viewport=PHONE, has_touch=True)
    page.wait_for_selector(READY)
    page.locator(".curve__band").nth(4).tap()
    assert drawn(page, "points-4", "part.visible") is False


def test_the_points_are_those_of_the_table(open_page):
    page = open_page(SUPERNOVA)
    page.wait_for_selector(READY)
    page.get_by_text("observations as a table").click()
    rows = page.locator(".curve__table tbody tr").all_inner_texts()
    shown = {band: [] for band in "ugrizy"}
    for row in rows:
        mjd, _, band, *_ = row.split("\t")
        shown[band].append(float(mjd))
    for place, band in enumerate("ugrizy"):
        data = drawn(page, f"source-{place}", "({mjd: [...part.data.mjd], day: [...part.data.day]})")
        assert data["mjd"] == pytest.approx(sorted(shown[band]), abs=1e-4)
    first = min(row for row in rows if row.endswith("yes")).split("\t")
    assert float(first[1]) == 0


def test_a_periodic_star_is_folded_on_its_period(open_page):
    page = open_page(RR_LYRAE)
    page.wait_for_selector(READY)
    fold = page.get_by_role("checkbox", name=re.compile("Fold on"))
    days = float(page.locator("[data-curve-period]").inner_text().split()[0])
    assert 0.2 < days < 1.1
    fold.check()
    phases = drawn(page, "source-1", "[...part.data.x]")
    assert max(phases) <= 2
    assert min(phases) >= 0
    assert len(phases) == 2 * len(set(drawn(page, "source-1", "[...part.data.mjd]")))
    page.get_by_role("button", name="Double the period").click()
    assert float(page.locator("[data-curve-period]").inner_text().split()[0]) == pytest.approx(2 * days, 1e-3)
    fold.uncheck()
    assert max(drawn(page, "source-1", "[...part.data.x]")) > 2


def test_a_supernova_has_nothing_to_fold(open_page):
    page = open_page(SUPERNOVA)
    page.wait_for_selector(READY)
    expect(page.locator("[data-curve-folding]")).to_be_hidden()


def test_the_curve_of_the_model_is_laid_over(open_page):
    page = open_page(SUPERNOVA)
    page.wait_for_selector(READY)
    assert drawn(page, "mean-2", "part.visible") is False
    page.get_by_role("checkbox", name=re.compile("sees")).check()
    page.wait_for_function(f"() => ({GET})('mean-2').visible")
    sizes = drawn(page, "curve-source-2", "[part.data.mean.length, part.data.low.length]")
    assert sizes[0] == sizes[1] > 100
    page.get_by_role("checkbox", name=re.compile("sees")).uncheck()
    assert drawn(page, "mean-2", "part.visible") is False


@pytest.mark.parametrize(("theme", "color"), [("dark", "#3eb7ff"), ("light", "#0c71ff")])
def test_the_colors_are_those_for_the_ground(open_page, theme, color):
    page = open_page(SUPERNOVA, color_scheme=theme)
    page.wait_for_selector(READY)
    assert drawn(page, "points-0", "part.glyph.fill_color.value") == color
    shapes = [drawn(page, f"points-{band}", "part.glyph.marker.value") for band in range(6)]
    assert shapes == ["circle", "triangle", "inverted_triangle", "square", "star", "hex"]


def test_without_javascript_there_are_a_still_chart_and_a_table(open_page):
    page = open_page(SUPERNOVA, faults=True, java_script_enabled=False)
    expect(page.locator(".curve__plot")).to_be_visible()
    expect(page.locator("[data-curve-band]").first).to_be_hidden()
    page.get_by_text("observations as a table").click()
    expect(page.locator(".curve__table")).to_be_visible()


def test_when_the_library_does_not_come_the_still_chart_stays(open_page):
    page = open_page(STARS, faults=True)
    page.route("**/bokeh.min*.js", lambda route: route.abort())
    page.goto(SUPERNOVA)
    page.wait_for_selector("[data-curve][data-failed]")
    expect(page.locator(".curve__plot")).to_be_visible()
    expect(page.get_by_text("the still one is complete")).to_be_visible()


def test_an_early_bet_shows_the_rest_only_after_the_bet(open_page):
    page = open_page(STARS)
    chase(page, "5")
    expect(page.get_by_text("only the first 5 nights are shown")).to_be_visible()
    page.get_by_role("link", name="Bet on number 1", exact=True).click()
    page.wait_for_selector(READY)
    count = "Bokeh.documents[0].get_model_by_name"
    early = page.evaluate(f"() => [0,1,2,3,4,5].flatMap((b) => [...{count}(`source-${{b}}`).data.mjd])")
    assert len({int(mjd - 2 / 3) for mjd in early}) <= 5
    page.get_by_role("button", name="Spread evenly").click()
    page.get_by_role("button", name="Place the bet").last.click()
    page.wait_for_selector(READY)
    whole = page.evaluate(f"() => [0,1,2,3,4,5].flatMap((b) => [...{count}(`source-${{b}}`).data.mjd])")
    assert len(whole) > len(early)


@pytest.mark.parametrize(("size", "theme"), VARIANTS)
def test_pages_of_stars_stand_up_to_inspection(open_page, size, theme):
    page = open_page(STARS, viewport=SIZES[size], color_scheme=theme, reduced_motion="reduce")
    objections = {}

    def inspect(name, *, chart=False):
        page.wait_for_load_state()
        if chart:
            page.wait_for_selector(READY)
        look(page, f"stars-{name}.{size}.{theme}")
        found = set(page.evaluate(INSPECTION)) - (OF_CHARTS if chart else set())
        if found:
            objections[name] = found

    inspect("challenge")
    chase(page)
    inspect("deal")
    page.get_by_role("link", name="Chart of number 2").click()
    inspect("chart", chart=True)
    page.get_by_role("link", name="Bet on it").click()
    inspect("bet", chart=True)
    page.get_by_role("link", name="How model results").click()
    look(page, f"stars-merged.{size}.{theme}")
    page.keyboard.press("Escape")
    page.get_by_label("Name your star").fill("Vega")
    page.get_by_role("button", name="Spread evenly").click()
    page.get_by_role("button", name="Place the bet").last.click()
    inspect("result", chart=True)
    for name, path in (("mine", "mine/"), ("guide", "info/"), ("guide-classes", "info/classes/")):
        page.goto(STARS + path)
        inspect(name)
    page.goto(RR_LYRAE)
    inspect("examples", chart=True)

    assert objections == {}


def test_the_list_of_a_deal_weighs_less_than_100_kilobytes(open_page):
    page = open_page(STARS, viewport=DESKTOP)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.get_by_role("button", name="Chase a star").first.click()
    page.wait_for_load_state("networkidle")

    assert len(sizes) > 3
    assert sum(sizes) < 100_000
