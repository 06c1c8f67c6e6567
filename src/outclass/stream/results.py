"""What is published for each message: the answer, the model that gave it, and the idempotency key."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from outclass.inference.prediction import Prediction
from outclass.stream.reading import Question
from outclass.stream.records import Outgoing, name_of

LARGEST = 2**63 - 1
"""Largest number that a database's column takes."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. Whoever writes results down keeps `key` unique, and so has each message once."""

    key: Annotated[str, Meta(description="topic:partition:offset of the message: the idempotency key")]
    id: Annotated[str | int | None, Meta(description="the sender's name of the message, or its key")]
    challenge: str
    model: Annotated[str, Meta(description="name@id of the version that answered")]
    answer: Annotated[str | None, Meta(description="the most probable class; null for an empty message")]
    confidence: float
    probabilities: Mapping[str, float]
    abstained: bool
    reason: Annotated[str | None, Meta(description="why it abstained: empty, outlier or undecided")]
    topic: str
    partition: Annotated[int, Meta(ge=0, le=LARGEST)]
    offset: Annotated[int, Meta(ge=0, le=LARGEST)]
    sent_at: Annotated[datetime | None, Meta(description="when the message was sent")]
    answered_at: datetime


encode = msgspec.json.Encoder().encode
decoder = msgspec.json.Decoder(Result)


def publishable(question: Question, prediction: Prediction, now: datetime) -> Outgoing:
    """Return the result for a message, ready to publish under the message's own key."""
    record = question.record
    sent = record.timestamp
    name = name_of(record)
    result = Result(
        key=name,
        id=question.id,
        challenge=prediction.challenge,
        model=prediction.model,
        answer=prediction.answer,
        confidence=prediction.confidence,
        probabilities=prediction.probabilities,
        abstained=prediction.abstained,
        reason=prediction.reason,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        sent_at=None if sent is None else sent_time(sent),
        answered_at=now,
    )
    return Outgoing(name, record.partition, record.key, encode(result))


def sent_time(milliseconds: int) -> datetime | None:
    """Return the time that a broker's timestamp means; None where a sender's clock is beyond all years."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
