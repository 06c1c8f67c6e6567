"""Read a drawing from a request body: JSON numbers, raw bytes or a PNG.

A picture without a width and height of its own (a flat list, raw bytes) is square, and its ink is high:
0 is background, 1 (or 255) is full ink, as drawn white on black; unless its border is not black, as where
it was drawn or photographed on light paper. A picture that states its width and height
(a JSON object, a PNG) may be light on dark or dark on light, gray or colored, drawn or photographed.
"""

import functools
import struct
from math import isqrt
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from outclass.base.errors import InputError, InvalidInputError, TooLargeError, UnsupportedMediaError
from outclass.base.limits import Limits
from outclass.inputs.framing import is_empty, normalize
from outclass.inputs.paper import border, ink_of_picture
from outclass.inputs.png import PNG_SIGNATURE, decode_png
from outclass.inputs.shrink import shrink

__all__ = [
    "CONTENT_TYPES",
    "Picture",
    "decode_drawing",
    "decode_json",
    "decode_png",
    "decode_raw",
    "ink_of_square",
    "is_empty",
    "normalize",
    "read_drawing",
]

Ink = NDArray[np.float32]

CONTENT_TYPES = ("application/json", "application/octet-stream", "image/png")
LARGEST_BYTE = 255.0
PAPER = 0.1
"""A border that is lighter than this for the most part is paper and no background."""
ROUNDING = 1e-6
ONE_AS_BITS = 0x3F800000
"""The number 1 as the bits of a float32."""
PACKED = 4096
"""Longer lists are left to numpy, as packing takes each number as an argument."""
FLAT_ACCEPTED = "a flat row-major list of n x n numbers from 0 (background) to 1 (ink)"


class Picture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture as numbers, row by row.

    `pixels` holds `width * height` gray values, or three (red, green, blue) or four (and alpha) for each
    pixel; all from 0 to 1, or all whole numbers from 0 to 255.
    """

    width: Annotated[int, Meta(ge=1)]
    height: Annotated[int, Meta(ge=1)]
    pixels: list[float]


class DrawingRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A drawing under its name."""

    drawing: list[float] | Picture


_flat_decoder = msgspec.json.Decoder(list[float])
_unit_decoder = msgspec.json.Decoder(list[Annotated[float, Meta(ge=0.0, le=1.0)]])
_picture_decoder = msgspec.json.Decoder(Picture)
_request_decoder = msgspec.json.Decoder(DrawingRequest)


def read_drawing(body: bytes, content_type: str | None, limits: Limits, size: int = 28) -> Ink:
    """Read a drawing and bring it into the form of MNIST.

    Parameters
    ----------
    body
        The request body as it came.
    content_type
        Its media type, with or without parameters; None or an empty text means: find out.
    limits
        What one request may cost; checked before any work.
    size
        Side of the result in pixels.

    Returns
    -------
    float32 array of shape ``[size, size]``, 0 is background and 1 is ink; all zeros when nothing is drawn.

    Raises
    ------
    InputError
        Or one of its kinds: TooLargeError, UnsupportedMediaError, InvalidInputError.
    """
    return normalize(decode_drawing(body, content_type, limits), size)


def decode_drawing(body: bytes, content_type: str | None, limits: Limits) -> Ink:
    """Return the ink of a body as it is, neither cropped nor centered."""
    if len(body) > limits.body_bytes:
        raise TooLargeError(
            "the body is too large", got=f"{len(body)} bytes", accepted=f"{limits.body_bytes} bytes"
        )
    if not body:
        raise InputError("the body is empty", accepted=", ".join(CONTENT_TYPES))
    match media_type(content_type) or sniff(body):
        case "application/json":
            return decode_json(body, limits)
        case "application/octet-stream":
            return decode_raw(body, limits)
        case "image/png":
            return ink_of_picture(decode_png(body, limits))
        case other:
            raise UnsupportedMediaError(
                "this kind of body is not read here",
                where="Content-Type",
                got=other,
                accepted=", ".join(CONTENT_TYPES),
            )


def media_type(content_type: str | None) -> str:
    """Return the media type without parameters, in lower case.

    >>> media_type("Application/JSON; charset=utf-8")
    'application/json'
    """
    return (content_type or "").partition(";")[0].strip().lower()


def sniff(body: bytes) -> str:
    """Guess the media type of a body that came without one."""
    if body.startswith(PNG_SIGNATURE):
        return "image/png"
    text = body.isascii() and body.lstrip()[:1] in (b"[", b"{")
    return "application/json" if text else "application/octet-stream"


def decode_json(body: bytes, limits: Limits) -> Ink:
    """Read a flat list, a picture object, or either under the name `drawing`.

    Raises
    ------
    InputError
        No JSON (which includes NaN).
    InvalidInputError
        JSON of another shape, or numbers out of range.
    TooLargeError
        A width and height over the limit.
    """
    try:
        return from_list(body, limits) if body[:1] == b"[" else from_object(body, limits)
    except msgspec.ValidationError as error:
        raise InvalidInputError(
            str(error).replace("`", "'"),
            accepted=f"{FLAT_ACCEPTED}, or an object of width, height and pixels, or either as 'drawing'",
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            "the body is not valid JSON", got=str(error), hint="NaN and infinities are no JSON numbers"
        ) from None


def from_list(body: bytes, limits: Limits) -> Ink:
    """Read a flat list. The decoder finds what is out of range at less cost than numpy does afterwards."""
    try:
        values = _unit_decoder.decode(body)
    except msgspec.ValidationError:
        return from_flat(_flat_decoder.decode(body), limits)
    return ink_of_square(shrunk(square(values, limits)))


def from_object(body: bytes, limits: Limits) -> Ink:
    """Read a picture object or a request that holds a drawing."""
    if body.lstrip()[:1] == b"[":
        return from_list(body, limits)
    fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    if "drawing" not in fields:
        return from_picture(_picture_decoder.decode(body), limits)
    drawing = _request_decoder.decode(body).drawing
    return from_picture(drawing, limits) if isinstance(drawing, Picture) else from_flat(drawing, limits)


def from_flat(values: list[float], limits: Limits) -> Ink:
    """Read a square picture of ink from 0 to 1."""
    ink = in_range(square(values, limits), 1.0, "divide by 255 if these are bytes")
    return ink_of_square(shrunk(ink))


def square(values: list[float], limits: Limits) -> Ink:
    """Return a flat list as a square."""
    side = square_side(len(values), limits, FLAT_ACCEPTED)
    return numbers(values).reshape(side, side)


def decode_raw(body: bytes, limits: Limits) -> Ink:
    """Read a square picture of bytes, 255 is ink.

    Raises
    ------
    InvalidInputError
        Where the number of bytes is no square.
    """
    side = square_side(len(body), limits, "n x n bytes, one for each pixel, 255 is ink")
    pixels = np.frombuffer(body, dtype=np.uint8).reshape(side, side)
    return ink_of_square(np.divide(shrink(pixels), LARGEST_BYTE, dtype=np.float32))


def ink_of_square(pixels: Ink) -> Ink:
    """Return the ink of a picture that should be ink on nothing.

    One that has paper along its border is read like a picture that states its width and height. The corners
    are looked at first, as they tell nearly always, and at no cost.
    """
    last, count = len(pixels) - 1, pixels.size
    corners = (pixels.item(0), pixels.item(last), pixels.item(count - 1 - last), pixels.item(count - 1))
    if max(corners) <= PAPER or float(np.median(border(pixels))) <= PAPER:
        return pixels
    return ink_of_picture(pixels[:, :, np.newaxis])


def from_picture(picture: Picture, limits: Limits) -> Ink:
    """Read a picture that states its width and height."""
    width, height, count = picture.width, picture.height, len(picture.pixels)
    if width * height > limits.pixels:
        raise TooLargeError(
            "the picture is too large", got=f"{width} x {height}", accepted=f"at most {limits.pixels} pixels"
        )
    channels, rest = divmod(count, width * height)
    if rest or channels not in (1, 3, 4):
        raise InvalidInputError(
            "the number of values does not fit the width and height",
            where="pixels",
            got=f"{count} values for {width} x {height}",
            accepted=f"{width * height}, or three or four times as many for colors",
        )
    values = numbers(picture.pixels)
    if values.max() > 1.0 + ROUNDING and bool((values == np.rint(values)).all()):
        values = in_range(values, LARGEST_BYTE, "") / np.float32(LARGEST_BYTE)
    values = in_range(values, 1.0, "or whole numbers from 0 to 255")
    return ink_of_picture(shrunk(values.reshape(height, width, channels)))


def shrunk(picture: Ink) -> Ink:
    """Return a large picture averaged down."""
    return np.asarray(shrink(picture), dtype=np.float32)


def square_side(count: int, limits: Limits, accepted: str) -> int:
    """Return the side of a square of so many pixels."""
    if count > limits.pixels:
        raise TooLargeError(
            "the picture is too large", got=f"{count} pixels", accepted=f"at most {limits.pixels} pixels"
        )
    side = isqrt(count)
    if count == 0 or side * side != count:
        raise InvalidInputError(
            "the length is no square" if count else "there are no pixels",
            got=f"{count} values",
            accepted=accepted,
            hint="send width, height and pixels for another shape",
        )
    return side


def numbers(values: list[float]) -> Ink:
    """Return an array, which may be read-only; a number beyond float32 becomes infinite.

    Packing is three times as quick as numpy's own reading of a list.
    """
    if len(values) <= PACKED:
        try:
            return np.frombuffer(packer(len(values)).pack(*values), dtype=np.float32)
        except OverflowError:
            pass
    with np.errstate(over="ignore"):
        return np.array(values, dtype=np.float32)


@functools.lru_cache(maxsize=64)
def packer(count: int) -> struct.Struct:
    """Return what packs so many numbers."""
    return struct.Struct(f"{count}f")


def in_range(values: Ink, largest: float, hint: str) -> Ink:
    """Return the values cut to 0 and `largest`, or refuse them if one is farther out than by rounding.

    Read as whole numbers, floats from 0 up keep their order, and negative ones and NaN lie above all others:
    one pass tells that all is well.
    """
    if int(values.view(np.uint32).max()) <= ONE_AS_BITS:
        return values
    least, most = float(values.min()), float(values.max())
    if least >= 0.0 and most <= largest:
        return values
    if least >= -ROUNDING and most <= largest + ROUNDING:
        return np.clip(values, 0.0, largest)
    place = int(np.argmax(~((values >= -ROUNDING) & (values <= largest + ROUNDING))))
    raise InvalidInputError(
        "a value is out of range",
        where=f"pixels[{place}]",
        got=float(values.reshape(-1)[place]),
        accepted=f"0 to {largest:g}",
        hint=hint or None,
    )
