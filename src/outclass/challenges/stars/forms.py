"""Which loops compute: compiled ones where numba is installed, else those of numpy alone.

Compiling takes some seconds, once per machine (numba keeps the result beside the file, or in the user's
cache). So many objects wait for it; one object does not: it is answered by the slow loops, and after some
of these the fast ones are made ready beside. Nothing here imports numba before something is computed.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.frame import REST_WAVELENGTHS, Frame, Objects, frame_of
from outclass.challenges.stars.plain import Observations

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

RATES = np.arange(1.0, 9.0)
WORTH_COMPILING = 50
"""So many objects at once wait for compiled loops; after so many answered slowly, these are made ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """The two loops over objects, in one of their forms; see `plain` and `shape`."""

    smooth_all: Callable[[Observations, Floats, Floats], tuple[Floats, Places, Floats]]
    describe_all: Callable[[Floats, Observations, Floats, Floats, Objects, Frame], None]


class Workshop:
    """Makes the loops, each form once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plain: Forms | None = None
        self._compiled: Forms | None = None
        self._answered = 0
        self._asked = False

    @property
    def ready(self) -> bool:
        """Whether there are compiled loops."""
        return self._compiled is not None

    def plain(self) -> Forms:
        """Return the loops of numpy alone."""
        if self._plain is None:
            from outclass.challenges.stars import plain, shape  # noqa: PLC0415 - imports the extra [stars]

            self._plain = Forms(smooth_all=plain.smooth_all, describe_all=shape.describe_plainly)
        return self._plain

    def compiled(self) -> Forms:
        """Return the compiled loops, as soon as they are; those of numpy alone without numba."""
        with self._lock:
            if self._compiled is None:
                from outclass.challenges.stars import filtering, jit, shape  # noqa: PLC0415 - imports [stars]

                if not jit.COMPILES:
                    return self.plain()
                made = Forms(
                    smooth_all=jit.compile_loop(filtering.smooth_all),
                    describe_all=jit.compile_loop(shape.describe_all),
                )
                _try_out(made)
                self._compiled = made
            return self._compiled

    def best_for(self, objects: int) -> Forms:
        """Return the loops for some objects, without a wait where these are few."""
        if self._compiled is not None:
            return self._compiled
        if objects >= WORTH_COMPILING:
            return self.compiled()
        self._answered += objects
        if self._answered >= WORTH_COMPILING and not self._asked:
            self._asked = True
            threading.Thread(target=self.compiled, name="compile-loops", daemon=True).start()
        return self.plain()


def _try_out(loops: Forms) -> None:
    """Run loops on two observations, so that they are compiled for what they will get."""
    two, one = np.array([1.0, 2.0]), np.ones(1)
    seen = Observations(np.array([0, 2]), two, np.array([0, 1]), two, two)
    weights, _, _ = loops.smooth_all(seen, np.eye(2), RATES)
    frame = frame_of(np.array([4000.0, 6000.0]))
    objects = Objects(np.ones((1, 2 + len(REST_WAVELENGTHS), 2)), one, one, one, one)
    loops.describe_all(np.zeros((1, 500)), seen, weights, two, objects, frame)


WORKSHOP = Workshop()


def forms(objects: int, *, compiled: bool | None = None) -> Forms:
    """Return the loops for some objects; `compiled` asks for one form."""
    if compiled is None:
        return WORKSHOP.best_for(objects)
    return WORKSHOP.compiled() if compiled else WORKSHOP.plain()
