"""`outclass runs`: what was trained, with which parameters, and how good it became."""

from typing import Annotated

import typer

from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.cli.output import ChallengeName, Json, print_json, print_table
from outclass.registry.runs import RunRecord, RunStore, compare_runs


def command(
    challenge: ChallengeName,
    runs: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN]...", help="Ids of runs to lay side by side.")
    ] = None,
    json: Json = False,
) -> None:
    """List the training runs of a challenge, the latest first; with ids, compare those."""
    store = RunStore(Settings.from_environment())
    name = load_challenge(challenge).name
    if runs:
        compare(tuple(store.get(name, run) for run in runs), json=json)
        return
    records = store.list(name)
    if json:
        print_json(records)
        return
    columns = ("run", "created", "model", "recipe", "seed", "state", "seconds", "version", "champion")
    print_table(columns, (row_of(record) for record in records), empty=f"no run yet: outclass train {name}")


def row_of(record: RunRecord) -> tuple[object, ...]:
    """Return the line of a run in the list."""
    return (
        record.id,
        record.created,
        record.model,
        record.recipe,
        record.seed,
        record.state,
        round(sum(record.seconds.values()), 1),
        record.reference,
        record.promoted,
    )


def compare(records: tuple[RunRecord, ...], *, json: bool) -> None:
    """Print runs side by side; the best value of a line is marked where one side is better."""
    rows = compare_runs(records)
    if json:
        print_json(rows)
        return
    lines = [
        (row.name, *(f"{value} *" if place == row.best else value for place, value in enumerate(row.values)))
        for row in rows
    ]
    print_table(("", *(record.id for record in records)), lines)
