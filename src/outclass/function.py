"""API and data sites as a function of a cloud: one process, one request at a time, nothing to be written.

A function of AWS Lambda calls `Function(event, context)`. Its folder can only be read, so state is laid out
in the temporary folder, with links to what comes along. The application is started once and stays.
"""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from outclass.base.errors import InputError, MissingExtraError, UnavailableError
from outclass.base.logs import configure_logs
from outclass.base.settings import Settings
from outclass.server import Application, Message, Role, create_app

try:
    from mangum import Mangum
    from mangum.types import ASGI
except ModuleNotFoundError as missing:
    raise MissingExtraError("lambda", what="the adapter of functions is not installed") from missing

TEXTS = (
    *("text/", "application/json", "application/problem+json", "application/javascript"),
    *("application/x-ndjson", "image/svg+xml", "application/xml"),
)
ROLES = (Role.API, Role.DATA)
"""What runs as a function; pages and the game need a database that all copies share."""


class Function:
    """An application with its event loop, which runs while a request is answered.

    Parameters
    ----------
    app
        What answers; it is started here.
    """

    def __init__(self, app: Application) -> None:
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._told: asyncio.Queue[Message] = asyncio.Queue()
        self._heard: asyncio.Queue[Message] = asyncio.Queue()
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        self._living = self._loop.create_task(run_lifespan(app, scope, self._told, self._heard))
        try:
            self._follow("startup")
        except UnavailableError:
            self._end()
            raise
        # Not its own lifespan, which would load the models for every request.
        self._adapter = Mangum(cast(ASGI, app), lifespan="off", text_mime_types=list(TEXTS))

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer an event of API Gateway (both versions), a function's own address or a load balancer."""
        return self._adapter(event, context)

    def close(self) -> None:
        """Stop the application."""
        self._follow("shutdown")
        self._end()

    def _end(self) -> None:
        """Let the application end, and close the loop."""
        self._loop.run_until_complete(asyncio.wait([self._living]))
        asyncio.set_event_loop(None)
        self._loop.close()

    def _follow(self, phase: str) -> None:
        """Let the application start or stop."""
        self._told.put_nowait({"type": f"lifespan.{phase}"})
        answer = self._loop.run_until_complete(self._heard.get())
        if answer["type"] != f"lifespan.{phase}.complete":
            raise UnavailableError(f"the {phase} failed", got=str(answer.get("message", "")))


async def run_lifespan(
    app: Application,
    scope: Message,
    told: asyncio.Queue[Message],
    heard: asyncio.Queue[Message],
) -> None:
    """Follow the lifespan of an application; where it ends with an error, say so."""
    try:
        await app(scope, told.get, heard.put)
    except Exception as error:
        await heard.put({"type": "lifespan.failed", "message": f"{type(error).__name__}: {error}"})
        raise


def open_function(home: Path, roles: str = Role.API, state: Path | None = None) -> Function:
    """Return the function of a home that can only be read.

    Parameters
    ----------
    home
        Challenges, models and data files.
    roles
        `api`, `data`, or both with a comma.
    state
        What may be written; `outclass` in the temporary folder by default.
    """
    state = state or Path(tempfile.gettempdir()) / "outclass"
    lay_links(home, state)
    os.environ["OUTCLASS_HOME"] = str(state)
    configure_logs()
    return Function(create_app(Settings.from_environment(), read_roles(roles)))


def read_roles(text: str) -> frozenset[Role]:
    """Return the roles of a function.

    >>> sorted(read_roles("api,data"))
    [<Role.API: 'api'>, <Role.DATA: 'data'>]
    """
    names: Mapping[str, Role] = {role.value: role for role in ROLES}
    given = text.split(",")
    if not set(given) <= set(names):
        raise InputError("a function has no such role", got=text, accepted="api, data, or api,data")
    return frozenset(names[name] for name in given)


def lay_links(home: Path, state: Path) -> None:
    """Make a home that can be written to, with links to what lies in another."""
    state.mkdir(parents=True, exist_ok=True)
    for part in sorted(home.iterdir()):
        link = state / part.name
        if not link.is_symlink():
            link.symlink_to(part.resolve(), target_is_directory=part.is_dir())
