"""/api/v1/challenges/{challenge}/predict: the path that must be quick."""

import time
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import parse_qsl

import msgspec
import numpy as np
from msgspec import UNSET, Meta, UnsetType

from outclass.api.asgi import Header, Reply
from outclass.api.bodies import decode_json
from outclass.api.exchange import Exchange, Outcome
from outclass.api.explaining import Stages, check_explained, explain_texts
from outclass.api.journal import gray
from outclass.api.objects import (
    PLAIN_SUBJECT,
    Subject,
    answer_many,
    read_one,
    read_one_record,
    read_one_text,
)
from outclass.api.photos import (
    PhotoAnswer,
    PhotoBatch,
    PhotoRequest,
    SeenPhoto,
    each_photo,
    read_one_photo,
    read_request,
)
from outclass.api.problems import MethodNotAllowedError
from outclass.api.records import Effects, column_effects, columns_of, unusual_columns
from outclass.api.service import Service
from outclass.api.telling import Facts
from outclass.base.errors import InvalidInputError, TooLargeError, UnavailableError
from outclass.catalog.challenge import Challenge, InputKind
from outclass.inference.looking import look
from outclass.inference.prediction import Prediction
from outclass.inference.predictor import Rows
from outclass.inputs.drawing import read_drawing
from outclass.inputs.png import PNG_SIGNATURE

Grid = tuple[tuple[float, ...], ...]
NOT_STORED: tuple[Header, ...] = ((b"cache-control", b"no-store"),)
NO_ROW = np.zeros(0, dtype=np.uint8)
"""Views of photos are not held until the journal is written: each has 150 kB."""
INLINE_BYTES = 65_536
"""A larger body is decoded in a thread."""
INLINE_PIXELS = 262_144
MOST_EXPLAINED = 32
"""Records of a batch that are explained: each column of each is asked about some dozen times."""


class AdviserAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one model says by itself, where several answer together."""

    name: Annotated[str, Meta(description="the adviser's name within the challenge")]
    model: Annotated[str, Meta(description="name@id of its version")]
    probabilities: dict[str, float]


class PredictionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a model answers."""

    id: Annotated[str, Meta(description="signed id, for reading the answer again and for feedback")]
    object: Annotated[str | UnsetType, Meta(description="your name of the object, if you gave one")] = UNSET
    challenge: str
    model: Annotated[str, Meta(description="name@id of the model version that answered")]
    answer: Annotated[str | None, Meta(description="the most probable class; null when the input is empty")]
    probabilities: Annotated[dict[str, float], Meta(description="calibrated, by class; they sum to 1")]
    confidence: Annotated[float, Meta(ge=0.0, le=1.0, description="probability of the answer")]
    prediction_set: Annotated[
        tuple[str, ...], Meta(description="classes that hold the truth with the declared coverage")
    ]
    abstained: Annotated[bool, Meta(description="whether the answer should not be relied on")]
    reason: Annotated[str | None, Meta(description="why: empty, outlier or undecided")]
    milliseconds: Annotated[float, Meta(ge=0.0, description="time in the server")]
    advisers: Annotated[
        tuple[AdviserAnswer, ...] | UnsetType, Meta(description="the models that answered together")
    ] = UNSET
    seen: Annotated[
        list[int] | UnsetType, Meta(description="with picture=1: the picture as the model saw it, 0 to 255")
    ] = UNSET
    explanation: Annotated[
        Stages | UnsetType, Meta(description="with explain=1: what each word of a text adds to each decision")
    ] = UNSET
    group: Annotated[
        str | UnsetType,
        Meta(description="where no class is likely enough: the smallest group of classes that is"),
    ] = UNSET
    group_confidence: Annotated[float | UnsetType, Meta(description="probability of the group")] = UNSET
    facts: Annotated[
        Facts | UnsetType, Meta(description="what is known of the answer, or of the group, such as toxicity")
    ] = UNSET
    warning: Annotated[str | UnsetType, Meta(description="what everybody must know who uses the answer")] = (
        UNSET
    )
    photo: Annotated[PhotoAnswer | UnsetType, Meta(description="what was understood of a photo")] = UNSET
    looked: Annotated[
        Grid | UnsetType,
        Meta(
            description="with explain=1: how much each part of a photo speaks for the answer, from 0 to 1, "
            "by rows from the top left of `photo.seen`"
        ),
    ] = UNSET
    columns: Annotated[
        Effects | UnsetType,
        Meta(description="with explain=1: what each column of a record did, the strongest first"),
    ] = UNSET
    unusual: Annotated[
        tuple[str, ...] | UnsetType,
        Meta(description="columns of a record whose number is less or more than is usual"),
    ] = UNSET


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside a prediction: how it came about, and what was understood of a photo."""

    explanation: Stages | UnsetType = UNSET
    photo: PhotoAnswer | UnsetType = UNSET
    looked: Grid | UnsetType = UNSET
    columns: Effects | UnsetType = UNSET
    unusual: tuple[str, ...] | UnsetType = UNSET


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """The query parameters of a prediction."""

    picture: bool = False
    keep: bool = False
    explain: bool = False
    url: str = ""


SWITCHES = ("picture", "keep", "explain")


class PredictionList(msgspec.Struct, frozen=True, kw_only=True):
    """The answers for the objects of a batch, in their order."""

    predictions: list[PredictionAnswer]


PLAIN = Wishes()
NOTHING_BESIDE = Beside()
_encode = msgspec.json.Encoder().encode


async def predict(service: Service, name: str, exchange: Exchange) -> Reply:
    """Answer for one object."""
    challenge = service.challenge(name)
    exchange.challenge = name
    wishes = read_wishes(exchange.query) if exchange.query else PLAIN
    if wishes.explain:
        check_explained(challenge)
    body = await service.bodies.read(exchange, challenge.limits.body_bytes)
    content_type = exchange.headers.get(b"content-type", b"").decode("latin-1")
    match challenge.input.kind:
        case InputKind.DRAWING:
            reading = body, content_type, challenge.limits, challenge.input.size
            quick = is_quick(body)
            row: Rows = read_drawing(*reading) if quick else await service.in_decoder(read_drawing, *reading)
            subject = PLAIN_SUBJECT
        case InputKind.SERIES:
            found = await service.in_decoder(read_one, service, challenge, body, content_type)
            row, subject = found.rows[0], found.subjects[0]
        case InputKind.TEXT:
            found = read_one_text(challenge, body, content_type)
            row, subject = found.rows.reshape(()), found.subjects[0]
        case InputKind.TABLE:
            return await predict_record(service, challenge, exchange, body, content_type, wishes)
        case InputKind.PHOTO:
            seen = await read_one_photo(service, challenge, exchange, body, keep=wishes.keep)
            return Reply(_encode(await answer_photo(service, challenge, exchange, seen, wishes)))
        case kind:
            raise UnavailableError("this kind of input is not served yet", got=kind)
    prediction = await service.batchers[challenge.name].predict(row)
    beside = NOTHING_BESIDE
    if wishes.explain:
        beside = Beside(explanation=explain_texts(service, challenge, [row.item()])[0])
    return Reply(_encode(answer(service, exchange, prediction, row, wishes, subject, beside=beside)))


async def predict_record(
    service: Service,
    challenge: Challenge,
    exchange: Exchange,
    body: bytes,
    content_type: str,
    wishes: Wishes,
) -> Reply:
    """Answer for one record."""
    reading = service, challenge, body, content_type, wishes.keep
    quick = len(body) <= INLINE_BYTES
    found = read_one_record(*reading) if quick else await service.in_decoder(read_one_record, *reading)
    row = found.rows[0]
    prediction = await service.batchers[challenge.name].predict(row)
    telling = service, challenge, row, wishes.explain
    beside = await service.in_decoder(beside_record, *telling) if wishes.explain else beside_record(*telling)
    said = answer(service, exchange, prediction, row, wishes, found.subjects[0], beside=beside)
    return Reply(_encode(said))


def beside_record(service: Service, challenge: Challenge, row: Rows, explain: bool) -> Beside:  # noqa: FBT001
    """Return what stands beside the answer for a record."""
    effects = column_effects(service.predictor(challenge.name), row) if explain else UNSET
    unusual = unusual_columns(row, columns_of(service, challenge))
    if unusual is UNSET and effects is UNSET:
        return NOTHING_BESIDE
    return Beside(columns=effects, unusual=unusual)


async def predict_address(service: Service, name: str, exchange: Exchange) -> Reply:
    """Answer for one photo that is fetched from its address."""
    challenge = service.challenge(name)
    exchange.challenge = name
    if challenge.input.kind is not InputKind.PHOTO:
        raise MethodNotAllowedError(exchange.method, "OPTIONS, POST")
    wishes = read_wishes(exchange.query, address=True)
    request = PhotoRequest(url=wishes.url)
    seen = await read_request(service, challenge, exchange, request, keep=wishes.keep)
    answered = await answer_photo(service, challenge, exchange, seen, wishes)
    return Reply(_encode(answered), headers=NOT_STORED)


async def answer_photo(
    service: Service, challenge: Challenge, exchange: Exchange, seen: SeenPhoto, wishes: Wishes
) -> PredictionAnswer:
    """Answer for a photo that was read."""
    prediction = await service.batchers[challenge.name].predict(seen.view)
    looked: Grid | UnsetType = UNSET
    if wishes.explain:
        predictor = service.predictor(challenge.name)
        looked = (await service.in_photo_thread(look, predictor, seen.view, prediction.answer)).grid
    beside = Beside(photo=seen.about, looked=looked)
    return answer(service, exchange, prediction, NO_ROW, wishes, seen.subject, beside=beside)


async def predict_batch(service: Service, name: str, exchange: Exchange) -> Reply:
    """Answer for many objects, each as it would be answered alone, in their order."""
    challenge = service.challenge(name)
    exchange.challenge = name
    wishes = read_wishes(exchange.query) if exchange.query else PLAIN
    if wishes.explain:
        check_explained(challenge)
    body = await service.bodies.read(exchange, challenge.limits.body_bytes)
    content_type = exchange.headers.get(b"content-type", b"").decode("latin-1")
    if challenge.input.kind is InputKind.PHOTO:
        return await predict_photos(service, challenge, exchange, body, wishes)
    predictor = service.predictor(challenge.name)
    found, predictions = await service.in_decoder(
        answer_many, service, challenge, body, content_type, predictor.predict_many, wishes.keep
    )
    rows = [found.rows[place, ...] for place in range(len(predictions))]  # arrays, of texts too
    told = await service.in_decoder(tell_many, service, challenge, rows, wishes)
    asked = zip(predictions, rows, found.subjects, told, strict=True)
    answers = [
        answer(service, exchange, said, row, wishes, subject, beside=beside)
        for said, row, subject, beside in asked
    ]
    return Reply(_encode(PredictionList(predictions=answers)))


def tell_many(
    service: Service, challenge: Challenge, rows: Sequence[Rows], wishes: Wishes
) -> Sequence[Beside]:
    """Return what stands beside each answer of a batch."""
    if challenge.input.kind is InputKind.TABLE:
        if wishes.explain and len(rows) > MOST_EXPLAINED:
            accepted = f"at most {MOST_EXPLAINED} with explain"
            raise TooLargeError("too many to explain", where="objects", got=len(rows), accepted=accepted)
        return [beside_record(service, challenge, row, wishes.explain) for row in rows]
    if not wishes.explain:
        return [NOTHING_BESIDE] * len(rows)
    texts = [row.item() for row in rows]
    return [Beside(explanation=each) for each in explain_texts(service, challenge, texts)]


async def predict_photos(
    service: Service, challenge: Challenge, exchange: Exchange, body: bytes, wishes: Wishes
) -> Reply:
    """Answer for many photos, of which few are in memory at once."""
    with service.room.taken(exchange.caller, len(body)):
        content_type = exchange.headers.get(b"content-type")
        batch = await service.in_decoder(decode_json, body, content_type, PhotoBatch)
        answers: dict[int, PredictionAnswer] = {}

        async def work(place: int, seen: SeenPhoto) -> None:
            """Answer for one."""
            answers[place] = await answer_photo(service, challenge, exchange, seen, wishes)

        await each_photo(service, challenge, exchange, batch.objects, work, keep=wishes.keep)
    return Reply(_encode(PredictionList(predictions=[answers[place] for place in sorted(answers)])))


def is_quick(body: bytes) -> bool:
    """Tell whether a body is decoded in a few milliseconds; a small PNG may hold a large picture."""
    if len(body) > INLINE_BYTES:
        return False
    if not body.startswith(PNG_SIGNATURE):
        return True
    width, height = int.from_bytes(body[16:20], "big"), int.from_bytes(body[20:24], "big")
    return width * height <= INLINE_PIXELS


def answer(
    service: Service,
    exchange: Exchange,
    prediction: Prediction,
    row: Rows,
    wishes: Wishes,
    subject: Subject,
    *,
    beside: Beside = NOTHING_BESIDE,
) -> PredictionAnswer:
    """Give the prediction an id, leave it to the journal, and return the answer."""
    moment = time.perf_counter()
    milliseconds = round((moment - exchange.start) * 1000.0, 3)
    prediction_id = service.ids.new(prediction.challenge)
    exchange.model = prediction.model
    exchange.prediction = prediction_id
    exchange.outcomes += (
        Outcome(
            prediction_id, prediction, row, moment, milliseconds, wishes.keep, subject.kept, subject.sha256
        ),
    )
    telling = service.tellings[prediction.challenge]
    return PredictionAnswer(
        id=prediction_id,
        object=subject.name or UNSET,
        challenge=prediction.challenge,
        model=prediction.model,
        answer=prediction.answer,
        probabilities=prediction.probabilities,
        confidence=prediction.confidence,
        prediction_set=prediction.prediction_set,
        abstained=prediction.abstained,
        reason=prediction.reason,
        milliseconds=milliseconds,
        advisers=advisers_of(prediction) if prediction.members else UNSET,
        seen=list(gray(row)) if wishes.picture and subject is PLAIN_SUBJECT else UNSET,
        explanation=beside.explanation,
        group=prediction.group or UNSET,
        group_confidence=UNSET if prediction.group_confidence is None else prediction.group_confidence,
        facts=telling.facts(prediction),
        warning=telling.warning,
        photo=beside.photo,
        looked=beside.looked,
        columns=beside.columns,
        unusual=beside.unusual,
    )


def advisers_of(prediction: Prediction) -> tuple[AdviserAnswer, ...]:
    """Return what each member of an ensemble says; `stars.boone@ID` is the adviser `boone`."""
    return tuple(
        AdviserAnswer(
            name=reference.partition("@")[0].rpartition(".")[2], model=reference, probabilities=said
        )
        for reference, said in prediction.members
    )


def read_wishes(query: bytes, *, address: bool = False) -> Wishes:
    """Read `picture`, `keep` and `explain`, each 1 or 0, and the address where one is needed.

    >>> read_wishes(b"picture=1")
    Wishes(picture=True, keep=False, explain=False, url='')
    """
    switches, url = {}, ""
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="utf-8"):
        if name == "url" and address:
            url = value
            continue
        if name not in SWITCHES:
            accepted = ", ".join(("url", *SWITCHES) if address else SWITCHES)
            raise InvalidInputError("this parameter is not known", where=name, accepted=accepted)
        if value not in {"0", "1"}:
            raise InvalidInputError("this is no switch", where=name, got=value, accepted="1 or 0")
        switches[name] = value == "1"
    if address and not url:
        raise InvalidInputError(
            "the address of the photo is missing",
            where="url",
            accepted="?url=https%3A%2F%2F...",
            hint="or POST it",
        )
    return Wishes(**switches, url=url)
