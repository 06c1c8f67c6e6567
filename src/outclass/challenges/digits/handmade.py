"""Digits written by rule, with the strokes of other schools than MNIST's, and digits of fonts.

MNIST's writers were Americans: a one with a long upstroke, a crossed seven, a closed four or a curled nine is
rare there. A small share of such digits keeps the model from reading them as something else.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outclass.challenges.digits.nondigits import (
    CANVAS,
    RESAMPLERS,
    SIDE,
    Picture,
    blank,
    draw_stroke,
    normalize,
    open_fonts,
    pick,
    write_text,
)

FONTS = (
    "amiri", "cinzel", "comfortaa", "great_vibes", "kalam", "lobster", "luckiest_guy", "noto_sans_khmer",
    "noto_sans_telugu", "noto_sans_thai", "permanent_marker", "roboto_slab", "shadows_into_light",
)  # fmt: skip

Stroke = tuple[tuple[float, float], ...]
Form = tuple[Stroke, ...]

_RING: Stroke = (
    (.3, 0), (.05, .2), (0, .5), (.08, .85), (.3, 1), (.52, .85), (.6, .5), (.55, .2), (.3, 0),
)  # fmt: skip
_LOOP: Stroke = ((.5, .22), (.3, 0), (.03, .2), (.18, .45), (.5, .25))  # fmt: skip

FORMS: tuple[tuple[Form, ...], ...] = (
    ((_RING,),),
    (
        (((.3, 0), (.3, 1)),),
        (((0, .3), (.4, 0), (.4, 1)),),
        (((.05, .45), (.4, 0), (.4, 1)),),
        (((.1, .22), (.4, 0), (.4, 1)), ((.1, 1), (.7, 1))),
    ),
    (
        (((0, .25), (.15, .03), (.45, .03), (.55, .25), (.4, .5), (0, 1), (.3, 1), (.6, 1)),),
        (((0, .2), (.3, 0), (.5, .2), (.4, .55), (.1, .95), (0, .85), (.2, .85), (.6, 1)),),
    ),
    (
        (((0, .1), (.3, 0), (.55, .2), (.25, .45), (.55, .7), (.3, 1), (0, .9)),),
        (((0, 0), (.3, 0), (.55, 0), (.25, .4), (.55, .65), (.35, 1), (0, .9)),),
    ),
    (
        (((.1, 0), (0, .55), (.3, .55), (.65, .55)), ((.45, .2), (.45, 1))),
        (((.45, 1), (.45, .5), (.45, 0), (0, .65), (.3, .65), (.65, .65)),),
        (((.35, 0), (0, .6), (.3, .62), (.65, .6)), ((.5, .35), (.35, 1))),
    ),
    (
        (((.55, 0), (.3, 0), (.1, 0), (.05, .4), (.35, .35), (.55, .65), (.35, 1), (0, .9)),),
        (((.1, 0), (.05, .4), (.35, .35), (.55, .65), (.35, 1), (0, .9)), ((.1, 0), (.6, 0))),
    ),
    (
        (((.45, 0), (.1, .4), (0, .7), (.2, 1), (.5, .9), (.5, .6), (.25, .5), (.05, .7)),),
        (((.25, 0), (.03, .4), (0, .75), (.25, 1), (.5, .85), (.45, .58), (.2, .55), (.03, .7)),),
    ),
    (
        (((0, 0), (.3, 0), (.6, 0), (.4, .5), (.2, 1)),),
        (((0, 0), (.3, 0), (.6, 0), (.4, .5), (.2, 1)), ((.12, .5), (.6, .48))),
        (((0, .15), (0, 0), (.3, 0), (.6, 0), (.35, .5), (.3, 1)),),
    ),
    (
        (((.5, .15), (.25, 0), (.05, .2), (.3, .45), (.55, .75), (.3, 1), (.03, .75), (.3, .45), (.5, .15)),),
        (
            ((.3, 0), (.05, .2), (.3, .45), (.55, .2), (.3, 0)),
            ((.3, .45), (0, .75), (.3, 1), (.6, .75), (.3, .45)),
        ),
    ),
    (
        ((*_LOOP, (.5, .6), (.48, 1)),),
        ((*_LOOP, (.52, .6), (.4, .95), (.2, 1), (0, .92)),),
        ((*_LOOP, (.3, .7), (.1, 1)),),
    ),
)  # fmt: skip
"""For each digit the ways to write it: strokes through points, x to the right and y down, height 1."""


def handmade_digits(seed: int, count: int) -> tuple[Picture, NDArray[np.int64]]:
    """Write `count` digits, half by strokes and half in fonts; returns pictures and digits."""
    random = np.random.default_rng([seed, 5])
    targets = random.integers(0, len(FORMS), count)
    pictures = np.zeros((count, SIDE, SIDE), np.uint8)
    for row, target in enumerate(targets):
        painter = _typed if random.random() < 0.5 else _written
        pictures[row] = normalize(painter(random, int(target)), pick(random, RESAMPLERS))
    return pictures, targets


def _typed(random: np.random.Generator, digit: int) -> Picture:
    picture = write_text(str(digit), pick(random, open_fonts(pick(random, FONTS))))
    return np.asarray(Image.fromarray(picture).rotate(random.uniform(-8, 8), expand=True))


def _written(random: np.random.Generator, digit: int) -> Picture:
    """Draw one of the forms with a shaky hand and a round brush."""
    image, draw = blank()
    width = int(random.integers(3, 10))
    roundness = random.uniform(0.2, 0.55)
    stretch = np.array([random.uniform(0.75, 1.25), 1.0]) * (CANVAS - 24)
    for stroke in pick(random, FORMS[digit]):
        points = np.array(stroke) + random.normal(0, 0.035, (len(stroke), 2))
        draw_stroke(draw, 10 + _smooth(points, roundness) * stretch, width)
    return np.asarray(image)


def _smooth(points: NDArray[np.float64], roundness: float) -> NDArray[np.float64]:
    """A line near the points, with corners as round as asked for."""
    places = np.linspace(0, len(points) - 1, len(points) * 8)
    weights = np.exp(-0.5 * ((places[:, None] - np.arange(len(points))) / roundness) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True) @ points)
