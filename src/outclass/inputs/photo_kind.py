"""What a file is, by its bytes and whatever it is called."""

import re
from enum import StrEnum

from outclass.base.errors import InputError, UnsupportedMediaError

SNIFFED = 2048
"""Programs that guess what a file is look at so many of its first bytes."""
ZIP_TAIL = 65_557
"""A ZIP archive ends with a record that lies within so many bytes of the end."""
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MARKUP = re.compile(
    rb"<(?:!doctype|html|head|body|script|svg|\?php|\?xml-stylesheet|iframe)\b", re.IGNORECASE
)
OTHERS: tuple[tuple[bytes, int, str], ...] = (
    (b"GIF8", 0, "GIF"),
    (b"BM", 0, "BMP"),
    (b"II*\0", 0, "TIFF"),
    (b"MM\0*", 0, "TIFF"),
    (b"%PDF-", 0, "PDF"),
    (b"PK\x03\x04", 0, "ZIP"),
    (b"ftypavif", 4, "AVIF"),
    (b"ftypheic", 4, "HEIC"),
    (b"ftypheix", 4, "HEIC"),
    (b"ftypmif1", 4, "HEIC"),
    (b"ftyp", 4, "MP4"),
    (b"\0\0\x01\0", 0, "ICO"),
)


class PhotoFormat(StrEnum):
    """The kinds of files that are read."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"


PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp")
ACCEPTED = "a photo as JPEG, PNG or WebP"


def kind_of(body: bytes) -> PhotoFormat:
    """Return what a file is by its first bytes, which must not look like another kind besides."""
    if body.startswith(b"\xff\xd8\xff"):
        kind = PhotoFormat.JPEG
    elif body.startswith(PNG_SIGNATURE):
        kind = PhotoFormat.PNG
    elif body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        kind = PhotoFormat.WEBP
    else:
        raise UnsupportedMediaError(
            "this is no photo that is read here",
            got=name_of(body),
            accepted=ACCEPTED,
            hint="save or send it as a JPEG",
        )
    if other := second_kind(body):
        raise UnsupportedMediaError(
            "the file is a photo and something else at once", got=f"{kind} and {other}", accepted=ACCEPTED
        )
    return kind


def name_of(body: bytes) -> str:
    """Return what a file that is no photo seems to be."""
    for mark, place, name in OTHERS:
        if body.startswith(mark, place):
            return name
    start = body[:SNIFFED].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        return "SVG"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "HTML"
    return f"bytes that begin with {body[:8]!r}"


def second_kind(body: bytes) -> str | None:
    """Return what a program that guesses could take the photo for, if anything."""
    start = body[:SNIFFED]
    if MARKUP.search(start):
        return "HTML"
    if b"%PDF-" in start:
        return "PDF"
    tail = body[-ZIP_TAIL:]
    place = tail.rfind(b"PK\x05\x06")
    if place >= 0 and len(tail) - place >= 22:
        comment = int.from_bytes(tail[place + 20 : place + 22], "little")
        if place + 22 + comment == len(tail):
            return "ZIP"
    return None


def truncated(kind: str, body: bytes) -> InputError:
    """Return the error of a file that ends too early."""
    return InputError(
        f"the {kind} is truncated", got=f"{len(body)} bytes", accepted="a whole file", hint="send it again"
    )


def damaged(kind: str, found: str) -> InputError:
    """Return the error of a file that breaks its format."""
    return InputError(f"the {kind} is damaged", got=found, accepted=ACCEPTED)
