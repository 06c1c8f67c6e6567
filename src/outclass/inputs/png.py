"""PNG bodies: the header is checked before anything is decoded."""

import io
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from outclass.base.errors import InputError, InvalidInputError, TooLargeError, UnsupportedMediaError
from outclass.base.limits import Limits
from outclass.inputs.shrink import WORKING_SIDE

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = struct.Struct(">I4sII")


def decode_png(body: bytes, limits: Limits) -> NDArray[np.float32]:
    """Decode a PNG, at most reduced by a whole factor.

    Returns
    -------
    float32 array of shape ``[height, width, channels]`` from 0 to 1; gray, or red, green and blue, with alpha
    last where there is any.

    Raises
    ------
    TooLargeError
        More pixels than the limit, by the header, before decoding.
    UnsupportedMediaError
        No PNG.
    InputError
        A damaged PNG.
    """
    check_header(body, limits)
    try:
        with Image.open(io.BytesIO(body), formats=["PNG"]) as image:
            check_opened(image, limits)
            image.load()
            return to_array(image)
    except InputError:
        raise
    except UnidentifiedImageError:  # its text is an address in memory
        raise InputError("the PNG is damaged", got="chunks that cannot be read") from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, MemoryError, OverflowError) as error:
        raise InputError("the PNG is damaged", got=f"{type(error).__name__}: {error}") from None
    except Image.DecompressionBombError:
        raise TooLargeError("the picture is too large", accepted=f"at most {limits.pixels} pixels") from None


def check_header(body: bytes, limits: Limits) -> None:
    """Check signature, first chunk and size without decoding."""
    if not body.startswith(PNG_SIGNATURE):
        raise UnsupportedMediaError("the body is no PNG", got=body[:8], accepted="a PNG")
    if len(body) < len(PNG_SIGNATURE) + HEADER.size:
        raise InputError("the PNG is truncated", got=f"{len(body)} bytes")
    length, kind, width, height = HEADER.unpack_from(body, len(PNG_SIGNATURE))
    if kind != b"IHDR" or length != 13:
        raise InputError("the PNG is damaged", got=f"first chunk {kind!r}", accepted="IHDR")
    check_size(width, height, limits)


def check_size(width: int, height: int, limits: Limits) -> None:
    """Refuse more pixels than the limit, and none."""
    if width * height > limits.pixels:
        raise TooLargeError(
            "the picture is too large", got=f"{width} x {height}", accepted=f"at most {limits.pixels} pixels"
        )
    if width < 1 or height < 1:
        raise InvalidInputError("the picture has no pixels", got=f"{width} x {height}")


def check_opened(image: Image.Image, limits: Limits) -> None:
    """Check again what was understood, as a second header chunk may contradict the first."""
    check_size(image.width, image.height, limits)
    if getattr(image, "n_frames", 1) > 1:
        raise InvalidInputError("the PNG is animated", accepted="a single picture")
    if image.mode == "P" and image.palette is None:
        raise InputError("the PNG is damaged", got="colors from a palette, and no palette")


def to_array(image: Image.Image) -> NDArray[np.float32]:
    """Return gray or color planes from 0 to 1, reduced to a working size."""
    factor = max(1, max(image.size) // WORKING_SIDE)
    if image.mode.startswith("I"):
        wide = np.asarray(image, dtype=np.float32)[::factor, ::factor, np.newaxis]
        return np.asarray(np.clip(wide / 65535.0, 0.0, 1.0), dtype=np.float32)
    alpha = image.has_transparency_data
    gray = image.mode in ("1", "L", "LA")
    planes = image.convert(
        {(True, False): "L", (True, True): "LA", (False, True): "RGBA"}.get((gray, alpha), "RGB")
    )
    reduced = planes.reduce(factor) if factor > 1 else planes
    values = np.asarray(reduced, dtype=np.float32) / 255.0
    return values.reshape(reduced.height, reduced.width, -1)
