"""Starts a worker beside a server whenever there is a job: a process of its own that ends with the server."""

import subprocess
import sys
import threading
from typing import Self

from outclass.base.errors import OutclassError
from outclass.base.jobs import JobStore
from outclass.base.settings import Settings
from outclass.base.sql import Database

POLL_SECONDS = 1.0
BACKOFF_SECONDS = 5.0
STOP_SECONDS = 10.0


class Keeper:
    """Looks for jobs, and keeps a worker while there are any; a context manager.

    Parameters
    ----------
    settings
        Where state lives.

    Attributes
    ----------
    process
        The worker's, where one was started.
    """

    def __init__(self, settings: Settings) -> None:
        self.store = JobStore(Database.connect(settings.database_url))
        self.process: subprocess.Popen[bytes] | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True, name="keeper")

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the worker; its job is queued again."""
        self._over.set()
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
        self._thread.join(timeout=STOP_SECONDS)
        self.store.db.close()

    def _keep(self) -> None:
        """Start a worker whenever there is something to do."""
        while not self._over.wait(POLL_SECONDS):
            try:
                waiting = self.store.waiting()
            except OutclassError:
                continue
            if waiting and self._work() != 0:
                self._over.wait(BACKOFF_SECONDS)

    def _work(self) -> int:
        """Run a worker to its end."""
        words = [sys.executable, "-m", "outclass.worker"]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - ours
        with self.process:
            return self.process.wait()
