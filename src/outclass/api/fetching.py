"""Fetch what callers name by its address, so that neither slow hosts nor eager callers hold up others."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from outclass.api.exchange import Exchange
from outclass.base.addresses import read_url
from outclass.base.errors import RateLimitedError, UnavailableError
from outclass.base.fetch import Fetched, Fetcher

THREADS = 8
MOST_FOR_ALL = 24
MOST_FOR_CALLER = 3
MOST_OF_HOST = 4
"""Fetches at once, of which those beyond the threads wait."""


class FetchDesk:
    """Fetches in threads of its own; used in the event loop only.

    Parameters
    ----------
    fetcher
        Decides what may be fetched, and how much.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._callers: Counter[str] = Counter()
        self._hosts: Counter[str] = Counter()
        self._threads: ThreadPoolExecutor | None = None

    async def fetch(self, exchange: Exchange, url: str) -> Fetched:
        """Return what lies at an address.

        Raises
        ------
        RateLimitedError
            The caller has too many under way.
        UnavailableError
            All callers together have, or too many wait for the same host.
        InputError
            It cannot be had: see `Fetcher`.
        """
        host = read_url(url).host
        with self._counted(exchange.caller, host):
            self._threads = self._threads or ThreadPoolExecutor(THREADS, thread_name_prefix="fetch")
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._fetcher.fetch, url)

    def close(self) -> None:
        """Take no more; what is under way ends by its own limits."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def _counted(self, caller: str, host: str) -> Iterator[None]:
        """Count a fetch while it is under way, or refuse it."""
        if self._callers[caller] >= MOST_FOR_CALLER:
            raise RateLimitedError(
                "too many addresses at once", retry_after=self._fetcher.seconds, accepted=str(MOST_FOR_CALLER)
            )
        if self._hosts[host] >= MOST_OF_HOST or self._callers.total() >= MOST_FOR_ALL:
            raise UnavailableError("too many addresses are being fetched", hint="try again soon")
        self._callers[caller] += 1
        self._hosts[host] += 1
        try:
            yield
        finally:
            for counter, name in ((self._callers, caller), (self._hosts, host)):
                counter[name] -= 1
                if not counter[name]:
                    del counter[name]
