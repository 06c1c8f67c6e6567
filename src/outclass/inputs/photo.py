"""Read a photo: JPEG, PNG or WebP bytes become upright RGB pixels, of no more than are needed."""

import io
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from outclass.base.errors import InputError, InvalidInputError
from outclass.base.limits import Limits
from outclass.base.memory import give_back_memory
from outclass.inputs.colors import to_srgb
from outclass.inputs.photo_header import Header, read_header
from outclass.inputs.photo_kind import PHOTO_TYPES, PhotoFormat, damaged, truncated
from outclass.inputs.photos import WHOLE, Box
from outclass.inputs.view import around, part_of

__all__ = ["PHOTO_TYPES", "Photo", "PhotoFormat", "preview", "read_photo", "seen_part", "upright_size"]

Pixels = NDArray[np.uint8]

ENOUGH = 256
"""The shorter side that is kept by default; a view is taken from it."""
LARGE = 6_000_000
"""Pictures with more pixels to decode are decoded one at a time, as each takes hundreds of megabytes."""
BAND = 1_000_000
"""So many pixels are brought to RGB at once."""
QUALITY = 85
WHITE = (255, 255, 255)
TURNS: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each orientation of EXIF."""
ON_THE_SIDE = frozenset({5, 6, 7, 8})

_one_large = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo as it is looked at.

    Attributes
    ----------
    pixels
        Upright RGB (sRGB), uint8 ``[h, w, 3]``, of the box that was asked for; reduced where there are more
        pixels than are needed.
    width, height
        Of the upright photo as it was sent.
    format
        What the file was.
    frames
        Of an animation how many pictures it has; the first is in `pixels`.
    """

    pixels: Pixels
    width: int
    height: int
    format: PhotoFormat
    frames: int = 1


def read_photo(body: bytes, limits: Limits, *, box: Box | None = None, side: int = ENOUGH) -> Photo:
    """Decode a photo, turn it upright, bring its colors to sRGB, lay it on white, and cut out a box.

    Parameters
    ----------
    body
        The file as it came.
    limits
        What it may cost; checked on its header before anything is decoded.
    box
        Left, top, width and height of what counts, in pixels of the upright photo; see `view.around`.
    side
        Pixels that the shorter side of the result keeps, where the photo has as many: a large photo is
        decoded at a half, a quarter or an eighth of its size, which costs a tenth.

    Raises
    ------
    InputError
        Or one of its kinds: TooLargeError, UnsupportedMediaError, InvalidInputError.
    """
    header = read_header(body, limits)
    width, height = upright_size(header)
    part = around(check_box(box, width, height), width, height)
    shrinking = max(1, min(part[2], part[3]) // side)
    try:
        with waiting_for(header, shrinking):
            picture = decode(header, shrinking)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - what Pillow raises on damaged files has no base of its own
        raise decoding_problem(error, header) from None
    if turn := TURNS.get(header.orientation):
        picture = picture.transpose(turn)
    picture = to_srgb(cut(picture, part, width, height), header.profile)
    return Photo(
        pixels=np.asarray(picture), width=width, height=height, format=header.format, frames=header.frames
    )


def preview(photo: Photo, side: int) -> bytes:
    """Return a photo as a JPEG whose longer side has at most `side` pixels: no EXIF, no place, no camera."""
    picture = Image.fromarray(photo.pixels)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=QUALITY, optimize=True)
    return stream.getvalue()


def seen_part(width: int, height: int, box: Box | None = None) -> Box:
    """Return the part of an upright photo that its view shows, of the surroundings of a box if one counts.

    >>> seen_part(640, 480)
    (40, 0, 560, 480)
    >>> seen_part(640, 480, (300, 200, 100, 50))
    (290, 165, 120, 120)
    """
    x, y, wide, high = around(check_box(box, width, height), width, height)
    left, top, across, down = part_of(wide, high)
    return x + left, y + top, across, down


def upright_size(header: Header) -> tuple[int, int]:
    """Return width and height once the photo is turned."""
    turned = header.orientation in ON_THE_SIDE
    return (header.height, header.width) if turned else (header.width, header.height)


def fitting_box(box: Box | None, width: int, height: int) -> Box | None:
    """Return as much of a box as lies in the photo, None where nothing does: tables round by a pixel or two.

    >>> fitting_box((47, 194, 116, 63), 351, 256)
    (47, 194, 116, 62)
    >>> fitting_box((400, 10, 20, 20), 351, 256)
    """
    if box is None:
        return None
    left, top = max(0, box[0]), max(0, box[1])
    across, down = min(width, box[0] + box[2]) - left, min(height, box[1] + box[3]) - top
    return (left, top, across, down) if across > 0 and down > 0 else None


def check_box(box: Box | None, width: int, height: int) -> Box:
    """Return the part of a photo that counts, which must lie in it."""
    if box is None or box == WHOLE:
        return (0, 0, width, height)
    left, top, across, down = box
    inside = min(left, top) >= 0 and left + across <= width and top + down <= height
    if not inside or across < 1 or down < 1:
        raise InvalidInputError(
            "the box does not lie in the photo",
            where="box",
            got=f"left {left}, top {top}, width {across}, height {down}",
            accepted=f"a part of {width} x {height} pixels",
        )
    return box


def waiting_for(header: Header, shrinking: int) -> AbstractContextManager[object]:
    """Return what makes photos wait for each other that take much memory."""
    reduced = min(shrinking, 8) ** 2 if header.format is PhotoFormat.JPEG and not header.progressive else 1
    return alone() if header.width * header.height // reduced > LARGE else nullcontext()


@contextmanager
def alone() -> Iterator[None]:
    """Let one photo at a time be decoded, and hand back its memory, which each thread would keep else."""
    with _one_large:
        try:
            yield
        finally:
            give_back_memory()


def decode(header: Header, shrinking: int) -> Image.Image:
    """Return the pixels, RGB or CMYK, reduced by about `shrinking`, as they are stored."""
    with open_picture(header) as image:
        if image.size != (header.width, header.height):
            raise damaged(header.format, f"two sizes: {image.size} and {header.width} x {header.height}")
        if isinstance(image, JpegImageFile):
            reduction = next(one for one in (8, 4, 2, 1) if one <= shrinking)
            image.draft(None, (image.width // reduction, image.height // reduction))
            shrinking //= reduction
        if image.mode == "P" and image.palette is None:
            raise damaged(header.format, "colors from a palette, and no palette")
        image.load()
        return in_bands(image, shrinking)


def open_picture(header: Header) -> ImageFile:
    """Return the decoder for a file."""
    stream = io.BytesIO(header.content)
    match header.format:
        case PhotoFormat.JPEG:
            return JpegImageFile(stream)
        case PhotoFormat.PNG:
            return PngImageFile(stream)
        case PhotoFormat.WEBP:
            return WebPImageFile(stream)


def in_bands(image: Image.Image, factor: int) -> Image.Image:
    """Bring a picture to RGB and reduce it, band by band, as a copy of the whole may be very large."""
    if factor == 1 and image.mode in ("RGB", "CMYK"):
        return image.copy()
    rows = max(1, BAND // (image.width * factor)) * factor
    size = (-(-image.width // factor), -(-image.height // factor))
    result = Image.new("CMYK" if image.mode == "CMYK" else "RGB", size)
    for top in range(0, image.height, rows):
        band = on_white(image.crop((0, top, image.width, min(top + rows, image.height))))
        result.paste(band.reduce(factor) if factor > 1 else band, (0, top // factor))
    return result


def on_white(image: Image.Image) -> Image.Image:
    """Return a picture as RGB, what is transparent as white; CMYK stays, until its profile is known."""
    if image.mode in ("RGB", "CMYK"):
        return image
    if image.mode.startswith("I"):
        deep = np.asarray(image).astype(np.int32)
        return Image.fromarray(np.clip(deep >> 8, 0, 255).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    colored = image.convert("RGBA")
    paper = Image.new("RGB", image.size, WHITE)
    paper.paste(colored, mask=colored.getchannel("A"))
    return paper


def cut(picture: Image.Image, part: Box, width: int, height: int) -> Image.Image:
    """Return a part of an upright picture that was `width` by `height` before it was reduced."""
    left, top, across, down = part
    if (across, down) == (width, height):
        return picture
    horizontal, vertical = picture.width / width, picture.height / height
    return picture.crop(
        (
            min(round(left * horizontal), picture.width - 1),
            min(round(top * vertical), picture.height - 1),
            max(round((left + across) * horizontal), min(round(left * horizontal), picture.width - 1) + 1),
            max(round((top + down) * vertical), min(round(top * vertical), picture.height - 1) + 1),
        )
    )


def decoding_problem(error: Exception, header: Header) -> InputError:
    """Return what to say where the decoder gave up."""
    if "truncated" in str(error):
        return truncated(header.format, header.content)
    return damaged(header.format, f"{type(error).__name__}: {error}")
