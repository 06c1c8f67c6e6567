"""At most so many requests a minute and a day, over all processes and restarts of one home."""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from outclass.base.errors import RateLimitedError

PER_MINUTE = 60
PER_DAY = 10_000
MINUTE, DAY = 60.0, 86_400.0
TABLE = "CREATE TABLE IF NOT EXISTS request (at REAL NOT NULL)"
INDEX = "CREATE INDEX IF NOT EXISTS request_at ON request (at)"


@dataclass(slots=True, kw_only=True)
class Pace:
    """Lets requests through one after another, with as much time between them as the limit asks for.

    Times are kept in a file, so that the limits also hold for a process that is started again, and for
    several of them.

    Attributes
    ----------
    path
        The file.
    clock, sleep
        Seconds since 1970, and what waits for some seconds; others in tests.
    """

    path: Path
    per_minute: int = PER_MINUTE
    per_day: int = PER_DAY
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    _opened: sqlite3.Connection | None = field(default=None, init=False, repr=False)

    def wait(self) -> None:
        """Return when the next request may be sent, and count it.

        Raises
        ------
        RateLimitedError
            The requests of 24 hours are used up.
        """
        while (seconds := self._take()) > 0:
            self.sleep(seconds)

    def close(self) -> None:
        """Let go of the file; it is opened again when needed."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _take(self) -> float:
        """Count a request and return 0, or return for how long to wait."""
        file = self._file()
        with file:
            file.execute("BEGIN IMMEDIATE")
            now = self.clock()
            # A time to come was written before somebody set the clock back.
            file.execute("DELETE FROM request WHERE at <= ? OR at > ?", (now - DAY, now))
            count, first, last = file.execute("SELECT count(*), min(at), max(at) FROM request").fetchone()
            if count >= self.per_day:
                raise self._used_up(first + DAY, now)
            gap: float = 0.0 if last is None else last + MINUTE / self.per_minute - now
            if gap <= 0:
                file.execute("INSERT INTO request VALUES (?)", (now,))
        return gap

    def _used_up(self, free: float, now: float) -> RateLimitedError:
        """Return the error of a day whose requests are used up."""
        when = datetime.fromtimestamp(free, UTC).strftime("%Y-%m-%d %H:%M UTC")
        return RateLimitedError(
            f"the {self.per_day:,} requests that iNaturalist allows in 24 hours are used up",
            retry_after=free - now,
            hint=f"run the same command again after {when}: it goes on where it stopped",
        )

    def _file(self) -> sqlite3.Connection:
        """Return the file, opened."""
        if self._opened is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._opened = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            self._opened.execute("PRAGMA journal_mode = WAL")
            self._opened.execute("PRAGMA synchronous = NORMAL")
            self._opened.execute(TABLE)
            self._opened.execute(INDEX)
        return self._opened
