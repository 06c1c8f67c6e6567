"""`outclass evaluate`: how good a model is on labelled data."""

from pathlib import Path
from typing import Annotated

import typer

from outclass import catalog, training
from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.cli.output import ChallengeName, Json, print_facts, print_json, print_table, say
from outclass.registry import history


def command(
    challenge: ChallengeName,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="Labelled data: an IDX folder (t10k files are taken), Parquet, CSV."
        ),
    ] = None,
    *,
    model: Annotated[str | None, typer.Option(metavar="MODEL", help="NAME/ALIAS or NAME@ID.")] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="MAP", help="The file's labels as classes: ham=personal+notification,spam=spam."
        ),
    ] = None,
    ood: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Objects that are none of the classes, for ood_auroc.")
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Note the scores in the challenge's history.")
    ] = False,
    json: Json = False,
) -> None:
    """Score a model: accuracy, log loss, calibration, each class; abstained answers count as well."""
    loaded = load_challenge(challenge)
    report = training.evaluate(loaded, data, model=model, labels=labels, ood=ood)
    if record:
        history.append(
            Settings.from_environment(),
            loaded.name,
            model=str(report["model"]),
            data=name_of(data, loaded.name),
            scores=report,
        )
    if json:
        print_json(report)
        return
    single = {name: value for name, value in report.items() if isinstance(value, int | float | str)}
    print_facts(single.items())
    for rows in (report.get("classes"), report.get("ood_sets")):
        if isinstance(rows, list) and rows:
            say("")
            print_table(tuple(rows[0]), (tuple(row.values()) for row in rows))


def name_of(data: Path | None, challenge: str) -> str:
    """Return what the history calls the data: the file's name, or the data version whose hold-out it was."""
    if data is not None:
        return data.name
    version = catalog.current_version(challenge, Settings.from_environment())
    return "hold-out" if version is None else f"{version.id}, hold-out"
