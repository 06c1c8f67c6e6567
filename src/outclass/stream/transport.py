"""The one seam to brokers: Kafka and NATS JetStream outside, memory in tests."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

from outclass.base.errors import InputError
from outclass.stream.records import Outgoing, Place, Record

Handle = Callable[[Sequence[Record]], Awaitable[None]]
"""Works on a batch; when it returns, the batch is done and may be committed."""
Positions = Callable[[Sequence[Place]], Mapping[Place, int]]
"""Returns the offsets to go on from, where they are known better than by the broker."""


class StoppedError(Exception):
    """The process stops before a batch is done: it is not committed, and whoever comes next works on it."""


SCHEMES = "kafka://HOST:PORT, kafka+tls://HOST:PORT, nats://HOST:PORT or tls://HOST:PORT"


class Kind(StrEnum):
    """The brokers that are supported."""

    KAFKA = "kafka"
    NATS = "nats"


class Mechanism(StrEnum):
    """How a name and a password are sent to Kafka."""

    PLAIN = "plain"
    SCRAM_256 = "scram-sha-256"
    SCRAM_512 = "scram-sha-512"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a broker is.

    Attributes
    ----------
    servers
        `host:port` of each server that was named.
    tls
        Whether the connection is encrypted.
    """

    kind: Kind
    servers: tuple[str, ...]
    tls: bool = False

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Read `kafka://host:port[,host:port]` or `nats://host:port`.

        >>> Address.parse("kafka://a:9092,b:9092").servers
        ('a:9092', 'b:9092')

        Raises
        ------
        InputError
            Another scheme, no host, or a password, which belongs in the environment.
        """
        scheme, _, rest = url.partition("://")
        kinds = {
            "kafka": (Kind.KAFKA, False),
            "kafka+tls": (Kind.KAFKA, True),
            "nats": (Kind.NATS, False),
            "tls": (Kind.NATS, True),
        }
        if scheme not in kinds or not rest.strip("/"):
            got = f"{scheme}://..." if rest else scheme
            raise InputError("this is no broker", where="--broker", got=got, accepted=SCHEMES)
        if "@" in rest:
            raise InputError(
                "a password does not belong in an address, which others can see",
                where="--broker",
                hint="put it into OUTCLASS_BROKER_USER and OUTCLASS_BROKER_PASSWORD",
            )
        kind, tls = kinds[scheme]
        default = 9092 if kind is Kind.KAFKA else 4222
        servers = tuple(server_of(part, default) for part in rest.rstrip("/").split(","))
        return cls(kind=kind, servers=servers, tls=tls)


def server_of(text: str, default: int) -> str:
    """Return `host:port` of one server; the port may be left out."""
    try:
        found = urlsplit(f"//{text.strip()}")
        port = found.port or default
    except ValueError:
        raise InputError("this is no server", where="--broker", got=text, accepted="HOST:PORT") from None
    if not found.hostname or found.path or found.query:
        raise InputError("this is no server", where="--broker", got=text, accepted="HOST:PORT")
    host = f"[{found.hostname}]" if ":" in found.hostname else found.hostname
    return f"{host}:{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Name and password for a broker."""

    user: str
    password: str
    mechanism: Mechanism = Mechanism.PLAIN

    def __repr__(self) -> str:
        """Show the name only."""
        return f"Credentials({self.user})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a topic is read.

    Attributes
    ----------
    topic
        The topic to read.
    group
        Consumers of one group share its partitions.
    writes
        Topics that are written to.
    batch
        Most messages in a batch; no more than one batch is worked on at a time.
    partitions
        Topics that are missing are made with so many partitions; None: a missing topic is an error.
    session_seconds
        After so long without a sign of life a consumer's partitions go to the others.
    """

    address: Address
    topic: str
    group: str
    writes: tuple[str, ...] = ()
    batch: int = 1000
    partitions: int | None = None
    session_seconds: float = 10.0
    credentials: Credentials | None = None


class Transport(Protocol):
    """A broker, as far as it is needed here."""

    async def start(self, handle: Handle, positions: Positions | None = None) -> None:
        """Connect, and give batches to `handle` from now on, one at a time.

        Raises
        ------
        UnavailableError
            The broker does not answer.
        NotFoundError
            A topic is missing and may not be made.
        """

    async def publish(self, topic: str, messages: Sequence[Outgoing]) -> None:
        """Publish messages; when it returns the broker has them all.

        Raises
        ------
        UnavailableError
            The broker does not take them now.
        TooLargeError
            A message is longer than the broker takes.
        """

    async def lag(self) -> Mapping[Place, int]:
        """Return how many messages wait in each partition that is read here."""

    async def stop(self) -> None:
        """Take no more batches, wait for the one that is being worked on, and leave the group."""
