"""Requests with patience: a polite pace, and another try where one may help."""

import email.utils
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from outclass.base.errors import DownloadError
from outclass.catalog.sources.inaturalist.pace import Pace
from outclass.catalog.sources.inaturalist.web import FinalAnswerError, NoAnswerError, Web

ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 600.0
"""Who is told to wait longer stops, and goes on when started again."""
REFUSED_HINT = "see the numbers of taxa and places; without them, run the same command again later"
AGAIN_HINT = "run the same command again: it goes on where it stopped"

Found = TypeVar("Found")


class AwayError(DownloadError):
    """The server asks not to be asked for long."""


class UnusableError(Exception):
    """What came is not what was asked for; the text says what it is. Another try may bring it."""


@dataclass(slots=True, kw_only=True)
class Asker:
    """Gets addresses at a polite pace.

    Attributes
    ----------
    web
        What goes over the network.
    pause
        Seconds before the second attempt; doubled before each further one.
    requests
        How many were sent.
    """

    web: Web
    pace: Pace
    attempts: int = ATTEMPTS
    pause: float = FIRST_PAUSE_SECONDS
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    requests: int = field(default=0, init=False)

    def get(self, url: str, read: Callable[[bytes], Found]) -> Found:
        """Return what `read` makes of the body at an address.

        Raises
        ------
        FinalAnswerError
            There is nothing to be had there.
        UnusableError
            `read` refused the last body that came.
        AwayError
            The server asks us to stay away for long.
        DownloadError
            No answer after several attempts.
        """
        attempt = 0
        while True:
            self.pace.wait()
            self.requests += 1
            attempt += 1
            try:
                return read(self.web.get(url))
            except UnusableError:
                if attempt == self.attempts:
                    raise
                asked = 0.0
            except NoAnswerError as error:
                if attempt == self.attempts:
                    raise _no_answer(url, error) from error
                asked = self._asked(error, url)
            self.sleep(max(asked, self.pause * 2 ** (attempt - 1)))

    def must_get(self, url: str, read: Callable[[bytes], Found]) -> Found:
        """Return what `read` makes of the body at an address that has to be there.

        Raises
        ------
        DownloadError
            Nothing usable came.
        """
        try:
            return self.get(url, read)
        except (FinalAnswerError, UnusableError) as error:
            raise DownloadError(
                "iNaturalist does not answer as it should", where=url, got=str(error), hint=REFUSED_HINT
            ) from error

    def _asked(self, error: NoAnswerError, url: str) -> float:
        """Return for how many seconds the server asks us to wait."""
        seconds = seconds_of(error.retry_after, self.clock())
        if seconds > LONGEST_PAUSE_SECONDS:
            raise AwayError(
                "iNaturalist asks us to stay away for a while",
                where=url,
                got=f"{error}, Retry-After {seconds:,.0f} seconds",
                hint=AGAIN_HINT.replace("again", "again after that time", 1),
            )
        return seconds


def _no_answer(url: str, error: Exception) -> DownloadError:
    """Return the error where all attempts failed."""
    return DownloadError("iNaturalist does not answer", where=url, got=str(error), hint=AGAIN_HINT)


def seconds_of(retry_after: str, now: float) -> float:
    """Return the seconds of a `Retry-After`, which is a number or a date; 0 where it is neither.

    >>> seconds_of("120", 0.0), seconds_of("Thu, 01 Jan 1970 00:01:00 GMT", 10.0), seconds_of("soon", 0.0)
    (120.0, 50.0, 0.0)
    """
    text = retry_after.strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return 0.0
