"""Everything that people may send by mistake or on purpose: a documented problem each, never a 500."""

import asyncio
import gzip
import struct
import zlib
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apis import PREDICT, STROKE, Api
from outclass.api.asgi import Message
from outclass.api.bodies import BodyReader
from outclass.api.exchange import Exchange
from outclass.api.problems import PROBLEM_KINDS, RequestTimeoutError
from outclass.base.errors import TooLargeError, UnavailableError

pytestmark = pytest.mark.anyio
Problem = Callable[[httpx.Response, int, str], dict[str, object]]
Body = dict[str, object] | bytes

JSON = "application/json"
RAW = "application/octet-stream"
PNG = "image/png"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, data: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def good_png() -> bytes:
    return png(28, 28, zlib.compress(b"".join(b"\0" + bytes(range(28)) for _ in range(28))))


BOMB = png(13_000, 13_000, zlib.compress(bytes(13_001 * 1_500), 9))

CASES: list[tuple[str, bytes, str, int, str]] = [
    ("nothing", b"", JSON, 400, "bad-input"),
    ("no JSON", b"{", JSON, 400, "bad-input"),
    ("NaN", b"[NaN, 0, 0, 0]", JSON, 400, "bad-input"),
    ("infinity", b"[Infinity, 0, 0, 0]", JSON, 400, "bad-input"),
    ("a number that overflows", b"[1e999, 0, 0, 0]", JSON, 422, "invalid-input"),
    ("beyond float32", b"[1e300, 0, 0, 0]", JSON, 422, "invalid-input"),
    ("negative", b"[-1, 0, 0, 0]", JSON, 422, "invalid-input"),
    ("bytes as a flat list", b"[255, 0, 0, 0]", JSON, 422, "invalid-input"),
    ("no square", b"[0, 0, 0]", JSON, 422, "invalid-input"),
    ("an empty list", b"[]", JSON, 422, "invalid-input"),
    ("texts", b'["a", "b", "c", "d"]', JSON, 422, "invalid-input"),
    ("nulls", b"[null, null, null, null]", JSON, 422, "invalid-input"),
    ("booleans", b"[true, false, true, false]", JSON, 422, "invalid-input"),
    ("nested", b"[[0, 0], [0, 0]]", JSON, 422, "invalid-input"),
    ("deeply nested", b"[" * 50_000, JSON, 422, "invalid-input"),
    ("a number", b"1", JSON, 422, "invalid-input"),
    ("a text", b'"1"', JSON, 422, "invalid-input"),
    ("null", b"null", JSON, 422, "invalid-input"),
    ("an empty object", b"{}", JSON, 422, "invalid-input"),
    ("an unknown field", b'{"drawing": [0], "x": 1}', JSON, 422, "invalid-input"),
    ("a null drawing", b'{"drawing": null}', JSON, 422, "invalid-input"),
    ("enormous sizes", b'{"width": 1000000000, "height": 1000000000, "pixels": [0]}', JSON, 413, "too-large"),
    (
        "sizes beyond 64 bits",
        b'{"width": 1%s, "height": 1, "pixels": [0]}' % (b"0" * 30),
        JSON,
        413,
        "too-large",
    ),
    ("negative sizes", b'{"width": -1, "height": -1, "pixels": [0]}', JSON, 422, "invalid-input"),
    ("no size", b'{"width": 0, "height": 0, "pixels": []}', JSON, 422, "invalid-input"),
    ("too few pixels", b'{"width": 9, "height": 9, "pixels": [0]}', JSON, 422, "invalid-input"),
    ("broken UTF-8", b'{"\xff": 1}', JSON, 400, "bad-input"),
    ("raw bytes that are no square", b"abc", RAW, 422, "invalid-input"),
    ("a truncated PNG", good_png()[:60], PNG, 400, "bad-input"),
    ("a PNG without pixels", png(28, 28, zlib.compress(b"")), PNG, 400, "bad-input"),
    ("a PNG of 169 megapixels in 20 kB", BOMB, PNG, 413, "too-large"),
    ("no PNG", b"GIF89a" + bytes(100), PNG, 415, "unsupported-media"),
    ("another type", b"<svg/>", "image/svg+xml", 415, "unsupported-media"),
    ("a form", b"a=b", "application/x-www-form-urlencoded", 415, "unsupported-media"),
    ("a form of parts", b"--x--", "multipart/form-data; boundary=x", 415, "unsupported-media"),
    ("an odd type", b"[0]", "\xff;;", 415, "unsupported-media"),
]


def test_the_bomb_is_small() -> None:
    assert len(BOMB) < 21_000


@pytest.mark.parametrize(("_name", "body", "media", "status", "kind"), CASES, ids=[case[0] for case in CASES])
async def test_bad_bodies(
    steady: Api, problem: Problem, _name: str, body: bytes, media: str, status: int, kind: str
) -> None:
    headers = {"Content-Type": media.encode("latin-1")}
    found = problem(await steady.client.post(PREDICT, content=body, headers=headers), status, kind)
    assert len(str(found)) < 2000


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
async def test_compressed_bodies(steady: Api, problem: Problem, encoding: str) -> None:
    body = gzip.compress(bytes(60_000_000))
    headers = {"Content-Encoding": encoding}
    problem(await steady.client.post(PREDICT, content=body, headers=headers), 415, "unsupported-media")


async def test_a_good_body_of_an_unnamed_type(api: Api) -> None:
    assert (await api.client.post(PREDICT, content=good_png())).status_code == 200
    plain = await api.client.post(PREDICT, json=STROKE, headers={"Content-Encoding": "identity"})
    assert plain.status_code == 200


async def endless(sent: list[int]) -> AsyncIterator[bytes]:
    while sent[0] < 60_000_000:
        sent[0] += 1_000_000
        yield bytes(1_000_000)


@pytest.mark.parametrize("path", [PREDICT, "/v2/models/digits/infer"])
async def test_60_megabytes_in_parts(api: Api, problem: Problem, path: str) -> None:
    response = await api.client.post(path, content=endless([0]))
    problem(response, 413, "too-large")
    assert response.headers["connection"] == "close"


async def test_60_megabytes_that_are_announced(api: Api, problem: Problem) -> None:
    problem(await api.client.post(PREDICT, content=bytes(60_000_000)), 413, "too-large")


class Sender:
    """A client's body, part by part; counts how many were taken."""

    def __init__(self, *parts: bytes, pause: bool = False) -> None:
        self.parts = parts
        self.taken = 0
        self.pause = pause
        self.started = asyncio.Event()

    async def __call__(self) -> Message:
        if self.pause and self.taken:
            await asyncio.Event().wait()
        part = self.parts[self.taken]
        self.taken += 1
        self.started.set()
        return {"type": "http.request", "body": part, "more_body": self.taken < len(self.parts)}


def exchange(sender: Sender, **headers: bytes) -> Exchange:
    named = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    scope = {"method": "POST", "path": "/", "query_string": b"", "headers": named}
    return Exchange(scope, sender)


async def test_a_large_announcement_is_refused_unread() -> None:
    sender = Sender(b"x")
    with pytest.raises(TooLargeError):
        await BodyReader().read(exchange(sender, content_length=b"9" * 30), 100)
    assert sender.taken == 0


async def test_a_lie_about_the_length_is_found_while_reading() -> None:
    sender = Sender(*[b"x" * 40] * 100)
    with pytest.raises(TooLargeError):
        await BodyReader().read(exchange(sender, content_length=b"10"), 100)
    assert sender.taken == 3


async def test_large_bodies_share_a_buffer() -> None:
    reader = BodyReader(buffer_bytes=150_000)
    waiting = Sender(bytes(100_000), b"", pause=True)
    task = asyncio.create_task(reader.read(exchange(waiting), 10**7))
    await waiting.started.wait()
    with pytest.raises(UnavailableError):
        await reader.read(exchange(Sender(bytes(100_000), b"")), 10**7)
    assert await reader.read(exchange(Sender(bytes(50_000), b"")), 10**7) == bytes(50_000)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await reader.read(exchange(Sender(bytes(100_000), b"")), 10**7) == bytes(100_000)


async def test_a_slow_body_is_given_up() -> None:
    reader = BodyReader(seconds=0.0)
    sender = Sender(b"x", b"y", pause=True)
    task = asyncio.create_task(reader.read(exchange(sender), 100))
    await sender.started.wait()
    reader.sweep()
    with pytest.raises(RequestTimeoutError):
        await task
    assert not reader._reading


@given(
    body=st.binary(max_size=300)
    | st.lists(st.floats() | st.integers() | st.none() | st.text(max_size=3), max_size=30)
    .map(repr)
    .map(str.encode)
    | st.binary(max_size=200).map(lambda data: good_png()[:40] + data),
    media=st.sampled_from([JSON, RAW, PNG, "text/plain", ""]),
    query=st.sampled_from(["", "?picture=1", "?keep=1", "?x"]),
)
@settings(max_examples=150, deadline=None)
async def test_no_body_is_a_fault(steady: Api, body: bytes, media: str, query: str) -> None:
    steady.app.service.visitors._allowances.clear()
    response = await steady.client.post(PREDICT + query, content=body, headers={"Content-Type": media})
    assert response.status_code in {200, 400, 413, 415, 422}
    if response.status_code != 200:
        assert response.json()["type"].rpartition("/")[2] in PROBLEM_KINDS
