"""`outclass demo`: from nothing to a working site."""

import subprocess
import sys
import webbrowser
from typing import Annotated

import typer

from outclass.base.logs import configure_logs
from outclass.base.settings import Settings
from outclass.catalog.dataset import current_version
from outclass.catalog.hooks import Hook, hook_path
from outclass.catalog.loader import LoadedChallenge, list_challenges, load_challenge
from outclass.catalog.sources.kinds import INATURALIST
from outclass.cli.output import Json, print_json, say, tell
from outclass.cli.serve import LOCAL, Host, Port
from outclass.server import address_of, bind, create_app, run

COLLECT_SECONDS = 300


def command(
    port: Port = 8000,
    host: Host = LOCAL,
    browser: Annotated[bool, typer.Option("--open", help="Open the site in the web browser.")] = False,
    json: Json = False,
) -> None:
    """Set everything up and open the site: data, database, model, API.

    Works without network. Real data is used where it was collected before or where OUTCLASS_MIRROR has it,
    else the small sample that comes with a challenge.
    """
    settings = Settings.from_environment()
    listener = bind(host, port)
    for name in list_challenges():
        if current_version(name, settings) is None:
            collect_quickly(name, settings)
    log = settings.home / "log" / "demo.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8", buffering=1) as stream:
        configure_logs(stream=stream)
        tell("Starting ...")
        app = create_app(settings)
        address = address_of(listener)
        if json:
            print_json({"url": address, "home": str(settings.home), "log": str(log)})
        else:
            welcome(address, settings, str(log))
        if browser:
            webbrowser.open(address)
        run(app, listener)


def collect_quickly(name: str, settings: Settings) -> None:
    """Collect real data from the mirror, else the sample, in a process of its own.

    What reading data needs is so not kept in the memory of the server. What only a slow search of the network
    brings is left to its own command.
    """
    for choice in choices_of(load_challenge(name), settings):
        tell(f"Collecting data for {name} ...")
        words = [sys.executable, "-m", "outclass", "collect", name, "--json", *choice]
        done = subprocess.run(words, capture_output=True, text=True, timeout=COLLECT_SECONDS, check=False)  # noqa: S603 - our own command
        if done.returncode == 0:
            return
        tell(done.stderr.strip())
    tell(f"{name} has no rounds to play until data is collected: outclass collect {name}")


def choices_of(loaded: LoadedChallenge, settings: Settings) -> list[list[str]]:
    """Return the ways of collecting that take seconds: files of the mirror, the sample."""
    searched = loaded.challenge.dataset.reader.kind == INATURALIST.name
    real: list[list[str]] = [[]] if settings.mirror and not searched else []
    return real + ([["--sample"]] if hook_path(loaded, Hook.SIMULATE) else [])


def welcome(address: str, settings: Settings, log: str) -> None:
    """Say where everything is."""
    say("")
    say(f"  Outclass runs on  {address}")
    say(f"  draw a digit      {address}/c/digits/draw/")
    say(f"  chase a star      {address}/c/stars/")
    say(f"  show a photo      {address}/c/mushrooms/try/")
    say(f"  the API           {address}/api/docs")
    say("")
    say(f"  state: {settings.home}    log: {log}")
    say("  an account for the admin pages: outclass user create NAME --staff")
    say("  stop with Ctrl+C")
