"""The few types of an HTTP exchange that all parts of the API share."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import msgspec

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Header: TypeAlias = tuple[bytes, bytes]

JSON = b"application/json"
PROBLEM = b"application/problem+json"
HTML = b"text/html; charset=utf-8"


class Reply(msgspec.Struct, frozen=True):
    """A whole answer. It is an ASGI application itself, so that a route may return it."""

    body: bytes
    status: int = 200
    media_type: bytes = JSON
    headers: tuple[Header, ...] = ()

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": [
                    (b"content-type", self.media_type),
                    (b"content-length", b"%d" % len(self.body)),
                    *self.headers,
                ],
            }
        )
        await send({"type": "http.response.body", "body": self.body})


_encode = msgspec.json.Encoder().encode


def json_reply(document: object, *, status: int = 200, headers: tuple[Header, ...] = ()) -> Reply:
    """Return a document as JSON."""
    return Reply(_encode(document), status, JSON, headers)


def with_head(allow: str) -> str:
    """Return an Allow header that names HEAD, which is understood wherever GET is.

    >>> with_head("OPTIONS, GET")
    'GET, HEAD, OPTIONS'
    """
    methods = {method.strip() for method in allow.split(",")}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


class ClientGoneError(Exception):
    """The client closed the connection before its request was complete; nobody reads an answer."""
