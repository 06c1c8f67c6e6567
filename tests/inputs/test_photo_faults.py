"""Files that are damaged, hostile or no photos: an error that says so, soon and in little memory."""

import random
import re
import struct
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from outclass.base.errors import InputError, InvalidInputError, TooLargeError, UnsupportedMediaError
from outclass.base.limits import Limits
from outclass.inputs import photo as reading
from outclass.inputs.exif import orientation_of
from outclass.inputs.photo import read_photo
from outclass.inputs.photo_header import MOST_SCANS, read_header, work_of
from photographs import chunk, corners, encoded, exif, jpeg_of_size, png_bomb, scene

LIMITS = Limits()
PICTURE = Image.fromarray(scene(160, 120))
FILES = {
    "jpeg": encoded(PICTURE, quality=90, exif=exif(6)),
    "progressive": encoded(PICTURE, progressive=True, quality=90),
    "cmyk": encoded(PICTURE.convert("CMYK")),
    "png": encoded(PICTURE, "PNG"),
    "palette": encoded(PICTURE.convert("P"), "PNG"),
    "apng": encoded(PICTURE, "PNG", save_all=True, append_images=[Image.new("RGB", (160, 120))]),
    "webp": encoded(PICTURE, "WEBP", exif=exif(3)),
    "lossless": encoded(PICTURE.convert("RGBA"), "WEBP", lossless=True),
    "moving": encoded(PICTURE, "WEBP", save_all=True, append_images=[Image.new("RGB", (160, 120))]),
}
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
ROWS = zlib.compress(b"\0" * (64 * (1 + 64 * 3)))
END = chunk(b"IEND", b"")


def png(*chunks: bytes, header: bytes = HEADER, end: bytes = END) -> bytes:
    return SIGNATURE + chunk(b"IHDR", header) + b"".join(chunks) + end


@pytest.fixture
def undecoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a photo is decoded."""

    def opened(_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(reading, "open_picture", opened)


SHARES = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9)
CUTS = [(name, share) for name in FILES for share in SHARES if name not in ("apng", "moving") or share < 0.6]
"""Of a moving picture the first one is whole when more is there."""


@pytest.mark.parametrize(("name", "share"), CUTS)
def test_what_is_truncated_is_an_error(name: str, share: float) -> None:
    content = FILES[name]
    with pytest.raises(InputError) as caught:
        read_photo(content[: int(len(content) * share)], LIMITS)
    assert caught.value.status == 400
    assert re.search("truncated|damaged", caught.value.what)


@pytest.mark.parametrize("name", FILES)
@given(seed=st.integers(0, 10**9))
def test_any_damage_is_a_photo_or_an_error(name: str, seed: int) -> None:
    choice = random.Random(seed)
    content = bytearray(FILES[name])
    for _ in range(choice.choice((1, 3, 30))):
        match choice.randrange(4):
            case 0:
                content[choice.randrange(len(content))] = choice.randrange(256)
            case 1:
                content[choice.randrange(min(200, len(content)))] = choice.choice((0, 1, 0xFF, 0x7F, 0x80))
            case 2:
                place = choice.randrange(len(content))
                del content[place : place + choice.randrange(1, 9)]
            case 3:
                place = choice.randrange(len(content))
                content[place:place] = choice.randbytes(choice.randrange(1, 9))
    try:
        photo = read_photo(bytes(content), LIMITS)
    except InputError:
        return
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.shape[2] == 3


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\xff\xd8\xff", SIGNATURE, b"RIFF\0\0\0\0WEBPVP8 ", b"II*\0"]),
)
def test_any_bytes_are_an_error(content: bytes, start: bytes) -> None:
    with pytest.raises(InputError):
        read_photo(start + content, LIMITS)
    assert 1 <= orientation_of(start + content) <= 8


LARGE = [
    png_bomb(40_000, 40_000),
    png_bomb(2**31 - 1, 2**31 - 1),
    png_bomb(5001, 5000),
    jpeg_of_size(FILES["jpeg"], 65_535, 65_535),
    jpeg_of_size(FILES["progressive"], 60_000, 500),
    b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0" + bytes(10),
    b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff" + bytes(10),
    b"RIFF\0\0\0\0WEBPVP8L\x0a\0\0\0\x2f\xff\xff\xff\xff" + bytes(10),
    b"RIFF\0\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a\xff\x3f\xff\x3f" + bytes(10),
]


@pytest.mark.usefixtures("undecoded")
@pytest.mark.parametrize("content", LARGE, ids=range(len(LARGE)))
def test_too_many_pixels_are_refused_before_decoding(content: bytes) -> None:
    with pytest.raises(TooLargeError, match="too many pixels"):
        read_photo(content, LIMITS)


@pytest.mark.usefixtures("undecoded")
def test_too_many_bytes_are_refused_before_anything() -> None:
    with pytest.raises(TooLargeError, match="10000001 bytes"):
        read_photo(FILES["jpeg"] + bytes(10_000_001 - len(FILES["jpeg"])), LIMITS)
    with pytest.raises(TooLargeError):
        read_photo(bytes(50_000_000), LIMITS)


OTHERS = [
    (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    (b"\xef\xbb\xbf<svg/>", "SVG"),
    (b"<!DOCTYPE html><title>photo.jpg</title>", "HTML"),
    (b"  <html>", "HTML"),
    (b"GIF89a" + bytes(30), "GIF"),
    (b"\0\0\0\x18ftypheic" + bytes(20), "HEIC"),
    (b"\0\0\0\x18ftypavif" + bytes(20), "AVIF"),
    (b"\0\0\0\x18ftypisom" + bytes(20), "MP4"),
    (b"%PDF-1.4", "PDF"),
    (b"PK\x03\x04" + bytes(20), "ZIP"),
    (b"hello", "hello"),
    (FILES["jpeg"] + b"PK\x05\x06" + bytes(18), "ZIP"),
    (FILES["png"] + b"PK\x05\x06" + bytes(16) + b"\x03\0abc", "ZIP"),
    (FILES["jpeg"][:2] + b"\xff\xfe\0\x0a%PDF-1.7" + FILES["jpeg"][2:], "PDF"),
    (FILES["jpeg"][:2] + b"\xff\xfe\0\x0a<SCRIPT>" + FILES["jpeg"][2:], "HTML"),
    (png(chunk(b"tEXt", b"a\0<?php x ?>"), chunk(b"IDAT", ROWS)), "HTML"),
]


@pytest.mark.usefixtures("undecoded")
@pytest.mark.parametrize(("content", "name"), OTHERS, ids=range(len(OTHERS)))
def test_other_files_are_named(content: bytes, name: str) -> None:
    with pytest.raises(UnsupportedMediaError) as caught:
        read_photo(content, LIMITS)
    assert name in str(caught.value.got)


@pytest.mark.parametrize(
    "tail", [b"\0" * 1000, b"\0\0\0\x18ftypmp42" + bytes(500), FILES["jpeg"], b"Samsung SEFT"]
)
def test_what_phones_add_behind_a_photo_is_passed_over(tail: bytes) -> None:
    plain = read_photo(FILES["jpeg"], LIMITS)
    assert np.array_equal(read_photo(FILES["jpeg"] + tail, LIMITS).pixels, plain.pixels)


@pytest.mark.parametrize("size", [(15, 200), (200, 15), (1, 1)])
def test_too_few_pixels_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(InvalidInputError, match="too small"):
        read_photo(encoded(Image.new("RGB", size), "PNG"), LIMITS)


def test_a_picture_without_height_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        read_photo(jpeg_of_size(FILES["jpeg"], 160, 0), LIMITS)


FRAME = b"\xff\xc0\0\x0b\x08\0\x40\0\x40\x01\x01\x11\0"
BROKEN = {
    "no picture": png(),
    "another size in a second header": png(chunk(b"IHDR", HEADER), chunk(b"IDAT", ROWS)),
    "no header": SIGNATURE + chunk(b"IDAT", ROWS) + END,
    "a header that is too short": SIGNATURE + chunk(b"IHDR", HEADER[:5]) + chunk(b"IDAT", ROWS) + END,
    "too few rows": png(chunk(b"IDAT", zlib.compress(b"\0" * 100))),
    "no zlib": png(chunk(b"IDAT", b"nonsense" * 10)),
    "an unknown color type": png(chunk(b"IDAT", ROWS), header=HEADER[:9] + b"\x05" + HEADER[10:]),
    "a palette without colors": png(chunk(b"IDAT", ROWS), header=HEADER[:9] + b"\x03" + HEADER[10:]),
    "a wrong checksum": SIGNATURE + chunk(b"IHDR", HEADER)[:-1] + b"?" + chunk(b"IDAT", ROWS) + END,
    "many empty parts": png(chunk(b"teSt", b"") * 20_000, chunk(b"IDAT", ROWS)),
    "a length beyond the end": SIGNATURE + struct.pack(">I", 2**31 - 1) + b"IHDR" + HEADER,
    "a JPEG of markers": b"\xff\xd8" + b"\xff\xd0" * 50_000,
    "a JPEG of fill bytes": b"\xff\xd8" + b"\xff" * 50_000,
    "a JPEG with rubbish between parts": b"\xff\xd8\xff\xfe\0\x04ab" + bytes(50_000) + FILES["jpeg"][2:],
    "a part without a length": b"\xff\xd8\xff\xe0\0\0" + FILES["jpeg"][2:],
    "no scan": b"\xff\xd8\xff\xd9" + bytes(20),
    "two frames": FILES["jpeg"].replace(b"\xff\xc0", FRAME + b"\xff\xc0", 1),
    "a WebP of nothing": b"RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a\x40\0\x40\0" + bytes(10),
    "a WebP of an unknown part": b"RIFF\x16\0\0\0WEBPABCD" + bytes(40),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_its_format_is_an_error(name: str) -> None:
    started = time.process_time()
    with pytest.raises(InputError) as caught:
        read_photo(BROKEN[name], LIMITS)
    assert caught.value.status in (400, 422)
    assert time.process_time() - started < 1.0


def test_hidden_bombs_are_never_unpacked() -> None:
    bomb = zlib.compress(bytes(200_000_000), 1)
    content = png(
        chunk(b"zTXt", b"Comment\0\0" + bomb), chunk(b"iCCP", b"icc\0\0" + bomb), chunk(b"IDAT", ROWS)
    )
    started = time.process_time()
    assert read_photo(content, LIMITS).width == 64
    assert time.process_time() - started < 1.0


def test_a_progressive_photo_of_very_many_scans_is_refused() -> None:
    content = FILES["progressive"]
    last = content.rfind(b"\xff\xda")
    scan, end = content[last:-2], content[-2:]
    few = content[:-2] + scan * 3 + end
    assert read_photo(few, LIMITS).width == 160
    with pytest.raises(InputError, match="scans"):
        read_photo(content[:-2] + scan * MOST_SCANS + end, LIMITS)


def test_the_header_tells_without_decoding(undecoded: None) -> None:
    for name, content in FILES.items():
        header = read_header(content, LIMITS)
        assert (header.width, header.height) == (160, 120), name
        assert header.frames == (2 if name in ("apng", "moving") else 1), name
    assert read_header(FILES["jpeg"], LIMITS).orientation == 6
    assert read_header(FILES["webp"], LIMITS).orientation == 3


def test_the_work_is_known_before() -> None:
    assert work_of(FILES["png"]) == work_of(FILES["webp"]) == work_of(FILES["lossless"]) == 160 * 120
    assert work_of(FILES["progressive"]) == 160 * 120
    assert work_of(FILES["jpeg"]) == 160 * 120 // 8
    assert work_of(png_bomb(40_000, 40_000)) == work_of(b"\xff\xd8" + b"\xff\xfe\0\x02" * 200) == 25_000_000
    assert work_of(b"") == work_of(b"\xff\xd8\xff") == work_of(b"\x89PNG") == work_of(b"RIFF") == 0


def test_nothing_of_exif_but_the_orientation_reaches_the_decoder() -> None:
    content = encoded(corners(), exif=exif(1) + b"at home, 47.1 N" * 20, comment=b"my cat")
    assert b"at home" in content
    assert b"at home" not in read_header(content, LIMITS).content
    assert b"my cat" not in read_header(content, LIMITS).content


MEMORY = """
import io, resource, sys
from concurrent.futures import ThreadPoolExecutor
from PIL import Image
from outclass.base.limits import Limits
from outclass.inputs.photo import read_photo
contents = [sys.stdin.buffer.read(int(size)) for size in sys.argv[1:]]
limits = Limits()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with ThreadPoolExecutor(4) as threads:
    list(threads.map(lambda content: read_photo(content, limits), contents * 3))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(
    sys.platform != "linux", reason="the largest resident memory is told in kilobytes on Linux"
)
def test_large_photos_at_once_take_the_memory_of_one() -> None:
    large = Image.new("RGBA", (5000, 5000), (200, 30, 30, 128))
    forms = [encoded(large, "PNG", compress_level=1), encoded(large.convert("RGB"), progressive=True)]
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, *(str(len(one)) for one in forms)],
        input=b"".join(forms),
        capture_output=True,
        check=True,
    )
    assert int(done.stdout) < 320
