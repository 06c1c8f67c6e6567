"""`outclass serve`: API, site and data sites, in one process or in one each."""

import os
import sys
from enum import StrEnum
from typing import Annotated, TypeAlias

import typer

from outclass import serving
from outclass.cli.output import Json
from outclass.server import bind

LOCAL = "127.0.0.1"

Port: TypeAlias = Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")]
Host: TypeAlias = Annotated[
    str, typer.Option(help="Address to listen on; 0.0.0.0 opens the server to the network.")
]


class RoleChoice(StrEnum):
    """What one process serves."""

    ALL = "all"
    API = "api"
    SITE = "site"
    DATA = "data"


def command(
    role: Annotated[RoleChoice, typer.Option(help="Which part to serve.")] = RoleChoice.ALL,
    host: Host = LOCAL,
    port: Port = 8000,
    json: Json = False,
) -> None:
    """Serve API, site and data sites until it is stopped; one JSON log line per request on standard error."""
    listener = bind(host, port)
    if sys.platform == "win32":  # which cannot put one program into the place of another
        serving.serve(listener, role, as_json=json)
    else:
        listener.set_inheritable(True)
        words = ["-m", serving.__name__, str(listener.fileno()), role, serving.JSON if json else "text"]
        os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 - our own program
