"""`outclass bot`: play photo games on Mastodon and Bluesky."""

import os
from typing import Annotated

import typer

from outclass.base.logs import configure_logs
from outclass.base.settings import Settings
from outclass.bots.player import Player
from outclass.bots.service import (
    Manner,
    account_of,
    known_networks,
    open_players,
    play_round,
    quiet_clients,
    seats_of,
    stopping_signals,
    watch,
)
from outclass.catalog.declared_bot import Network
from outclass.catalog.loader import load_challenge
from outclass.cli.output import Json, print_json, print_table, say, tell

Challenges = Annotated[
    list[str],
    typer.Argument(metavar="CHALLENGE...", help="Names of challenges, or folders with a challenge.yaml."),
]
Accounts = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        metavar="NAME",
        help="Whose posts are read: name@example.social, name.example.org; may be repeated.",
        show_default=False,
    ),
]
Networks = Annotated[
    list[Network] | None,
    typer.Option("--network", help="Only this network; may be repeated.", show_default=False),
]


def command(
    challenges: Challenges,
    *,
    account: Accounts = None,
    network: Networks = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be posted; post nothing.")
    ] = False,
    watching: Annotated[bool, typer.Option("--watch", help="Go on until stopped.")] = False,
    every: Annotated[float, typer.Option(min=1.0, help="With --watch: seconds between two rounds.")] = 60.0,
    json: Json = False,
) -> None:
    """Answer the posts of the watched accounts that carry a game's hashtag, each once."""
    configure_logs()
    quiet_clients()
    loaded = [load_challenge(challenge) for challenge in challenges]
    credentials = known_networks(os.environ)
    seats = seats_of(
        loaded, [account_of(one) for one in account or ()], set(network or credentials) & set(credentials)
    )
    with (
        stopping_signals() as stop,
        open_players(
            seats, credentials, Settings.from_environment(), Manner(stopping=stop.is_set)
        ) as players,
    ):
        if dry_run:
            show_previews(players, as_json=json)
            return
        if watching:
            names = ", ".join(f"{seat.game.title} on {seat.network}" for seat in seats)
            tell(f"Playing {names} (stop with Ctrl+C)")
            watch(players, stop, every)
        else:
            error = play_round(players)
            if error is not None:
                raise error
        show_counts(players, as_json=json)


def show_previews(players: list[Player], *, as_json: bool) -> None:
    """Show what would be posted."""
    found = [
        {
            "game": player.game.name,
            "network": player.transport.network,
            "post": post.url or post.uri,
            "text": text,
        }
        for player in players
        for post, text in player.preview()
    ]
    if as_json:
        print_json(found)
        return
    for one in found:
        say(f"{one['game']} on {one['network']}, to {one['post']}:\n{one['text']}\n")
    if not found:
        say("there is nothing to answer")


def show_counts(players: list[Player], *, as_json: bool) -> None:
    """Show how many posts are in each state."""
    rows = [
        {"game": player.game.name, "network": player.transport.network, **player.counts()}
        for player in players
    ]
    if as_json:
        print_json(rows)
        return
    states = ("sent", "skipped", "failed", "planned", "seen")
    print_table(
        ("game", "network", *states),
        [(row["game"], row["network"], *(row.get(state, 0) for state in states)) for row in rows],
    )
