"""Memory that is free again, handed back to the system."""

import ctypes
import sys


def give_back_memory() -> None:
    """Hand back what the C library keeps of freed memory: after a model was loaded, some ten megabytes.

    Done with glibc; other systems' libraries have no such call, and there nothing happens.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
