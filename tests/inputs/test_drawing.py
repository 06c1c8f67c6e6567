import io
import json
import math
import struct
import zlib

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from outclass.base.errors import InputError, InvalidInputError, TooLargeError, UnsupportedMediaError
from outclass.base.limits import Limits
from outclass.inputs.drawing import CONTENT_TYPES, media_type, read_drawing

LIMITS = Limits()
SMALL = Limits(body_bytes=20_000, pixels=10_000)
JSON, RAW, PNG = CONTENT_TYPES


def seven(side: int = 100) -> np.ndarray:
    """Draw a seven, white on black, as bytes."""
    picture = np.zeros((side, side), dtype=np.uint8)
    unit = side // 20
    picture[4 * unit : 6 * unit, 5 * unit : 14 * unit] = 255
    for row in range(6 * unit, 17 * unit):
        column = 13 * unit - (row - 6 * unit) // 2
        picture[row, column : column + 2 * unit] = 255
    return picture


def png(picture: np.ndarray | Image.Image, **options: object) -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    stream = io.BytesIO()
    image.save(stream, "PNG", **options)
    return stream.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of many pixels in few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * min(height * (1 + width // 8), 25_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    return float(np.abs(one - other).mean()) < 0.03


class TestForms:
    """The same drawing in each form that is read."""

    expected = read_drawing(seven().tobytes(), RAW, LIMITS)

    def test_form_of_mnist(self) -> None:
        ink = self.expected
        rows = np.flatnonzero(ink.max(axis=1) > 0.1)
        assert ink.shape == (28, 28)
        assert ink.dtype == np.float32
        assert 19 <= 1 + rows[-1] - rows[0] <= 20
        assert 0.0 <= ink.min() < ink.max() <= 1.0

    def test_flat_list(self) -> None:
        flat = (seven() / 255).reshape(-1).tolist()
        for body in (flat, {"drawing": flat}):
            assert alike(read_drawing(json.dumps(body).encode(), JSON, LIMITS), self.expected)

    @pytest.mark.parametrize("scale", [1, 255])
    @pytest.mark.parametrize("named", [True, False])
    def test_picture_object(self, scale: int, named: bool) -> None:
        pixels = (seven() // (255 // scale)).reshape(-1).tolist()
        body: object = {"width": 100, "height": 100, "pixels": pixels}
        sent = json.dumps({"drawing": body} if named else body).encode()
        assert alike(read_drawing(sent, JSON, LIMITS), self.expected)

    def test_picture_of_another_shape(self) -> None:
        wide = np.zeros((100, 260), dtype=np.uint8)
        wide[:, 120:220] = seven()
        body = {"width": 260, "height": 100, "pixels": (255 - wide).reshape(-1).tolist()}
        assert alike(read_drawing(json.dumps(body).encode(), JSON, LIMITS), self.expected)
        assert alike(read_drawing(png(wide), PNG, LIMITS), self.expected)

    @pytest.mark.parametrize(
        ("paper", "ink"),
        [
            ((0, 0, 0), (255, 255, 255)),
            ((255, 255, 255), (0, 0, 0)),
            ((255, 255, 255), (200, 30, 30)),
            ((255, 255, 255), (250, 230, 0)),
            ((10, 20, 60), (255, 220, 0)),
            ((240, 230, 210), (20, 40, 120)),
            ((128, 128, 128), (255, 255, 255)),
            ((128, 128, 128), (0, 0, 0)),
        ],
    )
    def test_colors(self, paper: tuple[int, int, int], ink: tuple[int, int, int]) -> None:
        share = seven()[:, :, np.newaxis] / 255
        colored = np.rint(np.array(paper) * (1 - share) + np.array(ink) * share).astype(np.uint8)
        assert alike(read_drawing(png(colored), PNG, LIMITS), self.expected)
        body = {"width": 100, "height": 100, "pixels": colored.reshape(-1).tolist()}
        assert alike(read_drawing(json.dumps(body).encode(), JSON, LIMITS), self.expected)

    @pytest.mark.parametrize("level", [0, 255])
    def test_strokes_on_nothing(self, level: int) -> None:
        planes = np.full((100, 100, 4), level, dtype=np.uint8)
        planes[:, :, 3] = seven()
        assert alike(read_drawing(png(planes), PNG, LIMITS), self.expected)

    @pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
    def test_modes_of_png(self, mode: str) -> None:
        gray = Image.fromarray(seven())
        if mode == "I;16":
            image = Image.fromarray(seven().astype(np.uint16) * 257)
        else:
            image = gray.convert("RGB").convert(mode) if mode == "P" else gray.convert(mode)
        assert alike(read_drawing(png(image), PNG, LIMITS), self.expected)

    def test_palette_with_transparency(self) -> None:
        image = Image.new("P", (100, 100))
        image.putdata((seven() // 255).reshape(-1).tolist())
        image.putpalette([255, 255, 255, 0, 0, 0])
        assert alike(read_drawing(png(image, transparency=0), PNG, LIMITS), self.expected)

    def test_content_type_may_be_left_out(self) -> None:
        bodies = [json.dumps((seven() / 255).reshape(-1).tolist()).encode(), seven().tobytes(), png(seven())]
        for body in bodies:
            for missing in (None, "", "  "):
                assert alike(read_drawing(body, missing, LIMITS), self.expected)

    def test_parameters_of_the_content_type(self) -> None:
        assert media_type(" Image/PNG ; q=1") == PNG
        assert alike(read_drawing(png(seven()), "Image/PNG; x=y", LIMITS), self.expected)


class TestEmpty:
    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (json.dumps([0] * 784).encode(), JSON),
            (b"\0" * 784, RAW),
            (png(np.zeros((50, 40), dtype=np.uint8)), PNG),
            (png(np.full((50, 40), 255, dtype=np.uint8)), PNG),
            (png(np.full((50, 40, 4), 77, dtype=np.uint8)), PNG),
            (png(np.zeros((9, 9, 4), dtype=np.uint8)), PNG),
            (json.dumps({"width": 3, "height": 1, "pixels": [0.4, 0.4, 0.4]}).encode(), JSON),
        ],
    )
    def test_nothing_drawn_is_all_zeros(self, body: bytes, kind: str) -> None:
        assert not read_drawing(body, kind, LIMITS).any()

    def test_blank_sheet_with_noise_and_shading(self) -> None:
        noise = np.random.default_rng(1).normal(0, 3, (200, 200))
        sheet = np.clip(np.linspace(120, 220, 200)[:, np.newaxis] + noise, 0, 255).astype(np.uint8)
        assert not read_drawing(png(sheet), PNG, LIMITS).any()


def flat(*values: object, side: int = 3) -> bytes:
    rest = ["0"] * (side * side - len(values))
    return ("[" + ",".join([*map(str, values), *rest]) + "]").encode()


class TestRefusals:
    """Each fault has its class of error."""

    @pytest.mark.parametrize(
        ("body", "kind", "error"),
        [
            (b"", JSON, InputError),
            (b"{", JSON, InputError),
            (b"\xff\xfe", JSON, InputError),
            (b"[" * 10_000, JSON, InvalidInputError),
            (flat("NaN"), JSON, InputError),
            (flat("Infinity"), JSON, InputError),
            (flat("1e999"), JSON, InvalidInputError),
            (flat("1e39"), JSON, InvalidInputError),
            (flat("1.5"), JSON, InvalidInputError),
            (flat("-0.1"), JSON, InvalidInputError),
            (flat("255"), JSON, InvalidInputError),
            (flat("true"), JSON, InvalidInputError),
            (flat("null"), JSON, InvalidInputError),
            (flat('"1"'), JSON, InvalidInputError),
            (flat("[0]"), JSON, InvalidInputError),
            (b"[]", JSON, InvalidInputError),
            (b"[0,0]", JSON, InvalidInputError),
            (b"5", JSON, InvalidInputError),
            (b'"text"', JSON, InvalidInputError),
            (b"null", JSON, InvalidInputError),
            (b"{}", JSON, InvalidInputError),
            (b'{"drawing": 1}', JSON, InvalidInputError),
            (b'{"drawing": [0], "more": 1}', JSON, InvalidInputError),
            (b'{"width":1,"height":1,"pixels":[0,0]}', JSON, InvalidInputError),
            (b'{"width":1,"height":1,"pixels":[]}', JSON, InvalidInputError),
            (b'{"width":0,"height":1,"pixels":[]}', JSON, InvalidInputError),
            (b'{"width":-1,"height":-1,"pixels":[0]}', JSON, InvalidInputError),
            (b'{"width":1.5,"height":1,"pixels":[0]}', JSON, InvalidInputError),
            (b'{"width":"1","height":1,"pixels":[0]}', JSON, InvalidInputError),
            (b'{"width":1,"height":1,"pixels":[256]}', JSON, InvalidInputError),
            (b'{"width":1,"height":1,"pixels":[1.5]}', JSON, InvalidInputError),
            (b'{"width":1000000000,"height":1000000000,"pixels":[0]}', JSON, TooLargeError),
            (b'{"width":99999999999999999999999,"height":1,"pixels":[0]}', JSON, TooLargeError),
            (b"\0" * 10_001, RAW, TooLargeError),
            (b"\0" * 5, RAW, InvalidInputError),
            (b"\0" * 20_001, RAW, TooLargeError),
            (b"GIF89a", PNG, UnsupportedMediaError),
            (b"\x89PNG\r\n\x1a\n", PNG, InputError),
            (png(seven())[:60], PNG, InputError),
            (png(seven())[:-30], PNG, InputError),
            (png(seven())[:8] + b"\0" * 100, PNG, InputError),
            (b"hello", "text/plain", UnsupportedMediaError),
            (b"hello", "application/x-www-form-urlencoded", UnsupportedMediaError),
        ],
    )
    def test_class_of_error(self, body: bytes, kind: str, error: type[InputError]) -> None:
        with pytest.raises(InputError) as caught:
            read_drawing(body, kind, SMALL)
        assert type(caught.value) is error

    def test_bomb_is_refused_by_its_header(self) -> None:
        body = bomb(13_000, 13_000)
        assert len(body) < 100_000
        with pytest.raises(TooLargeError, match="13000 x 13000"):
            read_drawing(body, PNG, LIMITS)
        with pytest.raises(TooLargeError):
            read_drawing(bomb(2**31 - 1, 2**31 - 1), PNG, LIMITS)

    def test_second_header_does_not_get_past_the_limit(self) -> None:
        good = png(seven())
        second = chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0))
        with pytest.raises(InputError):
            read_drawing(good[:33] + second + good[33:], PNG, LIMITS)

    def test_animated(self) -> None:
        frames = [Image.fromarray(seven()), Image.fromarray(255 - seven())]
        body = png(frames[0], save_all=True, append_images=frames[1:])
        with pytest.raises(InvalidInputError, match="animated"):
            read_drawing(body, PNG, LIMITS)

    def test_body_over_the_limit(self) -> None:
        with pytest.raises(TooLargeError, match="body"):
            read_drawing(b"[" + b"0," * 30_000_000 + b"0]", JSON, LIMITS)

    def test_place_and_value_are_named(self) -> None:
        with pytest.raises(InvalidInputError) as caught:
            read_drawing(flat("0", "0", "7.5"), JSON, LIMITS)
        assert caught.value.where == "pixels[2]"
        assert caught.value.got == "7.5"


scalars = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=9)
        | st.dictionaries(st.sampled_from(["drawing", "width", "height", "pixels", "x"]), inner, max_size=4)
    ),
    max_leaves=20,
)


def reads_or_refuses(body: bytes, kind: str | None) -> None:
    try:
        ink = read_drawing(body, kind, SMALL)
    except InputError:
        return
    assert ink.shape == (28, 28)
    assert ink.dtype == np.float32
    assert ink.min() >= 0.0
    assert ink.max() <= 1.0


kinds = st.sampled_from([*CONTENT_TYPES, None, "text/html"])


@given(body=st.binary(max_size=300), kind=kinds)
def test_any_bytes(body: bytes, kind: str | None) -> None:
    reads_or_refuses(body, kind)


@given(value=values)
@example(value={"width": 10**9, "height": 10**9, "pixels": [0.0]})
@example(value=[math.nan])
def test_any_json(value: object) -> None:
    reads_or_refuses(json.dumps(value).encode(), JSON)


@given(
    side=st.integers(1, 40),
    density=st.floats(0, 1),
    seed=st.integers(0, 1000),
    height=st.integers(1, 40),
    channels=st.sampled_from([1, 3, 4]),
)
def test_any_picture(side: int, density: float, seed: int, height: int, channels: int) -> None:
    random = np.random.default_rng(seed)
    shape = (height, side, channels)
    picture = np.where(random.random(shape) < density, random.integers(0, 256, shape), 0)
    body = {"width": side, "height": height, "pixels": picture.reshape(-1).tolist()}
    reads_or_refuses(json.dumps(body).encode(), JSON)
    reads_or_refuses(msgspec.json.encode((random.random(side * side) * (density > 0.5)).tolist()), JSON)


@settings(max_examples=200)
@given(data=st.data())
def test_any_damaged_png(data: st.DataObject) -> None:
    body = bytearray(png(seven(40)))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    stop = data.draw(st.integers(8, len(body)))
    reads_or_refuses(bytes(body[:stop]), PNG)


@pytest.mark.parametrize(("color", "depth"), [(3, 8), (0, 7)])
def test_a_png_without_palette_or_of_an_unknown_depth_is_refused_without_inner_details(
    color: int, depth: int
) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 28, 28, depth, color, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(bytes(29 * 28)))
    with pytest.raises(InputError, match="damaged") as caught:
        read_drawing(b"\x89PNG\r\n\x1a\n" + header + rows + chunk(b"IEND", b""), PNG, LIMITS)
    assert " object at 0x" not in str(caught.value.got)
