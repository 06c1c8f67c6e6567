"""Make the API of its parts."""

import functools
from collections.abc import Mapping
from typing import cast

from litestar import Litestar, Router, get, post
from litestar.datastructures import State
from litestar.di import Provide
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin

from outclass.api import answers, catalogue, docs, health, ingest, leaderboard, protocol
from outclass.api.asgi import Application, Reply
from outclass.api.edge import Edge, HotRoute
from outclass.api.options import ApiOptions
from outclass.api.predict import predict, predict_address, predict_batch
from outclass.api.routing import (
    InPath,
    TheExchange,
    TheService,
    admit_caller,
    guarded,
    provide_exchange,
    provide_service,
    raise_known,
)
from outclass.api.service import Service
from outclass.base.fetch import Fetcher
from outclass.base.keys import Scope
from outclass.base.settings import Settings
from outclass.catalog.challenge import Challenge
from outclass.registry.store import Registry

PREDICT_PATH = "/api/v1/challenges/{challenge}/predict"
INFER_PATH = "/v2/models/{model}/infer"


def create_api(
    settings: Settings,
    *,
    options: ApiOptions | None = None,
    challenges: Mapping[str, Challenge] | None = None,
    registry: Registry | None = None,
    fetcher: Fetcher | None = None,
) -> Edge:
    """Return the ASGI application of the API; its lifespan loads the models and starts the log.

    Parameters
    ----------
    settings
        Where state lives.
    options
        What callers may ask for; read from the environment if not given.
    challenges
        The challenges to serve by name; all that can be loaded if not given.
    registry
        Where the models are; that of the settings if not given.
    fetcher
        Fetches photos by their addresses; tests let it visit this machine.
    """
    service = Service(settings, options=options, challenges=challenges, registry=registry, fetcher=fetcher)
    return Edge(service, cast(Application, create_router(service)), hot_routes(service))


@post("/api/v1/challenges/{challenge:str}/predict", opt=guarded(Scope.PREDICT))
async def predict_route(service: TheService, exchange: TheExchange, challenge: InPath) -> Reply:
    """Answer for one object, where the path is not among the hot ones."""
    return await predict(service, challenge, exchange)


@get("/api/v1/challenges/{challenge:str}/predict", opt=guarded(Scope.PREDICT))
async def predict_address_route(service: TheService, exchange: TheExchange, challenge: InPath) -> Reply:
    """Answer for one photo, which is fetched."""
    return await predict_address(service, challenge, exchange)


@post("/api/v1/challenges/{challenge:str}/batch", opt=guarded(Scope.PREDICT))
async def batch_route(service: TheService, exchange: TheExchange, challenge: InPath) -> Reply:
    """Answer for many objects."""
    return await predict_batch(service, challenge, exchange)


class _Routes(Litestar):
    """Litestar without what it adds for pydantic and attrs where these are installed: they take memory."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        """Return the plugins that are needed: none, should this be asked for under another name one day."""
        return [*plugins, MsgspecDIPlugin()]


def create_router(service: Service) -> Litestar:
    """Return all routes; its lifespan starts and stops the service."""
    routers: list[Router] = [
        catalogue.ROUTER,
        answers.ROUTER,
        ingest.ROUTER,
        leaderboard.ROUTER,
        protocol.ROUTER,
        health.ROUTER,
        docs.ROUTER,
    ]
    return _Routes(
        route_handlers=[predict_route, predict_address_route, batch_route, *routers],
        dependencies={
            "service": Provide(provide_service, sync_to_thread=False),
            "exchange": Provide(provide_exchange, sync_to_thread=False),
        },
        exception_handlers={Exception: raise_known},
        guards=[admit_caller],
        lifespan=[service.running],
        logging_config=None,
        openapi_config=None,
        state=State({"service": service}),
    )


def hot_routes(service: Service) -> dict[str, tuple[str, HotRoute]]:
    """Return the routes that the edge answers by itself, by their whole path."""
    routes: dict[str, tuple[str, HotRoute]] = {}
    for name in service.challenges:
        path = PREDICT_PATH.replace("{challenge}", name)
        routes[path] = (PREDICT_PATH, functools.partial(predict, service, name))
    return routes
