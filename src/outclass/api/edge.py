"""The outermost layer: every request gets an id, an answer (an error, too), a log line and its metrics.

The hot paths are answered here, before the router: finding a route and wrapping the call costs the router
about 35 microseconds, a fifth of a whole answer. The router knows them, too, and gives the same answers.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from outclass.api.admission import admit
from outclass.api.asgi import (
    Application,
    ClientGoneError,
    Header,
    Message,
    Receive,
    Reply,
    Scope,
    Send,
    with_head,
)
from outclass.api.bodies import linger
from outclass.api.exchange import Exchange
from outclass.api.options import ANY_ORIGIN
from outclass.api.problems import InternalError, problem_reply
from outclass.api.service import Service
from outclass.base.errors import OutclassError
from outclass.base.keys import Scope as KeyScope

LOG = logging.getLogger(__name__)

CLIENT_GONE = 499
CLOSE: Header = (b"connection", b"close")
PREFLIGHT_HEADERS: tuple[Header, ...] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-allow-headers", b"authorization, content-type, idempotency-key"),
    (b"access-control-max-age", b"600"),
)
EXPOSED: Header = (b"access-control-expose-headers", b"retry-after, x-request-id")

HotRoute: TypeAlias = Callable[[Exchange], Awaitable[Reply]]


class Edge:
    """The application that a server runs; `router` has the routes and the lifespan.

    Parameters
    ----------
    service
        What the routes work with.
    router
        Answers what `hot` does not.
    hot
        Routes by their whole path and template, for POST and the scope `predict`.
    """

    def __init__(
        self, service: Service, router: Application, hot: Mapping[str, tuple[str, HotRoute]]
    ) -> None:
        self.service = service
        self._router = router
        self._hot = hot
        self._origins = frozenset(origin.encode("latin-1") for origin in service.options.origins)
        self._proxies = service.options.proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the lifespan."""
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        exchange = Exchange(scope, receive, self._proxies)
        try:
            reply = await self._answer(exchange, scope)
        except ClientGoneError:
            self._note(exchange, CLIENT_GONE)
            return
        except OutclassError as error:
            reply = problem_reply(error, exchange)
        except Exception:
            LOG.exception("request failed", extra={"request": exchange.id})
            reply = problem_reply(InternalError("the server failed"), exchange)
        try:
            await self._send(exchange, reply, send)
        finally:
            self._note(exchange, reply.status)

    async def _answer(self, exchange: Exchange, scope: Scope) -> Reply:
        """Find who answers."""
        if exchange.method == "POST":
            hot = self._hot.get(exchange.path)
            if hot is not None:
                exchange.route = hot[0]
                await admit(self.service, exchange, KeyScope.PREDICT)
                return await hot[1](exchange)
        elif self._is_preflight(exchange):
            return Reply(b"", 204, headers=PREFLIGHT_HEADERS)
        return await self._routed(exchange, scope)

    async def _routed(self, exchange: Exchange, scope: Scope) -> Reply:
        """Let the router answer; it knows HEAD as GET."""
        inner = {**scope, "method": "GET" if exchange.method == "HEAD" else exchange.method}
        inner["state"] = {**scope.get("state", {}), "exchange": exchange}
        capture = Capture()
        await self._router(inner, exchange.receive, capture)
        exchange.route = inner.get("path_template") or exchange.route
        return capture.reply()

    async def _send(self, exchange: Exchange, reply: Reply, send: Send) -> None:
        """Send an answer; where the rest of the body was refused, take it in for a while first."""
        body = b"" if exchange.method == "HEAD" else reply.body
        headers: list[Header] = [
            (b"content-type", reply.media_type),
            (b"content-length", b"%d" % len(reply.body)),
            (b"x-request-id", exchange.id.encode("ascii")),
            *reply.headers,
        ]
        if reply.status == 204:
            del headers[:2]
        if exchange.unread:
            headers.append(CLOSE)
        if self._origins:
            headers += self._cors(exchange)
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": exchange.unread})
        if exchange.unread:
            await linger(exchange.receive)
            await send({"type": "http.response.body", "body": b""})

    def _note(self, exchange: Exchange, status: int) -> None:
        """Leave the request to the journal, but not what the server holds of it."""
        exchange.end = time.perf_counter()
        exchange.status = status
        del exchange.receive
        self.service.journal.add(exchange)

    def _is_preflight(self, exchange: Exchange) -> bool:
        """Tell whether a browser asks if a page of an allowed origin may send a request."""
        return (
            exchange.method == "OPTIONS"
            and b"access-control-request-method" in exchange.headers
            and self._allowed_origin(exchange) is not None
        )

    def _allowed_origin(self, exchange: Exchange) -> bytes | None:
        """Return the origin to name in the answer, or None."""
        origin = exchange.headers.get(b"origin")
        if origin is None:
            return None
        if ANY_ORIGIN.encode() in self._origins:
            return ANY_ORIGIN.encode()
        return origin if origin.lower() in self._origins else None

    def _cors(self, exchange: Exchange) -> list[Header]:
        """Return the headers that let pages of an allowed origin read the answer."""
        origin = self._allowed_origin(exchange)
        vary: list[Header] = [(b"vary", b"Origin")]
        return vary if origin is None else [(b"access-control-allow-origin", origin), EXPOSED, *vary]


class Capture:
    """Collects what the router sends; none of its answers is long."""

    def __init__(self) -> None:
        self._status = 500
        self._headers: list[Header] = []
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Take one message."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = [(bytes(name).lower(), bytes(value)) for name, value in message["headers"]]
        else:
            self._body += message.get("body", b"")

    def reply(self) -> Reply:
        """Return the whole answer."""
        media = b"text/plain; charset=utf-8"
        rest: list[Header] = []
        for name, value in self._headers:
            if name == b"content-type":
                media = value
            elif name == b"allow":
                rest.append((name, with_head(value.decode("latin-1")).encode("latin-1")))
            elif name != b"content-length":
                rest.append((name, value))
        return Reply(self._body, self._status, media, tuple(rest))
