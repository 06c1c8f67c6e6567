"""NATS JetStream, through FastStream's batch subscriber: a durable pull consumer that a group shares.

A subject has no partitions: all its messages have partition 0, and their offset is their place in the stream.
"""

import asyncio
import contextlib
import logging
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsBatchMessage
from faststream.security import BaseSecurity, SASLPlaintext
from nats.errors import Error, MaxPayloadError
from nats.js.api import AckPolicy as ServerAckPolicy
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError as MissingError

from outclass.base.errors import NotFoundError, TooLargeError, UnavailableError
from outclass.stream.codec import CONNECT_SECONDS, FRAMEWORK_LOG, Bytes, find_open, gather
from outclass.stream.records import Message, Outgoing, Place
from outclass.stream.transport import Credentials, Handle, Options, Positions, StoppedError

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.js import JetStreamContext

LOG = logging.getLogger(__name__)

PUBLISH_SECONDS = 10.0
FETCH_SECONDS = 0.2
"""How long a batch is collected that does not get full."""
GRACE_SECONDS = 20.0
AT_ONCE = 256
"""Most messages whose confirmation is waited for at once."""


class NatsTransport:
    """A subject of NATS JetStream, read by a durable consumer."""

    def __init__(self, options: Options) -> None:
        self._options = options
        scheme = "tls" if options.address.tls else "nats"
        self._broker = NatsBroker(
            [f"{scheme}://{server}" for server in options.address.servers],
            name="outclass",
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            graceful_timeout=GRACE_SECONDS,
            security=security_of(options.credentials, tls=options.address.tls),
            codec=Bytes(),
            apply_types=False,
            logger=FRAMEWORK_LOG,
            log_level=logging.DEBUG,
        )
        self._stream: JetStreamContext | None = None
        self._names: dict[str, str] = {}
        self._handle: Handle | None = None
        self._stopped = False

    async def start(self, handle: Handle, positions: Positions | None = None) -> None:
        """Connect, look for the streams, and begin to fetch.

        Messages come again until they are acknowledged, one by one, so that there is no place to go on from.
        """
        del positions
        self._handle = handle
        options = self._options
        with nats_errors("the broker does not answer", where=", ".join(options.address.servers)):
            await find_open(options.address.servers)
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    client = await self._broker.connect()
                self._stream = client.jetstream()
                for subject in (options.topic, *options.writes):
                    self._names[subject] = await self._ensure_stream(subject)
                subscriber = self._broker.subscriber(
                    options.topic,
                    stream=JStream(self._names[options.topic], declare=False),
                    durable=safe(options.group),
                    pull_sub=PullSub(batch_size=options.batch, timeout=FETCH_SECONDS, batch=True),
                    config=ConsumerConfig(
                        ack_policy=ServerAckPolicy.EXPLICIT,
                        deliver_policy=DeliverPolicy.ALL,
                        ack_wait=options.session_seconds,
                        max_ack_pending=max(1000, options.batch * 10),
                    ),
                    ack_policy=AckPolicy.MANUAL,
                    parser=parse,
                )
                subscriber(self._consume)
                await self._broker.start()
            except BaseException:
                await self._broker.stop()
                raise

    async def publish(self, topic: str, messages: Sequence[Outgoing]) -> None:
        """Publish messages; the server drops one that it had in the last minutes, by its key."""
        with nats_errors("the broker does not take messages", where=topic):
            for start in range(0, len(messages), AT_ONCE):
                await gather(self._publish(topic, message) for message in messages[start : start + AT_ONCE])

    async def lag(self) -> Mapping[Place, int]:
        """Return how many messages wait or are being worked on, by all consumers of the group."""
        if self._stream is None:
            return {}
        topic = self._options.topic
        with nats_errors("the broker does not answer", where=topic):
            info = await self._stream.consumer_info(self._names[topic], safe(self._options.group))
        return {(topic, 0): (info.num_pending or 0) + (info.num_ack_pending or 0)}

    async def stop(self) -> None:
        """Finish the batch and close the connection."""
        await self._broker.stop()

    async def _consume(self, messages: "Sequence[Msg]") -> None:
        """Work on one batch and acknowledge it; what is not acknowledged comes again."""
        if self._stopped or self._handle is None:
            return
        keeping = asyncio.create_task(self._keep(messages))
        try:
            await self._handle([record_of(self._options.topic, message) for message in messages])
            for message in messages:
                await message.ack()
        except StoppedError:
            self._stopped = True
        except Exception:
            LOG.exception("a batch failed and will come again", extra={"messages": len(messages)})
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping

    async def _keep(self, messages: "Sequence[Msg]") -> None:
        """Say that a batch is still being worked on, so that the server gives it to nobody else."""
        while True:
            await asyncio.sleep(self._options.session_seconds / 3)
            with contextlib.suppress(Error):
                for message in messages:
                    await message.in_progress()

    async def _publish(self, topic: str, message: Outgoing) -> None:
        """Publish one message."""
        headers = {**(message.headers or {}), "Nats-Msg-Id": message.name}
        await self._broker.publish(
            message.value or b"",
            topic,
            headers=headers,
            stream=self._names[topic],
            timeout=PUBLISH_SECONDS,
        )

    async def _ensure_stream(self, subject: str) -> str:
        """Return the name of the stream that keeps a subject; make one, if that is allowed."""
        assert self._stream is not None
        try:
            return await self._stream.find_stream_name_by_subject(subject)
        except MissingError:
            if self._options.partitions is None:
                raise NotFoundError(
                    "no stream keeps this subject",
                    where="--broker",
                    got=subject,
                    hint="make one, or let it be made: --partitions 1",
                ) from None
        name = safe(subject)
        await self._stream.add_stream(name=name, subjects=[subject])
        LOG.info("stream made", extra={"stream": name, "subject": subject})
        return name


def parse(messages: "list[Msg]") -> NatsBatchMessage:
    """Return FastStream's envelope of a batch."""
    return NatsBatchMessage(raw_message=messages, body=b"")


def record_of(topic: str, message: "Msg") -> Message:
    """Return a message of JetStream as a record."""
    data = message.metadata
    milliseconds = int(data.timestamp.timestamp() * 1000)
    return Message(topic, 0, data.sequence.stream, None, message.data, milliseconds)


def safe(name: str) -> str:
    """Return a name that a stream or a consumer may have.

    >>> safe("sms.in")
    'sms_in'
    """
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


@contextmanager
def nats_errors(what: str, *, where: str) -> Iterator[None]:
    """Turn the client's errors into ours."""
    try:
        yield
    except MaxPayloadError as error:
        raise TooLargeError("the broker takes no message of this size", where=where) from error
    except (Error, TimeoutError, OSError) as error:
        raise UnavailableError(what, where=where, got=type(error).__name__) from error


def security_of(credentials: Credentials | None, *, tls: bool) -> BaseSecurity | None:
    """Return how FastStream shall connect."""
    context = ssl.create_default_context() if tls else None
    if credentials is None:
        return BaseSecurity(context) if tls else None
    return SASLPlaintext(credentials.user, credentials.password, context, use_ssl=tls)
