"""GET /api/v1/challenges and what belongs to one: its models."""

from typing import Annotated

import msgspec
from litestar import Router, get
from msgspec import UNSET, Meta, UnsetType

from outclass.api.asgi import Reply, json_reply
from outclass.api.records import declared_columns
from outclass.api.routing import InPath, TheService, guarded
from outclass.api.service import Service
from outclass.base.keys import Scope
from outclass.catalog.challenge import Challenge
from outclass.catalog.declared_columns import InputColumn
from outclass.registry.aliases import Alias
from outclass.registry.version import ModelVersion


class ClassAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One possible answer of a challenge."""

    name: str
    title: str
    description: str


class ChallengeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A challenge, as much as a caller needs."""

    name: str
    title: str
    question: str
    summary: str
    input: Annotated[str, Meta(description="kind of input: drawing, photo, series, text or table")]
    classes: tuple[ClassAnswer, ...]
    model: Annotated[str | None, Meta(description="name@id that answers now; null when none is loaded")]
    limits: Annotated[dict[str, int], Meta(description="what one request may cost")]
    limitations: tuple[str, ...]
    warning: Annotated[str | UnsetType, Meta(description="what everybody must know who uses an answer")] = (
        UNSET
    )
    columns: Annotated[
        tuple[InputColumn, ...] | UnsetType, Meta(description="of a table: the columns of a record")
    ] = UNSET


class ChallengeList(msgspec.Struct, frozen=True, kw_only=True):
    """All challenges that are served."""

    challenges: tuple[ChallengeAnswer, ...]


class ModelAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a model."""

    model: Annotated[str, Meta(description="name@id, which names this version for ever")]
    name: str
    id: str
    created: Annotated[str, Meta(description="ISO 8601, UTC")]
    aliases: tuple[str, ...]
    bytes: Annotated[int, Meta(ge=0, description="size of all files")]
    scores: dict[str, float]
    lineage: Annotated[dict[str, str], Meta(description="data version, seed, run and parameters")]


class ModelList(msgspec.Struct, frozen=True, kw_only=True):
    """All versions of a challenge's models, the oldest first."""

    models: tuple[ModelAnswer, ...]


@get("/challenges", opt=guarded(Scope.READ))
async def list_challenges(service: TheService) -> Reply:
    """Return all challenges."""
    found = tuple(challenge_answer(service, challenge) for challenge in service.challenges.values())
    return json_reply(ChallengeList(challenges=found))


@get("/challenges/{challenge:str}", opt=guarded(Scope.READ))
async def get_challenge(service: TheService, challenge: InPath) -> Reply:
    """Return one challenge."""
    return json_reply(challenge_answer(service, service.challenge(challenge)))


@get("/challenges/{challenge:str}/models", opt=guarded(Scope.READ))
async def list_models(service: TheService, challenge: InPath) -> Reply:
    """Return all versions of a challenge's models."""
    name = service.challenge(challenge).name
    return json_reply(await service.in_database(models_of, service, name))


def challenge_answer(service: Service, challenge: Challenge) -> ChallengeAnswer:
    """Return a challenge as callers see it."""
    watcher = service.watchers[challenge.name]
    return ChallengeAnswer(
        name=challenge.name,
        title=challenge.title,
        question=challenge.question,
        summary=challenge.summary,
        input=challenge.input.kind.value,
        classes=tuple(
            ClassAnswer(name=label.name, title=label.title, description=label.description)
            for label in challenge.classes
        ),
        model=watcher.current().version.reference if watcher.ready else None,
        limits=msgspec.to_builtins(challenge.limits),
        limitations=challenge.limitations,
        warning=challenge.warning or UNSET,
        columns=declared_columns(service, challenge) or UNSET,
    )


def models_of(service: Service, challenge: str) -> ModelList:
    """Return the versions of the models that belong to a challenge."""
    registry = service.registry
    names = [name for name in registry.names() if name.partition(".")[0] == challenge]
    return ModelList(
        models=tuple(
            model_answer(version, aliases_of(service, version))
            for name in names
            for version in registry.versions(name)
        )
    )


def aliases_of(service: Service, version: ModelVersion) -> tuple[str, ...]:
    """Return the names that a version goes by."""
    aliases = service.registry.aliases(version.name)
    return tuple(alias.value for alias in Alias if aliases.id_of(alias) == version.id)


def model_answer(version: ModelVersion, aliases: tuple[str, ...]) -> ModelAnswer:
    """Return a version as callers see it."""
    manifest = version.manifest
    return ModelAnswer(
        model=version.reference,
        name=version.name,
        id=version.id,
        created=manifest.created,
        aliases=aliases,
        bytes=sum(manifest.sizes.values()),
        scores=manifest.scores,
        lineage=manifest.lineage,
    )


ROUTER = Router("/api/v1", route_handlers=[list_challenges, get_challenge, list_models])
