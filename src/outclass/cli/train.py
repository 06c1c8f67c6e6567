"""`outclass train`: from a data-set version to a registered model."""

from enum import StrEnum
from typing import Annotated

import typer

from outclass import training
from outclass.catalog.loader import load_challenge
from outclass.cli.output import ChallengeName, Json, print_facts, print_json, say
from outclass.cli.progress import progress_bars
from outclass.registry.runs import RunRecord


class Device(StrEnum):
    """Where the numbers are crunched."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


def command(  # noqa: PLR0913 - one for each option
    challenge: ChallengeName,
    *,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="One of the challenge's models; its champion, with all members, by default."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same model.")] = 0,
    recipe: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A named change of parameters, such as quick, or search-ID."),
    ] = None,
    device: Annotated[
        Device, typer.Option(help="auto takes a graphics card where there is one.")
    ] = Device.AUTO,
    seconds: Annotated[
        float | None,
        typer.Option(min=1, help="Another budget than declared, for models that learn within one."),
    ] = None,
    promote: Annotated[
        bool, typer.Option("--promote/--no-promote", help="Make it champion if the gate finds it better.")
    ] = True,
    experiment: Annotated[
        str, typer.Option(metavar="NAME", help="For what it is trained; shown on the leaderboard.")
    ] = "",
    experimenter: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who trains; OUTCLASS_EXPERIMENTER or the account by default."),
    ] = None,
    json: Json = False,
) -> None:
    """Collect, split, fit, calibrate, evaluate, export and register; a run that was cut off goes on."""
    with progress_bars(quiet=json) as progress:
        record = training.train(
            load_challenge(challenge),
            model=model,
            seed=seed,
            recipe=recipe,
            device=device,
            seconds=seconds,
            promote=promote,
            experiment=experiment,
            experimenter=experimenter,
            progress=progress,
        )
    if json:
        print_json(record)
    else:
        tell(record)


def tell(record: RunRecord) -> None:
    """Say what a run came to."""
    say(f"run {record.id}: {record.reference}" + (", now champion" if record.promoted else ""))
    if record.simulated:
        say("it learned from simulated objects; collect the real data and train again for real ones")
    print_facts(record.scores.items())
    for reason in record.refused:
        say(f"not promoted: {reason}")
