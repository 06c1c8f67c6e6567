"""Plays games in processes that are killed at chosen steps, each a fork of one that has it all loaded.

Run with a JSON argument; prints how often it was begun and where it was killed:

    python tests/bot_process.py '{"challenges": [...], "home": "...", "points": ["after send"], ...}'
"""

import functools
import json
import logging
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from outclass.base.fetch import Fetcher
from outclass.base.settings import Settings
from outclass.bots.judging import Judge
from outclass.bots.ledger import Ledger
from outclass.bots.mastodon import MastodonTransport
from outclass.bots.player import Pace, Player
from outclass.bots.service import Manner, account_of, known_networks, open_players, play_round, seats_of
from outclass.catalog.loader import load_challenge

STEPS = (
    (Ledger, "note"),
    (Ledger, "take"),
    (Judge, "look"),
    (Ledger, "plan"),
    (MastodonTransport, "send"),
    (MastodonTransport, "find"),
    (Ledger, "later"),
    (Ledger, "sent"),
)
POINTS = tuple(f"{when} {name}" for _, name in STEPS for when in ("before", "after"))
MOST_STARTS = 400
PATIENCE = 240.0


def kill_at(point: str, told: dict, dice: random.Random) -> None:
    """End this process as a failure of power would, if it is time."""
    wanted = told.get("point") == point or dice.random() < told.get("share", 0.0)
    if wanted:
        Path(told["home"], "killed").write_text(point)
        os.kill(os.getpid(), signal.SIGKILL)


def arm(told: dict, dice: random.Random) -> None:
    """Put a chance to be killed before and after each step."""

    def wrapped(name: str, work: Callable) -> Callable:
        @functools.wraps(work)
        def step(*given: object, **named: object) -> object:
            kill_at(f"before {name}", told, dice)
            result = work(*given, **named)
            kill_at(f"after {name}", told, dice)
            return result

        return step

    for kind, name in STEPS:
        setattr(kind, name, wrapped(name, getattr(kind, name)))


def open_posts(players: list[Player]) -> int:
    """Return how many posts are not done yet."""
    return sum(
        count
        for player in players
        for state, count in player.counts().items()
        if state in ("seen", "planned")
    )


def play(told: dict) -> None:
    """Play until nothing is left to be done."""
    port = int(told["port"])
    fetcher = Fetcher(allow_private=frozenset({("127.0.0.1", port)}), seconds=10.0)
    manner = Manner(
        download=lambda url: fetcher.fetch(url).body,
        lease=0.3,
        pace=Pace(first_wait=0.05, longest_wait=0.5, tries=told.get("tries", 40), summary=0.0),
    )
    loaded = [load_challenge(Path(folder)) for folder in told["challenges"]]
    credentials = known_networks(os.environ)
    seats = seats_of(loaded, [account_of(one) for one in told["accounts"]], credentials)
    with open_players(seats, credentials, Settings.from_environment(), manner) as players:
        deadline = time.monotonic() + told.get("patience", PATIENCE)
        quiet = 0
        while quiet < 2:
            assert time.monotonic() < deadline, "it never ends"
            play_round(players)
            for player in players:
                player.quiet_until = min(player.quiet_until, time.time() + 0.3)
            waits = any(player.quiet_until > time.time() for player in players)
            quiet = 0 if waits or open_posts(players) else quiet + 1
            time.sleep(0.05)


def begin(told: dict, number: int) -> int:
    """Play in a process of its own; return its exit status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    status = 1
    try:
        arm(told, random.Random(f"{told.get('seed', 0)}:{number}"))
        play(told)
        status = 0
    except BaseException:  # noqa: BLE001 - the child must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def main(told: dict) -> dict:
    """Begin again after each kill."""
    logging.basicConfig(level=logging.CRITICAL)
    killed: Counter[str] = Counter()
    points = list(told.get("points", ()))
    for number in range(MOST_STARTS):
        told["point"] = points[0] if points else None
        status = begin(told, number)
        if status == 0 and not points:
            return {"starts": number + 1, "killed": dict(killed)}
        if os.WIFSIGNALED(status):
            killed[Path(told["home"], "killed").read_text()] += 1
        elif status != 0:
            raise SystemExit("the bot failed")
        points = points[1:]
    raise SystemExit("it was begun too often")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))) + "\n")
