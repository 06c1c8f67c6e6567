"""POST /api/v1/challenges/{challenge}/predict: the path that must be quick."""

import hashlib
import time
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

import msgspec
import numpy as np
from msgspec import UNSET, Meta, UnsetType
from numpy.typing import NDArray

from outclass.api.asgi import Reply
from outclass.api.exchange import Exchange
from outclass.api.service import Service
from outclass.base.errors import InvalidInputError, UnavailableError
from outclass.catalog.challenge import Challenge, InputKind
from outclass.feedback.log import LoggedPrediction
from outclass.inference.prediction import Prediction
from outclass.inputs.drawing import read_drawing
from outclass.inputs.png import PNG_SIGNATURE

INLINE_BYTES = 65_536
"""A larger body is decoded in a thread."""
INLINE_PIXELS = 262_144
ANSWERED = "answered"

Picture = NDArray[np.float32]


class PredictionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a model answers."""

    id: Annotated[str, Meta(description="signed id, for reading the answer again and for feedback")]
    challenge: str
    model: Annotated[str, Meta(description="name@id of the model version that answered")]
    answer: Annotated[str | None, Meta(description="the most probable class; null when nothing is drawn")]
    probabilities: Annotated[dict[str, float], Meta(description="calibrated, by class; they sum to 1")]
    confidence: Annotated[float, Meta(ge=0.0, le=1.0, description="probability of the answer")]
    prediction_set: Annotated[
        tuple[str, ...], Meta(description="classes that hold the truth with the declared coverage")
    ]
    abstained: Annotated[bool, Meta(description="whether the answer should not be relied on")]
    reason: Annotated[str | None, Meta(description="why: empty, outlier or undecided")]
    milliseconds: Annotated[float, Meta(ge=0.0, description="time in the server")]
    seen: Annotated[
        list[int] | UnsetType, Meta(description="with picture=1: the picture as the model saw it, 0 to 255")
    ] = UNSET


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """The query parameters of a prediction."""

    picture: bool = False
    keep: bool = False


PLAIN = Wishes()
_encode = msgspec.json.Encoder().encode


async def predict(service: Service, name: str, exchange: Exchange) -> Reply:
    """Answer for one object."""
    challenge = service.challenge(name)
    exchange.challenge = name
    wishes = read_wishes(exchange.query) if exchange.query else PLAIN
    body = await service.bodies.read(exchange, challenge.limits.body_bytes)
    picture = await read_picture(service, challenge, body, exchange.headers)
    prediction = await service.batchers[challenge.name].predict(picture)
    return answer(service, exchange, prediction, picture, wishes)


async def read_picture(
    service: Service, challenge: Challenge, body: bytes, headers: Mapping[bytes, bytes]
) -> Picture:
    """Return the input as the model sees it; what takes long is decoded in a thread."""
    if challenge.input.kind is not InputKind.DRAWING:
        raise UnavailableError("this kind of input is not served yet", got=challenge.input.kind)
    content_type = headers.get(b"content-type", b"").decode("latin-1")
    if is_quick(body):
        return read_drawing(body, content_type, challenge.limits, challenge.input.size)
    return await service.in_decoder(read_drawing, body, content_type, challenge.limits, challenge.input.size)


def is_quick(body: bytes) -> bool:
    """Tell whether a body is decoded in a few milliseconds; a small PNG may hold a large picture."""
    if len(body) > INLINE_BYTES:
        return False
    if not body.startswith(PNG_SIGNATURE):
        return True
    width, height = int.from_bytes(body[16:20], "big"), int.from_bytes(body[20:24], "big")
    return width * height <= INLINE_PIXELS


def answer(
    service: Service, exchange: Exchange, prediction: Prediction, picture: Picture, wishes: Wishes
) -> Reply:
    """Give the prediction an id, note it in log and metrics, and return it."""
    milliseconds = round((time.perf_counter() - exchange.start) * 1000.0, 3)
    prediction_id = service.ids.new(prediction.challenge)
    reason = None if prediction.reason is None else prediction.reason.value
    exchange.model = prediction.model
    exchange.prediction = prediction_id
    service.log.add(
        LoggedPrediction(
            id=prediction_id,
            challenge=prediction.challenge,
            model=prediction.model,
            created_at=time.time(),
            key_id=exchange.key_id,
            answer=prediction.answer,
            confidence=prediction.confidence,
            abstained=prediction.abstained,
            reason=reason,
            probabilities=prediction.probabilities,
            milliseconds=milliseconds,
            input_sha256=hashlib.sha256(picture.tobytes()).hexdigest(),
            input=gray(picture) if wishes.keep else None,
        )
    )
    service.telemetry.count_prediction(prediction.challenge, prediction.model, reason or ANSWERED)
    return Reply(
        _encode(
            PredictionAnswer(
                id=prediction_id,
                challenge=prediction.challenge,
                model=prediction.model,
                answer=prediction.answer,
                probabilities=prediction.probabilities,
                confidence=prediction.confidence,
                prediction_set=prediction.prediction_set,
                abstained=prediction.abstained,
                reason=reason,
                milliseconds=milliseconds,
                seen=list(gray(picture)) if wishes.picture else UNSET,
            )
        )
    )


def gray(picture: Picture) -> bytes:
    """Return a picture as bytes from 0 to 255, row by row."""
    return (picture * 255.0 + 0.5).astype(np.uint8).tobytes()


def read_wishes(query: bytes) -> Wishes:
    """Read `picture` and `keep`, each 1 or 0.

    >>> read_wishes(b"picture=1")
    Wishes(picture=True, keep=False)
    """
    values = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name not in {"picture", "keep"}:
            raise InvalidInputError("this parameter is not known", where=name, accepted="picture, keep")
        if value not in {"0", "1"}:
            raise InvalidInputError("this is no switch", where=name, got=value, accepted="1 or 0")
        values[name] = value == "1"
    return Wishes(**values)
