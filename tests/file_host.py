"""A local file host whose faults can be set, for tests of downloads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(kw_only=True)
class FileHost:
    """What the host has, how it fails, and what it was asked.

    Attributes
    ----------
    faults
        One for each request to come, the first first: a status to answer with, or the number of bytes after
        which the connection is cut, as a negative number. None, and every request after the last, is answered
        well.
    ranges
        Whether it answers with parts.
    stall_after
        Number of bytes after which the next answer stops without an end.
    requests
        Path and Range header of every request.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[int | None] = field(default_factory=list)
    ranges: bool = True
    stall_after: int | None = None
    closing: threading.Event = field(default_factory=threading.Event)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        wanted = handler.headers.get("Range")
        self.requests.append((handler.path, wanted))
        fault = self.faults.pop(0) if self.faults else None
        content = self.files.get(handler.path)
        if content is None or (fault is not None and fault > 0):
            handler.send_error(fault or 404)
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
        if start and start >= len(content):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(content)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        self._send(handler, content, start, cut=-fault if fault else None)

    def _send(self, handler: BaseHTTPRequestHandler, content: bytes, start: int, cut: int | None) -> None:
        """Send the content from `start`, all or up to where the connection is cut."""
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        handler.send_header("Content-Length", str(len(content) - start))
        handler.end_headers()
        body = content[start:]
        if (stall := self.stall_after) is not None:
            self.stall_after = None
            handler.wfile.write(body[:stall])
            self.closing.wait()
        else:
            handler.wfile.write(body if cut is None else body[:cut])
        handler.close_connection = True


@contextmanager
def serve_files() -> Iterator[FileHost]:
    """Run a file host on a free local port."""
    host = FileHost()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    host.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield host
    finally:
        host.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
