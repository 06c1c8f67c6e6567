"""/livez, /readyz and /metrics: for load balancers, orchestrators and Prometheus."""

from typing import Annotated

import msgspec
from litestar import Router, get
from msgspec import Meta

from outclass.api.asgi import Reply, json_reply
from outclass.api.routing import TheService
from outclass.api.service import Service
from outclass.api.telemetry import METRICS_TYPE
from outclass.base.errors import OutclassError
from outclass.feedback.log import LogState
from outclass.inference.champion import ChampionWatcher


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    live: bool


class ModelState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a model answers."""

    ready: Annotated[bool, Meta(description="a version is loaded and has answered its canary")]
    needed: Annotated[bool, Meta(description="a champion is registered, so it must be ready")]
    model: str | None
    problem: Annotated[str | None, Meta(description="why the champion is not in use")]


class LogReport(msgspec.Struct, frozen=True, kw_only=True):
    """Whether predictions are kept."""

    state: Annotated[str, Meta(description="keeping, absent (no tables: not kept), failing or closed")]
    problem: str | None
    waiting: int
    dropped: int


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether requests should be sent here."""

    ready: bool
    models: dict[str, ModelState]
    log: LogReport
    keys: Annotated[str | None, Meta(description="why the use of keys cannot be written; null when it can")]


@get("/livez")
async def live() -> Reply:
    """Tell that the process answers."""
    return json_reply(Alive(live=True))


@get("/readyz")
async def ready(service: TheService) -> Reply:
    """Tell whether every model that is needed answers and the log takes predictions."""
    service.journal.flush()
    report = await service.in_database(readiness, service)
    return json_reply(report, status=200 if report.ready else 503)


@get("/metrics")
async def metrics(service: TheService) -> Reply:
    """Return the figures of this process."""
    service.journal.flush()
    telemetry = service.telemetry
    telemetry.waiting.set(service.log.waiting)
    telemetry.dropped.set(service.log.dropped)
    for name, watcher in service.watchers.items():
        telemetry.ready.labels(name).set(watcher.ready)
    return Reply(telemetry.exposition(), media_type=METRICS_TYPE)


def readiness(service: Service) -> Readiness:
    """Return the state of everything that an answer needs."""
    models = {name: model_state(service, watcher) for name, watcher in service.watchers.items()}
    log = service.log
    answering = [state.ready for state in models.values() if state.needed]
    return Readiness(
        ready=any(answering) and all(answering) and log.state in {LogState.KEEPING, LogState.ABSENT},
        models=models,
        log=LogReport(state=log.state.value, problem=log.problem, waiting=log.waiting, dropped=log.dropped),
        keys=service.keys.problem,
    )


def model_state(service: Service, watcher: ChampionWatcher) -> ModelState:
    """Return the state of one model; a model that nobody has trained yet is not needed."""
    try:
        registered = service.registry.aliases(watcher.name).champion is not None
    except OutclassError:
        registered = True
    return ModelState(
        ready=watcher.ready,
        needed=registered or watcher.ready,
        model=watcher.current().version.reference if watcher.ready else None,
        problem=watcher.problem,
    )


ROUTER = Router("/", route_handlers=[live, ready, metrics])
