"""Let one stage of the work run ahead of the next, a few batches at most, so that both cores are used."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

AHEAD = 2
PATIENCE_SECONDS = 0.2


class _End:
    """What stands behind the last item; with the error where there was one."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterable[T], size: int = AHEAD) -> Iterator[T]:
    """Yield items in their order, while a thread of its own makes the next ones.

    What the thread raises is raised here. Where the rest is not taken, the thread ends and closes what it
    was reading.
    """
    waiting: queue.Queue[T | _End] = queue.Queue(size)
    stopped = threading.Event()
    thread = threading.Thread(target=_fill, args=(items, waiting, stopped), daemon=True)
    thread.start()
    try:
        while not isinstance(item := waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped.set()
        thread.join()


def _fill(items: Iterable[T], waiting: "queue.Queue[T | _End]", stopped: threading.Event) -> None:
    """Put items into a queue until they end or nobody wants more."""
    iterator = iter(items)
    end = _End()
    try:
        for item in iterator:
            if not _put(item, waiting, stopped):
                break
    except BaseException as error:  # noqa: BLE001 - it is raised where the items are taken
        end = _End(error)
    finally:
        if (close := getattr(iterator, "close", None)) is not None:
            close()
    _put(end, waiting, stopped)


def _put(item: T | _End, waiting: "queue.Queue[T | _End]", stopped: threading.Event) -> bool:
    """Put one item as soon as there is room; tell whether anybody still waits."""
    while not stopped.is_set():
        try:
            waiting.put(item, timeout=PATIENCE_SECONDS)
        except queue.Full:
            continue
        return True
    return False
