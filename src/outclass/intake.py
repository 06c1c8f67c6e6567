"""What a connection may bring in: the head of a request within limits, and whole bodies for the site.

The API reads bodies by itself, in the event loop. A page of the site runs in one of a few threads: its body
is collected before it gets one, so that slow senders hold up nobody else.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HEAD_BYTES = 65_536
HEAD_SECONDS = 30.0
"""How long a new connection may say nothing, and a request's head may take."""
BODY_BYTES = 16_000_000
"""Largest body for the site: more than any challenge takes, so that its own page says what the limit is."""
BODY_SECONDS = 60.0
BUFFER_BYTES = 64_000_000
"""Most bytes of bodies for the site, of all requests together."""
BODY_HEADERS = (b"content-length", b"transfer-encoding")


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with limits on the head of a request, which it does not have.

    What the parser calls for each header is left alone, as it is called so often.
    """

    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start waiting for the first request."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to an unfinished head."""
        super().data_received(data)
        scope = cast(Scope | None, self.scope)  # None before the first request
        if scope is not None and "path" in scope:  # which uvicorn adds at the end of a head
            return
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES:
            self._give_up()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def on_headers_complete(self) -> None:
        """End a head."""
        self._head_bytes = 0
        self._stop_waiting()
        super().on_headers_complete()
        self.headers = TRAILERS
        if not self.expect_100_continue and self.scope["method"] != "HEAD":
            self.cycle.transport = WholeAnswers(self.transport)

    def _stop_waiting(self) -> None:
        """Forget the deadline of a head."""
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        """Close the connection; an answer that is under way is finished first."""
        self._head_timer = None
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        if cycle is None or cycle.response_complete:
            self.send_400_response("The head of the request is too long or came too slowly.")
        else:
            self.flow.pause_reading()
            self._head_timer = self.loop.call_later(1.0, self._give_up)


class Trailers(list[tuple[bytes, bytes]]):
    """Takes the headers after a body, which are of no use here and may be endless, and keeps none."""

    def append(self, _header: tuple[bytes, bytes], /) -> None:
        """Forget it."""


TRAILERS = Trailers()


class WholeAnswers(asyncio.Transport):
    """The transport of one answer, whose head waits for the first part of the body: ASGI says that it must.

    So a short answer takes one system call, and one packet, where the head by itself would take another.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None
        self._begun = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep the head, which is written first; send it with what comes next."""
        if self._begun:
            self._transport.write(data)
        elif self._head is None:
            self._head = bytes(data)
        else:
            self._begun = True
            self._transport.write(self._head + data)

    def is_closing(self) -> bool:
        """Tell whether the connection ends."""
        return self._transport.is_closing()

    def close(self) -> None:
        """End the connection."""
        self._transport.close()


class SiteIntake:
    """Collects the body of a request before the site begins to answer it.

    Parameters
    ----------
    site
        The application behind it.
    body_bytes, buffer_bytes, seconds
        Limits of one body, of all bodies together, and of the time in which a body must be complete.
    """

    def __init__(
        self,
        site: Application,
        *,
        body_bytes: int = BODY_BYTES,
        buffer_bytes: int = BUFFER_BYTES,
        seconds: float = BODY_SECONDS,
    ) -> None:
        self._site = site
        self._body_bytes = body_bytes
        self._free = buffer_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not any(name in BODY_HEADERS for name, _ in scope["headers"]):
            await self._site(scope, receive, send)
            return
        parts: list[bytes] = []
        try:
            refusal = await self._collect(receive, parts)
            if refusal is None:
                await self._site(scope, replay(b"".join(parts), receive), send)
            else:
                await send_refusal(send, *refusal)
        finally:
            self._free += sum(map(len, parts))

    async def _collect(self, receive: Receive, parts: list[bytes]) -> tuple[int, str] | None:
        """Gather the parts of a body; return status and reason where it is refused."""
        size, refusal = 0, None
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return 400, "The connection ended before all had come."
                    part = bytes(message.get("body", b""))
                    size += len(part)
                    if size > self._body_bytes:
                        refusal = 413, f"This is too large: at most {self._body_bytes // 1_000_000} MB."
                    elif len(part) > self._free:
                        refusal = 503, "Too much is being sent here at once. Please try again soon."
                    if refusal is None:
                        self._free -= len(part)
                        parts.append(part)
                    if not message.get("more_body", False) or size > 4 * self._body_bytes:
                        return refusal
        except TimeoutError:
            return 408, "This came too slowly. Please try again."


def replay(body: bytes, receive: Receive) -> Receive:
    """Return what gives a collected body at once, and then what else comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return waiting.pop() if waiting else await receive()

    return give


async def send_refusal(send: Send, status: int, reason: str) -> None:
    """Send a short page."""
    page = f'<!doctype html><html lang="en"><title>{reason}</title><p>{reason}</p></html>'.encode()
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(page)).encode()),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": page})
