"""The memory and the work that photos may take while they wait and are decoded, of all requests together."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from outclass.base.errors import RateLimitedError, UnavailableError

MOST_BYTES = 50_000_000
"""Of whole photos that wait to be decoded."""
MOST_PIXELS = 200_000_000
"""To be decoded, of all callers: some seconds of work."""
MOST_OF_CALLER = 60_000_000
RETRY_SECONDS = 2.0


class Room:
    """Takes photos in as far as there is room; used in the event loop only."""

    def __init__(self, most_bytes: int = MOST_BYTES, most_pixels: int = MOST_PIXELS) -> None:
        self._bytes = most_bytes
        self._pixels = most_pixels
        self._callers: Counter[str] = Counter()

    @contextmanager
    def taken(self, caller: str, size: int, pixels: int = 0) -> Iterator[None]:
        """Take so many bytes, and so many pixels to decode, for a while.

        Raises
        ------
        RateLimitedError
            The caller has too much under way.
        UnavailableError
            All callers together have.
        """
        if self._callers[caller] and self._callers[caller] + pixels > MOST_OF_CALLER:
            raise RateLimitedError("too many large photos at once", retry_after=RETRY_SECONDS)
        if size > self._bytes or pixels > self._pixels:
            raise UnavailableError("too many photos are waiting", hint="send the request again soon")
        self._bytes -= size
        self._pixels -= pixels
        self._callers[caller] += pixels
        try:
            yield
        finally:
            self._bytes += size
            self._pixels += pixels
            self._callers[caller] -= pixels
            if not self._callers[caller]:
                del self._callers[caller]
