"""What commands print: tables and sentences for people, JSON for programs, errors on standard error."""

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, TypeAlias

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outclass.base.errors import ChallengeFileError, OutclassError

Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
ChallengeName: TypeAlias = Annotated[
    str, typer.Argument(metavar="CHALLENGE", help="Name of a challenge, or a folder with a challenge.yaml.")
]

PIPE_WIDTH = 2000


def console() -> Console:
    """Return the console of standard output."""
    return Console(soft_wrap=True, highlight=False, emoji=False)


def error_console() -> Console:
    """Return the console of standard error."""
    return Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)


def say(text: str) -> None:
    """Print a line for people on standard output."""
    console().print(escape(text))


def tell(text: str) -> None:
    """Print a line about what is being done on standard error."""
    error_console().print(escape(text))


def print_json(value: object) -> None:
    """Print a value as JSON on standard output."""
    content = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2)
    sys.stdout.write(content.decode() + "\n")
    sys.stdout.flush()  # a server's first words are read while it runs


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str = "nothing yet"
) -> None:
    """Print a table whose numbers stand at the right; one line instead when there are no rows."""
    lines = [[show(value) for value in row] for row in rows]
    if not lines:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, name in enumerate(columns):
        numeric = all(is_number(line[place]) for line in lines)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for line in lines:
        table.add_row(*(escape(text) for text in line))
    if sys.stdout.isatty():
        Console(highlight=False).print(table)
        return
    # A pipe has no width: nothing is folded or cut there.
    wide = Console(highlight=False, width=PIPE_WIDTH)
    with wide.capture() as captured:
        wide.print(table)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def print_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Print names and values, one pair a line."""
    pairs = [(name, show(value)) for name, value in facts]
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        say(f"{name:<{width}}  {value}")


def show(value: object) -> str:
    """Return a value as people read it.

    >>> show(0.99651234), show(None), show(True)
    ('0.9965', '-', 'yes')
    """
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"
        case _:
            return str(value)


def is_number(text: str) -> bool:
    """Tell whether a shown value is a number, or stands for a missing one."""
    return text == "-" or text.replace(".", "", 1).replace("-", "", 1).replace("e", "", 1).isdigit()


def show_error(error: OutclassError, *, as_json: bool) -> None:
    """Print an error on standard error: one readable message, or its parts as JSON."""
    if as_json:
        reason = getattr(error, "id", None)  # of data that is refused
        write_error(
            {
                "kind": error.kind,
                **({"id": reason} if reason else {}),
                "what": error.what,
                "where": error.where,
                "got": error.got,
                "accepted": error.accepted,
                "hint": error.hint,
                "problems": error.problems if isinstance(error, ChallengeFileError) else (),
            }
        )
    else:
        error_console().print(f"[bold red]error:[/] {escape(error.sentence())}")


def show_unexpected(error: Exception, *, as_json: bool) -> None:
    """Print what nobody foresaw, with the way to see more."""
    text = f"{type(error).__name__}: {error}"
    hint = "this is a fault of outclass; run it again with --debug to see where"
    if as_json:
        write_error({"kind": "unexpected", "what": text, "hint": hint})
    else:
        error_console().print(f"[bold red]unexpected error:[/] {escape(text)}; {hint}")


def write_error(parts: dict[str, object]) -> None:
    """Print an error as one JSON object on standard error."""
    sys.stderr.write(msgspec.json.encode({"error": parts}).decode() + "\n")
