"""Photos to check a challenge with: a few that can be looked at, and files that must be refused."""

import io
import struct
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outclass.base.limits import Limits
from outclass.inputs.photo import read_photo
from outclass.inputs.png import PNG_SIGNATURE
from outclass.inputs.view import view_of

SIZES = ((320, 240), (240, 320), (224, 224), (640, 120), (64, 64))
STEPS = (2, 8, 32)


def make_views() -> NDArray[np.uint8]:
    """Return the views of a few made-up photos of several forms, the same every time."""
    return np.stack([view_of(read_photo(make_photo(*size), Limits()).pixels) for size in SIZES])


def make_photo(width: int, height: int, form: str = "JPEG") -> bytes:
    """Return a photo of patches of color, coarse and fine."""
    random = np.random.default_rng(width * 10_000 + height)
    picture = np.zeros((height, width, 3), dtype=np.float32)
    for step in STEPS:
        patches = random.integers(0, 256, (height // step + 2, width // step + 2, 3), dtype=np.uint8)
        grown = Image.fromarray(patches).resize((width, height), Image.Resampling.BICUBIC)
        picture += np.asarray(grown, dtype=np.float32) / len(STEPS)
    stream = io.BytesIO()
    Image.fromarray(picture.astype(np.uint8)).save(stream, form)
    return stream.getvalue()


def oversized_photos(limits: Limits) -> Mapping[str, tuple[str, bytes]]:
    """Return files that are larger than the limits allow; none of them needs to be decoded to tell."""
    side = int(limits.pixels**0.5) + 1
    photo = make_photo(64, 64)
    return {
        "a body over the limit": ("image/jpeg", photo + bytes(limits.body_bytes)),
        "a PNG of too many pixels": ("image/png", small_png(side, side)),
        "a JPEG that claims too many pixels": ("image/jpeg", with_size(photo, 60_000)),
    }


def broken_photos() -> Mapping[str, tuple[str, bytes]]:
    """Return files that are no photo, or not a whole one."""
    jpeg, png = make_photo(320, 240), make_photo(64, 64, "PNG")
    return {
        "an empty body": ("image/jpeg", b""),
        "a page": ("image/jpeg", b"<!doctype html><html><body>not found</body></html>"),
        "a drawing in SVG": ("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        "a cut JPEG": ("image/jpeg", jpeg[: len(jpeg) // 3]),
        "a cut PNG": ("image/png", png[: len(png) // 2]),
        "a header and no picture": ("image/png", png_header(64, 64)),
        "a program": ("image/png", b"MZ" + bytes(200)),
        "random bytes": ("image/webp", np.random.default_rng(1).bytes(1000)),
    }


def with_size(jpeg: bytes, side: int) -> bytes:
    """Return a JPEG whose header claims another size."""
    place = jpeg.find(b"\xff\xc0")
    return jpeg[: place + 5] + struct.pack(">HH", side, side) + jpeg[place + 9 :]


def small_png(width: int, height: int) -> bytes:
    """Return a PNG file of a few bytes that claims some size."""
    return png_header(width, height) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def png_header(width: int, height: int) -> bytes:
    """Return the first bytes of a PNG file of some size, and no picture."""
    return PNG_SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a part of a PNG file."""
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
