"""`outclass doctor`: looks for what is wrong with this installation, and says what to do."""

import importlib.util
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from outclass.base.errors import OutclassError
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.base.tables import schema_problems
from outclass.catalog.loader import list_challenges
from outclass.cli.output import Json, print_json, print_table
from outclass.inference.predictor import Predictor
from outclass.registry.store import Registry
from outclass.server import bind

EXTRAS = {"data": "polars", "site": "django", "train": "luigi", "torch": "torch", "postgres": "psycopg"}
CURRENT = "current.json"
ENOUGH_BYTES = 1_000_000_000
CLOCK_SECONDS = 5.0
OLDEST_TIME = 1_763_683_200.0  # 2025-11-21: no installation is older than its code


class State(StrEnum):
    """How a thing is."""

    OK = "ok"
    NOTE = "note"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found about one thing."""

    name: str
    state: State
    detail: str


Look = Callable[[Settings], Iterator[Finding]]


def command(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port that serve is to use.")] = 8000,
    json: Json = False,
) -> None:
    """Look at Python, parts, state, database, models, data, port, clock and disk; exit code 1 on a fault."""
    settings = Settings.from_environment()
    looks: dict[str, Look] = {
        "python": look_at_python,
        "extras": look_at_extras,
        "home": look_at_home,
        "disk": look_at_disk,
        "clock": look_at_clock,
        "database": look_at_database,
        "models": look_at_models,
        "data": look_at_data,
        "port": lambda _: look_at_port(port),
    }
    findings = [finding for name, look in looks.items() for finding in examine(name, look, settings)]
    if json:
        print_json(findings)
    else:
        print_table(("what", "state", "more"), ((each.name, each.state, each.detail) for each in findings))
    if any(each.state is State.FAILED for each in findings):
        raise typer.Exit(1)


def examine(name: str, look: Look, settings: Settings) -> Iterator[Finding]:
    """Look at one thing; an error is a finding as well."""
    try:
        yield from look(settings)
    except (OutclassError, OSError) as error:
        yield Finding(name=name, state=State.FAILED, detail=str(error))


def look_at_python(_: Settings) -> Iterator[Finding]:
    """Say which Python on which system this is."""
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.executable}"
    yield Finding(name="python", state=State.OK, detail=detail)


def look_at_extras(_: Settings) -> Iterator[Finding]:
    """Say which optional parts are installed."""
    for extra, module in EXTRAS.items():
        there = importlib.util.find_spec(module) is not None
        detail = "installed" if there else f"not installed: pip install 'outclass[{extra}]'"
        yield Finding(name=f"extra {extra}", state=State.OK if there else State.NOTE, detail=detail)


def look_at_home(settings: Settings) -> Iterator[Finding]:
    """Write into the folder of state, and see who can read the secret."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=settings.home) as file:
        file.write(b"doctor")
    yield Finding(name="home", state=State.OK, detail=f"{settings.home} can be written")
    secret = settings.home / "secret.key"
    if sys.platform != "win32" and secret.exists() and secret.stat().st_mode & 0o077:
        yield Finding(name="secret", state=State.FAILED, detail=f"others can read it: chmod 600 {secret}")


def look_at_disk(settings: Settings) -> Iterator[Finding]:
    """See how much room is left."""
    free = shutil.disk_usage(existing(settings.home)).free
    state = State.OK if free >= ENOUGH_BYTES else State.FAILED
    yield Finding(name="disk", state=state, detail=f"{free / 1e9:.1f} GB free, 1 GB is enough")


def look_at_clock(settings: Settings) -> Iterator[Finding]:
    """Compare the clock with the time stamps of the disk: keys, quotas and sessions depend on it."""
    with tempfile.NamedTemporaryFile(dir=existing(settings.home)) as file:
        apart = abs(os.fstat(file.fileno()).st_mtime - time.time())
    good = apart < CLOCK_SECONDS and time.time() > OLDEST_TIME
    now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    detail = now if good else f"{now} cannot be right: set the clock of this machine"
    yield Finding(name="clock", state=State.OK if good else State.FAILED, detail=detail)


def look_at_database(settings: Settings) -> Iterator[Finding]:
    """Ask the database, and compare its tables with those that are needed."""
    kind = settings.database_url.split(":", 1)[0]
    file = Path(settings.database_url.removeprefix("sqlite:///"))
    if kind == "sqlite" and not file.exists():
        yield Finding(name="database", state=State.NOTE, detail="sqlite, made when the site first starts")
        return
    problems = schema_problems(Database.connect(settings.database_url))
    state = State.FAILED if problems else State.OK
    yield Finding(name="database", state=state, detail="; ".join(problems) or f"{kind}, tables are complete")


def look_at_models(settings: Settings) -> Iterator[Finding]:
    """Compare every file of the registry with its hash, and let the champions answer."""
    registry = Registry(settings)
    for name in registry.names():
        faults = registry.faults(name)
        for fault in faults:
            yield Finding(name=f"model {name}", state=State.FAILED, detail=str(fault))
        if registry.aliases(name).champion and not faults:
            predictor = Predictor.load(registry.champion(name))
            detail = f"{predictor.version.reference} answers in {predictor.milliseconds:.2f} ms"
            yield Finding(name=f"model {name}", state=State.OK, detail=detail)


def look_at_data(settings: Settings) -> Iterator[Finding]:
    """See which challenges have data."""
    for name in list_challenges():
        there = (settings.data_folder / name / CURRENT).is_file()
        detail = "collected" if there else f"none yet: outclass collect {name}"
        yield Finding(name=f"data {name}", state=State.OK if there else State.NOTE, detail=detail)


def look_at_port(port: int) -> Iterator[Finding]:
    """Try to take the port."""
    bind("127.0.0.1", port).close()
    yield Finding(name="port", state=State.OK, detail=f"{port} is free")


def existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())
