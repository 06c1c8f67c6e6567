"""One ASGI application made of API, site and data sites, by role; each is imported only when it runs."""

import contextlib
import importlib.util
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from enum import StrEnum
from types import FrameType
from typing import Any, Protocol, cast
from urllib.parse import quote

import msgspec
import uvicorn

from outclass.base.errors import InputError, MissingExtraError, UnavailableError
from outclass.base.settings import Settings
from outclass.intake import BODY_BYTES, BoundedProtocol, SiteIntake

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

DATA_URL = "/data/"
API_FOLDERS = ("/api/", "/v2/")
API_PATHS = frozenset({"/api", "/v2", "/livez", "/readyz", "/metrics"})
HEALTH_PATHS = frozenset({"/livez", "/readyz"})
UNPREFIXED = HEALTH_PATHS | {"/metrics"}
"""What is asked by who keeps the process running, without the prefix that people's addresses have."""
SITE_THREADS = 10
FORM_BYTES = 1_000_000
"""What may come with an uploaded file: the other fields of its form."""
BACKLOG = 2048
STOP_SECONDS = 20
KEEP_ALIVE_SECONDS = 30


class Role(StrEnum):
    """A part of the product that a process may serve."""

    API = "api"
    SITE = "site"
    DATA = "data"


ALL_ROLES = frozenset(Role)


class DataApplication(Protocol):
    """The data sites: an application that is started and stopped beside the API."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

    async def start(self) -> None:
        """Begin to watch for data."""

    async def stop(self) -> None:
        """End what runs."""


class Dispatcher:
    """Give each request to the API, the site or the data sites, by the beginning of its path.

    The lifespan goes to the API, which starts and stops the model watcher and the prediction log, and to the
    data sites; never to the site.
    """

    def __init__(
        self,
        *,
        api: Application,
        site: Application,
        data: DataApplication | None = None,
        prefix: str = "",
    ) -> None:
        self.api = api
        self.site = site
        self.data = data
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the lifespan."""
        if scope["type"] != "http":
            await self._live(scope, receive, send)
            return
        path = path_below(scope["path"], self.prefix)
        if path is None:
            await redirect(send, f"{self.prefix}/")
        elif self.data is not None and is_data_path(path):
            await self.data(scope, receive, send)
        elif is_api_path(path):
            await self.api({**scope, "path": path} if self.prefix else scope, receive, send)
        else:  # WSGI wants the whole path, and how much of it is the prefix
            await self.site({**scope, "root_path": self.prefix} if self.prefix else scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the API follow the lifespan; the data sites start after it and stop before it."""
        data = self.data
        if data is None:
            await self.api(scope, receive, send)
            return

        async def receive_and_stop() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await data.stop()
            return message

        async def start_and_send(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                await data.start()
            await send(message)

        await self.api(scope, receive_and_stop, start_and_send)


def path_below(path: str, prefix: str) -> str | None:
    """Return a path without the prefix; None for one that lies outside, but for health and metrics.

    >>> [path_below(path, "/outclass") for path in ("/outclass/api", "/livez", "/")]
    ['/api', '/livez', None]
    """
    if path.startswith(f"{prefix}/"):
        return path[len(prefix) :]
    return path if path in UNPREFIXED else None


def is_data_path(path: str) -> bool:
    """Tell whether a path belongs to the data sites.

    >>> is_data_path("/data"), is_data_path("/data/stars"), is_data_path("/database")
    (True, True, False)
    """
    return path.startswith(DATA_URL) or f"{path}/" == DATA_URL


def is_api_path(path: str) -> bool:
    """Tell whether a path belongs to the API.

    >>> is_api_path("/api/v1/challenges"), is_api_path("/apiary")
    (True, False)
    """
    return path.startswith(API_FOLDERS) or path in API_PATHS


def create_app(settings: Settings, roles: frozenset[Role] = ALL_ROLES) -> Application:
    """Return the ASGI application of these roles.

    Parameters
    ----------
    settings
        Where state lives.
    roles
        What to serve. A role that is left out is never imported.

    Raises
    ------
    InputError
        No role is given.
    MissingExtraError
        The site is asked for, and Django is not installed; the data sites alone, and Datasette is not.
    """
    if not roles:
        raise InputError("there is nothing to serve", where="roles", accepted=", ".join(Role))
    if not os.access(__file__, os.W_OK):  # numba keeps compiled loops beside the code, or else here
        os.environ.setdefault("NUMBA_CACHE_DIR", str(settings.home / "cache" / "numba"))
    # The site first: it brings the database's tables up to date, which the API only uses.
    data = load_data(settings, roles) if Role.DATA in roles else None
    data_url = f"{settings.prefix}{DATA_URL}" if data else ""
    site = create_site(settings, data_url=data_url) if Role.SITE in roles else None
    api = load_api(settings) if Role.API in roles else None
    if api and not site and not data and not settings.prefix:
        return api
    return Dispatcher(
        api=api or api_elsewhere, site=site or site_elsewhere, data=data, prefix=settings.prefix
    )


def load_data(settings: Settings, roles: frozenset[Role]) -> DataApplication | None:
    """Import and return the data sites; None where Datasette is not installed and other roles run.

    Datasette itself is loaded when the first visitor comes.
    """
    if importlib.util.find_spec("datasette") is None:
        if roles == {Role.DATA}:
            raise MissingExtraError("publish", what="the data sites are not installed")
        return None
    from outclass.publish.data_site.app import create_data_site  # noqa: PLC0415 - a role is imported when it runs

    prefix = settings.prefix
    return create_data_site(
        settings,
        base_url=f"{prefix}{DATA_URL}",
        site_url=f"{prefix}/" if Role.SITE in roles else None,
        hosts=known_hosts(os.environ.get("OUTCLASS_HOSTS", "")),
    )


def known_hosts(declared: str) -> tuple[str, ...]:
    """Return the hosts that pages may name in their own addresses; none where nothing is declared.

    >>> known_hosts("play.example.org")
    ('play.example.org', 'localhost', '127.0.0.1', '[::1]')
    """
    names = tuple(name.strip().lower() for name in declared.split(",") if name.strip())
    return (*names, "localhost", "127.0.0.1", "[::1]") if names else ()


def load_api(settings: Settings) -> Application:
    """Import and return the prediction service."""
    from outclass.api.app import create_api  # noqa: PLC0415 - a role is imported only when it runs

    return cast(Application, create_api(settings))


def create_site(settings: Settings, *, data_url: str = "") -> Application:
    """Import the site and wrap it, so that no odd request reaches WSGI that it cannot carry."""
    try:
        from a2wsgi import WSGIMiddleware  # noqa: PLC0415 - optional extra

        from outclass.site.options import SiteOptions  # noqa: PLC0415 - optional extra
        from outclass.site.wsgi import create_wsgi  # noqa: PLC0415 - optional extra
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("outclass"):
            raise
        raise MissingExtraError("demo", what="the site is not installed") from error
    # A2WSGI types WSGI by protocols of its own, which Django's stubs do not name.
    wsgi = WSGIMiddleware(cast(Any, create_wsgi(settings, data_url=data_url)), workers=SITE_THREADS)
    largest = SiteOptions.from_environment().upload_bytes + FORM_BYTES
    site = SiteIntake(cast(Application, wsgi), body_bytes=max(BODY_BYTES, largest))

    async def serve_site(scope: Scope, receive: Receive, send: Send) -> None:
        await site(make_safe_for_wsgi(scope), receive, send)

    return serve_site


def make_safe_for_wsgi(scope: Scope) -> Scope:
    """Leave out headers with an underscore, and escape a query that is no ASCII.

    In WSGI `X_Forwarded_For` and `X-Forwarded-For` have one name: the first could forge the second.
    """
    odd_headers = any(b"_" in name for name, _ in scope["headers"])
    if not odd_headers and scope["query_string"].isascii():
        return scope
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    query = quote(scope["query_string"], safe="%/:?#[]@!$&'()*+,;=").encode()
    return {**scope, "headers": headers, "query_string": query}


async def redirect(send: Send, address: str) -> None:
    """Answer that something is found elsewhere."""
    headers = [(b"location", address.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def api_elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the paths of the API where it does not run: health, and a clear refusal."""
    if scope["type"] == "lifespan":
        await answer_lifespan(receive, send)
    elif scope["path"] in HEALTH_PATHS:
        await answer_json(send, 200, {"status": "ok"}, "application/json")
    else:
        problem = {
            "type": "/api/problems/not-found",
            "title": "Not found",
            "status": 404,
            "detail": "this process does not serve the API, which runs with --role api",
        }
        await answer_json(send, 404, problem, "application/problem+json")


async def site_elsewhere(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI
    """Answer the paths of the site where it does not run: the root leads to the data sites."""
    prefix = scope.get("root_path", "")
    if scope["path"] == f"{prefix}/":
        await redirect(send, f"{prefix}{DATA_URL}")
        return
    detail = "this process does not serve the site, which runs with --role site"
    problem = {"type": "/api/problems/not-found", "title": "Not found", "status": 404, "detail": detail}
    await answer_json(send, 404, problem, "application/problem+json")


async def answer_lifespan(receive: Receive, send: Send) -> None:
    """Say yes to start and stop: there is nothing to do."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def answer_json(send: Send, status: int, document: object, content_type: str) -> None:
    """Send a small JSON answer."""
    body = msgspec.json.encode(document)
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def bind(host: str, port: int) -> socket.socket:
    """Take a port before anything slow is done; whoever connects from now on waits until the server runs.

    Parameters
    ----------
    host
        A name or address; `127.0.0.1` keeps the server to this machine.
    port
        0 takes any free one.

    Raises
    ------
    UnavailableError
        Another program listens there, or the address is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UnavailableError("this host is unknown", where="--host", got=host) from error
    if sys.platform == "win32":  # where SO_REUSEADDR would let two servers share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise UnavailableError(
            f"cannot listen on {host}:{port}",
            got=error.strerror,
            hint="stop the other program, or choose another port with --port",
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the URL under which a socket is reached from this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared, not bound
    return f"http://{host}:{port}"


def run(app: Application, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM; then answer what is in flight, flush the logs and return.

    A second SIGINT stops at once.
    """
    config = uvicorn.Config(
        app,
        backlog=BACKLOG,
        http=BoundedProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    with quiet_signals():
        uvicorn.Server(config).run(sockets=[listener])


@contextlib.contextmanager
def quiet_signals() -> Iterator[None]:
    """Let the process live on after a graceful stop: uvicorn raises the signal again when it is done."""

    def ignore(number: int, frame: FrameType | None) -> None:
        """Do nothing: the server has stopped already."""

    before = {number: signal.signal(number, ignore) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
