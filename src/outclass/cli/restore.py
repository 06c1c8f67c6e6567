"""`outclass restore`: the project of a bundle, made again."""

from pathlib import Path
from typing import Annotated

import typer

from outclass.base.settings import Settings
from outclass.cli.output import Json, print_json, say
from outclass.cli.progress import progress_bars
from outclass.publish.bundle.restore import restore_bundle


def command(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A bundle: .tar.gz or .tar.")],
    trust_code: Annotated[
        bool,
        typer.Option("--trust-code", help="Accept its code, which runs when the project is used."),
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of what is in use under the same name.")
    ] = False,
    json: Json = False,
) -> None:
    """Make the project of a bundle in OUTCLASS_HOME: challenge, data and models; ready to serve.

    A bundle that is broken, or made to do harm, leaves nothing behind.
    """
    settings = Settings.from_environment()
    with progress_bars(quiet=json) as progress:
        done = restore_bundle(path, settings, trust_code=trust_code, replace=replace, progress=progress)
    document = done.document
    if json:
        print_json({"home": settings.home, "folder": done.loaded.folder, "bundle": document})
        return
    data = f"data {document.data}" if document.data else "no data"
    say(f"{document.challenge} is in {settings.home}: {data}, {len(document.models)} models")
    say(f"serve it: outclass serve; ask it: outclass predict {document.challenge} FILE")
