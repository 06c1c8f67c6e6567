"""`outclass stream`: classify the messages of a broker's topic, and write the results down."""

from typing import Annotated, TypeAlias

import typer
from typer.core import TyperGroup

from outclass.base.errors import InputError
from outclass.base.logs import configure_logs
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.catalog.loader import load_challenge
from outclass.cli.output import ChallengeName, Json, print_json, tell
from outclass.registry.store import Registry
from outclass.stream.reading import Format
from outclass.stream.service import Status, classify, credentials_from, write_down
from outclass.stream.transport import Address, Options

LOCAL = "127.0.0.1"
DEFAULT = "classify"
HELP = ("-h", "--help")


class DefaultGroup(TyperGroup):
    """Takes `outclass stream CHALLENGE` for `outclass stream classify CHALLENGE`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put the default command before words that begin with none."""
        if args and args[0] not in self.commands and args[0] not in HELP:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


group = typer.Typer(cls=DefaultGroup, no_args_is_help=True)

Broker: TypeAlias = Annotated[
    str, typer.Option("--broker", metavar="URL", help="kafka://HOST:PORT or nats://HOST:PORT.")
]
Topic: TypeAlias = Annotated[str, typer.Option("--in", metavar="TOPIC", help="Topic to read.")]
Group: TypeAlias = Annotated[
    str | None, typer.Option("--group", metavar="NAME", help="Consumers of one group share the partitions.")
]
Letters: TypeAlias = Annotated[
    str | None,
    typer.Option("--dead-letter", metavar="TOPIC", help="Topic of what cannot be read; TOPIC.dead-letter."),
]
Batch: TypeAlias = Annotated[int, typer.Option(min=1, max=100_000, help="Most messages in a batch.")]
Partitions: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, help="Make missing topics with so many partitions; else they are an error."),
]
Session: TypeAlias = Annotated[
    float,
    typer.Option(
        "--session-seconds", min=1.0, help="Time after which a silent consumer's partitions go to others."
    ),
]
Port: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--metrics-port", min=0, max=65535, help="Port of /metrics, /livez and /readyz; 0: a free one."
    ),
]
Host: TypeAlias = Annotated[str, typer.Option("--metrics-host", help="Address that they listen on.")]


@group.command(DEFAULT)
def classify_topic(  # noqa: PLR0913, PLR0917 - a command's options
    challenge: ChallengeName,
    broker: Broker,
    topic: Topic,
    out: Annotated[str, typer.Option("--out", metavar="TOPIC", help="Topic of the results.")],
    group: Group = None,
    dead_letter: Letters = None,
    batch: Batch = 1000,
    form: Annotated[Format, typer.Option("--format", help="How the messages are written.")] = Format.AUTO,
    partitions: Partitions = None,
    session_seconds: Session = 10.0,
    metrics_port: Port = None,
    metrics_host: Host = LOCAL,
    json: Json = False,
) -> None:
    """Classify the messages of a topic with the champion, at least once, until stopped."""
    loaded = load_challenge(challenge)
    options = options_of(
        Options(
            address=Address.parse(broker),
            topic=topic,
            group=group or f"outclass-{loaded.name}",
            writes=(out, dead_letter or f"{topic}.dead-letter"),
            batch=batch,
            partitions=partitions,
            session_seconds=session_seconds,
            credentials=credentials_from(),
        )
    )
    configure_logs()
    registry = Registry(Settings.from_environment())
    status = Status(host=metrics_host, port=metrics_port)

    def announce(url: str | None) -> None:
        """Say that it runs."""
        begin({"topic": topic, "results": out, "group": options.group, "status": url}, as_json=json)

    classify(loaded, registry, options, status, form=form, announce=announce)


@group.command("sink")
def write_results(  # noqa: PLR0913, PLR0917 - a command's options
    broker: Broker,
    topic: Topic,
    database: Annotated[
        str,
        typer.Option("--database", metavar="URL", help="sqlite:///FILE or postgresql://USER@HOST/NAME."),
    ],
    table: Annotated[str, typer.Option("--table", metavar="NAME", help="Table of the results.")],
    group: Group = None,
    dead_letter: Letters = None,
    batch: Batch = 1000,
    partitions: Partitions = None,
    session_seconds: Session = 10.0,
    metrics_port: Port = None,
    metrics_host: Host = LOCAL,
    json: Json = False,
) -> None:
    """Write the results of a topic to a table, each once, until stopped."""
    options = options_of(
        Options(
            address=Address.parse(broker),
            topic=topic,
            group=group or f"outclass-sink-{table}",
            writes=(dead_letter or f"{topic}.dead-letter",),
            batch=batch,
            partitions=partitions,
            session_seconds=session_seconds,
            credentials=credentials_from(),
        )
    )
    configure_logs()
    status = Status(host=metrics_host, port=metrics_port)

    def announce(url: str | None) -> None:
        """Say that it runs."""
        begin({"topic": topic, "table": table, "group": options.group, "status": url}, as_json=json)

    write_down(Database.connect(database, create=True), table, options, status, announce=announce)


def options_of(options: Options) -> Options:
    """Return the options, where no topic is read and written at once.

    Raises
    ------
    InputError
        One is: its results would be classified for ever.
    """
    names = (options.topic, *options.writes)
    if len(set(names)) < len(names):
        raise InputError("each topic needs a name of its own", where="--in, --out", got=", ".join(names))
    return options


def begin(facts: dict[str, object], *, as_json: bool) -> None:
    """Say what runs."""
    if as_json:
        print_json(facts)
    else:
        known = ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)
        tell(f"Reading {known} (stop with Ctrl+C)")
