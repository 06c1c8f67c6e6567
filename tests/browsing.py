"""A real browser for tests."""

import base64
import io
import math
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
SIZES = {"phone": PHONE, "desktop": DESKTOP}
THEMES = ("dark", "light")

Point = tuple[float, float]


def find_chromium() -> str | None:
    """Return the path of the system's Chromium."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def watch(context: BrowserContext) -> list[str]:
    """Collect what goes wrong on the pages of a context: console errors, exceptions, failed requests."""
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: said.append(str(error.error)))

    def failed(request: Request) -> None:
        # A page that is left drops what it was still loading: no fault.
        if request.failure != "net::ERR_ABORTED":
            said.append(f"failed: {request.url} {request.failure}")

    context.on("requestfailed", failed)
    return said


def look(page: Page, name: str) -> None:
    """Keep a screenshot of a whole page where OUTCLASS_SHOTS names a folder."""
    if folder := os.environ.get("OUTCLASS_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.png").write_bytes(capture(page, whole=True))


def screenshot(page: Page) -> NDArray[np.float32]:
    """Return the visible part of a page in device pixels, gray, 0 to 255."""
    return np.asarray(Image.open(io.BytesIO(capture(page))).convert("L"), dtype=np.float32)


def capture(page: Page, *, whole: bool = False) -> bytes:
    """Return a picture of a page as PNG.

    Taken by the browser's own protocol: Playwright's way sets the window anew and puts a style into the page.
    """
    session = page.context.new_cdp_session(page)
    options: dict[str, object] = {"format": "png"}
    if whole:
        size = session.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        options |= {"captureBeyondViewport": True, "clip": clip}
    taken: str = session.send("Page.captureScreenshot", options)["data"]
    session.detach()
    return base64.b64decode(taken)


def stroke(page: Page, points: Sequence[Point]) -> None:
    """Draw with the mouse through points in CSS pixels of the window."""
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.mouse.up()


def draw_three(page: Page) -> None:
    """Draw a 3 on the pad."""
    page.locator("[data-draw-canvas]").scroll_into_view_if_needed()
    box = page.locator("[data-draw-canvas]").bounding_box()
    assert box is not None
    shape = [(0.5 + 0.2 * math.cos(a), 0.33 - 0.15 * math.sin(a)) for a in arc(200, -90)]
    shape += [(0.5 + 0.22 * math.cos(a), 0.66 - 0.18 * math.sin(a)) for a in arc(90, -160)]
    stroke(page, [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in shape])


def arc(start: float, end: float, steps: int = 14) -> list[float]:
    """Return angles from start to end, given in degrees, in radians."""
    return [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
