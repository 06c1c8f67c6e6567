"""Answer many requests with few runs of the model, without ever waiting for more to come.

What is queued is taken when the model is free. A light model runs in the event loop itself, as a thread would
cost more than the model; a heavy one runs in one worker thread, so that light endpoints stay quick.
"""

import asyncio
import functools
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from outclass.base.errors import UnavailableError
from outclass.inference.prediction import Prediction

LIGHT_MILLISECONDS = 2.0
"""A model that answers faster runs in the event loop."""
INLINE_MILLISECONDS = 10.0
"""The loop never stands still for longer than about this."""
LARGEST_BATCH = 64
CAPACITY = 1024
LONELY, PROBE = 4, 32
"""After so many batches of one, a request no longer goes through the queue, except each so manieth one, which
finds out whether others come at the same time again."""

Row = NDArray[Any]
Waiting = tuple[Row, asyncio.Future[Prediction]]
Answer = Prediction | Exception


class Model(Protocol):
    """What a batcher needs of a predictor."""

    @property
    def milliseconds(self) -> float:
        """Return the time of one answer."""

    def predict_many(self, rows: Row) -> list[Prediction]:
        """Answer for each row."""


class MicroBatcher:
    """Collects single requests of one event loop into batches.

    Parameters
    ----------
    source
        Returns the model to use now, such as `ChampionWatcher.current`; asked once for each batch, so a new
        champion takes over between two batches. May raise, which is then the answer to that batch.
    largest
        Most rows in one batch.
    capacity
        Most rows that may wait; more are refused.
    light
        A model faster than so many milliseconds runs in the event loop; with 0 none does, and its speed is
        not asked for.
    worker
        The thread for heavy models, where several batchers share one; by default each has its own.
    """

    def __init__(
        self,
        source: Callable[[], Model],
        *,
        largest: int = LARGEST_BATCH,
        capacity: int = CAPACITY,
        light: float = LIGHT_MILLISECONDS,
        worker: Executor | None = None,
    ) -> None:
        self._source = source
        self._largest = largest
        self._capacity = capacity
        self._light = light
        self._waiting: deque[Waiting] = deque()
        self._busy = False
        self._closing = False
        self._lonely = 0
        self._skipped = 0
        self._idle: asyncio.Future[None] | None = None
        self._shared = worker
        self._own: ThreadPoolExecutor | None = None

    async def predict(self, row: Row) -> Prediction:
        """Answer for one object as soon as the model is free.

        Raises
        ------
        UnavailableError
            Too many are waiting, or the batcher is closed.
        InputError
            The model refused this row; others of the same batch are answered.
        """
        if self._closing:
            raise UnavailableError("the server is stopping", hint="send the request again")
        if len(self._waiting) >= self._capacity:
            raise UnavailableError(
                "too many requests are waiting", got=len(self._waiting), hint="try again soon"
            )
        if self._is_alone():
            model = self._source()
            if self._is_light(model):
                return model.predict_many(row[np.newaxis])[0]
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Prediction] = loop.create_future()
        self._waiting.append((row, answer))
        self._wake(loop)
        return await answer

    async def close(self) -> None:
        """Refuse new requests, answer those that are waiting, and stop the worker thread."""
        self._closing = True
        if self._busy or self._waiting:
            self._idle = self._idle or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._idle)
        if self._own is not None:
            self._own.shutdown(wait=False)

    def _is_light(self, model: Model) -> bool:
        """Tell whether a model runs in the event loop."""
        return self._light > 0.0 and model.milliseconds < self._light

    def _worker(self) -> Executor:
        """Return the thread for a heavy model."""
        if self._shared is not None:
            return self._shared
        self._own = self._own or ThreadPoolExecutor(1, thread_name_prefix="predict")
        return self._own

    def _is_alone(self) -> bool:
        """Tell whether requests come one at a time, so that a queue would only cost two turns of the loop."""
        if self._lonely < LONELY or self._busy or not self._light:
            return False
        self._skipped = (self._skipped + 1) % PROBE
        return self._skipped > 0

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start a batch unless one is running; requests of the same turn of the loop still join it."""
        if not self._busy:
            self._busy = True
            loop.call_soon(self._start, loop)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take what is queued and run it."""
        try:
            model = self._source()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer to these requests
            batch = self._take(self._largest)
            deliver(batch, [error] * len(batch))
            self._finish(loop)
            return
        light = self._is_light(model)
        batch = self._take(self._inline_rows(model) if light else self._largest)
        rows = [row for row, _ in batch]
        self._lonely = self._lonely + 1 if len(batch) == 1 else 0
        if light or not batch:
            deliver(batch, answer_each(model, rows))
            self._finish(loop)
            return
        running = loop.run_in_executor(self._worker(), answer_each, model, rows)
        running.add_done_callback(functools.partial(self._done, loop, batch))

    def _inline_rows(self, model: Model) -> int:
        """Return how many rows may run in the loop at once, so that it does not stand still for long."""
        return max(1, min(self._largest, int(INLINE_MILLISECONDS / max(model.milliseconds, 1e-6))))

    def _take(self, most: int) -> list[Waiting]:
        """Remove so many requests from the queue, without those that were given up."""
        batch: list[Waiting] = []
        while self._waiting and len(batch) < most:
            item = self._waiting.popleft()
            if not item[1].done():
                batch.append(item)
        return batch

    def _done(
        self, loop: asyncio.AbstractEventLoop, batch: list[Waiting], running: asyncio.Future[list[Answer]]
    ) -> None:
        """Deliver what the worker thread answered."""
        if running.cancelled():
            deliver(batch, [UnavailableError("the server is stopping")] * len(batch))
        else:
            deliver(batch, running.result())
        self._finish(loop)

    def _finish(self, loop: asyncio.AbstractEventLoop) -> None:
        """Go on with what has queued up meanwhile, or rest."""
        self._busy = False
        if self._waiting:
            self._wake(loop)
        elif self._idle is not None and not self._idle.done():
            self._idle.set_result(None)


def answer_each(model: Model, rows: Sequence[Row]) -> list[Answer]:
    """Run a batch; if it fails, run each row alone, so that one bad row fails alone."""
    if not rows:
        return []
    try:
        return list(model.predict_many(rows[0][np.newaxis] if len(rows) == 1 else np.stack(rows)))
    except Exception as error:  # noqa: BLE001 - delivered to the request that caused it
        if len(rows) == 1:
            return [error]
    return [answer_each(model, [row])[0] for row in rows]


def deliver(batch: Sequence[Waiting], answers: Sequence[Answer]) -> None:
    """Hand each answer or error to its request, unless that was given up."""
    for (_, future), answer in zip(batch, answers, strict=True):
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
