"""How Litestar's routes get at the service, admit callers and tell of errors."""

from typing import Any

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath

from outclass.api.admission import admit
from outclass.api.asgi import ClientGoneError, with_head
from outclass.api.exchange import Exchange
from outclass.api.problems import MethodNotAllowedError
from outclass.api.service import Service
from outclass.base.errors import InputError, NotFoundError, OutclassError
from outclass.base.keys import Scope

SCOPE = "scope"
InPath = FromPath[str]
InPathOrNot = FromPath[str | None]
TheService = NamedDependency[Service]
TheExchange = NamedDependency[Exchange]
AnyRequest = Request[Any, Any, Any]
AnyConnection = ASGIConnection[Any, Any, Any, Any]


def guarded(scope: Scope) -> dict[str, Scope]:
    """Return the options of a route that counts for its caller and, with a key, needs a scope."""
    return {SCOPE: scope}


async def admit_caller(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Admit the caller of a guarded route."""
    scope = handler.opt.get(SCOPE)
    if scope is not None:
        await admit(provide_service(connection), provide_exchange(connection), scope)


def provide_service(request: AnyConnection) -> Service:
    """Return what the routes work with."""
    service: Service = request.app.state.service
    return service


def provide_exchange(request: AnyConnection) -> Exchange:
    """Return what is known of this request."""
    exchange: Exchange = request.scope["state"]["exchange"]
    return exchange


def raise_known(request: AnyRequest, error: Exception) -> Response[None]:
    """Raise any error of the router as one of ours, for the edge to answer."""
    raise known_error(error, request) from error


def known_error(error: Exception, request: AnyRequest) -> Exception:
    """Return an error of Litestar as one of ours."""
    match error:
        case OutclassError() | ClientGoneError():
            return error
        case NotFoundException():
            return NotFoundError("there is nothing at this path", got=request.url.path, hint="see /api/docs")
        case MethodNotAllowedException():
            allow = with_head(str((error.headers or {}).get("allow", "")))
            return MethodNotAllowedError(provide_exchange(request).method, allow)
        case HTTPException() if error.status_code < 500:
            return InputError("the request cannot be understood", got=error.detail)
        case _:
            return error
