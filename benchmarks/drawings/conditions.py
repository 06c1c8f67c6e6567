"""The conditions: each makes a request body of a digit."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from strokes import Array, Digit, Placing, write
from surfaces import (
    BLACK_PEN,
    BLUE_PEN,
    MARKER,
    PENCIL,
    RED_PEN,
    WHITE,
    YELLOWISH,
    Effect,
    Random,
    blur,
    grain,
    hard_shadow,
    jpeg,
    noise,
    on_paper,
    perspective,
    plain,
    png,
    ruled,
    shading,
    table,
    to_bytes,
    vignette,
)

Condition = Callable[[Digit, Random], bytes]
Sheet = Callable[[tuple[int, int], Random], Array]
Span = tuple[float, float]


def drawn(digit: Digit, random: Random, side: int, share: Span, pen: Span | None) -> Array:
    """Draw a digit somewhere on a square canvas; `share` is its part of it, `pen` a width in its pixels."""
    longer = random.uniform(*share) * side
    room = max(0.0, side - longer) / 2
    x, y = side / 2 + random.uniform(-room, room, 2)
    placing = Placing(x=x, y=y, side=longer, tilt=random.normal(0, 5), tremble=0.0 if pen is None else 1.0)
    return write(digit, (side, side), placing, random.uniform(*pen) if pen else None, random)


def raw(side: int, share: Span, pen: Span | None) -> Condition:
    """White on black, a byte for each pixel."""
    return lambda digit, random: to_bytes(drawn(digit, random, side, share, pen)).tobytes()


def raw_dark(side: int, share: Span, pen: Span | None) -> Condition:
    """Dark on light, a byte for each pixel."""
    return lambda digit, random: (255 - to_bytes(drawn(digit, random, side, share, pen))).tobytes()


def gray(side: int, share: Span, pen: Span | None, *, paper: int = 255, ink: int = 0) -> Condition:
    """A gray PNG with any paper and ink."""

    def make(digit: Digit, random: Random) -> bytes:
        share_of_ink = drawn(digit, random, side, share, pen)
        return png(np.rint(paper + (ink - paper) * share_of_ink).astype(np.uint8))

    return make


def hard(side: int, share: Span, pen: Span, *, invert: bool) -> Condition:
    """A PNG of black and white only."""
    return lambda digit, random: png(
        ((drawn(digit, random, side, share, pen) > 0.5) ^ invert).astype(np.uint8) * 255, "1"
    )


def clear(level: int) -> Condition:
    """Strokes of one gray on nothing."""

    def make(digit: Digit, random: Random) -> bytes:
        planes = np.full((280, 280, 4), level, dtype=np.uint8)
        planes[..., 3] = to_bytes(drawn(digit, random, 280, (0.4, 0.9), (8, 20)))
        return png(planes)

    return make


def colored(digit: Digit, random: Random) -> bytes:
    """Any ink on any paper, as long as one can read it."""
    while True:
        paper, ink = random.uniform(0, 1, (2, 3)).astype(np.float32)
        if abs(float((paper - ink).mean())) > 0.25:
            break
    share = drawn(digit, random, 280, (0.4, 0.9), (8, 20))[..., None]
    return png(to_bytes(paper * (1 - share) + ink * share))


def shrunk(resampling: Image.Resampling, *, invert: bool = False) -> Condition:
    """A canvas of 280 brought to 28 by others, without centering, a byte for each pixel."""

    def make(digit: Digit, random: Random) -> bytes:
        canvas = to_bytes(drawn(digit, random, 280, (0.4, 0.95), (8, 24)))
        small = np.asarray(Image.fromarray(canvas).resize((28, 28), resampling))
        return (255 - small if invert else small).tobytes()

    return make


def lossy(digit: Digit, random: Random) -> bytes:
    """A drawing that was stored with loss once."""
    canvas = 1 - drawn(digit, random, 280, (0.4, 0.9), (8, 20))
    return png(to_bytes(jpeg(np.repeat(canvas[..., None], 3, 2), random)))


def white(size: tuple[int, int], random: Random) -> Array:
    """White paper."""
    return grain(plain(size, WHITE), random)


def yellowish(size: tuple[int, int], random: Random) -> Array:
    """Yellowish paper."""
    return grain(plain(size, YELLOWISH), random)


def squared(size: tuple[int, int], random: Random) -> Array:
    """Squared paper."""
    return ruled(white(size, random), random, squared=True)


def lined(size: tuple[int, int], random: Random) -> Array:
    """Ruled paper."""
    return ruled(white(size, random), random, squared=False)


def photo(
    *effects: Effect,
    size: tuple[int, int] = (400, 300),
    sheet: Sheet = white,
    pen: tuple[float, float, float] = BLACK_PEN,
    width: Span | None = (0.04, 0.09),
    share: Span = (0.5, 0.9),
    reduce: int = 1,
    as_bytes: bool = False,
    negative: bool = False,
) -> Condition:
    """Photograph pen on paper; `width` and `share` are shares of the digit and of the shorter side."""

    def make(digit: Digit, random: Random) -> bytes:
        longer = random.uniform(*share) * min(size)
        x, y = np.array(size) / 2 + random.uniform(-0.5, 0.5, 2) * (np.array(size) - longer) * 0.8
        placing = Placing(x=x, y=y, side=longer, tilt=random.normal(0, 6), tremble=1.0)
        stroke = None if width is None else random.uniform(*width) * longer
        picture = on_paper(write(digit, size, placing, stroke, random), sheet(size, random), pen)
        for effect in (*effects, noise):
            picture = effect(picture, random)
        return encode(to_bytes(picture), reduce, as_bytes=as_bytes, negative=negative)

    return make


def encode(picture: NDArray[np.uint8], reduce: int, *, as_bytes: bool, negative: bool) -> bytes:
    """Return a PNG, or gray bytes, of a picture reduced by a factor."""
    image = Image.fromarray(255 - picture if negative else picture).reduce(reduce)
    return np.asarray(image.convert("L")).tobytes() if as_bytes else png(np.asarray(image))


ANY, FULL, TINY = (0.4, 0.95), (0.98, 1.06), (0.12, 0.25)
SQUARE = (336, 336)

MOUSE: dict[str, Condition] = {
    "canvas 28, anywhere, pen 1 to 3, raw": raw(28, (0.5, 0.95), (1, 3)),
    "canvas 28, anywhere, pen 1 to 3, dark on light PNG": gray(28, (0.5, 0.95), (1, 3)),
    "canvas 28, anywhere, dark on light raw": raw_dark(28, (0.5, 0.95), (1, 3)),
    "canvas 28, black and white only": hard(28, (0.5, 0.95), (1.2, 3), invert=False),
    "canvas 28, fills the frame, raw": raw(28, FULL, (2, 4)),
    "canvas 28, fills the frame, dark on light PNG": gray(28, FULL, (2, 4)),
    "canvas 28, fills the frame, dark on light raw": raw_dark(28, FULL, (2, 4)),
    "canvas 280 shrunk to 28, box, raw": shrunk(Image.Resampling.BOX),
    "canvas 280 shrunk to 28, nearest, raw": shrunk(Image.Resampling.NEAREST),
    "canvas 280 shrunk to 28, dark on light raw": shrunk(Image.Resampling.BILINEAR, invert=True),
    "canvas 280, anywhere, pen 8 to 24, raw": raw(280, ANY, (8, 24)),
    "canvas 280, anywhere, dark on light raw": raw_dark(280, ANY, (8, 24)),
    "canvas 280, black on white only": hard(280, ANY, (8, 24), invert=True),
    "canvas 280, small in a corner": raw(280, TINY, (2, 5)),
    "canvas 280, fills the frame, pen 20 to 40": gray(280, FULL, (20, 40)),
    "canvas 280, fills the frame, white on black": gray(280, FULL, (20, 40), paper=0, ink=255),
    "canvas 500, pen 2": raw(500, ANY, (2, 2)),
    "canvas 500, pen 12": gray(500, ANY, (12, 12)),
    "canvas 500, pen 40": raw(500, (0.7, 0.95), (40, 40)),
    "MNIST's own shape, canvas 280": raw(280, ANY, None),
    "low contrast, 160 on 200": gray(280, ANY, (8, 24), paper=200, ink=160),
    "light gray on middle gray": gray(280, ANY, (8, 24), paper=110, ink=190),
    "any colors": colored,
    "black on transparent": clear(0),
    "white on transparent": clear(255),
    "stored with loss (JPEG)": lossy,
}

PHOTOS: dict[str, Condition] = {
    "white paper": photo(),
    "yellowish paper, blue pen": photo(sheet=yellowish, pen=BLUE_PEN),
    "red pen": photo(pen=RED_PEN),
    "squared paper": photo(sheet=squared),
    "ruled paper, blue pen": photo(sheet=lined, pen=BLUE_PEN),
    "light from one side": photo(shading),
    "hard shadow": photo(hard_shadow),
    "dark corners": photo(vignette),
    "the table shows": photo(table, share=(0.4, 0.6)),
    "out of focus": photo(blur),
    "JPEG": photo(jpeg),
    "from the side": photo(perspective, share=(0.4, 0.7)),
    "thin blue pen": photo(pen=BLUE_PEN, width=(0.015, 0.03)),
    "pencil": photo(pen=PENCIL),
    "thick marker": photo(pen=MARKER, width=(0.12, 0.2)),
    "small on a large sheet": photo(size=(800, 600), share=(0.1, 0.2), width=(0.05, 0.09)),
    "large photo": photo(shading, jpeg, size=(800, 600)),
    "tight crop": photo(shading, size=SQUARE, share=(0.9, 1.0)),
    "tight crop, marker": photo(shading, size=SQUARE, share=(0.9, 1.0), width=(0.12, 0.18)),
    "all at once": photo(perspective, shading, blur, jpeg, sheet=yellowish, pen=BLUE_PEN, share=(0.4, 0.7)),
    "84 pixels": photo(shading, size=SQUARE, reduce=4),
    "28 pixels, PNG": photo(shading, size=SQUARE, reduce=12, width=(0.08, 0.14)),
    "28 pixels, raw": photo(shading, size=SQUARE, reduce=12, width=(0.08, 0.14), as_bytes=True),
    "28 pixels, raw, negative": photo(
        shading, size=SQUARE, reduce=12, width=(0.08, 0.14), as_bytes=True, negative=True
    ),
}
