"""The one way to fetch what a stranger names: http and https from public addresses, within limits.

A name is looked up once for each hop, every address that it has must be public, and the connection goes to
the address that was checked, whatever the name means a moment later. Proxies of the environment are not used,
as they would look names up again. Nothing is decompressed.
"""

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast
from urllib.parse import quote, urljoin

from outclass import __version__
from outclass.base.addresses import (
    IN_PATH,
    PORTS,
    Address,
    AddressRefusedError,
    Target,
    is_public,
    read_address,
    read_url,
    refused,
)
from outclass.base.errors import InvalidInputError, TooLargeError

__all__ = ["AddressRefusedError", "FetchFailedError", "Fetched", "Fetcher"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PART = 65_536
HEAD_BYTES = 200_000
"""Most bytes of an answer besides its body."""
MOST_LOOKUPS = 32
"""Names that are looked up at once; a lookup cannot be stopped, and a slow server of names may take long."""
MOST_TRIED = 3
"""Addresses of one name that are tried."""
IN_LOCATION = IN_PATH + "#\\\t\r\n\0"
"""What stays as it is in the address of a redirect, to be refused where that is read."""
HOST_HINT = "look at its spelling, or download it and send the file"
USER_AGENT = f"outclass/{__version__}"

_lookups = threading.BoundedSemaphore(MOST_LOOKUPS)

Resolver = Callable[[str, int], Collection[str]]


class FetchFailedError(InvalidInputError):
    """A server that does not give what was asked for.

    `passing` tells whether a later try may go better, `retry_after` what the server says of when.
    """

    def __init__(
        self,
        what: str,
        *,
        got: object = None,
        hint: str | None = None,
        passing: bool = True,
        retry_after: str = "",
    ) -> None:
        super().__init__(what, where="url", got=got, hint=hint)
        self.passing = passing
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came.

    Attributes
    ----------
    content_type
        As the server says, which may be wrong.
    final_url
        Where it came from, after all redirects.
    """

    body: bytes
    content_type: str
    final_url: str


@dataclass(frozen=True, kw_only=True)
class Fetcher:
    """Fetches from public addresses; safe to share between threads.

    Attributes
    ----------
    seconds
        For all of it: looking up names, redirects, the last byte.
    most_bytes
        Of the body.
    redirects
        How many are followed.
    accept
        The header Accept.
    allow_private
        For tests only: True lifts the rules for addresses and ports; a set of (address, port) lifts them for
        these.
    resolve
        Looks up the addresses of a name, in seconds that are left; for tests.
    tls
        How servers prove who they are; for tests.

    Examples
    --------
    >>> Fetcher().fetch("https://example.org/photo.jpg").body  # doctest: +SKIP
    """

    seconds: float = 5.0
    most_bytes: int = 10_000_000
    redirects: int = 3
    accept: str = "image/jpeg, image/png, image/webp"
    allow_private: bool | frozenset[tuple[str, int]] = False
    resolve: Resolver | None = None
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    def fetch(self, url: str) -> Fetched:
        """Return what lies at an address.

        Raises
        ------
        AddressRefusedError
            An address that is not fetched, here or after a redirect.
        TooLargeError
            More bytes than `most_bytes`.
        FetchFailedError
            No answer in time, or not the one that was hoped for.
        """
        deadline = time.monotonic() + self.seconds
        target = read_url(url)
        for _ in range(self.redirects + 1):
            try:
                answer = self._visit(target, deadline)
            except TimeoutError:
                raise too_slow(self.seconds) from None
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise FetchFailedError("the server gave no proper answer", got=reason_of(error)) from None
            if isinstance(answer, Fetched):
                return answer
            target = read_url(answer)
        raise FetchFailedError(
            "the address redirects too often", got=f"more than {self.redirects} times", passing=False
        )

    def _visit(self, target: Target, deadline: float) -> Fetched | str:
        """Ask one server; return what it gave, or the address that it redirects to."""
        with self._connect(target, deadline) as connection:
            connection.settimeout(remaining(deadline))
            connection.sendall(request_for(target, self.accept))
            wire = Wire(connection, deadline, self.most_bytes + HEAD_BYTES)
            response = http.client.HTTPResponse(cast(socket.socket, wire), method="GET")
            response.begin()
            if response.status in REDIRECTS:
                return redirection(target, response)
            check_answer(response, self.most_bytes)
            return Fetched(
                body=read_body(response, self.most_bytes),
                content_type=response.headers.get("Content-Type", ""),
                final_url=target.url,
            )

    def _connect(self, target: Target, deadline: float) -> socket.socket:
        """Return a connection to a checked address of the target."""
        addresses = self._addresses(target, deadline)[:MOST_TRIED]
        problem: OSError = OSError("no address answers")
        for place, address in enumerate(addresses):
            share = remaining(deadline) / (len(addresses) - place)
            try:
                connection = socket.create_connection((str(address), target.port), share)
            except OSError as error:
                problem = error
            else:
                return self._secured(connection, target, deadline)
        raise problem

    def _secured(self, connection: socket.socket, target: Target, deadline: float) -> socket.socket:
        """Return a connection, with TLS where the address says so."""
        if target.scheme == "http":
            return connection
        try:
            connection.settimeout(remaining(deadline))
            return self._trusted.wrap_socket(connection, server_hostname=target.host)
        except BaseException:
            connection.close()
            raise

    def _addresses(self, target: Target, deadline: float) -> list[Address]:
        """Return the addresses of a target, all of which may be visited."""
        if target.address is not None:
            found: list[Address | None] = [target.address]
        else:
            names = self.resolve or look_up
            seconds = remaining(deadline)
            found = [read_address(text) for text in within(seconds, lambda: names(target.host, target.port))]
        addresses = [address for address in found if address is not None]
        if (
            not found
            or len(addresses) < len(found)
            or not all(self._allows(one, target) for one in addresses)
        ):
            raise refused("this host is not known, or not public", target.host, hint=HOST_HINT)
        if not self._allows_port(addresses, target):
            ports = ", ".join(map(str, PORTS.values()))
            raise refused("this port is not visited", str(target.port), ports, hint=HOST_HINT)
        return addresses

    def _allows(self, address: Address, target: Target) -> bool:
        """Tell whether an address may be visited."""
        return is_public(address) or self._is_exempt(address, target.port)

    def _allows_port(self, addresses: Collection[Address], target: Target) -> bool:
        """Tell whether a port may be visited."""
        return target.port in PORTS.values() or all(self._is_exempt(one, target.port) for one in addresses)

    def _is_exempt(self, address: Address, port: int) -> bool:
        """Tell whether a test lifted the rules for an address."""
        if isinstance(self.allow_private, bool):
            return self.allow_private
        return (str(address), port) in self.allow_private

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """Return how servers prove who they are; reading the system's certificates takes a while."""
        return self.tls or ssl.create_default_context()


class Wire:
    """The reading end of a connection, as http.client wants it: no byte after the deadline, none too many."""

    def __init__(self, connection: socket.socket, deadline: float, most_bytes: int) -> None:
        self._stream = TimedStream(connection, deadline, most_bytes)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the stream."""
        return io.BufferedReader(self._stream, PART)


class TimedStream(io.RawIOBase):
    """Bytes of a connection until a deadline, however slowly they drip."""

    def __init__(self, connection: socket.socket, deadline: float, most_bytes: int) -> None:
        self._connection = connection
        self._deadline = deadline
        self._left = most_bytes

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read what is there."""
        if self._left <= 0:
            raise OSError("the answer is longer than allowed")
        self._connection.settimeout(remaining(self._deadline))
        count = self._connection.recv_into(buffer)
        self._left -= count
        return count


def remaining(deadline: float) -> float:
    """Return the seconds until a deadline.

    Raises
    ------
    TimeoutError
        It is over.
    """
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a name, none where it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def within(seconds: float, work: Callable[[], Collection[str]]) -> Collection[str]:
    """Return what comes in time; what does not is left to end by itself.

    Raises
    ------
    TimeoutError
        It took longer, or too many others do.
    """
    if not _lookups.acquire(timeout=seconds):
        raise TimeoutError
    done: list[Collection[str]] = []

    def run() -> None:
        """Do the work in a thread of its own."""
        try:
            done.append(work())
        finally:
            _lookups.release()

    thread = threading.Thread(target=run, name="look-up", daemon=True)
    thread.start()
    thread.join(seconds)
    if not done:
        raise TimeoutError
    return done[0]


def request_for(target: Target, accept: str) -> bytes:
    """Return the request; host and path hold no line ends, as they were read strictly."""
    lines = (
        f"GET {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        f"User-Agent: {USER_AGENT}",
        f"Accept: {accept}",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def redirection(target: Target, response: http.client.HTTPResponse) -> str:
    """Return the address that an answer redirects to."""
    location = response.headers.get("Location", "")
    if not location:
        raise FetchFailedError("the server redirects to nowhere", got=response.status, passing=False)
    text = location.encode("latin-1", "replace").decode("utf-8", "replace")
    return urljoin(target.url, quote(text, safe=IN_LOCATION))


def check_answer(response: http.client.HTTPResponse, most_bytes: int) -> None:
    """Refuse what is no plain answer, or a too large one, before its body is read."""
    if response.status != 200:
        passing = response.status in {408, 425, 429} or response.status >= 500
        raise FetchFailedError(
            "the server does not give it",
            got=f"status {response.status}",
            passing=passing,
            retry_after=response.headers.get("Retry-After", ""),
        )
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise FetchFailedError("the server sent it compressed", got=encoding, passing=False)
    if response.length is not None and response.length > most_bytes:
        raise too_large(f"{response.length} bytes", most_bytes)


def read_body(response: http.client.HTTPResponse, most_bytes: int) -> bytes:
    """Return a body, which must be whole."""
    expected, parts, size = response.length, [], 0
    while part := response.read(PART):
        size += len(part)
        if size > most_bytes:
            raise too_large(f"more than {most_bytes} bytes", most_bytes)
        parts.append(part)
    if expected is not None and size < expected:
        raise FetchFailedError("the connection ended early", got=f"{size} of {expected} bytes")
    return b"".join(parts)


def too_large(got: str, most_bytes: int) -> TooLargeError:
    """Return the error for a body that is too large."""
    return TooLargeError(
        "what lies at the address is too large", where="url", got=got, accepted=f"at most {most_bytes} bytes"
    )


def too_slow(seconds: float) -> FetchFailedError:
    """Return the error where time is up."""
    return FetchFailedError(
        "the server is too slow", got=f"more than {seconds:g} seconds", hint="download it and send the file"
    )


def reason_of(error: Exception) -> str:
    """Return what went wrong, without addresses of this machine's network."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"a certificate that is not trusted: {error.verify_message}"
    return type(error).__name__ if not isinstance(error, OSError) else error.strerror or type(error).__name__
