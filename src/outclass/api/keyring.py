"""Keys in memory: looked up every two seconds, counted at once, their use written every second."""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from outclass.base.errors import AuthenticationError, OutclassError, RateLimitedError
from outclass.base.keys import KEY_PATTERN, KeyRecord, count_use, day_of, find_key, used_today
from outclass.base.sql import Database

T = TypeVar("T")

FRESH_SECONDS = 2.0
"""How long a looked-up key is believed; a revoked one is refused after at most so long."""
CAPACITY = 10_000
DAY_SECONDS = 86_400.0
BEARER = b"bearer "


class RunInThread(Protocol):
    """Runs what waits for the database in a thread."""

    def __call__(self, function: Callable[..., T], /, *arguments: object) -> Awaitable[T]:
        """Return the function's result."""


class HeldKey:
    """What is known of one key; changed in the event loop only.

    Attributes
    ----------
    base
        Requests of the day that the database knows of.
    pending, writing
        Requests that it does not know of yet, and those that are being written.
    burst, rate
        How many requests may be sent at once, and each second on average.
    """

    __slots__ = (
        "base",
        "burst",
        "day",
        "day_ends",
        "fresh_until",
        "pending",
        "rate",
        "record",
        "tokens",
        "updated",
        "writing",
    )

    def __init__(self, record: KeyRecord | None, used: int, now: float) -> None:
        self.record = record
        self.base = used
        self.pending = 0
        self.writing = 0
        self.day = day_of(now)
        self.day_ends = (now // DAY_SECONDS + 1) * DAY_SECONDS
        self.fresh_until = now + FRESH_SECONDS
        self.burst = burst_of(record) if record else 0.0
        self.rate = rate_of(record) if record else 0.0
        self.tokens = self.burst
        self.updated = now


class KeyRing:
    """Admits requests by their Authorization header.

    Parameters
    ----------
    db
        Where keys and their use are.
    in_thread
        Runs a function in a thread, so that the database never holds up the event loop.
    clock
        Returns the time in epoch seconds.
    """

    def __init__(self, db: Database, in_thread: RunInThread, clock: Callable[[], float] = time.time) -> None:
        self._db = db
        self._in_thread = in_thread
        self._clock = clock
        self._held: dict[str, HeldKey] = {}
        self._lock = asyncio.Lock()
        self.problem: str | None = None

    async def admit(self, header: bytes) -> KeyRecord:
        """Count one request for the key in an Authorization header and return its record.

        Raises
        ------
        AuthenticationError
            The header is no bearer key, or the key is unknown or revoked.
        RateLimitedError
            The key's quota of the day is used up, or its requests come too fast.
        UnavailableError
            Keys cannot be looked up.
        """
        text = key_text(header)  # one key has one count, however its header is written
        now = self._clock()
        held = self._held.get(text)
        if held is None or now >= held.fresh_until:
            held = await self._look_up(text)
        record = held.record
        if record is None or record.revoked_at is not None:
            raise AuthenticationError("the key is unknown or revoked", where="Authorization")
        charge(held, record, now)
        return record

    async def flush(self) -> None:
        """Write the use that is not written yet; it stays pending where the database does not answer."""
        async with self._lock:
            await self._flush()

    async def _look_up(self, text: str) -> HeldKey:
        """Read a key and its use of the day anew; one look-up at a time."""
        async with self._lock:
            now = self._clock()
            old = self._held.get(text)
            if old is not None and now < old.fresh_until:
                return old
            if old is not None and old.pending:
                await self._flush()
            record, used = await self._in_thread(read_key, self._db, text, now)
            held = HeldKey(record, used, now)
            if old is not None:
                held.tokens, held.updated, held.pending = old.tokens, old.updated, old.pending
                if old.day != held.day:
                    held.pending = 0
            self._make_room(now)
            self._held[text] = held
            return held

    async def _flush(self) -> None:
        """Write pending use; the caller holds the lock."""
        writing = [held for held in self._held.values() if held.pending and held.record is not None]
        counts: dict[tuple[str, str], int] = {}
        for held in writing:
            if held.record is not None:
                held.writing, held.pending = held.pending, 0
                counts[held.record.id, held.day] = counts.get((held.record.id, held.day), 0) + held.writing
        if not counts:
            return
        try:
            await self._in_thread(count_use, self._db, counts)
        except OutclassError as error:
            self.problem = error.what
            for held in writing:
                held.pending += held.writing
                held.writing = 0
        else:
            self.problem = None
            for held in writing:
                held.base += held.writing
                held.writing = 0

    def _make_room(self, now: float) -> None:
        """Forget keys that were not used lately when there are too many."""
        if len(self._held) < CAPACITY:
            return
        for text, held in list(self._held.items()):
            if now >= held.fresh_until and not held.pending:
                del self._held[text]
        while len(self._held) >= CAPACITY:
            del self._held[next(iter(self._held))]


def read_key(db: Database, text: str, now: float) -> tuple[KeyRecord | None, int]:
    """Return a key and how often it was used today."""
    record = find_key(db, text)
    return record, used_today(db, record.id, now=now) if record else 0


@functools.lru_cache(maxsize=CAPACITY)
def key_text(header: bytes) -> str:
    """Return the key in an Authorization header.

    >>> key_text(b"Bearer oc_abcdefghijkl_" + b"x" * 32)[:15]
    'oc_abcdefghijkl'
    """
    if header[:7].lower() == BEARER:
        text = header[7:].strip().decode("latin-1")
        if KEY_PATTERN.fullmatch(text):
            return text
    raise AuthenticationError(
        "this is no key", where="Authorization", accepted="Bearer oc_... as shown when the key was made"
    )


def burst_of(record: KeyRecord) -> float:
    """Return how many requests a key may send at once: a hundredth of its day, at least 200."""
    return max(200.0, record.requests_per_day / 100)


def rate_of(record: KeyRecord) -> float:
    """Return how many requests a second a key may send on average: a thousandth of its day, at least 50."""
    return max(50.0, record.requests_per_day / 1000)


def charge(held: HeldKey, record: KeyRecord, now: float) -> None:
    """Count one request, or refuse it."""
    if held.base + held.writing + held.pending >= record.requests_per_day:
        raise RateLimitedError(
            "the key's quota of the day is used up",
            retry_after=held.day_ends - now,
            accepted=f"{record.requests_per_day} requests a day (UTC)",
        )
    tokens = min(held.burst, held.tokens + (now - held.updated) * held.rate)
    held.updated = now
    if tokens < 1.0:
        held.tokens = tokens
        raise RateLimitedError(
            "the key's requests come too fast",
            retry_after=(1.0 - tokens) / held.rate,
            accepted=f"{held.rate:g} requests a second on average",
        )
    held.tokens = tokens - 1.0
    held.pending += 1
