"""`outclass serve`: the API and the site, in one process or in one each."""

from enum import StrEnum
from typing import Annotated, TypeAlias

import typer

from outclass.base.logs import configure_logs
from outclass.base.settings import Settings
from outclass.cli.output import Json, print_json, tell
from outclass.server import ALL_ROLES, Role, address_of, bind, create_app, run

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


def roles_of(choice: RoleChoice) -> frozenset[Role]:
    """Return the roles behind a choice."""
    return ALL_ROLES if choice is RoleChoice.ALL else frozenset({Role(choice)})


def command(
    role: Annotated[RoleChoice, typer.Option(help="Which part to serve.")] = RoleChoice.ALL,
    host: Host = LOCAL,
    port: Port = 8000,
    json: Json = False,
) -> None:
    """Serve the API and the site until it is stopped; one JSON log line per request on standard error."""
    configure_logs()
    listener = bind(host, port)
    app = create_app(Settings.from_environment(), roles_of(role))
    address = address_of(listener)
    if json:
        print_json({"url": address, "role": role})
    else:
        tell(f"Serving {role} on {address} (stop with Ctrl+C)")
    run(app, listener)
