"""The commands of publish targets: each target's options become those of `outclass publish TARGET`."""

import inspect
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from outclass.base.errors import InputError, OutclassError
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.cli.output import print_json, say
from outclass.cli.progress import progress_bars
from outclass.publish.bundle.documents import BundleOptions
from outclass.publish.targets.base import PublishContext, Target, TargetOption, empty_folder, files_in
from outclass.publish.targets.finding import all_targets

Challenges = Annotated[
    list[str] | None, typer.Argument(metavar="[CHALLENGE...]", help="What to publish, by name or folder.")
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--generate-dir", metavar="DIR", help="Write what it would use into this folder, and start nothing."
    ),
]
WithSource = Annotated[
    bool, typer.Option("--with-source", help="With the original files and the answers of the game.")
]
Licence = Annotated[
    str, typer.Option("--licence", metavar="NAME", help="The licence, where its declaration leaves it open.")
]
LicenceUrl = Annotated[str, typer.Option("--licence-url", metavar="URL", help="The text of that licence.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
COMMON = {
    "challenges": (Challenges, None),
    "generate_dir": (Folder, None),
    "with_source": (WithSource, False),
    "licence": (Licence, ""),
    "licence_url": (LicenceUrl, ""),
    "json": (Json, False),
}


def add_targets(group: typer.Typer) -> None:
    """Add a command for each target that is there."""
    for target in all_targets().values():
        group.command(target.name, help=target.help)(command_of(target))


def command_of(target: Target) -> Callable[..., None]:
    """Return a function with the parameters of a target, as typer reads them."""

    def command(**given: object) -> None:
        publish(target, given)

    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in COMMON.items()
    ] + [parameter_of(option) for option in target.options]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def parameter_of(option: TargetOption) -> inspect.Parameter:
    """Return one option of a target as a parameter."""
    told = typer.Option(f"--{option.name}", metavar=option.metavar, help=option.help)
    return inspect.Parameter(
        option.name.replace("-", "_"),
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if option.required else option.default,
        annotation=Annotated[str, told],
    )


def publish(target: Target, given: dict[str, object]) -> None:
    """Generate, and hand over unless only the files are wanted."""
    json, folder = bool(given["json"]), given["generate_dir"]
    names = given["challenges"] or []
    if not isinstance(names, list) or not (folder is None or isinstance(folder, Path)):
        raise InputError("this is no command line of a target", got=str(given))
    with progress_bars(quiet=json) as progress:
        context = PublishContext(
            challenges=tuple(load_challenge(name) for name in names),
            settings=Settings.from_environment(),
            bundle=BundleOptions(
                with_source=bool(given["with_source"]),
                licence=str(given["licence"]),
                licence_url=str(given["licence_url"]),
            ),
            options={option.name: str(given[option.name.replace("-", "_")]) for option in target.options},
            progress=progress,
        )
        if folder is not None:
            generate(target, context, empty_folder(folder))
            tell(target, [str(folder / path) for path in files_in(folder)], "", json=json)
            return
        with tempfile.TemporaryDirectory(prefix="outclass-publish-") as made:
            target.generate(context, Path(made))
            said = target.publish(context, Path(made))
    tell(target, [], said, json=json)


def generate(target: Target, context: PublishContext, folder: Path) -> None:
    """Write what a target needs; where it refuses, nothing is left of it."""
    try:
        target.generate(context, folder)
    except OutclassError:
        shutil.rmtree(folder)
        raise


def tell(target: Target, files: list[str], said: str, *, json: bool) -> None:
    """Say what was done."""
    if json:
        print_json({"target": target.name, "files": files, "done": said})
        return
    for file in files:
        say(f"wrote {file}")
    if said:
        say(said)
