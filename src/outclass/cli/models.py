"""`outclass models`: the registry."""

import sys
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.markdown import Markdown

from outclass import training
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.cli.output import ChallengeName, Json, print_json, print_table, say
from outclass.registry.aliases import Aliases
from outclass.registry.card import card_of, read_card
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion

group = typer.Typer(no_args_is_help=True)

Reference: TypeAlias = Annotated[
    str, typer.Argument(metavar="MODEL", help="NAME (its champion), NAME/challenger or NAME@ID.")
]
ModelName: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="Name of a model.")]


@group.command("list")
def show_all(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this model.")] = None,
    json: Json = False,
) -> None:
    """List all versions with their aliases and scores."""
    registry = Registry(Settings.from_environment())
    names = (name,) if name else registry.names()
    versions = [(version, registry.aliases(each)) for each in names for version in registry.versions(each)]
    if json:
        print_json([describe(version, aliases) for version, aliases in versions])
        return
    rows = (
        (
            version.reference,
            ", ".join(aliases_of(version, aliases)),
            version.manifest.created,
            scores_of(version),
        )
        for version, aliases in versions
    )
    print_table(
        ("version", "alias", "created", "scores"), rows, empty="no model yet: outclass train CHALLENGE"
    )


@group.command()
def card(model: Reference, json: Json = False) -> None:
    """Show the card of a version: data, training, scores, limits, licence."""
    version = Registry(Settings.from_environment()).get(model)
    text = card_of(version.folder)
    if json:
        print_json({"reference": version.reference, "sections": read_card(text)})
    else:
        print_markdown(text)


@group.command()
def promote(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="NAME/challenger or NAME@ID.")],
    challenge: Annotated[
        str | None,
        typer.Option(
            metavar="CHALLENGE", help="The folder of its challenge, where it is not in this project."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Promote although the gate refuses.")] = False,
    json: Json = False,
) -> None:
    """Make a version champion, if the gate finds it better; exit code 3 where it does not."""
    loaded = None if challenge is None else load_challenge(challenge)
    version = training.promote(model, challenge=loaded, force=force)
    report("promoted", version, json=json)


@group.command()
def rollback(name: ModelName, json: Json = False) -> None:
    """Make the earlier champion champion again."""
    version = Registry(Settings.from_environment()).rollback(name)
    report("rolled back to", version, json=json)


@group.command()
def export(
    model: Reference,
    path: Annotated[Path, typer.Argument(metavar="FILE.zip", help="File to write.")],
    json: Json = False,
) -> None:
    """Write a version to a zip file; the same version gives the same bytes."""
    version = Registry(Settings.from_environment()).export(model, path)
    report(f"wrote {path}:", version, json=json)


@group.command("import")
def take_in(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A zip file made by export, or a folder of a model.")
    ],
    challenge: ChallengeName,
    json: Json = False,
) -> None:
    """Register a model made elsewhere, after the same checks as one trained here; it becomes challenger."""
    version = training.import_model(path, load_challenge(challenge))
    report("registered", version, json=json)


def print_markdown(text: str) -> None:
    """Print a document: laid out on a terminal, as it is elsewhere."""
    if sys.stdout.isatty():
        Console(highlight=False).print(Markdown(text))
    else:
        sys.stdout.write(text)


def report(done: str, version: ModelVersion, *, json: bool) -> None:
    """Print what happened to a version."""
    if json:
        print_json({"reference": version.reference, "name": version.name, "id": version.id})
    else:
        say(f"{done} {version.reference}")


def describe(version: ModelVersion, aliases: Aliases) -> dict[str, object]:
    """Return a version as JSON shows it."""
    return {
        "reference": version.reference,
        "name": version.name,
        "id": version.id,
        "challenge": version.manifest.challenge,
        "aliases": aliases_of(version, aliases),
        "created": version.manifest.created,
        "scores": version.manifest.scores,
        "lineage": version.manifest.lineage,
        "members": [member.reference for member in version.members],
        "bytes": sum(sum(each.manifest.sizes.values()) for each in (version, *version.members)),
    }


def aliases_of(version: ModelVersion, aliases: Aliases) -> list[str]:
    """Return the aliases that point at a version."""
    pointers = {"champion": aliases.champion, "challenger": aliases.challenger}
    return [name for name, version_id in pointers.items() if version_id == version.id]


def scores_of(version: ModelVersion) -> str:
    """Return the first scores of a version in one line."""
    return ", ".join(f"{name} {value:.4g}" for name, value in list(version.manifest.scores.items())[:4])
