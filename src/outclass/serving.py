"""A server by itself: the program that `outclass serve` becomes once it has read its command line.

Reading a command line takes libraries that a server never needs again, 9 MB of them.
"""

import contextlib
import socket
import sys
from collections.abc import Sequence
from typing import TextIO

import msgspec

from outclass.base.errors import OutclassError
from outclass.base.logs import configure_logs
from outclass.base.settings import Settings
from outclass.keeper import Keeper
from outclass.server import ALL_ROLES, Role, address_of, create_app, run

ALL = "all"
JSON = "json"


def serve(listener: socket.socket, role: str, *, as_json: bool) -> None:
    """Say where the server is, and serve until it is stopped.

    Parameters
    ----------
    role
        "api", "site", "data" or "all".
    as_json
        Whether the address is said as JSON on standard output, rather than in a sentence on standard error.
    """
    configure_logs()
    settings = Settings.from_environment()
    app = create_app(settings, ALL_ROLES if role == ALL else frozenset({Role(role)}))
    address = address_of(listener)
    if as_json:
        write_line(
            sys.stdout, msgspec.json.format(msgspec.json.encode({"url": address, "role": role})).decode()
        )
    else:
        write_line(sys.stderr, f"Serving {role} on {address} (stop with Ctrl+C)")
    with Keeper(settings) if role == ALL else contextlib.nullcontext():
        run(app, listener)


def write_line(stream: TextIO, text: str) -> None:
    """Write a line at once."""
    stream.write(f"{text}\n")
    stream.flush()


def main(words: Sequence[str]) -> int:
    """Serve on an open socket: its number, the role, and the form in which the address is said."""
    number, role, form = words
    try:
        serve(socket.socket(fileno=int(number)), role, as_json=form == JSON)
    except OutclassError as error:
        write_line(sys.stderr, f"error: {error.sentence()}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
