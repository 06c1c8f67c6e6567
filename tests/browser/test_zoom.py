"""The stroke stays under the pointer, whatever the zoom, the pixels of the device, scrolling and resizing."""

import numpy as np
import pytest

from browsing import screenshot, stroke

ZOOMS = (0.5, 1.0, 1.5, 2.0)
PLACES = ((0.2, 0.25), (0.8, 0.3), (0.5, 0.75))
TOLERANCE = 1.5  # CSS pixels


def zoom_window(page, zoom, width=1280, height=800):
    """Zoom as the browser's own control does: fewer CSS pixels of more device pixels each."""
    metrics = {"width": round(width / zoom), "height": round(height / zoom), "deviceScaleFactor": zoom}
    page.context.new_cdp_session(page).send(
        "Emulation.setDeviceMetricsOverride", {**metrics, "mobile": False}
    )
    page.wait_for_function("width => innerWidth === width", arg=metrics["width"])
    settle(page)


def settle(page):
    """Wait until the page has been laid out and painted twice."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def to_pad(page, x, y):
    """Return the place in the window of a point of the pad, and the width of its brush."""
    box = page.locator("[data-draw-canvas]").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"], 0.072 * box["width"]


def painted_at(page, x, y, brush):
    """Return the center of the white pixels around a point of the window, in CSS pixels."""
    picture = screenshot(page)
    scale = picture.shape[1] / page.evaluate(
        "() => visualViewport.scale === 1 ? innerWidth : visualViewport.width * visualViewport.scale"
    )
    left, top, reach = (x - brush) * scale, (y - brush) * scale, 2 * brush * scale
    part = picture[round(top) : round(top + reach), round(left) : round(left + reach)] > 200
    assert part.any(), "nothing is painted near the pointer"
    rows, columns = np.nonzero(part)
    return (round(left) + columns.mean() + 0.5) / scale, (round(top) + rows.mean() + 0.5) / scale


def check_dots(page, places=PLACES):
    """Paint dots and find each of them where the pointer was."""
    for place in places:
        x, y, brush = to_pad(page, *place)
        stroke(page, [(x, y)])
        found = painted_at(page, x, y, brush)
        assert found == pytest.approx((x, y), abs=TOLERANCE)


def bring_pad_up(page):
    page.locator("[data-draw-canvas]").evaluate("pad => pad.scrollIntoView({block: 'center'})")
    settle(page)


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("path", ["/c/digits/draw/", "/"])
def test_strokes_stay_under_the_pointer_at_every_zoom_of_the_browser(open_page, path, zoom):
    page = open_page(path)
    zoom_window(page, zoom)
    bring_pad_up(page)

    check_dots(page)


@pytest.mark.parametrize("zoom", ZOOMS)
def test_strokes_stay_under_the_pointer_when_the_page_itself_is_zoomed(open_page, zoom):
    page = open_page("/c/digits/draw/")
    page.evaluate("zoom => document.documentElement.style.setProperty('zoom', zoom)", zoom)
    bring_pad_up(page)

    check_dots(page, places=((0.4, 0.4), (0.6, 0.6)))


@pytest.mark.parametrize("ratio", [1.25, 3.0])
def test_strokes_stay_under_the_pointer_on_dense_screens(open_page, ratio):
    page = open_page("/c/digits/draw/", viewport={"width": 390, "height": 844}, device_scale_factor=ratio)
    bring_pad_up(page)

    check_dots(page)


def test_strokes_stay_under_the_pointer_after_scrolling_and_resizing(open_page):
    page = open_page("/c/digits/draw/")
    check_dots(page, places=[(0.3, 0.2)])

    page.mouse.wheel(0, 130)
    page.wait_for_function("() => scrollY > 100")
    check_dots(page, places=[(0.7, 0.5)])

    page.set_viewport_size({"width": 420, "height": 700})
    bring_pad_up(page)
    check_dots(page, places=[(0.3, 0.6), (0.6, 0.8)])


@pytest.mark.parametrize("factor", [1.5, 2.0])
def test_strokes_stay_under_the_finger_when_the_page_is_pinched(open_page, factor):
    page = open_page(
        "/c/digits/draw/", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    bring_pad_up(page)
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setPageScaleFactor", {"pageScaleFactor": factor})
    page.wait_for_function("factor => Math.abs(visualViewport.scale - factor) < 0.01", arg=factor)
    settle(page)
    box = page.locator("[data-draw-canvas]").evaluate(
        """pad => { const box = pad.getBoundingClientRect(), view = visualViewport;
        return {x: box.x - view.offsetLeft, y: box.y - view.offsetTop, width: box.width}; }"""
    )
    x, y = box["x"] + 0.3 * box["width"], box["y"] + 0.1 * box["width"]

    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    assert painted_at(page, x * factor, y * factor, 0.072 * box["width"] * factor) == pytest.approx(
        (x * factor, y * factor), abs=2 * TOLERANCE
    )


def test_a_stroke_that_leaves_the_pad_goes_on_when_it_returns(open_page):
    page = open_page("/c/digits/draw/")
    (inside_x, inside_y, brush), (x, y, _) = to_pad(page, 0.9, 0.5), to_pad(page, 0.6, 0.8)

    stroke(page, [(inside_x, inside_y), (inside_x + 300, inside_y), (inside_x + 300, y), (x, y)])

    assert painted_at(page, x, y, brush) == pytest.approx((x, y), abs=brush)
