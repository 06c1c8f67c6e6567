"""Kafka, through FastStream's batch subscriber: bytes in, bytes out, one commit for each batch."""

import asyncio
import logging
import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAlreadyExistsError,
    for_code,
)
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage, KafkaPublishMessage
from faststream.kafka.message import FAKE_CONSUMER
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from outclass.base.errors import NotFoundError, TooLargeError, UnavailableError
from outclass.stream.codec import FRAMEWORK_LOG, Bytes, find_open, gather
from outclass.stream.records import Outgoing, Place
from outclass.stream.transport import Credentials, Handle, Mechanism, Options, Positions, StoppedError

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer
    from faststream.kafka.subscriber.usecase import BatchSubscriber

LOG = logging.getLogger(__name__)

BATCH_BYTES = 500_000
"""Most bytes of one batch on its way out, below what brokers take by default (1 MB)."""
OVERHEAD = 100
"""Bytes of a message besides its key and value, at most."""
LARGEST_REQUEST = 16_000_000
POLL_MILLISECONDS = 50
REQUEST_MILLISECONDS = 10_000
GRACE_SECONDS = 20.0
LOOK_SECONDS = 5.0
"""How long a look at the state of a topic may take."""
REWIND_SECONDS = 1.0
CREATED_SECONDS = 10.0
"""How long a topic that was just made may be unknown to the broker's clients."""

Records = tuple["ConsumerRecord[bytes, bytes]", ...]


class KafkaTransport(ConsumerRebalanceListener):  # type: ignore[misc]
    """A topic of Kafka, read in a group.

    Before partitions are given away in a rebalance, the batch that is being worked on is finished and
    committed, so that a growing group repeats nothing; a killed consumer's last batch is repeated by another.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._broker = KafkaBroker(
            list(options.address.servers),
            client_id="outclass",
            acks="all",
            request_timeout_ms=REQUEST_MILLISECONDS,
            retry_backoff_ms=200,
            max_batch_size=BATCH_BYTES * 2,
            max_request_size=LARGEST_REQUEST,
            allow_auto_create_topics=False,
            graceful_timeout=GRACE_SECONDS,
            security=security_of(options.credentials, tls=options.address.tls),
            codec=Bytes(),
            apply_types=False,
            logger=FRAMEWORK_LOG,
            log_level=logging.DEBUG,
        )
        self._subscriber: BatchSubscriber | None = None
        self._handle: Handle | None = None
        self._positions: Positions | None = None
        self._done: dict[Place, int] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._unplaced: set[TopicPartition] = set()
        self._counts: dict[str, int] = {}
        self._stopped = False

    async def start(self, handle: Handle, positions: Positions | None = None) -> None:
        """Connect, look for the topics, and join the group."""
        self._handle, self._positions = handle, positions
        options = self._options
        with kafka_errors("the broker does not answer", where=", ".join(options.address.servers)):
            await find_open(options.address.servers)
            try:
                await self._broker.connect()
                await self._ensure_topics((options.topic, *options.writes))
                session = int(options.session_seconds * 1000)
                self._subscriber = self._broker.subscriber(
                    options.topic,
                    batch=True,
                    group_id=options.group,
                    auto_offset_reset="earliest",
                    isolation_level="read_committed",
                    max_records=options.batch,
                    batch_timeout_ms=POLL_MILLISECONDS,
                    session_timeout_ms=session,
                    heartbeat_interval_ms=session // 3,
                    ack_policy=AckPolicy.MANUAL,
                    parser=parse,
                    listener=self,
                )
                self._subscriber(self._consume)
                await self._broker.start()
            except BaseException:
                await self._broker.stop()
                raise

    async def publish(self, topic: str, messages: Sequence[Outgoing]) -> None:
        """Publish messages, each to the partition of its source, and wait until the broker has them."""
        with kafka_errors("the broker does not take messages", where=topic):
            count = await self._partition_count(topic)
            groups: dict[int, list[Outgoing]] = {}
            for message in messages:
                groups.setdefault(message.partition % count, []).append(message)
            await gather(self._publish_to(topic, partition, group) for partition, group in groups.items())

    async def lag(self) -> Mapping[Place, int]:
        """Return how many messages wait in each partition that this consumer has."""
        consumer = self._consumer()
        if consumer is None or not (assigned := consumer.assignment()):
            return {}
        with kafka_errors("the broker does not answer", where=self._options.topic):
            async with asyncio.timeout(LOOK_SECONDS):
                ends = await consumer.end_offsets(list(assigned))
                done = {
                    each: self._done[each] if each in self._done else await consumer.position(each)
                    for each in assigned
                }
        # What the last fetch saw may be ahead of the answer: not every broker counts its last batch there.
        ends = {each: max(ends[each], consumer.highwater(each) or 0) for each in assigned}
        return {(each.topic, each.partition): max(0, ends[each] - done[each]) for each in assigned}

    async def stop(self) -> None:
        """Finish the batch, leave the group, and close the connections."""
        await self._broker.stop()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Finish the batch that is being worked on before its partitions go to others."""
        try:
            async with asyncio.timeout(self._options.session_seconds / 2):
                await self._idle.wait()
        except TimeoutError:
            LOG.warning("a batch was not finished in time; another consumer may repeat it")
        for each in revoked:
            self._done.pop(each, None)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Go on where the stage's own book says, if it keeps one; where that is not to be had now, later."""
        places = set(assigned)
        LOG.info("partitions assigned", extra={"partitions": sorted(each.partition for each in places)})
        if self._positions is None:
            return
        self._unplaced = places
        try:
            await self._place()
        except UnavailableError as error:
            LOG.warning("not known yet where to go on: %s", error)

    async def _consume(self, records: Records) -> None:
        """Work on one batch and commit it; what fails unexpectedly is read again."""
        if self._stopped or self._handle is None:
            return
        self._idle.clear()
        try:
            if self._unplaced:
                await self._place()  # and read on from there
                return
            await self._handle(records)
            await self._commit(next_offsets(records))
        except StoppedError:
            self._stopped = True  # a later batch would be committed beyond this one
        except Exception:
            LOG.exception("a batch failed and is tried again", extra={"messages": len(records)})
            self._rewind(records)
            await asyncio.sleep(REWIND_SECONDS)
        finally:
            self._idle.set()

    async def _commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Say how far this consumer is; a failure only means that another may repeat the batch."""
        consumer = self._consumer()
        if consumer is None:
            return
        mine = {place: offset for place, offset in offsets.items() if place in consumer.assignment()}
        try:
            await consumer.commit(mine)
        except (CommitFailedError, IllegalStateError):
            LOG.warning("not committed: the group is sharing its partitions anew")
            return
        except KafkaError as error:
            LOG.warning("not committed", extra={"kind": type(error).__name__})
            return
        self._done.update(mine)

    async def _place(self) -> None:
        """Go on where the stage's own book says, in the partitions that were assigned anew."""
        assert self._positions is not None
        consumer, places = self._consumer(), self._unplaced
        known = await asyncio.to_thread(self._positions, sorted(places))
        if consumer is not None and places is self._unplaced:  # not assigned anew meanwhile
            for place, offset in known.items():
                if place in consumer.assignment():
                    consumer.seek(TopicPartition(*place), offset)
            self._unplaced = set()

    def _rewind(self, records: Records) -> None:
        """Let the next batch begin again where this one did."""
        consumer = self._consumer()
        if consumer is None:
            return
        for record in reversed(records):
            place = TopicPartition(record.topic, record.partition)
            if place in consumer.assignment():
                consumer.seek(place, record.offset)

    def _consumer(self) -> "AIOKafkaConsumer | None":
        """Return the consumer, where there is one."""
        return None if self._subscriber is None else self._subscriber.consumer

    async def _publish_to(self, topic: str, partition: int, messages: Sequence[Outgoing]) -> None:
        """Publish messages to one partition, in their order."""
        plain = [message for message in messages if message.headers is None]
        for chunk in chunks(plain):
            bodies = [
                message.value if message.key is None else KafkaPublishMessage(message.value, key=message.key)
                for message in chunk
            ]
            await self._broker.publish_batch(*bodies, topic=topic, partition=partition)
        await gather(
            self._broker.publish(
                message.value, topic, key=message.key, partition=partition, headers=dict(message.headers)
            )
            for message in messages
            if message.headers is not None
        )

    async def _partition_count(self, topic: str) -> int:
        """Return how many partitions a topic has."""
        if topic not in self._counts:
            found = await self._broker.config.admin_client.describe_topics([topic])
            partitions = found[0]["partitions"] if found and not found[0]["error_code"] else []
            if not partitions:
                raise UnavailableError("the topic has no partitions", where=topic)
            self._counts[topic] = len(partitions)
        return self._counts[topic]

    async def _ensure_topics(self, topics: Sequence[str]) -> None:
        """Look for all topics; make those that are missing, if that is allowed."""
        admin = self._broker.config.admin_client
        present = set(await admin.list_topics())
        missing = [topic for topic in dict.fromkeys(topics) if topic not in present]
        if not missing:
            return
        partitions = self._options.partitions
        if partitions is None:
            raise NotFoundError(
                "there is no such topic",
                where="--broker",
                got=", ".join(missing),
                hint="make it, or let it be made: --partitions N",
            )
        answer = await admin.create_topics(
            [NewTopic(topic, num_partitions=partitions, replication_factor=1) for topic in missing]
        )
        for name, code, *_ in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise UnavailableError("the topic cannot be made", where=name, got=error.__name__)
        LOG.info("topics made", extra={"topics": missing, "partitions": partitions})


def parse(records: Records) -> KafkaMessage:
    """Return FastStream's envelope of a batch; headers stay unread, as any bytes may stand there."""
    return KafkaMessage(body=b"", raw_message=records, consumer=FAKE_CONSUMER)


def next_offsets(records: Records) -> dict[TopicPartition, int]:
    """Return where each partition of a batch goes on."""
    return {TopicPartition(record.topic, record.partition): record.offset + 1 for record in records}


def chunks(messages: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """Split messages so that no chunk is larger than a broker takes at once."""
    chunk: list[Outgoing] = []
    size = 0
    for message in messages:
        one = len(message.value or b"") + len(message.key or b"") + OVERHEAD
        if chunk and size + one > BATCH_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(message)
        size += one
    if chunk:
        yield chunk


@contextmanager
def kafka_errors(what: str, *, where: str) -> Iterator[None]:
    """Turn the client's errors into ours; its texts may name what was sent, so only their kind is told."""
    try:
        yield
    except MessageSizeTooLargeError as error:
        raise TooLargeError("the broker takes no message of this size", where=where) from error
    except KafkaConnectionError as error:
        raise UnavailableError(what, where=where, got="no connection") from error
    except (KafkaError, TimeoutError, OSError) as error:
        got = getattr(error, "strerror", None) or type(error).__name__
        raise UnavailableError(what, where=where, got=got) from error


def security_of(credentials: Credentials | None, *, tls: bool) -> BaseSecurity | None:
    """Return how FastStream shall connect."""
    context = ssl.create_default_context() if tls else None
    if credentials is None:
        return BaseSecurity(context) if tls else None
    kinds = {
        Mechanism.PLAIN: SASLPlaintext,
        Mechanism.SCRAM_256: SASLScram256,
        Mechanism.SCRAM_512: SASLScram512,
    }
    return kinds[credentials.mechanism](credentials.user, credentials.password, context, use_ssl=tls)
