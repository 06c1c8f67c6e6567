"""A small server that speaks the protocol of MySQL: lets one password in, answers statements by a script."""

import hashlib
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

SALT = b"12345678901234567890"
UTF8MB4 = 45
BINARY = 63
CAPABILITIES = 0x8000 | 0x200 | 0x8 | 0x80000 | 0x1
OK = b"\x00\x00\x00\x02\x00\x00\x00"
END = b"\xfe\x00\x00\x02\x00"


@dataclass(kw_only=True)
class Answer:
    """Columns (name and number of the type) and rows of texts; or an error; rows may end by hanging up."""

    columns: Sequence[tuple[str, int]] = ()
    rows: Iterator[Sequence[str | None]] | Sequence[Sequence[str | None]] = ()
    error: tuple[int, str] | None = None
    hang_up: bool = False


@dataclass(kw_only=True)
class Peer:
    """The running server."""

    port: int = 0
    password: str = ""
    statements: list[str] = field(default_factory=list)
    answer: Callable[[str], Answer] = lambda statement: Answer()


def text(value: bytes) -> bytes:
    """Return a text with its length before it."""
    if len(value) < 251:
        return bytes([len(value)]) + value
    return b"\xfc" + struct.pack("<H", len(value)) + value if len(value) < 65536 else (
        b"\xfd" + struct.pack("<I", len(value))[:3] + value
    )  # fmt: skip


def scramble(password: str) -> bytes:
    """Return what a client sends for a password (mysql_native_password)."""
    if not password:
        return b""
    first = hashlib.sha1(password.encode()).digest()
    mask = hashlib.sha1(SALT + hashlib.sha1(first).digest()).digest()
    return bytes(one ^ other for one, other in zip(first, mask, strict=True))


class Handler(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self):
        self.number = 0
        version = b"\x0a8.0.0-peer\x00" + struct.pack("<I", 1) + SALT[:8] + b"\x00"
        low, high = CAPABILITIES & 0xFFFF, CAPABILITIES >> 16
        rest = struct.pack("<HBHHB10x", low, UTF8MB4, 2, high, 21) + SALT[8:] + b"\x00"
        self.send(version + rest + b"mysql_native_password\x00")
        login = self.receive()
        expected = scramble(self.server.peer.password)
        if expected not in login or (not expected and b"\x14" in login[36:60]):
            self.send(b"\xff" + struct.pack("<H", 1045) + b"#28000Access denied for user")
            return
        self.send(OK)
        while command := self.receive():
            if command[0] == 1:
                return
            self.number = 1
            if not self.execute(command[1:].decode()):
                return

    def execute(self, statement):
        """Answer one statement; return False where the connection ends."""
        self.server.peer.statements.append(statement)
        answer = self.server.peer.answer(statement)
        if answer.error:
            number, message = answer.error
            self.send(b"\xff" + struct.pack("<H", number) + b"#42000" + message.encode())
        elif not answer.columns:
            self.send(OK)
        else:
            self.send(bytes([len(answer.columns)]))
            for name, kind in answer.columns:
                parts = b"".join(text(part) for part in (b"def", b"", b"", b"", name.encode(), b""))
                charset = UTF8MB4 if kind == 253 else BINARY
                self.send(parts + b"\x0c" + struct.pack("<HIBHB2x", charset, 255, kind, 0, 0))
            self.send(END)
            for row in answer.rows:
                self.send(b"".join(b"\xfb" if value is None else text(value.encode()) for value in row))
            if answer.hang_up:
                return False
            self.send(END)
        return True

    def send(self, payload):
        self.wfile.write(struct.pack("<I", len(payload))[:3] + bytes([self.number]) + payload)
        self.number = (self.number + 1) % 256

    def receive(self):
        head = self.rfile.read(4)
        if len(head) < 4:
            return b""
        self.number = (head[3] + 1) % 256
        return self.rfile.read(int.from_bytes(head[:3], "little"))


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        """Say nothing: clients may go at any moment."""


@contextmanager
def mysql_peer(answer, password=""):
    """Run a server on a free port of this machine."""
    peer = Peer(answer=answer, password=password)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.peer = peer
        peer.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield peer
        finally:
            server.shutdown()
            thread.join()
