"""The engine: takes a batch, works on it, publishes what came of it, and only then lets it be committed."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from outclass.base.errors import TooLargeError, UnavailableError
from outclass.stream.letters import without_value
from outclass.stream.records import Outgoing, Record, Stage
from outclass.stream.telemetry import Telemetry
from outclass.stream.transport import Positions, StoppedError, Transport

LOG = logging.getLogger(__name__)

T = TypeVar("T")

SHORTEST_WAIT, LONGEST_WAIT = 0.2, 10.0
"""Seconds before a step that failed is tried again; each wait is twice the one before."""
LOOK_SECONDS = 2.0
"""How often the lag is measured."""
REPORT_SECONDS = 30.0
STALL_SECONDS = 60.0
"""After so long without a batch, while messages wait, something is wrong that nothing else tells."""


class Pump:
    """Moves messages from a transport through a stage.

    One batch is worked on at a time, and meanwhile the client fetches no more than its buffers hold: a slow
    stage, broker or database slows the reading down, and nothing piles up. A batch that cannot be worked on
    or published now is tried again with growing pauses until it can; it is never skipped.

    Parameters
    ----------
    results, letters
        Topics of what the stage gives; None where it gives none.
    """

    def __init__(
        self, transport: Transport, stage: Stage, *, results: str | None, letters: str, telemetry: Telemetry
    ) -> None:
        self._transport = transport
        self._stage = stage
        self._results = results
        self._letters = letters
        self._telemetry = telemetry
        self._stop = asyncio.Event()
        self._problem: str | None = "not started yet"
        self._unseen: str | None = None
        self._moved = time.monotonic()
        self._stalled = False

    @property
    def problem(self) -> str | None:
        """Return what is being waited for, or None."""
        return self._problem or self._unseen or ("messages wait, and none comes" if self._stalled else None)

    def stop(self) -> None:
        """Finish the batch that is being worked on, and end `run`."""
        self._stop.set()

    async def run(
        self, positions: Positions | None = None, *, started: Callable[[], None] = lambda: None
    ) -> None:
        """Work until `stop` is called; `started` is called when the transport hands out batches."""
        await self._transport.start(self.handle, positions)
        self._problem = None
        LOG.info("stream started")
        started()
        watching = asyncio.create_task(self._watch())
        try:
            await self._stop.wait()
        finally:
            self._problem = "stopping"
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            await self._transport.stop()
            LOG.info("stream stopped", extra={"total": self._telemetry.total})

    async def handle(self, records: Sequence[Record]) -> None:
        """Work on one batch; when it returns, the batch may be committed."""
        start = time.perf_counter()
        work = await self._insist("work", partial(asyncio.to_thread, self._stage.work, records))
        if work.results and self._results is not None:
            await self._insist("publish", partial(self._transport.publish, self._results, work.results))
        if work.letters:
            await self._insist("publish", partial(self._bury, work.letters))
        self._telemetry.batch_done(work, len(records), time.perf_counter() - start)
        self._moved = time.monotonic()

    async def _bury(self, letters: Sequence[Outgoing]) -> None:
        """Publish dead letters; one that the broker finds too large goes without its value."""
        try:
            await self._transport.publish(self._letters, letters)
        except TooLargeError:
            for letter in letters:
                try:
                    await self._transport.publish(self._letters, [letter])
                except TooLargeError:
                    await self._transport.publish(self._letters, [without_value(letter)])

    async def _insist(self, step: str, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try until it works, or the process stops."""
        wait = SHORTEST_WAIT
        while True:
            try:
                found = await attempt()
            except UnavailableError as error:
                if self._problem is None:
                    LOG.error("waiting: %s", error, extra={"step": step})
                self._problem = str(error)
                self._telemetry.failed(step)
            else:
                if self._problem is not None and not self._stop.is_set():
                    LOG.info("going on", extra={"step": step})
                    self._problem = None
                return found
            if await self._stops_within(wait * random.uniform(0.8, 1.2)):  # noqa: S311 - no secret
                raise StoppedError
            wait = min(LONGEST_WAIT, wait * 2)

    async def _stops_within(self, seconds: float) -> bool:
        """Wait; tell whether the process stops meanwhile."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
        return self._stop.is_set()

    async def _watch(self) -> None:
        """Measure the lag every few seconds, and report now and then."""
        reported = time.monotonic()
        while not await self._stops_within(LOOK_SECONDS):
            try:
                self._telemetry.lags(await self._transport.lag())
                self._unseen = None
            except UnavailableError as error:
                self._unseen = str(error)
                self._telemetry.failed("look")
                LOG.warning("the lag is not known: %s", error)
            self._look_for_stall()
            if time.monotonic() - reported >= REPORT_SECONDS:
                reported = time.monotonic()
                LOG.info("progress", extra=self._telemetry.progress())

    def _look_for_stall(self) -> None:
        """Notice when messages wait and no batch has come for long."""
        now = time.monotonic()
        if not self._telemetry.waiting:
            self._moved = now
        stalled = now - self._moved > STALL_SECONDS
        if stalled and not self._stalled:
            LOG.error("messages wait, and none comes", extra={"lag": self._telemetry.waiting})
        self._stalled = stalled
