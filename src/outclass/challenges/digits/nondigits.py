"""Pictures that are no digits, made from fonts and random strokes, to learn from and to set a threshold by.

No picture of a published set is used: what is learned here is tested on drawings, clothes, kana and letters
that were made by others. Glyphs that look like digits are left out.
"""

import io
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from outclass.base.errors import MissingExtraError
from outclass.inputs import framing

Picture: TypeAlias = NDArray[np.uint8]
Painter: TypeAlias = Callable[[np.random.Generator], Picture]
Item = TypeVar("Item")

CANVAS = 84
SIDE = 28
BOX = 20
FONT_SIZES = (40, 64)
WHITE = 255

LATIN = "ACEFHJKLMNPRTUVWXacefhkmnprvwx&@#%*+=<>{}¶"
GREEK_AND_CYRILLIC = "ΓΔΞΠΣΨΩαηκλμξπφχψωЖИЛПФЦШЩЪЫЮЯджийлмпцшщюя"
SCRIPTS = {
    "amiri": "بتثجخسشصضطظفقكلني",
    "noto_sans_thai": "กขคฆฉชซฌญฎฏฐฑฒณดตถทนบปผฝพฟภมศษสหฬฮ",
    "noto_sans_telugu": "అఆఇఈఉఊఐఓఔకఖగఘఙచఛజఝఞటడఢణతథధనపఫబభమయలవశషసహ",
    "noto_sans_khmer": "កខគឃងចឆជឈញដឋឌឍណតថទធនបផពភមយរលវសហឡអ",
    "noto_sans_tamil": "அஆஇஈஊஐகஙசஞடணதநபமயலவழளறன",
}
TRAINING_FONTS = (
    "abril_fatface", "alfa_slab_one", "amiri", "black_ops_one", "bungee", "cinzel", "comfortaa",
    "great_vibes", "kalam", "lobster", "luckiest_guy", "noto_sans_khmer", "noto_sans_telugu",
    "noto_sans_thai", "orbitron", "permanent_marker", "roboto_slab", "shadows_into_light",
)  # fmt: skip
TUNING_FONTS = ("arvo", "caveat", "dm_mono", "noto_sans_tamil", "pacifico", "righteous")
RESAMPLERS = (
    Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.HAMMING, Image.Resampling.LANCZOS,
)  # fmt: skip


def normalize(picture: Picture, resampler: Image.Resampling = Image.Resampling.BOX) -> Picture:
    """Bring light ink on black into MNIST's form by any filter; serving has one, others' pictures many."""
    ink = picture.astype(np.float32) / np.float32(WHITE)
    if framing.is_empty(ink):
        return np.zeros((SIDE, SIDE), np.uint8)
    crop = framing.crop(ink)
    scale = BOX / max(crop.shape)
    height, width = (max(1, round(length * scale)) for length in crop.shape)
    small = np.asarray(Image.fromarray(crop).resize((width, height), resampler)).clip(0.0, 1.0)
    return np.rint(framing.center(small, SIDE) * WHITE).astype(np.uint8)


def training_nondigits(seed: int, count: int, digits: Picture) -> Picture:
    """Make `count` non-digits to learn from; `digits` (training rows) are put together in some of them."""
    random = np.random.default_rng([seed, 1])
    return _make(random, count, TRAINING_FONTS, lambda generator: _several_digits(generator, digits))


def tuning_nondigits(seed: int, count: int) -> Picture:
    """Make `count` letters and scribbles, of fonts and seeds that training never sees."""
    return _make(np.random.default_rng([seed, 2]), count, TUNING_FONTS, None)


def redraw(seed: int, digits: Picture) -> Picture:
    """Draw digits anew as if by a round brush on a large canvas, and normalize them again.

    The ink is enlarged, cut to black and white, made thicker or thinner, and shrunk by another filter, so
    that neither the scanner's gray levels nor one filter's become the mark of a digit.
    """
    random = np.random.default_rng([seed, 3])
    return np.stack([_redraw_one(random, digit) for digit in digits])


def _redraw_one(random: np.random.Generator, digit: Picture) -> Picture:
    side = SIDE * int(random.integers(3, 5))
    image = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    cut = int(random.integers(70, 170))
    image = image.point([0] * cut + [WHITE] * (256 - cut))
    match int(random.integers(0, 4)):
        case 0:
            image = image.filter(ImageFilter.MaxFilter(3))
        case 1:
            image = image.filter(ImageFilter.MaxFilter(5))
        case 2 if np.asarray(image).mean() > 26:
            image = image.filter(ImageFilter.MinFilter(3))
        case _:
            pass
    drawn = normalize(np.asarray(image), pick(random, RESAMPLERS))
    return drawn if drawn.any() else digit


def _make(random: np.random.Generator, count: int, fonts: Sequence[str], several: Painter | None) -> Picture:
    """Paint pictures of all kinds by their shares."""
    kinds: list[tuple[float, Painter]] = [
        (0.32, lambda generator: _glyph(generator, fonts)),
        (0.04, lambda generator: _word(generator, fonts)),
        (0.20, _scribble),
    ]
    if several is not None:
        kinds += [(0.16, _outlines), (0.16, _silhouette), (0.04, _texture), (0.08, several)]
    shares = np.array([share for share, _ in kinds])
    choices = random.choice(len(kinds), size=count, p=shares / shares.sum())
    pictures = np.zeros((count, SIDE, SIDE), np.uint8)
    for row, choice in enumerate(choices):
        pictures[row] = normalize(_widen(kinds[choice][1](random)), pick(random, RESAMPLERS))
    return pictures


def pick(random: np.random.Generator, items: Sequence[Item]) -> Item:
    """Choose one of the items."""
    return items[int(random.integers(len(items)))]


def _widen(picture: Picture) -> Picture:
    """Lay down what is so narrow that it could be a one."""
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    if rows.size and np.ptp(columns) + 1 < 0.4 * (np.ptp(rows) + 1):
        return picture.T
    return picture


@cache
def open_fonts(package: str) -> tuple[ImageFont.FreeTypeFont, ...]:
    """Open the fonts of one package in all sizes."""
    try:
        folder = files(f"fontpkg_{package}") / "files"
    except ModuleNotFoundError:
        what = f"the fonts of fontpkg-{package.replace('_', '-')} are needed to make non-digits"
        raise MissingExtraError("torch", what=what) from None
    paths = sorted(
        (path for path in folder.iterdir() if path.name.endswith(".ttf")), key=lambda path: path.name
    )
    return tuple(
        ImageFont.truetype(io.BytesIO(path.read_bytes()), size) for path in paths for size in FONT_SIZES
    )


def _alphabet(package: str, random: np.random.Generator) -> str:
    """Choose among the letters that a font has."""
    script = SCRIPTS.get(package)
    if script is not None:
        return script
    return GREEK_AND_CYRILLIC if package == "roboto_slab" and random.random() < 0.5 else LATIN


def write_text(text: str, font: ImageFont.FreeTypeFont) -> Picture:
    """White text on black, cut to size."""
    left, top, right, bottom = font.getbbox(text, anchor="ls")
    image = Image.new("L", (max(8, int(right - left) + 8), max(8, int(bottom - top) + 8)))
    ImageDraw.Draw(image).text((4 - left, 4 - top), text, fill=WHITE, font=font, anchor="ls")
    return np.asarray(image)


def _glyph(random: np.random.Generator, fonts: Sequence[str]) -> Picture:
    """One letter or sign, sometimes slanted."""
    package = pick(random, fonts)
    picture = write_text(pick(random, _alphabet(package, random)), pick(random, open_fonts(package)))
    if random.random() < 0.5:
        return picture
    return np.asarray(Image.fromarray(picture).rotate(random.uniform(-15, 15), expand=True))


def _word(random: np.random.Generator, fonts: Sequence[str]) -> Picture:
    """Two or three letters beside each other."""
    package = pick(random, fonts)
    alphabet = _alphabet(package, random)
    text = "".join(pick(random, alphabet) for _ in range(int(random.integers(2, 4))))
    return write_text(text, pick(random, open_fonts(package)))


def blank() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """An empty canvas and its brush."""
    image = Image.new("L", (CANVAS, CANVAS))
    return image, ImageDraw.Draw(image)


def draw_stroke(draw: ImageDraw.ImageDraw, points: NDArray[np.float64], width: int, ink: int = WHITE) -> None:
    """Draw a line with round joints and ends."""
    corners = [(float(x), float(y)) for x, y in points]
    draw.line(corners, fill=ink, width=width, joint="curve")
    radius = width / 2
    for x, y in (corners[0], corners[-1]):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)


def _curve(random: np.random.Generator, corners: int) -> NDArray[np.float64]:
    """A smooth line through random points."""
    knots = random.uniform(8, CANVAS - 8, (corners, 2))
    if random.random() < 0.3:
        return knots
    places = np.linspace(0, corners - 1, corners * 8)
    spread = np.exp(-0.5 * ((places[:, None] - np.arange(corners)) / 0.55) ** 2)
    return np.asarray(spread / spread.sum(axis=1, keepdims=True) @ knots)


def _scribble(random: np.random.Generator) -> Picture:
    """A long tangle, or several strokes that cross."""
    image, draw = blank()
    width = int(random.integers(3, 10))
    if random.random() < 0.5:
        draw_stroke(draw, _curve(random, int(random.integers(7, 18))), width)
    else:
        for _ in range(int(random.integers(3, 8))):
            draw_stroke(draw, _curve(random, int(random.integers(2, 5))), width)
    return np.asarray(image)


def _polygon(random: np.random.Generator) -> NDArray[np.float64]:
    """A closed shape around a random middle: a few corners or a wavy outline."""
    corners = int(random.integers(3, 14))
    angles = (
        np.sort(random.uniform(0, 2 * np.pi, corners)) if corners < 8 else np.linspace(0, 2 * np.pi, corners)
    )
    reach = random.uniform(10, 36) * random.uniform(0.45, 1.0, corners)
    middle = random.uniform(30, CANVAS - 30, 2)
    stretch = random.uniform(0.6, 1.4, 2)
    return np.asarray(middle + np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None] * stretch)


def _outlines(random: np.random.Generator) -> Picture:
    """A line drawing: bodies with parts (wheels, eyes, arcs, whiskers), as people draw things."""
    image, draw = blank()
    width = int(random.integers(2, 7))
    for _ in range(int(random.integers(2, 7))):
        x, y = random.uniform(6, CANVAS - 30, 2)
        w, h = random.uniform(8, 46, 2)
        box = (x, y, min(x + w, CANVAS - 4.0), min(y + h, CANVAS - 4.0))
        match int(random.integers(0, 5)):
            case 0:
                draw.ellipse(box, outline=WHITE, width=width)
            case 1:
                draw.rectangle(box, outline=WHITE, width=width)
            case 2:
                outline = _polygon(random)
                draw_stroke(draw, np.vstack([outline, outline[:1]]), width)
            case 3:
                for inset in range(0, int(random.integers(1, 5)) * 3 * width, 3 * width):
                    _arc(draw, box, inset, width)
            case _:
                draw_stroke(draw, _curve(random, int(random.integers(2, 4))), width)
    return np.asarray(image)


def _arc(draw: ImageDraw.ImageDraw, box: tuple[float, ...], inset: int, width: int) -> None:
    x0, y0, x1, y1 = box[0] + inset, box[1] + inset, box[2] - inset, box[3] + inset
    if x1 > x0 and y1 > y0:
        draw.arc((x0, y0, x1, y1), 180, 360, fill=WHITE, width=width)


def _silhouette(random: np.random.Generator) -> Picture:
    """A filled body of one to four parts, plain or with shades and a pattern, as of clothes or tools."""
    image, draw = blank()
    for _ in range(int(random.integers(1, 5))):
        ink = int(random.integers(90, 256))
        if random.random() < 0.6:
            draw.polygon([(float(x), float(y)) for x, y in _polygon(random)], fill=ink)
        else:
            x, y = random.uniform(4, CANVAS - 34, 2)
            w, h = random.uniform(14, 60, 2)
            shape = (x, y, min(x + w, CANVAS - 3.0), min(y + h, CANVAS - 3.0))
            (draw.rectangle if random.random() < 0.7 else draw.ellipse)(shape, fill=ink)
    picture = np.asarray(image)
    if random.random() < 0.5:
        picture = np.maximum(picture, picture[:, ::-1])
    return picture if random.random() < 0.4 else (picture * _shade(random)).astype(np.uint8)


def _shade(random: np.random.Generator) -> NDArray[np.float64]:
    """A smooth or striped pattern of factors in 0.3..1."""
    y, x = np.mgrid[0:CANVAS, 0:CANVAS] / CANVAS
    angle = random.uniform(0, np.pi)
    waves = np.sin(
        2 * np.pi * random.uniform(0.3, 7) * (x * np.cos(angle) + y * np.sin(angle)) + random.uniform(0, 6)
    )
    grain = random.normal(0, random.uniform(0, 0.25), (CANVAS // 6, CANVAS // 6)).repeat(6, 0).repeat(6, 1)
    return np.asarray(np.clip(0.65 + 0.35 * waves * random.random() + grain, 0.3, 1.0))


def _texture(random: np.random.Generator) -> Picture:
    """Noise, spots or stripes over the whole picture."""
    cells = int(random.choice([7, 14, 28, 42]))
    grid = random.random((cells, cells))
    if random.random() < 0.5:
        grid = (grid > random.uniform(0.3, 0.8)).astype(float)
    picture = grid.repeat(CANVAS // cells, 0).repeat(CANVAS // cells, 1)
    return np.asarray(picture * (_shade(random) if random.random() < 0.5 else 1.0) * WHITE, np.uint8)


def _several_digits(random: np.random.Generator, digits: Picture) -> Picture:
    """Two or three digits beside each other, or a digit cut into quarters that changed places."""
    if random.random() < 0.3:
        digit = digits[int(random.integers(len(digits)))]
        quarters = [digit[y : y + 14, x : x + 14] for y in (0, 14) for x in (0, 14)]
        order = pick(random, ((3, 2, 1, 0), (1, 2, 3, 0), (2, 0, 3, 1), (1, 3, 0, 2)))
        return np.block([[quarters[order[0]], quarters[order[1]]], [quarters[order[2]], quarters[order[3]]]])
    step = int(random.integers(13, 24))
    count = int(random.integers(2, 4))
    row = np.zeros((SIDE, SIDE + step * (count - 1)), np.uint8)
    for place in range(count):
        part = row[:, place * step : place * step + SIDE]
        np.maximum(part, digits[int(random.integers(len(digits)))], out=part)
    return row
