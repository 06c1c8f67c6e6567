"""`outclass search`: try parameters by cross-validation, in parallel and resumable."""

from typing import Annotated

import typer

from outclass.base.errors import MissingExtraError
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.cli.output import ChallengeName, Json, print_json, print_table, say
from outclass.cli.progress import progress_bars
from outclass.registry.searches import Method, SearchStore, SearchSummary

SHOWN = 20


def command(  # noqa: PLR0913 - each is an option of the command
    challenge: ChallengeName,
    *,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="One of the challenge's models; its champion's first by default."),
    ] = None,
    method: Annotated[
        Method, typer.Option(help="All points of a grid, or those that Optuna proposes.")
    ] = Method.GRID,
    folds: Annotated[int, typer.Option(min=2, max=50, help="Folds of the training rows.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Deals the folds, and all other chance.")] = 0,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes at the same time; one a processor by default.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(metavar="URL", help="A Dask scheduler, such as tcp://127.0.0.1:8786.")
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="With optuna: most trials in all.")] = 50,
    budget: Annotated[
        float | None,
        typer.Option(min=0, metavar="SECONDS", help="With optuna: after so long no new trials begin."),
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="List searches instead.")] = False,
    json: Json = False,
) -> None:
    """Try what the model's `search:` declares; a search that was cut off goes on. Then train the best."""
    settings = Settings.from_environment()
    loaded = load_challenge(challenge)
    if list_all:
        show_searches(settings, loaded.name, json=json)
        return
    try:
        from outclass.training.search import SearchOptions, search_challenge  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise MissingExtraError("train", what=f"searching needs {error.name}") from error
    options = SearchOptions(
        model=model,
        method=method,
        folds=folds,
        seed=seed,
        engine=engine,
        workers=workers,
        trials=trials,
        budget=budget,
    )
    with progress_bars(quiet=json) as progress:
        summary = search_challenge(loaded, settings, options, progress=progress)
    show_trials(summary, json=json)


def show_trials(summary: SearchSummary, *, json: bool) -> None:
    """Print the best trials."""
    if json:
        print_json(summary)
        return
    names = list(dict.fromkeys(name for one in summary.trials for name in one.trial.parameters))
    rows = [
        (
            one.trial.number,
            one.mean,
            one.spread,
            ", ".join(sorted({cell.state.value for cell in one.cells})),
            one.seconds,
            *(one.trial.parameters.get(name) for name in names),
        )
        for one in summary.trials[:SHOWN]
    ]
    print_table(("trial", summary.plan.metric, "spread", "state", "seconds", *names), rows)
    if summary.best is not None:
        say(f"train the best: outclass train {summary.plan.challenge} --recipe search-{summary.plan.id}")


def show_searches(settings: Settings, name: str, *, json: bool) -> None:
    """Print all searches of a challenge."""
    store = SearchStore(settings)
    found = [store.summary(plan) for plan in store.list(name)]
    if json:
        print_json(found)
        return
    rows = (
        (
            one.plan.id,
            one.plan.created,
            len(one.trials),
            ", ".join(f"{count} {state}" for state, count in one.states.items() if count),
            one.seconds,
            None if one.best is None else one.best.mean,
        )
        for one in found
    )
    columns = ("search", "created", "trials", "cells", "seconds", "best")
    print_table(columns, rows, empty=f"no search yet: outclass search {name}")
