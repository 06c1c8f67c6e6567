# ruff: noqa: INP001 - a script, no part of a package
"""Take the pictures of the documentation from a running server.

Usage: python docs/images/take_pictures.py [http://127.0.0.1:8000]
"""

import io
import math
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
WINDOW = {"width": 1280, "height": 800}
COLORS = 128
LARGEST = 150_000
BETS = ((3, 10), (4, 60), (9, 30))


def main(address: str) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        save(take_round(browser, address), "game.png")
        save(take_drawing(browser, address), "draw.png")
        browser.close()


def open_page(browser: Browser, address: str, path: str) -> Page:
    """Open a page in the dark theme."""
    page = browser.new_page(viewport=WINDOW, color_scheme="dark", reduced_motion="reduce")
    page.goto(address + path, wait_until="networkidle")
    return page


def take_round(browser: Browser, address: str) -> bytes:
    """Show a round with bets placed."""
    page = open_page(browser, address, "/c/digits/")
    page.get_by_role("button", name="Deal me").click()
    for place, dollars in BETS:
        page.locator("[data-bet]").nth(place).fill(str(dollars))
    page.evaluate("document.activeElement.blur(); scrollTo(0, 60)")
    return page.screenshot()


def take_drawing(browser: Browser, address: str) -> bytes:
    """Draw a 3 and show what the model says."""
    page = open_page(browser, address, "/")
    box = page.locator("[data-draw-canvas]").bounding_box()
    assert box is not None
    turns = [(200 - 290 * t / 20, 0.33, 0.15, 0.20) for t in range(21)]
    turns += [(90 - 250 * t / 20, 0.66, 0.18, 0.22) for t in range(21)]
    for step, (degrees, middle, height, width) in enumerate(turns):
        angle = math.radians(degrees)
        x = box["x"] + box["width"] * (0.5 + width * math.cos(angle))
        y = box["y"] + box["height"] * (middle - height * math.sin(angle))
        page.mouse.move(x, y)
        if step == 0:
            page.mouse.down()
    page.mouse.up()
    page.wait_for_selector('[data-state="answered"], [data-state="abstained"]')
    page.wait_for_load_state("networkidle")
    return page.screenshot()


def save(picture: bytes, name: str) -> None:
    """Write a picture with few colors and without metadata."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    image.save(HERE / name, optimize=True)
    size = (HERE / name).stat().st_size
    print(f"{name}: {size} bytes")  # noqa: T201 (a script)
    if size > LARGEST:
        sys.exit(f"{name} is larger than {LARGEST} bytes")


if __name__ == "__main__":
    main((sys.argv[1:] or ["http://127.0.0.1:8000"])[0].rstrip("/"))
