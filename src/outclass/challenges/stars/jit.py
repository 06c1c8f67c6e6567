"""What numba adds to loops, where it is installed.

Imported only where something is computed: importing numba takes half a second.
"""

from collections.abc import Callable
from typing import TypeVar, cast

Loop = TypeVar("Loop", bound=Callable[..., object])

try:
    import numba
except ImportError:
    COMPILES = False
else:
    COMPILES = not numba.config.DISABLE_JIT  # type: ignore[attr-defined]  # set by the environment


def part_of_loops(loop: Loop) -> Loop:
    """Let compiled loops call a function, which stays plain Python for all others."""
    if not COMPILES:
        return loop
    return numba.extending.register_jitable(error_model="numpy")(loop)


def compile_loop(loop: Loop) -> Loop:
    """Return the compiled form, made at its first call and kept beside its file or in the user's cache."""
    compiled: object = numba.njit(cache=True, error_model="numpy", fastmath={"contract", "nsz"})(loop)
    return cast(Loop, compiled)
