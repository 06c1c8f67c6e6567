"""What comes in by a connection: limits on heads, and bodies for the site that hold up nobody."""

import asyncio

import pytest
import uvicorn
from uvicorn.server import ServerState

from outclass import intake
from outclass.intake import BoundedProtocol, SiteIntake, WholeAnswers

POST = {"type": "http", "headers": [(b"content-length", b"10")]}


def part(body, more=False):
    return {"type": "http.request", "body": body, "more_body": more}


async def echo(scope, receive, send):
    """Answer with the body that came."""
    message = await receive()
    assert not message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


def ask(site, *messages):
    """Send a body in parts; return status and answer. A sender that has no more parts says nothing."""
    waiting, sent = list(messages), []

    async def receive():
        return waiting.pop(0) if waiting else await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    asyncio.run(site(POST, receive, send))
    return sent[0]["status"], sent[-1]["body"]


def test_a_body_in_parts_reaches_the_site_whole():
    assert ask(SiteIntake(echo), part(b"abc", more=True), part(b"def")) == (200, b"abcdef")


def test_a_request_without_a_body_is_passed_on_at_once():
    seen = []

    async def site(scope, receive, send):
        seen.append((receive, send))

    asyncio.run(SiteIntake(site)({"type": "http", "headers": []}, "receive", "send"))
    assert seen == [("receive", "send")]


@pytest.mark.parametrize(
    ("limits", "messages", "status"),
    [
        ({"body_bytes": 5}, [part(b"abc", more=True), part(b"def")], 413),
        ({"body_bytes": 5}, [part(b"a" * 30, more=True)], 413),
        ({"buffer_bytes": 5}, [part(b"abc", more=True), part(b"def")], 503),
        ({"seconds": 0.01}, [part(b"abc", more=True)], 408),
        ({}, [part(b"abc", more=True), {"type": "http.disconnect"}], 400),
    ],
)
def test_what_is_refused_never_reaches_the_site_and_leaves_the_buffer_free(limits, messages, status):
    reached = []

    async def site(scope, receive, send):
        reached.append(scope)

    door = SiteIntake(site, **limits)
    free = door._free
    assert ask(door, *messages)[0] == status
    assert not reached
    assert door._free == free


async def talk(*words, until=b"", app=None):
    """Serve, send words over one connection, and return all that came back until it was closed."""
    config = uvicorn.Config(app or echo, http=BoundedProtocol, log_config=None, lifespan="off")
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: BoundedProtocol(config, state, {}), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        came = b""
        try:
            for word in words:
                writer.write(word)
                await writer.drain()
            came = await asyncio.wait_for(reader.readuntil(until) if until else reader.read(), 20)
        except ConnectionError:
            pass
        finally:
            writer.close()
        return came


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


def test_an_endless_head_is_cut_off():
    came = asyncio.run(talk(HEAD + b"X: ", b"a" * (intake.HEAD_BYTES + 1)))
    assert came.startswith(b"HTTP/1.1 400") or came == b""


@pytest.mark.parametrize("word", [b"", HEAD])
def test_a_slow_head_is_given_up(monkeypatch, word):
    monkeypatch.setattr(intake, "HEAD_SECONDS", 0.05)
    assert b"too slowly" in asyncio.run(talk(word))


def test_a_slow_second_head_is_given_up_too(monkeypatch):
    monkeypatch.setattr(intake, "HEAD_SECONDS", 0.05)
    came = asyncio.run(talk(HEAD + b"Content-Length: 1\r\n\r\na", HEAD))
    assert came.startswith(b"HTTP/1.1 200")
    assert b"too slowly" in came


def test_headers_after_a_body_are_dropped_and_the_body_is_read():
    seen = []

    async def count(scope, receive, send):
        await echo(scope, receive, send)
        seen.append(len(scope["headers"]))

    trailers = b"1\r\na\r\n0\r\n" + b"T: x\r\n" * 3 + b"\r\n"
    sent = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + trailers
    assert asyncio.run(talk(sent, until=b"0\r\n\r\n", app=count)).startswith(b"HTTP/1.1 200")
    assert seen == [2]


def test_the_second_request_of_a_connection_has_its_own_headers():
    one = HEAD + b"Content-Length: 1\r\n\r\na"
    came = asyncio.run(talk(one + one, until=b"a\r\n0\r\n\r\n"))
    assert came.count(b"HTTP/1.1 200") == 1
    came = asyncio.run(talk(one + one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")))
    assert came.count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize(
    ("request_", "end", "begin"),
    [
        (b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n\r\n", b"HTTP/1.1 200"),
        (HEAD + b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n", b"\r\n\r\n", b"HTTP/1.1 100"),
    ],
)
def test_a_head_without_a_body_is_sent_at_once(request_, end, begin):
    assert asyncio.run(talk(request_, until=end)).startswith(begin)


class Recorder(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self):
        self.written = []
        self.closed = False

    def write(self, data):
        self.written.append(data)

    def is_closing(self):
        return self.closed

    def close(self):
        self.closed = True


def test_head_and_body_go_out_together():
    transport = Recorder()
    answer = WholeAnswers(transport)
    answer.write(b"head ")
    assert transport.written == []
    for part_ in (b"one", b"two", b"three"):
        answer.write(part_)
    assert transport.written == [b"head one", b"two", b"three"]
    answer.close()
    assert answer.is_closing()
