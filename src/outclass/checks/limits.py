"""Promises on input: what is too large or broken is refused before any work is done."""

import struct
import zlib
from collections.abc import Mapping

from outclass.base.errors import InputError, TooLargeError
from outclass.catalog.challenge import InputKind
from outclass.checks.result import BrokenPromiseError, NotCheckedError
from outclass.checks.subject import Subject
from outclass.inputs.drawing import read_drawing
from outclass.inputs.png import PNG_SIGNATURE

JSON, RAW, PNG = "application/json", "application/octet-stream", "image/png"


def oversized_input_is_refused(subject: Subject) -> str:
    """A body or picture over its limit is refused as too large."""
    limits = subject.challenge.limits
    side = int(limits.pixels**0.5) + 1
    bodies = {
        "a body over the limit": (RAW, bytes(limits.body_bytes + 1)),
        "a picture of 10^9 x 10^9": (JSON, b'{"width":1000000000,"height":1000000000,"pixels":[0]}'),
        "a small PNG of too many pixels": (PNG, png_header(side, side)),
    }
    return refuse_all(subject, bodies, TooLargeError)


def broken_input_is_refused(subject: Subject) -> str:
    """What cannot be read is refused with a reason, never with an unexpected error."""
    bodies = {
        "an empty body": (RAW, b""),
        "a length that is no square": (RAW, bytes(783)),
        "a list whose length is no square": (JSON, b"[0,0,0]"),
        "not a number": (JSON, b"[NaN]"),
        "infinity": (JSON, b"[1e999]"),
        "a word for a number": (JSON, b'["ink"]'),
        "deep nesting": (JSON, b"[" * 100_000),
        "a cut PNG": (PNG, png_header(28, 28)),
        "no PNG": (PNG, b"GIF89a"),
        "an unknown kind": ("text/html", b"<p>"),
    }
    return refuse_all(subject, bodies, InputError)


def refuse_all(subject: Subject, bodies: Mapping[str, tuple[str, bytes]], expected: type[InputError]) -> str:
    """Send each body; each must raise the error that is expected."""
    challenge = subject.challenge
    if challenge.input.kind is not InputKind.DRAWING:
        raise NotCheckedError(f"there are no bodies for {challenge.input.kind} yet")
    for name, (kind, body) in bodies.items():
        try:
            read_drawing(body, kind, challenge.limits, challenge.input.size)
        except expected:
            continue
        raise BrokenPromiseError(f"{name} is not refused")
    return f"{len(bodies)} bodies"


def png_header(width: int, height: int) -> bytes:
    """Return the first bytes of a PNG file of some size, and no picture."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return PNG_SIGNATURE + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
