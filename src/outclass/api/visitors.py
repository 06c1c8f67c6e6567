"""Callers without a key: an allowance for each address, in memory."""

import hmac
import ipaddress
import time
from collections.abc import Callable, Mapping

from outclass.api.options import ApiOptions
from outclass.base.errors import RateLimitedError

CAPACITY = 20_000
DAY_SECONDS = 86_400.0
UNKNOWN = "unknown"


class Allowance:
    """What one address has left."""

    __slots__ = ("day", "tokens", "updated", "used")

    def __init__(self, tokens: float, now: float) -> None:
        self.tokens = tokens
        self.updated = now
        self.day = now // DAY_SECONDS
        self.used = 0


class Visitors:
    """Token buckets (a burst, refilled at a steady rate) and a count of the day, by address.

    The least recently seen addresses are forgotten beyond `capacity`.
    """

    def __init__(
        self, options: ApiOptions, clock: Callable[[], float] = time.time, *, capacity: int = CAPACITY
    ) -> None:
        self._rate = options.anonymous_per_second
        self._burst = options.anonymous_burst
        self._per_day = options.anonymous_per_day
        self._clock = clock
        self._capacity = capacity
        self._allowances: dict[str, Allowance] = {}

    def admit(self, address: str) -> None:
        """Count one request of an address.

        Raises
        ------
        RateLimitedError
            It is over its allowance; `retry_after` says for how long.
        """
        now = self._clock()
        allowance = self._allowances.pop(address, None) or Allowance(self._burst, now)
        self._allowances[address] = allowance
        if len(self._allowances) > self._capacity:
            del self._allowances[next(iter(self._allowances))]
        if allowance.day != now // DAY_SECONDS:
            allowance.day, allowance.used = now // DAY_SECONDS, 0
        if allowance.used >= self._per_day:
            raise RateLimitedError(
                "too many requests without a key today",
                retry_after=(allowance.day + 1) * DAY_SECONDS - now,
                accepted=f"{self._per_day} requests a day (UTC) from one address",
                hint="use an API key",
            )
        tokens = min(self._burst, allowance.tokens + (now - allowance.updated) * self._rate)
        allowance.updated = now
        if tokens < 1.0:
            allowance.tokens = tokens
            raise RateLimitedError(
                "requests without a key come too fast from here",
                retry_after=(1.0 - tokens) / self._rate,
                accepted=f"{self._rate} requests a second on average",
                hint="wait a little, or use an API key",
            )
        allowance.tokens = tokens - 1.0
        allowance.used += 1


def address_of(client: tuple[str, int] | None, headers: Mapping[bytes, bytes], proxies: int) -> str:
    """Return the caller's address, as the outermost trusted proxy saw it; 64 bits of IPv6 are one caller."""
    address = str(client[0]) if client else UNKNOWN
    if proxies:
        hops = [hop.strip() for hop in headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")]
        if len(hops) >= proxies and hops[-proxies]:
            address = hops[-proxies]
    return network_of(address) if ":" in address else address


def network_of(address: str) -> str:
    """Return what counts as one caller in IPv6.

    >>> network_of("2001:db8:1:2:3:4:5:6"), network_of("::ffff:192.0.2.1")
    ('2001:db8:1:2::', '192.0.2.1')
    """
    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0].strip("[]"))
    except ValueError:
        return address[:64]
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(parsed) >> 64 << 64))


def address_mark(address: str, key: bytes) -> str:
    """Return a keyed hash of an address, which is kept in its place."""
    return hmac.digest(key, f"address:{address}".encode(), "sha256").hex()[:24]
