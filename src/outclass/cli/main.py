"""The `outclass` command: finds the module of the command that is asked for, and sets the exit code.

Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 the gate refused a model.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import typer

from outclass import __version__
from outclass.base.errors import MissingExtraError, OutclassError
from outclass.cli.output import show_error, show_unexpected

# In the order of the work: look, collect, learn, keep, answer, serve.
COMMANDS = {
    "demo": "Set everything up and open the site: the shortest way in.",
    "up": "Make a challenge of your data, train it and serve it: one command.",
    "new": "Find out what data is and draft its challenge.yaml.",
    "collect": "Read, clean and split a challenge's data into a new version.",
    "data": "List, show, check and export collected data.",
    "train": "Train, calibrate and register a model.",
    "retrain": "Learn from what people said, and promote what is better.",
    "search": "Try parameters by cross-validation.",
    "runs": "List training runs, or compare some of them.",
    "models": "List, promote, roll back, show, export and import models.",
    "evaluate": "Score a model on labelled data.",
    "schedule": "Write a crontab, a Kubernetes manifest or a Jenkinsfile.",
    "predict": "Ask a model about files.",
    "serve": "Serve the API and the site.",
    "worker": "Do the jobs of the site, such as training on an uploaded file.",
    "publish": "Make data files, bundles, sites and images of a challenge.",
    "restore": "Make the project of a bundle again.",
    "stream": "Classify the messages of a broker's topic.",
    "bot": "Play photo games on Mastodon and Bluesky.",
    "user": "Make people and API keys, change passwords.",
    "check": "Check everything that a challenge promises.",
    "doctor": "Look for what is wrong with this installation.",
}
# Which extra brings a module that a command may not find.
EXTRA_OF = {
    "datasette": "publish",
    "polars": "data",
    "a2wsgi": "demo",
    "django": "demo",
    "sklearn": "demo",
    "luigi": "train",
    "onnx": "train",
    "optuna": "train",
    "dask": "dask",
    "torch": "torch",
    "fontpkg": "torch",
    "psycopg": "postgres",
    "pymysql": "mysql",
    "faststream": "stream",
    "aiokafka": "stream",
    "nats": "stream",
    "mastodon": "bots",
    "requests": "bots",
}
DEBUG = "--debug"
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and end the process.

    Parameters
    ----------
    arguments
        Words of the command line without the program's name; None takes those of this process.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = DEBUG in words
    as_json = "--json" in words
    try:
        run([word for word in words if word != DEBUG])
    except OutclassError as error:
        if debug:
            raise
        show_error(error, as_json=as_json)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if debug:
            raise
        show_unexpected(error, as_json=as_json)
        sys.exit(1)
    sys.exit(0)


def run(words: Sequence[str]) -> None:
    """Run one command; what is missing for it is named by the extra that brings it."""
    try:
        build_app(find_wanted(words))(words, prog_name="outclass")
    except ModuleNotFoundError as error:
        module = (error.name or "").split(".")[0]
        if module not in EXTRA_OF:
            raise
        # The demo needs several parts, and one extra brings them all.
        extra = "demo" if "demo" in find_wanted(words) else EXTRA_OF[module]
        raise MissingExtraError(extra, what=f"this needs {module}, which is not installed") from error


def find_wanted(words: Sequence[str]) -> frozenset[str]:
    """Return the commands whose modules are needed; all of them when the shell asks for completions."""
    if "_OUTCLASS_COMPLETE" in os.environ:
        return frozenset(COMMANDS)
    first = next((word for word in words if not word.startswith("-")), "")
    return frozenset({first}) & frozenset(COMMANDS)


def build_app(wanted: frozenset[str] = frozenset(COMMANDS)) -> typer.Typer:
    """Return the command line with the wanted commands whole, and of the others only what the help shows."""
    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(start)
    for name, summary in COMMANDS.items():
        if name not in wanted:
            app.command(name, help=summary)(leave_out)
            continue
        module = import_module(f"outclass.cli.{name}")
        if hasattr(module, "group"):
            app.add_typer(module.group, name=name, help=summary)
        else:
            app.command(name)(module.command)
    return app


def show_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        typer.echo(f"outclass {__version__}")
        raise typer.Exit


def start(
    version: bool = typer.Option(
        False, "--version", help="Show the version.", callback=show_version, is_eager=True
    ),
    debug: bool = typer.Option(False, DEBUG, help="Show the whole traceback of an error."),
) -> None:
    """Turn labelled data into a live classifier that people can play against."""


def leave_out() -> None:
    """Stand for a command whose module is not needed in this run."""
