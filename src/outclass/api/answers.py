"""GET /api/v1/predictions/{id} and POST .../feedback, also while the prediction is not written yet."""

from typing import Annotated

import msgspec
from litestar import Router, get, post
from msgspec import UNSET, Meta, UnsetType

from outclass.api.asgi import Reply, json_reply
from outclass.api.bodies import decode_json
from outclass.api.exchange import Exchange
from outclass.api.idempotent import done_once
from outclass.api.routing import InPath, TheExchange, TheService, guarded
from outclass.api.service import Service
from outclass.base.errors import InvalidInputError, NotFoundError
from outclass.base.keys import Scope
from outclass.feedback.ballots import Voter, record
from outclass.feedback.log import LoggedPrediction

FEEDBACK_BYTES = 10_000


class KeptPrediction(msgspec.Struct, frozen=True, kw_only=True):
    """A prediction that was answered before."""

    id: str
    challenge: str
    model: str
    created: Annotated[float, Meta(description="seconds since 1970, UTC")]
    answer: str | None
    probabilities: dict[str, float]
    confidence: float
    abstained: bool
    reason: str | None
    milliseconds: float
    warning: Annotated[str | UnsetType, Meta(description="what everybody must know who uses it")] = UNSET


class FeedbackRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the right answer would have been."""

    label: Annotated[str, Meta(min_length=1, max_length=200, description="name of the right class")]


class FeedbackAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The feedback as it was taken; giving it again replaces it."""

    id: str
    prediction: str
    challenge: str
    label: str
    agrees: Annotated[
        bool | None, Meta(description="whether the model said the same; null when its answer was lost")
    ]
    warning: Annotated[str | UnsetType, Meta(description="what everybody must know who uses it")] = UNSET


@get("/predictions/{prediction:str}", opt=guarded(Scope.READ))
async def get_prediction(service: TheService, exchange: TheExchange, prediction: InPath) -> Reply:
    """Return a prediction by its id."""
    exchange.challenge = challenge_of(service, prediction)
    exchange.prediction = prediction
    service.journal.flush()  # the prediction may have been made a moment ago
    found = await service.in_database(service.log.find, prediction)
    if found is None:
        raise NotFoundError("this prediction was not kept", got=prediction)
    return json_reply(kept(found, service.tellings[found.challenge].warning))


@post("/predictions/{prediction:str}/feedback", opt=guarded(Scope.FEEDBACK))
async def give_feedback(service: TheService, exchange: TheExchange, prediction: InPath) -> Reply:
    """Take what somebody says the right answer is."""
    challenge = service.challenge(challenge_of(service, prediction))
    exchange.challenge = challenge.name
    exchange.prediction = prediction
    body = await service.bodies.read(exchange, FEEDBACK_BYTES)
    feedback = decode_json(body, exchange.headers.get(b"content-type"), FeedbackRequest)
    if feedback.label not in challenge.class_names:
        raise InvalidInputError(
            "this is no class of the challenge",
            where="label",
            got=feedback.label,
            accepted=", ".join(challenge.class_names),
        )
    service.journal.flush()
    answer = await service.in_database(
        take_feedback, service, exchange, (challenge.name, prediction, feedback.label), body
    )
    return Reply(answer, 200)


def take_feedback(service: Service, exchange: Exchange, subject: tuple[str, str, str], body: bytes) -> bytes:
    """Write the ballot, once for each Idempotency-Key, and return the answer."""
    voter = voter_of(service, exchange)
    return done_once(service, exchange, voter.name, body, lambda: vote(service, voter, subject))


def vote(service: Service, voter: Voter, subject: tuple[str, str, str]) -> bytes:
    """Write the ballot and return the answer."""
    challenge, prediction, label = subject
    ballot = record(service.db, challenge=challenge, label=label, voter=voter, prediction_id=prediction)
    known = service.log.find(prediction)
    return msgspec.json.encode(
        FeedbackAnswer(
            id=ballot.id,
            prediction=prediction,
            challenge=challenge,
            label=label,
            agrees=None if known is None else known.answer == label,
            warning=service.tellings[challenge].warning,
        )
    )


def voter_of(service: Service, exchange: Exchange) -> Voter:
    """Return who gives feedback: the owner of the key, the key, or the address."""
    mark = service.mark_of(exchange.address)
    key = exchange.key
    return Voter(address_hash=mark) if key is None else Voter(user_id=key.owner_id, key_id=key.id)


def challenge_of(service: Service, prediction: str) -> str:
    """Return for which challenge a prediction's id was made here."""
    name = service.ids.challenge_of(prediction, service.challenges)
    if name is None:
        raise NotFoundError("there is no such prediction", got=prediction)
    return name


def kept(entry: LoggedPrediction, warning: str | UnsetType) -> KeptPrediction:
    """Return a prediction as callers see it."""
    return KeptPrediction(
        id=entry.id,
        challenge=entry.challenge,
        model=entry.model,
        created=entry.created_at,
        answer=entry.answer,
        probabilities=entry.probabilities,
        confidence=entry.confidence,
        abstained=entry.abstained,
        reason=entry.reason,
        milliseconds=entry.milliseconds,
        warning=warning,
    )


ROUTER = Router("/api/v1", route_handlers=[get_prediction, give_feedback])
