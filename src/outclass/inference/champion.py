"""Follow the champion of a model: when the alias moves, load the new version beside the old, then swap."""

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from outclass.base.errors import OutclassError, UnavailableError
from outclass.base.memory import give_back_memory
from outclass.inference.predictor import Predictor
from outclass.registry.version import ModelVersion

LOG = logging.getLogger(__name__)

INTERVAL = 2.0
"""Seconds between two looks at the alias."""
RETRY = 30.0
"""Seconds until a version that failed to load is tried again."""


class Champions(Protocol):
    """What is needed of the registry."""

    def champion(self, name: str) -> ModelVersion:
        """Return the version that the alias names."""

    def alias_stamp(self, name: str) -> object:
        """Return a value that changes when an alias does; cheap."""


class ChampionWatcher:
    """Keeps the champion loaded; safe to use from many threads.

    The old version answers until the new one is loaded and has answered its canary; a new version that fails
    is logged, and the old one stays.

    Parameters
    ----------
    registry
        Where the alias and the versions are.
    name
        Name of the model, such as `digits`.
    interval
        Seconds between two looks at the alias.
    load
        Makes a predictor of a version.

    Examples
    --------
    >>> with ChampionWatcher(registry, "digits") as watcher:  # doctest: +SKIP
    ...     watcher.current().predict_one(row)
    """

    def __init__(
        self,
        registry: Champions,
        name: str,
        *,
        interval: float = INTERVAL,
        load: Callable[[ModelVersion], Predictor] = Predictor.load,
    ) -> None:
        self.name = name
        self._registry = registry
        self._interval = interval
        self._load = load
        self._predictor: Predictor | None = None
        self._problem: str | None = None
        self._stamp: object = None
        self._retry_at = 0.0
        self._checking = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def ready(self) -> bool:
        """Tell whether a version is loaded and has answered its canary."""
        return self._predictor is not None

    @property
    def problem(self) -> str | None:
        """Return why the version that the alias names is not in use, or None."""
        return self._problem

    def current(self) -> Predictor:
        """Return the predictor to use now.

        Raises
        ------
        UnavailableError
            No version could be loaded yet.
        """
        if self._predictor is None:
            raise UnavailableError("no model is ready", where=self.name, got=self._problem)
        return self._predictor

    def start(self) -> Self:
        """Load the champion, then go on looking in a thread of its own."""
        self.check()
        self._stopping.clear()
        self._thread = threading.Thread(target=self._watch, name=f"champion-{self.name}", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop looking; the loaded version goes on answering."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def check(self) -> bool:
        """Look at the alias once and swap if it moved; tell whether a version was loaded."""
        with self._checking:
            try:
                return self._follow()
            except Exception as error:  # noqa: BLE001 - a broken registry must not stop the one that answers
                self._fail(error)
                return False

    def _follow(self) -> bool:
        """Load the version that the alias names, unless it is loaded or has just failed."""
        stamp = self._registry.alias_stamp(self.name)
        waiting = self._problem is not None and time.monotonic() >= self._retry_at
        if stamp == self._stamp and not waiting:
            return False
        self._stamp = stamp
        version = self._registry.champion(self.name)
        if self._predictor is not None and self._predictor.version.id == version.id:
            self._problem = None
            return False
        predictor = self._load(version)
        self._predictor, self._problem = predictor, None
        give_back_memory()
        LOG.info("model loaded", extra={"model": version.reference})
        return True

    def _fail(self, error: Exception) -> None:
        """Remember and log a failure, each one once."""
        self._retry_at = time.monotonic() + RETRY
        text = str(error) if isinstance(error, OutclassError) else f"{type(error).__name__}: {error}"
        if text != self._problem:
            kept = self._predictor.version.reference if self._predictor else None
            LOG.error("model not loaded: %s", text, extra={"model": self.name, "kept": kept})
        self._problem = text

    def _watch(self) -> None:
        """Look every few seconds until told to stop."""
        while not self._stopping.wait(self._interval):
            self.check()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.close()
