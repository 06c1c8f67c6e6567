"""A broker in memory: one process, one consumer; the peer of the real ones for tests and trials."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from outclass.stream.records import Message, Outgoing, Place
from outclass.stream.transport import Handle, Positions, StoppedError

POLL_SECONDS = 0.001


class MemoryTransport:
    """Topics as lists in memory.

    Parameters
    ----------
    topic
        The topic to read.
    batch
        Most messages in a batch.
    partitions
        Number of partitions of every topic.
    """

    def __init__(self, topic: str, *, batch: int = 1000, partitions: int = 1) -> None:
        self._topic = topic
        self._batch = batch
        self._partitions = partitions
        self.topics: dict[str, list[list[Message]]] = defaultdict(lambda: [[] for _ in range(partitions)])
        self.letters: list[Outgoing] = []
        self.committed: dict[Place, int] = {}
        self.failures: list[Exception] = []
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    def send(self, value: bytes | None, *, key: bytes | None = None, partition: int = 0) -> Message:
        """Put a message into the topic that is read."""
        lane = self.topics[self._topic][partition]
        message = Message(self._topic, partition, len(lane), key, value, 1_700_000_000_000)
        lane.append(message)
        return message

    def published(self, topic: str) -> list[Message]:
        """Return everything in a topic, by partition."""
        return [message for lane in self.topics[topic] for message in lane]

    async def start(self, handle: Handle, positions: Positions | None = None) -> None:
        """Begin to hand out batches."""
        places = [(self._topic, number) for number in range(self._partitions)]
        if positions is not None:
            self.committed.update(await asyncio.to_thread(positions, places))
        self._task = asyncio.create_task(self._consume(handle))

    async def publish(self, topic: str, messages: Sequence[Outgoing]) -> None:
        """Append messages; fail as `failures` says, one for each call."""
        if self.failures:
            raise self.failures.pop(0)
        for message in messages:
            lane = self.topics[topic][message.partition % self._partitions]
            lane.append(Message(topic, message.partition, len(lane), message.key, message.value))
            if message.headers is not None:
                self.letters.append(message)

    async def lag(self) -> Mapping[Place, int]:
        """Return how many messages wait in each partition."""
        lanes = enumerate(self.topics[self._topic])
        return {
            (self._topic, number): len(lane) - self.committed.get((self._topic, number), 0)
            for number, lane in lanes
        }

    async def stop(self) -> None:
        """Finish the batch that is being worked on."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def _consume(self, handle: Handle) -> None:
        """Hand out batches until stopped."""
        while not self._stopping.is_set():
            waiting = [
                message
                for number, lane in enumerate(self.topics[self._topic])
                for message in lane[self.committed.get((self._topic, number), 0) :]
            ][: self._batch]
            if not waiting:
                await asyncio.sleep(POLL_SECONDS)
                continue
            try:
                await handle(waiting)
            except StoppedError:
                return
            self.committed.update({(one.topic, one.partition): one.offset + 1 for one in waiting})
