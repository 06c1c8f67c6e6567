"""What comes from a broker and what goes to it, whichever broker that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import msgspec

Place = tuple[str, int]
"""A topic and the number of a partition of it."""


class Record(Protocol):
    """A message as a broker hands it out; aiokafka's own records are such."""

    @property
    def topic(self) -> str:
        """Name of the topic."""

    @property
    def partition(self) -> int:
        """Number of the partition; 0 where the broker has none."""

    @property
    def offset(self) -> int:
        """Place in the partition; with topic and partition it names the message for ever."""

    @property
    def key(self) -> bytes | None:
        """Key that the sender gave."""

    @property
    def value(self) -> bytes | None:
        """The message itself; None is a tombstone."""

    @property
    def timestamp(self) -> int | None:
        """Milliseconds since 1970 at which it was sent."""


class Message(msgspec.Struct, frozen=True):
    """A record of a broker that has no such type of its own."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int | None = None


class Outgoing(msgspec.Struct, frozen=True):
    """A message on its way to a topic.

    Attributes
    ----------
    name
        `topic:partition:offset` of the message that it comes from: the idempotency key.
    partition
        The partition that its source came from; results keep it, and so the order of their sources.
    """

    name: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, str] | None = None


class Reason(StrEnum):
    """Why a message went to the dead letters."""

    NO_VALUE = "no-value"
    NOT_UTF8 = "not-utf8"
    NOT_JSON = "not-json"
    NO_TEXT = "no-text"
    TOO_LARGE = "too-large"
    INVALID = "invalid"
    FAILED = "failed"


class PoisonError(Exception):
    """A message that cannot be worked on, however often it is tried."""

    def __init__(self, reason: Reason, what: str) -> None:
        self.reason = reason
        super().__init__(what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a batch came to: results and dead letters to publish, and the number of messages by outcome."""

    results: Sequence[Outgoing] = ()
    letters: Sequence[Outgoing] = ()
    outcomes: Mapping[str, int]


class Stage(Protocol):
    """What is done with a batch, in a thread: classify it, or write it to a database."""

    def work(self, records: Sequence[Record]) -> Work:
        """Work on a batch.

        Raises
        ------
        UnavailableError
            It cannot be done now; the same batch is tried again.
        """


def name_of(record: Record) -> str:
    """Return the idempotency key of a record.

    >>> name_of(Message("sms", 3, 41, None, b"hi"))
    'sms:3:41'
    """
    return f"{record.topic}:{record.partition}:{record.offset}"
