"""The picture that social networks show beside a link to a shared result: words, and no object."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

CARD_SIZE = (1200, 630)
MARGIN = 90
BACKGROUND, TEXT, MUTED = "#0b1020", "#f4f6ff", "#a9b2cf"
SIZES = (44, 96, 52)
"""Of the letters of each line, where it is short enough."""
SMALLEST = 16


def draw_card(lines: tuple[str, str, str], accent: str) -> bytes:
    """Return a PNG of three lines: a title in the accent color, what is told, and a muted line."""
    card = Image.new("RGB", CARD_SIZE, BACKGROUND)
    draw = ImageDraw.Draw(card)
    draw.rectangle((0, 0, 16, CARD_SIZE[1]), fill=accent)
    top = 150
    for line, size, color in zip(lines, SIZES, (accent, TEXT, MUTED), strict=True):
        font = fitting(draw, line, size)
        draw.text((MARGIN, top), line, fill=color, font=font)
        top += size + 50
    draw.text(
        (MARGIN, CARD_SIZE[1] - 80), "Outclass. All dollars are play money.", fill=MUTED, font=font_of(28)
    )
    file = BytesIO()
    card.save(file, format="PNG", optimize=True)
    return file.getvalue()


def printable(name: str) -> str:
    """Return a name, or other words for one whose letters Pillow's font lacks.

    >>> printable("Ada"), printable("\u661f")
    ('Ada', 'A player')
    """
    try:
        name.encode("latin-1")
    except UnicodeEncodeError:
        return "A player"
    return name


def fitting(draw: ImageDraw.ImageDraw, line: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the font at the largest size, from `size` down, at which a line fits."""
    while size > SMALLEST and draw.textlength(line, font=font_of(size)) > CARD_SIZE[0] - 2 * MARGIN:
        size -= 4
    return font_of(size)


def font_of(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the font that comes with Pillow."""
    return ImageFont.load_default(size)
