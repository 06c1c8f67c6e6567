"""What goes over the network: one address, one body or the reason why there is none; no second try."""

import http.client
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Protocol

import outclass
from outclass.base.addresses import AddressRefusedError, read_url
from outclass.base.errors import InputError
from outclass.base.fetch import Fetcher, FetchFailedError

AGENT = f"outclass/{outclass.__version__} (+https://github.com/outclass/outclass)"
TIMEOUT_SECONDS = 30.0
CHUNK = 1 << 16
MOST_BYTES = 20_000_000
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
DENIED = frozenset({"status 401", "status 403"})
"""Hosts of photos say so of single photos, and also to who asks for too many."""


class NoAnswerError(Exception):
    """Nothing came, or not all, or a fault that passes; `retry_after` is what the server says of when."""

    def __init__(self, why: str, retry_after: str = "") -> None:
        self.retry_after = retry_after
        super().__init__(why)


class FinalAnswerError(Exception):
    """There is nothing to be had, now or later, such as after 404."""


class Web(Protocol):
    """Gets an address."""

    def get(self, url: str) -> bytes:
        """Return a body; raise `NoAnswerError` or `FinalAnswerError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiWeb:
    """Gets addresses of the API, which are made of constants and of numbers of the challenge."""

    timeout: float = TIMEOUT_SECONDS

    def get(self, url: str) -> bytes:
        """Return a body."""
        headers = {"User-Agent": AGENT, "Accept": "application/json", "Accept-Encoding": "identity"}
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - a constant, or that of a test
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as response:  # noqa: S310
                return _read(response)
        except urllib.error.HTTPError as error:
            with error:
                why, later = f"the answer is {error.code}", error.headers.get("Retry-After", "")
            raise NoAnswerError(why, later) if error.code in AGAIN else FinalAnswerError(why) from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, socket.gaierror):
                raise FinalAnswerError(f"there is no network, or no such host: {reason}") from error
            raise NoAnswerError(_reason(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaWeb:
    """Gets photos from where the API says that they are, by the rules of all that strangers name."""

    fetcher: Fetcher = field(default_factory=lambda: Fetcher(seconds=TIMEOUT_SECONDS, most_bytes=MOST_BYTES))

    def get(self, url: str) -> bytes:
        """Return a body."""
        try:
            return self.fetcher.fetch(url).body
        except FetchFailedError as error:
            why = error.what if error.got is None else f"{error.what}: {error.got}"
            if error.passing or error.got in DENIED:
                raise NoAnswerError(why, error.retry_after) from error
            raise FinalAnswerError(why) from error
        except AddressRefusedError as error:
            # A name that is not known may be one again when the network is back.
            raise (NoAnswerError if _has_name(url) else FinalAnswerError)(error.what) from error
        except InputError as error:
            raise FinalAnswerError(error.what) from error


def _has_name(url: str) -> bool:
    """Tell whether the host of an address has a name rather than a number."""
    try:
        return read_url(url).address is None
    except AddressRefusedError:
        return False


def _read(response: http.client.HTTPResponse) -> bytes:
    """Read a body to its end."""
    expected, parts, size = response.length, [], 0
    while part := response.read(CHUNK):
        size += len(part)
        if size > MOST_BYTES:
            raise FinalAnswerError(f"it is longer than {MOST_BYTES:,} bytes")
        parts.append(part)
    if expected is not None and size < expected:
        raise NoAnswerError(f"the connection ended after {size:,} of {expected:,} bytes")
    return b"".join(parts)


def _reason(error: Exception) -> str:
    """Return what went wrong, without the name of the class where there is a text."""
    if isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__
