"""/livez, /readyz and /metrics of a consumer, on a port of its own."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import msgspec

from outclass.base.errors import UnavailableError
from outclass.stream.telemetry import Telemetry

JSON = "application/json"
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
READ_SECONDS = 10


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether messages are worked on.

    Attributes
    ----------
    problem
        What is being waited for: the broker, a model or the database.
    """

    ready: bool
    model: str | None
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the answers come from."""

    telemetry: Telemetry
    readiness: Callable[[], Readiness]


class StatusServer:
    """A small HTTP server in threads, so that it answers while a batch is worked on.

    Parameters
    ----------
    host, port
        Where it listens; port 0 takes a free one.

    Raises
    ------
    UnavailableError
        Another program listens there.
    """

    def __init__(self, source: Source, *, host: str = "127.0.0.1", port: int = 0) -> None:
        handler = type("Handler", (StatusHandler,), {"source": source})
        try:
            self._server = ThreadingHTTPServer((host, port), handler)
        except OSError as error:
            raise UnavailableError(
                f"cannot listen on {host}:{port}",
                got=error.strerror,
                hint="choose another port with --metrics-port",
            ) from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="status", daemon=True)

    @property
    def url(self) -> str:
        """Return its address."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class StatusHandler(BaseHTTPRequestHandler):
    """Answers one request; `source` is set by the server."""

    source: Source
    timeout = READ_SECONDS
    protocol_version = "HTTP/1.1"
    server_version = "outclass"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer."""
        readiness = self.source.readiness()
        match self.path.partition("?")[0]:
            case "/livez":
                self._answer(200, b'{"live":true}', JSON)
            case "/readyz":
                self._answer(200 if readiness.ready else 503, msgspec.json.encode(readiness), JSON)
            case "/metrics":
                self._answer(200, self.source.telemetry.exposition(ready=readiness.ready), METRICS_TYPE)
            case _:
                self._answer(404, b'{"title":"Not found"}', JSON)

    def log_message(self, *_: object) -> None:
        """Log nothing: probes come every few seconds."""

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
