"""Pictures that are no photos, made for tests: text over pictures, screenshots, comics, diagrams.

Each is made by code, the same each time. `macro` lays text over a photo that is given.
"""

import io
import random
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 640, 480
PHRASES = (
    ("WHEN YOU TAG A COUGAR", "AND IT IS THE NEIGHBOR'S CAT"),
    ("ONE DOES NOT SIMPLY", "TELL A BOBCAT FROM A LYNX"),
    ("NOT SURE IF COUGAR", "OR JUST A BIG CAT"),
    ("I CAN HAS", "CLASSIFIER?"),
    ("Y U NO", "POST CAT PICTURES"),
    ("BRACE YOURSELVES", "THE CATS ARE COMING"),
)


def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font that Pillow brings."""
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found


def macro(picture: Image.Image, top: str, bottom: str, size: float = 0.09) -> Image.Image:
    """Return a picture with white letters, edged in black, at its top and bottom."""
    done = picture.convert("RGB").copy()
    draw = ImageDraw.Draw(done)
    for text, low in ((top, False), (bottom, True)):
        points = int(done.height * size)
        while points > 8 and draw.textlength(text, font=font(points)) > done.width * 0.94:
            points -= 1
        place = (done.width / 2, done.height * (0.97 if low else 0.03))
        draw.text(
            place,
            text,
            font=font(points),
            fill="white",
            stroke_fill="black",
            stroke_width=max(1, points // 12),
            anchor="md" if low else "ma",
        )
    return done


def blurred_scene(dice: random.Random) -> Image.Image:
    """Return something that looks like a photo out of focus."""
    noise = np.random.default_rng(dice.randrange(1 << 30)).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    grown = Image.fromarray(noise).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    grain = np.random.default_rng(dice.randrange(1 << 30)).normal(0, 6, (HEIGHT, WIDTH, 3))
    return Image.fromarray(
        np.clip(np.asarray(grown.filter(ImageFilter.GaussianBlur(6))) + grain, 0, 255).astype(np.uint8)
    )


def text_over_a_scene(dice: random.Random) -> Image.Image:
    """Return text over something that looks like a photo."""
    return macro(blurred_scene(dice), *dice.choice(PHRASES))


def text_on_bands(dice: random.Random) -> Image.Image:
    """Return a picture between white bands with text."""
    page = Image.new("RGB", (WIDTH, HEIGHT), "white")
    page.paste(blurred_scene(dice).resize((WIDTH, HEIGHT - 150)), (0, 100))
    draw = ImageDraw.Draw(page)
    top, bottom = dice.choice(PHRASES)
    draw.text((20, 20), top.capitalize(), font=font(30), fill="black")
    draw.text((20, 56), f"me: {bottom.lower()}", font=font(26), fill="black")
    return page


def cartoon_cat(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, color: str) -> None:
    """Draw the face of a cat."""
    draw.ellipse((x - size, y - size * 0.8, x + size, y + size * 0.8), fill=color, outline="black", width=4)
    for side in (-1, 1):
        ear = [(x + side * size * 0.9, y - size * 0.4), (x + side * size * 0.75, y - size * 1.3)]
        draw.polygon([*ear, (x + side * size * 0.3, y - size * 0.75)], fill=color, outline="black", width=4)
        eye = (x + side * size * 0.4, y - size * 0.15)
        draw.ellipse(
            (eye[0] - size / 7, eye[1] - size / 5, eye[0] + size / 7, eye[1] + size / 5), fill="black"
        )
        for step in (-1, 0, 1):
            draw.line(
                (
                    x + side * size * 0.3,
                    y + size * 0.25,
                    x + side * size * 1.3,
                    y + size * (0.25 + step * 0.15),
                ),
                fill="black",
                width=3,
            )
    draw.polygon(
        [(x - size / 9, y + size / 7), (x + size / 9, y + size / 7), (x, y + size / 3.6)],
        fill="pink",
        outline="black",
    )


def comic(dice: random.Random) -> Image.Image:
    """Return panels with cartoon cats and balloons."""
    page = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(page)
    panels = dice.choice((1, 2, 3))
    width = WIDTH // panels
    for place in range(panels):
        left = place * width
        sky = dice.choice(("#bde0fe", "#ffd6a5", "#caffbf", "#fdffb6"))
        draw.rectangle((left + 8, 8, left + width - 8, HEIGHT - 8), fill=sky, outline="black", width=5)
        cartoon_cat(
            draw,
            left + width / 2,
            HEIGHT * 0.66,
            min(width, HEIGHT) * 0.24,
            dice.choice(("orange", "gray", "tan")),
        )
        draw.rounded_rectangle(
            (left + 24, 30, left + width - 24, 120), 20, fill="white", outline="black", width=3
        )
        words = dice.choice(PHRASES)[1].lower()
        draw.text((left + 36, 52), words[: width // 12], font=font(20), fill="black")
    return page


def screenshot(dice: random.Random) -> Image.Image:
    """Return a page of messages."""
    dark = dice.random() < 0.5
    page = Image.new("RGB", (WIDTH, HEIGHT), "#15202b" if dark else "white")
    draw = ImageDraw.Draw(page)
    ink = "white" if dark else "black"
    for row in range(4):
        top = 20 + row * 112
        draw.ellipse((20, top, 68, top + 48), fill=dice.choice(("tomato", "teal", "orchid", "gold")))
        draw.text(
            (84, top),
            f"user{dice.randrange(999)} \u00b7 {dice.randrange(2, 59)}m",
            font=font(18),
            fill="gray",
        )
        for line, text in enumerate(dice.choice(PHRASES)):
            draw.text((84, top + 26 + line * 26), text.capitalize(), font=font(20), fill=ink)
        draw.line((0, top + 100, WIDTH, top + 100), fill="gray")
    return page


def diagram(dice: random.Random) -> Image.Image:
    """Return bars or boxes with arrows."""
    page = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(page)
    draw.text((WIDTH / 2, 16), "Cats by how sure I am", font=font(26), fill="black", anchor="ma")
    if dice.random() < 0.5:
        for place, name in enumerate(("cougar", "bobcat", "lynx", "house cat", "dog")):
            top = 80 + place * 74
            draw.text((20, top + 14), name, font=font(22), fill="black")
            draw.rectangle(
                (150, top, 150 + dice.randrange(40, 460), top + 50),
                fill=dice.choice(("#4477aa", "#ee6677", "#228833")),
            )
        return page
    for place in range(3):
        left = 40 + place * 200
        draw.rounded_rectangle((left, 180, left + 150, 280), 16, outline="black", width=3, fill="#eef")
        draw.text(
            (left + 75, 230), ("photo", "model", "cat?")[place], font=font(24), fill="black", anchor="mm"
        )
        if place:
            draw.line((left - 50, 230, left, 230), fill="black", width=4)
    return page


def sign(dice: random.Random) -> Image.Image:
    """Return letters on one color."""
    page = Image.new("RGB", (WIDTH, HEIGHT), dice.choice(("#264653", "#e76f51", "#2a9d8f", "black")))
    draw = ImageDraw.Draw(page)
    for line, text in enumerate(dice.choice(PHRASES)):
        draw.text((WIDTH / 2, 170 + line * 80), text, font=font(34), fill="white", anchor="ma")
    return page


KINDS: tuple[Callable[[random.Random], Image.Image], ...] = (
    text_over_a_scene,
    text_on_bands,
    comic,
    screenshot,
    diagram,
    sign,
)


@lru_cache
def meme(place: int) -> bytes:
    """Return a picture as a file, JPEG and PNG in turn."""
    picture = KINDS[place % len(KINDS)](random.Random(place))
    stream = io.BytesIO()
    picture.save(stream, **({"format": "PNG"} if place % 2 else {"format": "JPEG", "quality": 80}))
    return stream.getvalue()
