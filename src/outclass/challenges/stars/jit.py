"""The decorator of loops that numba compiles where it is installed; without it they run as plain Python.

Imported only where something is computed: importing numba takes half a second.
"""

from collections.abc import Callable
from typing import TypeVar, cast

Loop = TypeVar("Loop", bound=Callable[..., object])

try:
    import numba
except ImportError:
    COMPILED = False
else:
    COMPILED = not numba.config.DISABLE_JIT  # type: ignore[attr-defined]  # set by the environment


def jit(loop: Loop) -> Loop:
    """Compile a function at its first call, and keep the result beside its file or in the user's cache."""
    if not COMPILED:
        return loop
    compiled: object = numba.njit(cache=True, error_model="numpy", fastmath={"contract", "nsz"})(loop)
    return cast(Loop, compiled)
