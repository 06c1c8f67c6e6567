"""`outclass up`: from a path to a site where people try, play, browse and correct, in one command."""

import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from outclass import serving, training
from outclass.base.errors import ConflictError, GateRefusedError, NotFoundError
from outclass.base.progress import Progress
from outclass.base.settings import Settings
from outclass.catalog.loader import FILE_NAME, LoadedChallenge, load_challenge, packaged_folder
from outclass.catalog.recognizing import Choices, Found, name_of, write_challenge
from outclass.catalog.recognizing.names import title_of
from outclass.catalog.recognizing.writing import source_of
from outclass.catalog.split import Split
from outclass.catalog.versions import DatasetVersion, collect
from outclass.cli.collect import sizes_of
from outclass.cli.new import (
    CHALLENGES,
    Asked,
    DataPath,
    Ignore,
    Keep,
    Kind,
    Label,
    Names,
    Table,
    TextColumn,
    Title,
    Yes,
    check_name,
    found_facts,
    look,
    tell_found,
)
from outclass.cli.output import Json, print_json, say
from outclass.cli.progress import progress_bars
from outclass.cli.serve import LOCAL, Host, Port
from outclass.registry.store import Registry
from outclass.registry.version import ModelVersion
from outclass.server import address_of, bind
from outclass.training.budget import takes_budget

SHOWN = (
    ("accuracy", ("oof_accuracy", "accuracy")),
    ("log_loss", ("oof_log_loss", "log_loss")),
    ("ece", ("oof_ece", "ece")),
)
HELD_OUT = 50
"""Of fewer rows the accuracy says nothing."""
"""What is told of a model: by what it did not see, all training rows where it was cross-fitted."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What one run of the command came to."""

    loaded: LoadedChallenge
    found: Found | None = None
    version: DatasetVersion | None = None
    model: ModelVersion | None = None
    refused: tuple[str, ...] = ()


def command(  # noqa: PLR0913 - one for each option
    path: DataPath,
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What it is called; made of the path by default.")
    ] = None,
    label: Label = None,
    question: Asked = None,
    title: Title = None,
    kind: Kind = None,
    text: TextColumn = None,
    ignore: Ignore = None,
    keep: Keep = None,
    table: Table = None,
    names: Names = None,
    seconds: Annotated[float, typer.Option(min=1, help="How long a model may learn.")] = 60,
    host: Host = LOCAL,
    port: Port = 8000,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the site in the end.")] = True,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Make a challenge of data, learn from it, and serve its site and API; done again, it goes on.

    PATH may also be a folder with a challenge.yaml, or the name of a challenge.
    """
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
    started = time.monotonic()
    listener = bind(host, port) if serve else None
    outcome = declare(path, name, choices, ask=not yes and not json, quiet=json)
    settings = Settings.from_environment()
    with progress_bars(quiet=json) as progress:
        outcome.version = collect(outcome.loaded, settings, progress=progress)
        learn(outcome, settings, seconds, progress)
    tell(outcome, listener, time.monotonic() - started, json=json)
    if listener is not None:
        become_server(listener)


def declare(path: Path, name: str | None, choices: Choices, *, ask: bool, quiet: bool) -> Outcome:
    """Return the challenge of a path: the one that it is, the one made of it before, or a new one."""
    if (path / FILE_NAME).is_file() or path.name == FILE_NAME:
        return Outcome(loaded=load_challenge(path))
    if not path.exists() and name is None:
        return Outcome(loaded=existing(path))
    called = name or free_name(name_of(path))
    check_name(called)
    target = CHALLENGES / called / FILE_NAME
    if target.is_file():
        check_source(target, path, called)
        return Outcome(loaded=load_challenge(called))
    if name is None and called != name_of(path) and not choices.title:
        choices = replace(choices, title=title_of(called))
    found = look(path, choices, ask=ask, quiet=quiet)
    write_challenge(found, called, CHALLENGES)
    if not quiet:
        tell_found(found)
        say(f"wrote {target}: change what is wrong there, and run this again")
    return Outcome(loaded=load_challenge(called), found=found)


def existing(path: Path) -> LoadedChallenge:
    """Return the challenge of a name; what is neither a path nor a name is told to be no path."""
    try:
        return load_challenge(str(path))
    except NotFoundError as error:
        raise NotFoundError("there is no such file, folder or challenge", got=str(path)) from error


def free_name(name: str) -> str:
    """Return a name that no challenge which comes with Outclass has."""
    return f"my-{name}"[:40] if (packaged_folder() / name).is_dir() else name


def check_source(target: Path, path: Path, name: str) -> None:
    """Refuse a name under which other data was made a challenge of."""
    source = source_of(target)
    if source is not None and source != path.resolve():
        raise ConflictError(
            "a challenge of this name was made of other data",
            where=str(target),
            got=str(path),
            accepted=str(source),
            hint=f"choose another name: --name {name[:38]}-2",
        )


def learn(outcome: Outcome, settings: Settings, seconds: float, progress: Progress) -> None:
    """Train, unless the champion learned from this very data; a champion that is better stays."""
    loaded, version = outcome.loaded, outcome.version
    assert version is not None
    present = champion_of(loaded.name, settings)
    if present is not None and present.manifest.lineage.get("data") == version.id:
        outcome.model = present
        return
    budget = seconds if all(takes_budget(loaded, model) for model in loaded.challenge.members) else None
    try:
        training.train(loaded, seconds=budget, progress=progress, settings=settings)
    except GateRefusedError as error:
        if present is None:
            raise
        outcome.refused = (error.what,)
    outcome.model = champion_of(loaded.name, settings)


def champion_of(name: str, settings: Settings) -> ModelVersion | None:
    """Return the champion, or None where there is none yet."""
    try:
        return Registry(settings).champion(name)
    except NotFoundError:
        return None


def tell(outcome: Outcome, listener: socket.socket | None, seconds: float, *, json: bool) -> None:
    """Say what was made, how good it is, and where it is served."""
    name, model, version = outcome.loaded.name, outcome.model, outcome.version
    assert version is not None
    scores = scores_of(model)
    address = None if listener is None else address_of(listener)
    if json:
        print_json(
            {
                "challenge": name,
                "found": None if outcome.found is None else found_facts(outcome.found),
                "data": version.id,
                "model": None if model is None else model.reference,
                "scores": scores,
                "warning": warn_of(outcome, scores),
                "refused": outcome.refused,
                "seconds": round(seconds, 1),
                "url": address,
                "play": None if address is None else f"{address}/c/{name}/",
                "api": None if address is None else f"{address}/api/v1/challenges/{name}/predict",
            }
        )
        return
    say(f"data {version.id}: {sizes_of(version)}")
    shown = ", ".join(f"{key.replace('_', ' ')} {value:.4g}" for key, value in scores.items())
    say(f"model {'none' if model is None else model.reference}: {shown}")
    if warning := warn_of(outcome, scores):
        say(f"  {warning}")
    for reason in outcome.refused:
        say(f"  a newer model was not promoted: {reason}")
    if address is None:
        say(f"ready in {seconds:.0f} s; serve it: outclass serve")
        return
    say(f"ready in {seconds:.0f} s:")
    for what, place in (("play", f"/c/{name}/"), ("try it", f"/c/{name}/try/"), ("the API", "/api/docs")):
        say(f"  {what:<8} {address}{place}")


def scores_of(model: ModelVersion | None) -> dict[str, float]:
    """Return what is told of a model."""
    if model is None:
        return {}
    found: dict[str, float] = {}
    for name, keys in SHOWN:
        values = [value for key in keys if (value := model.manifest.measured(key)) is not None]
        found |= {name: values[0]} if values else {}
    if (model.manifest.measured("holdout_n") or 0) >= HELD_OUT:
        found["holdout_accuracy"] = model.manifest.scores["holdout_accuracy"]
    return found


def warn_of(outcome: Outcome, scores: Mapping[str, float]) -> str | None:
    """Return a warning where a model does no better than always naming the commonest class."""
    assert outcome.version is not None
    counts = Counter[str]()
    for side in ("train", "validation"):
        counts.update(outcome.version.document.counts[Split(side)])
    total = max(counts.total(), 1)
    (name, most), *_ = counts.most_common(1)
    base = most / total
    margin = 2 * (base * (1 - base) / total) ** 0.5
    if scores.get("accuracy", 1.0) > base + margin:
        return None
    return f"it does no better than always saying {name} ({base:.0%}): the columns may not tell the classes"


def become_server(listener: socket.socket) -> None:
    """Let the server take this process's place: it needs nothing of what learning took."""
    sys.stdout.flush()
    if sys.platform == "win32":  # which cannot put one program into the place of another
        serving.serve(listener, serving.ALL, as_json=False)
        return
    listener.set_inheritable(True)
    words = ["-m", serving.__name__, str(listener.fileno()), serving.ALL, "text"]
    os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 - our own program
