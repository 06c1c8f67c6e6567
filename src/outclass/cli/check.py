"""`outclass check`: everything that a challenge promises."""

import typer

from outclass import checks
from outclass.catalog.loader import load_challenge
from outclass.cli.output import ChallengeName, Json, print_json, print_table


def command(challenge: ChallengeName, json: Json = False) -> None:
    """Check a challenge and its champion; exit code 1 when a promise is broken."""
    results = checks.check(load_challenge(challenge))
    if json:
        print_json(results)
    else:
        print_table(("check", "result", "more"), ((each.name, each.state, each.detail) for each in results))
    if any(each.failed for each in results):
        raise typer.Exit(1)
