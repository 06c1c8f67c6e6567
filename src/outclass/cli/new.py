"""`outclass new`: from a path to a challenge that is declared."""

import re
import sys
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.prompt import Prompt

from outclass.base.errors import ConflictError, InputError
from outclass.catalog.challenge import InputKind
from outclass.catalog.forms import NAME_FORM
from outclass.catalog.loader import packaged_folder
from outclass.catalog.recognizing import Choices, Found, Question, write_challenge
from outclass.catalog.recognizing.asking import Asker, recognize_asking
from outclass.cli.output import Json, error_console, print_json, say
from outclass.cli.progress import progress_bars

CHALLENGES = Path("challenges")

DataPath: TypeAlias = Annotated[
    Path, typer.Argument(metavar="PATH", help="A table, or a folder of photos, drawings or light curves.")
]
Label: TypeAlias = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="The column of the label, where the guess is wrong.")
]
Asked: TypeAlias = Annotated[str | None, typer.Option(metavar="TEXT", help="What a player is asked.")]
Title: TypeAlias = Annotated[str | None, typer.Option(metavar="TEXT", help="What people read.")]
Kind: TypeAlias = Annotated[
    InputKind | None, typer.Option(help="What one object is, where it could be several things.")
]
TextColumn: TypeAlias = Annotated[
    str | None, typer.Option("--text", metavar="COLUMN", help="The column of the text.")
]
Ignore: TypeAlias = Annotated[
    list[str] | None, typer.Option(metavar="COLUMN", help="Leave a column out; may be repeated.")
]
Keep: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN", help="Use a column although it seems to tell the label; may be repeated."),
]
Table: TypeAlias = Annotated[
    str | None, typer.Option(metavar="NAME", help="The table of a database that has several.")
]
Names: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="REGEX", help="Of photos: what in their names is the label: (?P<label>[A-Z]+)_"),
]
Yes: TypeAlias = Annotated[
    bool, typer.Option("--yes", help="Ask nothing; without a terminal nothing is asked anyway.")
]


def command(  # noqa: PLR0913 - one for each option
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called in addresses and commands.")],
    path: DataPath,
    *,
    label: Label = None,
    question: Asked = None,
    title: Title = None,
    kind: Kind = None,
    text: TextColumn = None,
    ignore: Ignore = None,
    keep: Keep = None,
    table: Table = None,
    names: Names = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Find out what data is and write `challenges/NAME/challenge.yaml`, with the reasons as comments."""
    choices = Choices(
        label=label,
        question=question,
        title=title,
        kind=kind,
        text=text,
        ignore=tuple(ignore or ()),
        keep=tuple(keep or ()),
        table=table,
        names=names,
    )
    check_name(name)
    found = look(path, choices, ask=not yes and not json, quiet=json)
    target = write_challenge(found, name, CHALLENGES)
    if json:
        print_json(found_facts(found) | {"challenge": name, "file": str(target)})
        return
    tell_found(found)
    say(f"wrote {target}")
    say(f"next: outclass up {target.parent}, or step by step: outclass collect {name}, outclass train {name}")


def check_name(name: str) -> None:
    """Refuse a name that no challenge may have, or that one which comes with Outclass has."""
    if re.fullmatch(NAME_FORM, name) is None:
        raise InputError(
            "this is no name for a challenge",
            got=name,
            accepted="lower case letters, digits and hyphens, a letter first, at most 40",
        )
    if (packaged_folder() / name).is_dir():
        raise ConflictError("a challenge of this name comes with Outclass", got=name, hint="choose another")


def look(path: Path, choices: Choices, *, ask: bool, quiet: bool) -> Found:
    """Find out what a path holds; questions are put where there is a terminal to answer at."""
    asker: Asker | None = put_question if ask and sys.stdin.isatty() else None
    with progress_bars(quiet=quiet or asker is not None) as progress:
        return recognize_asking(path, choices, asker, progress)


def put_question(question: Question) -> str:
    """Ask at the terminal; an empty answer takes the likeliest."""
    return Prompt.ask(
        question.text,
        choices=list(question.answers),
        default=question.answers[0],
        console=error_console(),
    )


def tell_found(found: Found) -> None:
    """Say what was found and why."""
    say(
        f"{found.path.name} makes a challenge of kind {found.kind.value}: {found.objects:,} objects, "
        f"{len(found.classes)} classes"
    )
    for line in found.evidence:
        say(f"  {line}")
    for line in found.doubts:
        say(f"  doubt: {line}")


def found_facts(found: Found) -> dict[str, object]:
    """Return what was found for programs."""
    return {
        "kind": found.kind.value,
        "objects": found.objects,
        "classes": dict(found.classes),
        "evidence": found.evidence,
        "doubts": found.doubts,
    }
