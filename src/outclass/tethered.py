"""A command line whose process, and all that it started, ends with the process that started it.

`python -m outclass.tethered train iris --json` reads its standard input until that is closed, which the
operating system does when the other end dies, however it dies. It must be the leader of its process group.
"""

import os
import signal
import sys
import threading

from outclass.cli.main import main

BYTES = 64


def hold_on(descriptor: int = 0) -> None:
    """Wait until the other end of a pipe is closed; then end this process and its group at once."""
    while os.read(descriptor, BYTES):
        pass
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=hold_on, daemon=True, name="tether").start()
    main(sys.argv[1:])
