"""Photos made for tests: four colored corners, in every form in which a photo can come."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

CORNERS = ((220, 30, 30), (30, 200, 30), (30, 30, 220), (230, 220, 40))
"""Top left, top right, bottom left, bottom right."""


def corners(width: int = 320, height: int = 240) -> np.ndarray:
    """Return a picture whose quarters each have a color."""
    pixels = np.empty((height, width, 3), dtype=np.uint8)
    half, middle = height // 2, width // 2
    pixels[:half, :middle], pixels[:half, middle:] = CORNERS[0], CORNERS[1]
    pixels[half:, :middle], pixels[half:, middle:] = CORNERS[2], CORNERS[3]
    return pixels


def scene(width: int = 640, height: int = 480, seed: int = 0) -> np.ndarray:
    """Return a picture with as much detail as a photo has."""
    random = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), dtype=np.float32)
    for step in (4, 16, 64):
        small = random.integers(0, 256, (height // step + 2, width // step + 2, 3), dtype=np.uint8)
        grown = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
        picture += np.asarray(grown, dtype=np.float32) * (step**0.5 / 14)
    return np.clip(picture, 0, 255).astype(np.uint8)


def encoded(picture: np.ndarray | Image.Image, form: str = "JPEG", **options: object) -> bytes:
    """Return a picture as a file."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def exif(orientation: int, order: str = "<") -> bytes:
    """Return EXIF that holds an orientation and a place."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0" + mark + struct.pack(order + "IH", 8, 1) + entry + struct.pack(order + "I", 0)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a part of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_bomb(width: int, height: int) -> bytes:
    """Return a PNG of many pixels in few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * min(height * (1 + width * 3), 25_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg_of_size(content: bytes, width: int, height: int) -> bytes:
    """Return a JPEG that claims another size."""
    place = min(at for at in (content.find(b"\xff\xc0"), content.find(b"\xff\xc2")) if at > 0)
    return content[: place + 5] + struct.pack(">HH", height, width) + content[place + 9 :]


def seen_corners(pixels: np.ndarray) -> list[int]:
    """Return which of the colors stands in each quarter."""
    height, width = pixels.shape[:2]
    places = ((1, 1), (1, 3), (3, 1), (3, 3))
    found = [pixels[height * y // 4, width * x // 4].astype(int) for y, x in places]
    return [int(np.argmin([np.abs(color - np.array(one)).sum() for one in CORNERS])) for color in found]
