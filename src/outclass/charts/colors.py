"""Contrast of colors, and accents that stay readable on both themes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

AA_TEXT = 4.5
AA_GRAPHIC = 3.0
DARK_INK = "#1b1203"
WHITE = "#ffffff"
BLACK = "#000000"

Rgb = tuple[float, float, float]

_TOKEN = re.compile(r"--([a-z0-9-]+):\s*light-dark\((#[0-9a-f]{6})\s*,\s*(#[0-9a-f]{6})\)")


def parse(color: str) -> Rgb:
    """Return red, green and blue in 0..1 of a color as `#rrggbb`.

    >>> parse("#ff0000")
    (1.0, 0.0, 0.0)
    """
    return int(color[1:3], 16) / 255, int(color[3:5], 16) / 255, int(color[5:7], 16) / 255


def luminance(color: str) -> float:
    """Return the relative luminance of WCAG 2.2, 0 for black to 1 for white."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parse(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of WCAG 2.2, from 1 to 21.

    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mix(color: str, other: str, share: float) -> str:
    """Return `color` with a `share` of `other` mixed in, in sRGB.

    >>> mix("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = zip(parse(color), parse(other), strict=True)
    return "#" + "".join(f"{round(255 * ((1 - share) * a + share * b)):02x}" for a, b in pairs)


def readable(color: str, grounds: Sequence[str], *, toward: str, ratio: float = AA_TEXT) -> str:
    """Return the color, mixed with `toward` as little as needed to reach `ratio` on every ground."""
    for step in range(51):
        mixed = mix(color, toward, step / 50)
        if all(contrast(mixed, ground) >= ratio for ground in grounds):
            return mixed
    return toward


def tokens() -> dict[str, tuple[str, str]]:
    """Return the colors of `tokens.css` by name, each for the light and the dark theme."""
    text = (files("outclass.charts") / "design" / "tokens.css").read_text(encoding="utf-8")
    return {name: (light, dark) for name, light, dark in _TOKEN.findall(text)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Accent:
    """One theme's accent: for text and lines, for fills, text upon a fill, and a soft ground under it."""

    color: str
    fill: str
    on: str
    soft: str


def accent(declared: str, *, theme: int) -> Accent:
    """Return the accent of a challenge for a theme (0 light, 1 dark), moved until it can be read.

    It reaches 4.5 to 1 on the page, on cards, on raised and won rows, and on its own soft ground.
    """
    known = tokens()
    grounds = [known[name][theme] for name in ("sky", "surface", "raised", "win-soft")]
    soft = mix(known["surface"][theme], declared, 0.12)
    color = readable(declared, [*grounds, soft], toward=BLACK if theme == 0 else WHITE)
    on = max((WHITE, DARK_INK), key=lambda ink: contrast(ink, declared))
    fill = readable(declared, [on], toward=BLACK if on == WHITE else WHITE)
    return Accent(color=color, fill=fill, on=on, soft=soft)


def accent_sheet(declared: str) -> str:
    """Return the style sheet that gives a page the accent of its challenge."""
    light, dark = accent(declared, theme=0), accent(declared, theme=1)
    return (
        "@layer tokens {\n  :root {\n"
        f"    --accent: light-dark({light.color}, {dark.color});\n"
        f"    --accent-fill: light-dark({light.fill}, {dark.fill});\n"
        f"    --on-accent: light-dark({light.on}, {dark.on});\n"
        f"    --accent-soft: light-dark({light.soft}, {dark.soft});\n"
        "  }\n}\n"
    )
