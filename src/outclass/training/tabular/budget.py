"""How much time is left to learn."""

import time
from collections.abc import Callable

Clock = Callable[[], float]


class Budget:
    """Seconds that run from when it is made.

    Parameters
    ----------
    seconds
        In all.
    spent
        By an earlier call that was stopped.
    clock
        Tells the time; another one in tests.
    """

    def __init__(self, seconds: float, *, spent: float = 0.0, clock: Clock = time.monotonic) -> None:
        self.seconds = seconds
        self.clock = clock
        self._started = clock() - spent

    @property
    def spent(self) -> float:
        """Return the seconds since it began."""
        return self.clock() - self._started

    @property
    def share(self) -> float:
        """Return the share that is spent, at most 1."""
        return min(1.0, self.spent / self.seconds)

    def until(self, share: float) -> "Deadline":
        """Return the moment at which a share will be spent."""
        return Deadline(self._started + share * self.seconds, self.clock)


class Deadline:
    """A moment after which nothing new begins."""

    def __init__(self, moment: float, clock: Clock = time.monotonic) -> None:
        self.moment = moment
        self.clock = clock

    @property
    def left(self) -> float:
        """Return the seconds until then, negative afterwards."""
        return self.moment - self.clock()

    def portion(self, share: float) -> "Deadline":
        """Return the moment at which a share of what is left will be spent."""
        return Deadline(self.clock() + share * max(0.0, self.left), self.clock)

    @property
    def passed(self) -> bool:
        """Tell whether it is over."""
        return self.left <= 0
