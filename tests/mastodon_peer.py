"""A Mastodon server for tests (mastodon-mock in a process of its own), and a proxy with faults before it."""

import contextlib
import http.client
import http.server
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from enum import StrEnum
from typing import Self
from urllib.parse import urlencode, urlsplit

SERVER = """
import json, sys, time
from mastodon_mock.config import DatabaseConfig, MastodonMockConfig, SeedAccount, SeedConfig
from mastodon_mock.testing import MockServer
told = json.loads(sys.argv[1])
seed = SeedConfig(accounts=[SeedAccount(**account) for account in told["accounts"]])
config = MastodonMockConfig(database=DatabaseConfig(path=told["path"]), seed=seed)
server = MockServer(config=config, log_level="error").start()
print(server.base_url, flush=True)
sys.stdin.read()
server.stop()
"""
BOT = {"username": "bot", "bot": True, "access_token": "bot-token"}


class Fault(StrEnum):
    """What goes wrong with one request."""

    LOST = "lost"
    """It is done, but the answer never comes."""
    DONE_500 = "done-500"
    """It is done, and the answer says that it failed."""
    CUT = "cut"
    """It is done, and the answer is cut off."""
    FAILED_500 = "failed-500"
    FULL = "full"
    DROPPED = "dropped"
    FORGETFUL = "forgetful"
    """It is done without regard to its idempotency key."""
    BROKEN = "broken"
    """Media: bytes that are no photo."""


Plan = Callable[[str, str], Fault | None]
"""Returns the fault of a request by its method and path."""


@contextlib.contextmanager
def mastodon_server(accounts: Sequence[Mapping[str, object]], path: str = ":memory:") -> Iterator[str]:
    """Run a server that knows some accounts, each with its `access_token`; give its address."""
    told = json.dumps({"accounts": [BOT, *accounts], "path": path})
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, told], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), "the server did not start"
        yield url
    finally:
        process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        process.kill()
        process.wait()
        process.stdout.close()


@dataclass
class Proxy:
    """Hands requests on to a server, with faults as planned.

    Attributes
    ----------
    seen
        Method, path and fault of each request.
    """

    upstream: str
    plan: Plan = lambda _method, _path: None
    wait: float = 1.0
    seen: list[tuple[str, str, Fault | None]] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Start."""
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Handles one connection."""

            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                """Read a request; a client that went away is none of ours."""
                with contextlib.suppress(ConnectionError):
                    super().handle_one_request()

            def do_GET(self) -> None:
                proxy.hand_on(self, b"")

            def do_POST(self) -> None:
                proxy.hand_on(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Return the address of the proxy."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def place(self) -> tuple[str, int]:
        """Return address and port."""
        return "127.0.0.1", int(self._server.server_address[1])

    def hand_on(self, handler: http.server.BaseHTTPRequestHandler, body: bytes) -> None:
        """Answer one request."""
        fault = self.plan(handler.command, urlsplit(handler.path).path)
        self.seen.append((handler.command, handler.path, fault))
        match fault:
            case Fault.DROPPED:
                handler.close_connection = True
                return
            case Fault.FAILED_500:
                self._say(handler, 500, b'{"error": "it failed"}')
                return
            case Fault.FULL:
                until = datetime.now(UTC) + timedelta(seconds=self.wait)
                self._say(
                    handler,
                    429,
                    b"{}",
                    {"X-RateLimit-Reset": until.isoformat(), "X-RateLimit-Remaining": "0"},
                )
                return
        status, headers, content = self._ask(handler, body, forget=fault is Fault.FORGETFUL)
        match fault:
            case Fault.LOST:
                handler.close_connection = True
            case Fault.DONE_500:
                self._say(handler, 502, b"")
            case Fault.CUT:
                self._say(handler, status, content[: len(content) // 2], {"Content-Type": "application/json"})
            case Fault.BROKEN:
                self._say(handler, status, content[: len(content) // 3], {"Content-Type": "image/png"})
            case _:
                self._say(handler, status, content, headers)

    def _ask(
        self, handler: http.server.BaseHTTPRequestHandler, body: bytes, *, forget: bool
    ) -> tuple[int, dict[str, str], bytes]:
        """Return the server's answer."""
        parts = urlsplit(self.upstream)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
        headers = kept(handler.headers, forget=forget)
        try:
            connection.request(handler.command, handler.path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
            told = {name: value for name in ("Content-Type", "Link") if (value := answer.headers.get(name))}
            return answer.status, told, content
        finally:
            connection.close()

    @staticmethod
    def _say(
        handler: http.server.BaseHTTPRequestHandler,
        status: int,
        content: bytes,
        headers: Mapping[str, str] = {},
    ) -> None:
        """Answer."""
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


def kept(headers: Message, *, forget: bool) -> dict[str, str]:
    """Return the headers that are handed on."""
    left = {"connection", "keep-alive", "content-length"} | ({"idempotency-key"} if forget else set())
    return {name: value for name, value in headers.items() if name.lower() not in left}


@dataclass
class Person:
    """Somebody who posts, by the server's HTTP."""

    url: str
    token: str

    def call(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> object:
        """Make one request and return the JSON of its answer."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Content-Type": kind} if body else {})
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status < 300, content
            return json.loads(content)
        finally:
            connection.close()

    def upload(self, photo: bytes, alt: str = "") -> str:
        """Upload a photo and return its id."""
        mark = "0123456789abcdef"
        form = "Content-Disposition: form-data; name="
        head = f'--{mark}\r\n{form}"file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        tail = f'\r\n--{mark}\r\n{form}"description"\r\n\r\n{alt}\r\n--{mark}--\r\n'
        body = head.encode() + photo + tail.encode()
        answer = self.call("POST", "/api/v2/media", body, f"multipart/form-data; boundary={mark}")
        assert isinstance(answer, dict)
        return str(answer["id"])

    def post(self, text: str, photos: Sequence[bytes] = (), **more: object) -> dict[str, object]:
        """Post something and return it as the server gives it."""
        fields = {"status": text, "media_ids": [self.upload(photo) for photo in photos], **more}
        answer = self.call("POST", "/api/v1/statuses", json.dumps(fields).encode())
        assert isinstance(answer, dict)
        return answer

    def share(self, post: str) -> None:
        """Share another's post."""
        self.call("POST", f"/api/v1/statuses/{post}/reblog", b"{}")

    def own_posts(self) -> list[dict[str, object]]:
        """Return all own posts."""
        me = self.call("GET", "/api/v1/accounts/verify_credentials")
        assert isinstance(me, dict)
        found: list[dict[str, object]] = []
        for _ in itertools.count():
            asked = {"limit": 40} | ({"max_id": found[-1]["id"]} if found else {})
            page = self.call("GET", f"/api/v1/accounts/{me['id']}/statuses?{urlencode(asked)}")
            assert isinstance(page, list)
            if not page:
                return found
            found += page
        return found


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
