"""`outclass collect`: from the original files to a data-set version."""

from typing import Annotated

import typer

from outclass.base.settings import Settings
from outclass.catalog.loader import load_challenge
from outclass.catalog.sources.inaturalist.foreseeing import foresee
from outclass.catalog.versions import DatasetVersion, Simulation, collect
from outclass.cli.output import ChallengeName, Json, print_json, say
from outclass.cli.progress import progress_bars


def command(
    challenge: ChallengeName,
    sample: Annotated[
        bool, typer.Option("--sample", help="Take the small sample that comes with the challenge.")
    ] = False,
    simulate: Annotated[
        int | None,
        typer.Option(metavar="N", help="Make N simulated objects for all splits, to train on.", min=1),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulated objects.")] = 1,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Of photos from iNaturalist: say how many would come, and fetch none."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Fetch, check, clean and split a challenge's data; the same data gives the same version.

    OUTCLASS_MIRROR names a folder or URL to take the files from.
    """
    if dry_run:
        _foresee(challenge, json=json)
        return
    with progress_bars(quiet=json) as progress:
        version = collect(
            load_challenge(challenge),
            Settings.from_environment(),
            sample=sample,
            simulate=None if simulate is None else Simulation(count=simulate, seed=seed),
            progress=progress,
        )
    if json:
        print_json(version.document)
    else:
        say(f"{version.challenge}: version {version.id}, {sizes_of(version)}")


def _foresee(challenge: str, *, json: bool) -> None:
    """Say what collecting photos would take."""
    with progress_bars(quiet=json) as progress:
        outlook = foresee(load_challenge(challenge), Settings.from_environment(), progress=progress)
    if json:
        print_json(outlook)
        return
    for one in outlook.classes:
        say(f"{one.name}: {one.here:,} photos are here, about {one.to_come:,} would come")
    if not outlook.photos:
        say("all are here: nothing would be fetched")
        return
    say(
        f"together about {outlook.photos:,} photos, {outlook.bytes / 1e6:,.0f} MB, {outlook.requests:,} "
        f"requests: {outlook.minutes:,} minute{'s' if outlook.minutes != 1 else ''} or more"
    )


def sizes_of(version: DatasetVersion) -> str:
    """Return how many objects stand in each split."""
    sizes = {split: sum(classes.values()) for split, classes in version.document.counts.items()}
    return ", ".join(f"{size:,} {split}" for split, size in sizes.items() if size)
