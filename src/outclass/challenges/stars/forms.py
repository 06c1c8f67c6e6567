"""Which loops compute: compiled ones where numba is installed, else those of numpy alone.

Nothing here imports numba before something is computed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from outclass.challenges.stars.frame import Frame, Objects
from outclass.challenges.stars.plain import Observations

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """The two loops over objects, in one of their forms; see `plain` and `trace`."""

    smooth_all: Callable[[Observations, Floats, Floats], tuple[Floats, Places, Floats]]
    describe_all: Callable[[Floats, Observations, Floats, Floats, Objects, Frame], None]


@cache
def forms(*, compiled: bool = True) -> Forms:
    """Return the loops; `compiled` False asks for the slow form even where there is numba."""
    from outclass.challenges.stars import filtering, jit, plain, trace  # noqa: PLC0415 - the extra [stars]

    if compiled and jit.COMPILED:
        return Forms(smooth_all=filtering.smooth_all, describe_all=trace.describe_all)
    return Forms(smooth_all=plain.smooth_all, describe_all=trace.describe_plainly)
