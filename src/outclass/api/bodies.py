"""Read a request's body under limits that hold while it comes in, whatever its headers say."""

import asyncio
import time
from typing import TypeVar

import msgspec

from outclass.api.asgi import ClientGoneError, Message, Receive
from outclass.api.exchange import Exchange
from outclass.api.problems import RequestTimeoutError
from outclass.base.document import parse_json
from outclass.base.errors import (
    TooLargeError,
    UnavailableError,
    UnsupportedMediaError,
)

T = TypeVar("T")

BODY_SECONDS = 30.0
"""Longest time in which a body must be complete."""
SMALL_BODY = 65_536
BUFFER_BYTES = 50_000_000
"""Most bytes of unfinished bodies, of all requests together."""
LINGER_BYTES = 70_000_000
LINGER_SECONDS = 5.0
"""How much, and how long, of a refused body is thrown away so that its sender can read the answer."""


class BodyReader:
    """Reads the bodies of all requests of one process, which share one buffer.

    Attributes
    ----------
    loop
        The event loop; asyncio finds it by itself, at the cost of a system call for each body.
    """

    def __init__(self, *, buffer_bytes: int = BUFFER_BYTES, seconds: float = BODY_SECONDS) -> None:
        self._free = buffer_bytes
        self._seconds = seconds
        self.loop: asyncio.AbstractEventLoop | None = None
        self._reading: dict[asyncio.Task[object] | None, float] = {}
        self._late: set[asyncio.Task[object] | None] = set()

    async def read(self, exchange: Exchange, limit: int) -> bytes:
        """Return the whole body.

        Raises
        ------
        TooLargeError
            It is announced to be, or turns out to be, larger than `limit` bytes.
        UnsupportedMediaError
            It is compressed.
        RequestTimeoutError
            It came too slowly.
        UnavailableError
            Too many large bodies are coming in.
        ClientGoneError
            The client went away.
        """
        encoding = exchange.headers.get(b"content-encoding")
        if encoding is not None and encoding.strip().lower() not in {b"", b"identity"}:
            raise UnsupportedMediaError(
                "compressed bodies are not read here",
                where="Content-Encoding",
                got=encoding.decode("latin-1"),
                accepted="identity",
            )
        announced = exchange.headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced[:20]) > limit:
            exchange.unread = True
            raise too_large(f"{int(announced[:20])} bytes", limit)
        task = asyncio.current_task(self.loop)
        exchange.unread = True
        self._reading[task] = exchange.start
        try:
            message = await exchange.receive()
            body: bytes = message.get("body", b"")
            if message["type"] == "http.disconnect" or message.get("more_body", False) or len(body) > limit:
                body = await self._collect(message, exchange.receive, limit)
        except asyncio.CancelledError:
            late = task in self._late
            self._late.discard(task)
            if not late or task is None or task.uncancel():
                raise
            raise RequestTimeoutError(
                "the body was not complete in time", accepted=f"{self._seconds:g} seconds"
            ) from None
        finally:
            del self._reading[task]
        exchange.unread = False
        return body

    def sweep(self) -> None:
        """Give up bodies whose time is over; called every second, as a timer for each costs more."""
        latest = time.perf_counter() - self._seconds
        for task, start in self._reading.items():
            if start <= latest and task is not None and task not in self._late:
                self._late.add(task)
                task.cancel()

    async def _collect(self, message: Message, receive: Receive, limit: int) -> bytes:
        """Return a body that comes in parts, or is none."""
        parts, size, held = [], 0, 0
        try:
            while True:
                if message["type"] == "http.disconnect":
                    raise ClientGoneError
                part: bytes = message.get("body", b"")
                size += len(part)
                if size > limit:
                    raise too_large(f"more than {limit} bytes", limit)
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
                held = self._hold(size, held)
                message = await receive()
        finally:
            self._free += held

    def _hold(self, size: int, held: int) -> int:
        """Take from the shared buffer what a body has grown by; small bodies are free."""
        if size <= SMALL_BODY:
            return held
        if size - held > self._free:
            raise UnavailableError("too many large bodies are coming in", hint="send the request again soon")
        self._free -= size - held
        return size


def too_large(got: str, limit: int) -> TooLargeError:
    """Return the error for a body over its limit."""
    return TooLargeError("the body is too large", got=got, accepted=f"at most {limit} bytes")


async def linger(receive: Receive) -> None:
    """Throw away the rest of a refused body for a while: many clients read no answer before all is sent."""
    thrown = 0
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while thrown < LINGER_BYTES:
                message = await receive()
                thrown += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


def decode_json(body: bytes, content_type: bytes | None, kind: type[T]) -> T:
    """Return a JSON body as a value of a type.

    Raises
    ------
    UnsupportedMediaError
        Content-Type is there and is not application/json.
    InputError
        It is no JSON.
    InvalidInputError
        It is JSON of another shape.
    """
    media = (content_type or b"application/json").partition(b";")[0].strip().lower()
    if media != b"application/json":
        raise UnsupportedMediaError(
            "this kind of body is not read here",
            where="Content-Type",
            got=media.decode("latin-1"),
            accepted="application/json",
        )
    return parse_json(body, lambda content: msgspec.json.decode(content, type=kind))
