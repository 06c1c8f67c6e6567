"""`outclass worker`: does the jobs of the site, such as training on an uploaded file."""

from typing import Annotated

import typer

from outclass.base.settings import Settings
from outclass.cli.output import Json, print_json, say
from outclass.worker import Worker, stop_on_signals


def command(
    *,
    once: Annotated[bool, typer.Option("--once", help="Do what is waiting, then end.")] = False,
    json: Json = False,
) -> None:
    """Do the jobs of the site until stopped; `outclass serve` runs a worker by itself."""
    worker = Worker(Settings.from_environment())
    stop_on_signals(worker)
    done = worker.run(once=once)
    if json:
        print_json({"jobs": done})
    else:
        say(f"jobs done: {done}")
