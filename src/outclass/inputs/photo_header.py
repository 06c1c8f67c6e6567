"""What the first bytes of a JPEG, PNG or WebP tell, read without decoding a pixel.

Of a file only the picture itself goes on to the decoder: no thumbnails, no comments.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from outclass.base.errors import InputError, InvalidInputError, TooLargeError
from outclass.base.limits import Limits
from outclass.inputs.exif import UPRIGHT, orientation_of
from outclass.inputs.photo_kind import ACCEPTED, PNG_SIGNATURE, PhotoFormat, damaged, kind_of, truncated

SMALLEST_SIDE = 16
"""Nothing can be seen on less."""
MOST_SEGMENTS = 10_000
MOST_SCANS = 30
"""A progressive JPEG has ten or so; each costs as much as the whole picture."""
LOOKED_AT = 100
"""Parts of a JPEG that are looked at for its size while others wait."""
UNKNOWN_WORK = 25_000_000
LARGEST_PROFILE = 4_000_000
PNG_PARTS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
ADOBE = 0xEE
EXIF_APP, ICC_APP = 0xE1, 0xE2
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
BARE = frozenset({0x01, *range(0xD0, 0xD9)})
START_OF_SCAN, END = 0xDA, 0xD9


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What is known before decoding.

    Attributes
    ----------
    width, height
        As stored, before the photo is turned upright.
    orientation
        That of EXIF, 1 to 8.
    frames
        Of an animation how many pictures it has.
    progressive
        Whether a JPEG is decoded as a whole before any of it can be had.
    profile
        The color profile (ICC); empty where there is none.
    content
        The file without what is not needed for decoding.
    """

    format: PhotoFormat
    width: int
    height: int
    orientation: int = UPRIGHT
    frames: int = 1
    progressive: bool = False
    profile: bytes = b""
    content: bytes


def read_header(body: bytes, limits: Limits) -> Header:
    """Return the header of a photo.

    Raises
    ------
    TooLargeError
        More bytes or pixels than the limits.
    UnsupportedMediaError
        Another kind of file, or two kinds at once.
    InvalidInputError
        Too few pixels.
    InputError
        Nothing, or a damaged file.
    """
    check_body(body, limits)
    match kind_of(body):
        case PhotoFormat.JPEG:
            header = jpeg_header(body)
        case PhotoFormat.PNG:
            header = png_header(body)
        case _:
            header = webp_header(body)
    check_size(header.width, header.height, limits)
    return header


def work_of(body: bytes) -> int:
    """Return about how many pixels must be brought forth to decode a file, by a short look at its beginning.

    A JPEG gives a small picture for an eighth of the work, unless it is progressive.
    """
    match body[:2]:
        case b"\xff\xd8":
            return jpeg_work(body)
        case b"\x89P" if len(body) >= 24:
            width, height = struct.unpack_from(">II", body, 16)
            return min(int(width * height), UNKNOWN_WORK)
        case b"RI" if len(body) >= 30:
            width, height = webp_size(body) or (0, 0)
            return min(width * height, UNKNOWN_WORK)
    return 0


def jpeg_work(body: bytes) -> int:
    """Return about how many pixels must be brought forth to decode a JPEG."""
    place = 2
    try:
        for _ in range(LOOKED_AT):
            marker, begin, place = jpeg_segment(body, place)
            if marker in FRAMES and place - begin >= 6:
                height, width = struct.unpack_from(">HH", body, begin + 1)
                return int(width * height) // (1 if marker in PROGRESSIVE else 8)
    except InputError:
        return 0
    return UNKNOWN_WORK


def check_body(body: bytes, limits: Limits) -> None:
    """Refuse nothing, and too much."""
    if len(body) > limits.body_bytes:
        raise TooLargeError(
            "the photo is too large", got=f"{len(body)} bytes", accepted=f"at most {limits.body_bytes} bytes"
        )
    if not body:
        raise InputError("the photo is empty", got="0 bytes", accepted=ACCEPTED)


def check_size(width: int, height: int, limits: Limits) -> None:
    """Refuse more pixels than the limit, and too few."""
    if width * height > limits.pixels:
        raise TooLargeError(
            "the photo has too many pixels",
            got=f"{width} x {height}",
            accepted=f"at most {limits.pixels} pixels",
            hint="make it smaller and send it again",
        )
    if min(width, height) < SMALLEST_SIDE:
        raise InvalidInputError(
            "the photo is too small",
            got=f"{width} x {height}",
            accepted=f"at least {SMALLEST_SIDE} pixels each way",
        )


def jpeg_header(body: bytes) -> Header:
    """Walk the segments of a JPEG up to its first scan."""
    size: tuple[int, int] | None = None
    kept, profiles = [body[:2]], dict[int, bytes]()
    orientation, progressive, place = UPRIGHT, False, 2
    for _ in range(MOST_SEGMENTS):
        marker, begin, end = jpeg_segment(body, place)
        place = end
        if marker in FRAMES:
            if size is not None or end - begin < 6:
                raise damaged("JPEG", "a second frame" if size else "a frame without a size")
            size = (int.from_bytes(body[begin + 3 : begin + 5], "big"),
                    int.from_bytes(body[begin + 1 : begin + 3], "big"))  # fmt: skip
            progressive = marker in PROGRESSIVE
        elif marker == EXIF_APP and body.startswith(b"Exif\0\0", begin):
            orientation = orientation_of(body[begin + 6 : end])
        elif marker == ICC_APP and body.startswith(b"ICC_PROFILE\0", begin) and end - begin > 14:
            profiles[body[begin + 12]] = body[begin + 14 : end]
        if marker == START_OF_SCAN:
            break
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE) or marker == ADOBE:
            kept += [b"\xff" + bytes([marker]), body[begin - 2 : end] if end > begin else b""]
    else:
        raise damaged("JPEG", "more parts than any camera writes")
    if size is None:
        raise damaged("JPEG", "no size before the picture")
    if progressive:
        check_scans(body, begin - 4)
    return Header(
        format=PhotoFormat.JPEG,
        width=size[0],
        height=size[1],
        orientation=orientation,
        progressive=progressive,
        profile=b"".join(profiles[number] for number in sorted(profiles)),
        content=b"".join([*kept, memoryview(body)[begin - 4 :]]),
    )


def jpeg_segment(body: bytes, place: int) -> tuple[int, int, int]:
    """Return the marker at a place, and where its content begins and ends."""
    if place + 4 > len(body):
        raise truncated("JPEG", body)
    if body[place] != 0xFF:
        raise damaged("JPEG", f"byte {body[place]:#04x} where a part should begin")
    while body[place + 1] == 0xFF and place + 4 < len(body):
        place += 1
    marker = body[place + 1]
    if marker in BARE:
        return marker, place + 2, place + 2
    if marker in (0x00, 0xFF, END):
        raise damaged("JPEG", "no picture")
    end = place + 2 + int.from_bytes(body[place + 2 : place + 4], "big")
    if end < place + 4:
        raise damaged("JPEG", "a part without a length")
    if end > len(body):
        raise truncated("JPEG", body)
    return marker, place + 4, end


def check_scans(body: bytes, start: int) -> None:
    """Refuse a progressive JPEG that is drawn over and over."""
    end = body.find(b"\xff\xd9", start)
    if body.count(b"\xff\xda", start, len(body) if end < 0 else end) > MOST_SCANS:
        raise damaged("JPEG", f"more than {MOST_SCANS} scans")


def png_header(body: bytes) -> Header:
    """Walk the chunks of a PNG."""
    kept, orientation, frames, profile = [PNG_SIGNATURE], UPRIGHT, 1, b""
    for kind, begin, end in png_chunks(body):
        match kind:
            case b"eXIf":
                orientation = orientation_of(body[begin:end])
            case b"iCCP":
                profile = png_profile(body[begin:end])
            case b"acTL":
                frames = max(1, int.from_bytes(body[begin : begin + 4], "big"))
            case _ if kind in PNG_PARTS:
                kept.append(body[begin - 8 : end + 4])
    width, height = struct.unpack_from(">II", body, 16)
    return Header(
        format=PhotoFormat.PNG,
        width=width,
        height=height,
        orientation=orientation,
        frames=frames,
        profile=profile,
        content=b"".join(kept),
    )


def png_chunks(body: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each chunk of a PNG, and where its content begins and ends."""
    place = len(PNG_SIGNATURE)
    for number in range(MOST_SEGMENTS):
        if place + 12 > len(body):
            raise truncated("PNG", body)
        length, kind = struct.unpack_from(">I4s", body, place)
        begin, end = place + 8, place + 8 + length
        if end + 4 > len(body):
            raise truncated("PNG", body)
        if (kind == b"IHDR") != (number == 0) or (number == 0 and length != 13):
            raise damaged("PNG", f"{kind!r} as part {number + 1}")
        yield kind, begin, end
        if kind == b"IEND":
            return
        place = end + 4
    raise damaged("PNG", "more parts than any program writes")


def png_profile(chunk: bytes) -> bytes:
    """Return the color profile of a PNG, nothing where it is damaged or too large."""
    packed = chunk.partition(b"\0")[2][1:]
    unpacking = zlib.decompressobj()
    try:
        profile = unpacking.decompress(packed, LARGEST_PROFILE)
    except zlib.error:
        return b""
    return b"" if unpacking.unconsumed_tail else profile


def webp_header(body: bytes) -> Header:
    """Read the first chunk of a WebP, and those that stand beside the picture."""
    size = webp_size(body)
    if size is None:
        raise damaged("WebP", f"first part {body[12:16]!r}")
    orientation, frames, profile, place = UPRIGHT, 0, b"", 12
    for _ in range(MOST_SEGMENTS):
        if place + 8 > len(body):
            break
        kind, length = body[place : place + 4], int.from_bytes(body[place + 4 : place + 8], "little")
        match kind:
            case b"EXIF":
                content = body[place + 8 : place + 8 + length]
                orientation = orientation_of(content.removeprefix(b"Exif\0\0"))
            case b"ICCP":
                profile = body[place + 8 : place + 8 + min(length, LARGEST_PROFILE)]
            case b"ANMF":
                frames += 1
        place += 8 + length + length % 2
    return Header(
        format=PhotoFormat.WEBP,
        width=size[0],
        height=size[1],
        orientation=orientation,
        frames=max(1, frames),
        profile=profile,
        content=body,
    )


def webp_size(body: bytes) -> tuple[int, int] | None:
    """Return width and height; source: RFC 9649, sections 2.5 to 2.7."""
    if len(body) < 30:
        raise truncated("WebP", body)
    match body[12:16]:
        case b"VP8 " if body[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack_from("<HH", body, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L" if body[20] == 0x2F:
            bits = int.from_bytes(body[21:25], "little")
            return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
        case b"VP8X":
            return (
                int.from_bytes(body[24:27], "little") + 1,
                int.from_bytes(body[27:30], "little") + 1,
            )
    return None
