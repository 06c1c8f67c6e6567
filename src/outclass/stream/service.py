"""Run a consumer as a process: its status on a port, its signals, its end."""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from outclass.base.errors import InputError, MissingExtraError
from outclass.base.sql import Database
from outclass.catalog.loader import LoadedChallenge
from outclass.inference.champion import ChampionWatcher
from outclass.registry.store import Registry
from outclass.stream.classify import Classifier
from outclass.stream.pump import Pump
from outclass.stream.reading import Format, reader_for
from outclass.stream.records import Stage
from outclass.stream.sink import Sink
from outclass.stream.status import Readiness, Source, StatusServer
from outclass.stream.telemetry import Telemetry
from outclass.stream.transport import (
    Credentials,
    Kind,
    Mechanism,
    Options,
    Positions,
    Transport,
)

NOISY = ("aiokafka", "nats", "faststream")
SAME_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where a consumer's figures and health are read; without a port they are not served."""

    host: str = "127.0.0.1"
    port: int | None = None


def classify(
    loaded: LoadedChallenge,
    registry: Registry,
    options: Options,
    status: Status,
    *,
    form: Format = Format.AUTO,
    announce: Callable[[str | None], None] = lambda _url: None,
) -> None:
    """Classify the messages of a topic until SIGTERM or SIGINT.

    Parameters
    ----------
    options
        `writes` names the topic of the results and that of the dead letters.
    form
        How the messages are written.
    announce
        Called with the status URL once the consumer has joined its group.

    Raises
    ------
    UnavailableError
        The broker does not answer, or no model is ready.
    """
    reader = reader_for(loaded, form)
    with ChampionWatcher(registry, loaded.name) as watcher:
        watcher.current()  # a model that is missing or broken is said at once
        stage = Classifier(watcher.current, reader, loaded.challenge.limits)

        def model() -> str | None:
            """Return the version that answers."""
            return watcher.current().version.reference if watcher.ready else None

        run(stage, options, status, model=model, announce=announce)


def write_down(
    database: Database,
    table: str,
    options: Options,
    status: Status,
    *,
    announce: Callable[[str | None], None] = lambda _url: None,
) -> None:
    """Write the results of a topic to a table until SIGTERM or SIGINT.

    `options.writes` names the topic of the dead letters.
    """
    sink = Sink(database, table)
    sink.prepare()
    run(sink, options, status, positions=sink.positions, announce=announce)


def run(
    stage: Stage,
    options: Options,
    status: Status,
    *,
    positions: Positions | None = None,
    model: Callable[[], str | None] = lambda: None,
    announce: Callable[[str | None], None] = lambda _url: None,
) -> None:
    """Run a stage on a topic until the process is told to stop."""

    async def main() -> None:
        """Run in an event loop."""
        results = options.writes[0] if len(options.writes) > 1 else None
        telemetry = Telemetry()
        pump = Pump(
            open_transport(options), stage, results=results, letters=options.writes[-1], telemetry=telemetry
        )

        def readiness() -> Readiness:
            """Return whether messages are worked on."""
            return Readiness(ready=pump.problem is None, model=model(), problem=pump.problem)

        with contextlib.ExitStack() as stack:
            stack.enter_context(stopping(pump.stop))
            url = None
            if status.port is not None:
                source = Source(telemetry=telemetry, readiness=readiness)
                server = StatusServer(source, host=status.host, port=status.port)
                url = stack.enter_context(server).url
            await pump.run(positions, started=lambda: announce(url))

    quiet_clients()
    asyncio.run(main())


def open_transport(options: Options) -> Transport:
    """Return the transport for an address; the client is imported only here, as it is an optional extra.

    Raises
    ------
    MissingExtraError
        The extra `stream` is not installed.
    """
    try:
        if options.address.kind is Kind.KAFKA:
            from outclass.stream.kafka import KafkaTransport  # noqa: PLC0415 - an optional extra

            return KafkaTransport(options)
        from outclass.stream.nats import NatsTransport  # noqa: PLC0415 - an optional extra

        return NatsTransport(options)
    except ModuleNotFoundError as error:
        raise MissingExtraError("stream", what=f"this needs {error.name}, which is not installed") from error


def credentials_from(environ: Mapping[str, str] | None = None) -> Credentials | None:
    """Read `OUTCLASS_BROKER_USER`, `OUTCLASS_BROKER_PASSWORD` and `OUTCLASS_BROKER_MECHANISM`."""
    env = os.environ if environ is None else environ
    user, password = env.get("OUTCLASS_BROKER_USER"), env.get("OUTCLASS_BROKER_PASSWORD")
    if not user:
        return None
    given = env.get("OUTCLASS_BROKER_MECHANISM") or Mechanism.PLAIN.value
    if given not in set(Mechanism):
        raise InputError(
            "there is no such mechanism",
            where="OUTCLASS_BROKER_MECHANISM",
            got=given,
            accepted=", ".join(Mechanism),
        )
    return Credentials(user=user, password=password or "", mechanism=Mechanism(given))


@contextlib.contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` in the event loop at SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Once(logging.Filter):
    """Lets a sentence through once in a while: a client without a broker says the same ten times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[object, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is new."""
        key = (record.name, record.msg)
        if record.created - self._seen.get(key, 0.0) < SAME_SECONDS:
            return False
        self._seen[key] = record.created
        return True


def quiet_clients() -> None:
    """Let the brokers' clients say only what is wrong, and that not all the time."""
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.addFilter(Once())
