"""A local server that sends exactly the bytes it is told to, as slowly as it is told to."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answer = bytes | Callable[[socket.socket], None]


@dataclass(kw_only=True)
class RawHost:
    """What each path is answered with, and what was asked."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"http://{host}:{self.port}{path}"

    @property
    def place(self) -> frozenset[tuple[str, int]]:
        """Return where it listens."""
        return frozenset({("127.0.0.1", self.port)})

    def serve(self, connection: socket.socket) -> None:
        """Answer one connection."""
        with connection, suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                part = connection.recv(65_536)
                if not part:
                    return
                request += part
            self.requests.append(request)
            answer = self.answers.get(request.split(b" ")[1].decode(), b"HTTP/1.1 404 No\r\n\r\n")
            if callable(answer):
                answer(connection)
            else:
                connection.sendall(answer)

    def drip(self, start: bytes, part: bytes, *, seconds: float = 0.02) -> Callable[[socket.socket], None]:
        """Return an answer that goes on for ever, a part at a time."""

        def send(connection: socket.socket) -> None:
            connection.sendall(start)
            while not self.closing.wait(seconds):
                connection.sendall(part)

        return send


@contextmanager
def raw_host(tls: ssl.SSLContext | None = None) -> Iterator[RawHost]:
    """Run a server on a free port."""
    host = RawHost()
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host.port = listener.getsockname()[1]

        def accept() -> None:
            while not host.closing.is_set():
                try:
                    connection, _ = listener.accept()
                    if tls is not None:
                        connection = tls.wrap_socket(connection, server_side=True)
                except OSError:
                    continue
                threads.append(threading.Thread(target=host.serve, args=(connection,), daemon=True))
                threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield host
        finally:
            host.closing.set()
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", host.port), 1).close()
            accepting.join(5)
            for thread in threads:
                thread.join(5)


def ok(body: bytes = b"photo", *headers: str) -> bytes:
    """Return a good answer."""
    lines = ("HTTP/1.1 200 OK", "Content-Type: image/jpeg", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body


def to(location: str, status: int = 302) -> bytes:
    """Return a redirect."""
    return f"HTTP/1.1 {status} Over there\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
