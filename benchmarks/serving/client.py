"""A load generator: keep-alive connections, each sending its next request when it has the last answer."""

import asyncio
import time
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Load:
    """What one run of load gave; seconds of each request in `latencies`."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    failures: int = 0

    @property
    def rate(self) -> float:
        """Return requests per second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """Return a quantile of the latencies in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


class Connection(asyncio.Protocol):
    """One connection that repeats one request until the time is over."""

    def __init__(self, request: bytes, load: Load, until: float, done: asyncio.Future[None]) -> None:
        self.request = request
        self.load = load
        self.until = until
        self.done = done
        self.buffer = b""
        self.sent = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send()

    def send(self) -> None:
        """Send the next request."""
        assert self.transport is not None
        self.sent = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Take an answer; when it is whole, send the next request."""
        self.buffer += data
        size = answer_size(self.buffer)
        if size is None or len(self.buffer) < size:
            return
        now = time.perf_counter()
        if self.buffer.startswith(b"HTTP/1.1 200"):
            self.load.latencies.append(now - self.sent)
        else:
            self.load.failures += 1
        self.buffer = b""
        if now < self.until:
            self.send()
        else:
            self.finish()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol names it
        """Count a connection that the server closed."""
        if not self.done.done():
            self.load.failures += 1
            self.finish()

    def finish(self) -> None:
        """Close."""
        if not self.done.done():
            self.done.set_result(None)
        if self.transport is not None:
            self.transport.close()


def answer_size(buffer: bytes) -> int | None:
    """Return the length of the first answer with its head, once the head is whole."""
    head, found, _ = buffer.partition(b"\r\n\r\n")
    if not found:
        return None
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(head) + 4 + int(line[15:])
    raise ValueError("an answer without content-length: " + head.decode("latin-1"))


def request_bytes(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Return a POST as it goes over the wire."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def drive(port: int, request: bytes, connections: int, seconds: float) -> Load:
    """Keep so many connections busy for so many seconds."""
    loop = asyncio.get_running_loop()
    start = time.perf_counter()
    load = Load(seconds=seconds)
    ends = []
    for _ in range(connections):
        done = loop.create_future()
        ends.append(done)
        await loop.create_connection(
            lambda done=done: Connection(request, load, start + seconds, done), "127.0.0.1", port
        )
    await asyncio.wait_for(asyncio.gather(*ends), seconds + 30)
    load.seconds = time.perf_counter() - start
    return load
