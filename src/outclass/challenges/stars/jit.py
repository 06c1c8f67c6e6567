"""The decorator of loops that numba compiles where it is installed; without it they run as plain Python.

Imported only where something is computed: importing numba takes half a second.
"""

from collections.abc import Callable
from typing import TypeVar

Loop = TypeVar("Loop", bound=Callable[..., object])

try:
    from numba import njit
except ImportError:
    njit = None

COMPILED = njit is not None
"""Whether loops are compiled."""


def jit(loop: Loop) -> Loop:
    """Compile a function at its first call, and keep the result beside its file or in the user's cache."""
    if njit is None:
        return loop
    compiled: Loop = njit(cache=True, error_model="numpy", fastmath={"contract", "nsz"})(loop)
    return compiled
