"""`outclass runs`: what was trained, with which parameters, and how good it became."""

from typing import Annotated

import typer

from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.cli.output import ChallengeName, Json, print_json, print_table, say
from outclass.registry.experiments import Experiment, Leaderboard, leaderboard
from outclass.registry.runs import RunRecord, RunStore, compare_runs


def command(
    challenge: ChallengeName,
    runs: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN]...", help="Ids of runs to lay side by side.")
    ] = None,
    *,
    board: Annotated[
        bool, typer.Option("--leaderboard", help="Rank experiments: the best of all, and of each person.")
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION", help="With --leaderboard: on which data version; the latest trained on."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List the training runs of a challenge, the latest first; with ids, compare those."""
    store = RunStore(Settings.from_environment())
    name = load_challenge(challenge).name
    if board:
        show_board(leaderboard(store.list(name), data=data), name, json=json)
        return
    if runs:
        compare(tuple(store.get(name, run) for run in runs), json=json)
        return
    records = store.list(name)
    if json:
        print_json(records)
        return
    columns = ("run", "created", "model", "recipe", "seed", "state", "seconds", "version", "champion")
    print_table(columns, (row_of(record) for record in records), empty=f"no run yet: outclass train {name}")


def show_board(board: Leaderboard, name: str, *, json: bool) -> None:
    """Print experiments, the best first; the best of a person is marked, that of all twice."""
    if json:
        print_json(board)
        return
    columns = (
        *("", "experimenter", "experiment", "model", "accuracy", "loss", "seconds", "trainable", "bytes"),
        *("rate", "batch", "epochs", "optimizer", "version"),
    )
    print_table(columns, map(board_row, board.rows), empty=f"no finished run yet: outclass train {name}")
    if board.rows:
        say(f"on the {board.rows[0].side} rows of data {board.data}; * best of a person, ** best of all")
    if board.others:
        say(f"{board.others} runs on other versions of the data are not shown: --data VERSION")


def board_row(row: Experiment) -> tuple[object, ...]:
    """Return a line of the leaderboard."""
    return (
        "**" if row.best else "*" if row.best_of_experimenter else "",
        row.experimenter,
        row.experiment,
        f"{row.model} {row.recipe}",
        row.accuracy,
        row.log_loss,
        row.seconds,
        row.trainable_parameters,
        row.bytes,
        row.learning_rate,
        row.batch_size,
        row.epochs,
        row.optimizer,
        row.version,
    )


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
