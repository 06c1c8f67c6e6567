"""Deals without a pool, and a process that settles them; for tests of the ledger under stress.

`python ledger.py HOME DATABASE_URL START_FILE ROUND_ID...` settles rounds as soon as the start file exists.
"""

# ruff: noqa: PLC0415 - Django is configured before its models can be imported
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CLASSES = ("a", "b", "c")
DEALING = {"a": 0.5, "b": 0.3, "c": 0.2}
PAYOUTS = {"a": 190, "b": 317, "c": 475}
ADVICE = [
    {
        "adviser": name,
        "name": f"stress.{name}",
        "title": name.title(),
        "model": f"stress.{name}@0123456789ab",
        "probabilities": {"a": 0.8, "b": 0.1, "c": 0.1},
        "dollars": {"a": 80, "b": 10, "c": 10},
    }
    for name in ("first", "second")
]
DOLLARS = {"a": 60, "b": 40, "c": 0}
PATIENCE = 60.0


def stress_deal(player: Any, count: int, *, prefix: str = "object") -> list[int]:
    """Write a deal of made-up objects to a player and return the ids of its rounds."""
    from outclass.site.play.models import Deal, Round, new_token

    deal = Deal.objects.create(
        player=player,
        challenge="stress",
        data_version="none",
        stake=100,
        edge=0.05,
        scale="fair",
        dealing=DEALING,
        payouts=PAYOUTS,
        request_token=new_token(),
    )
    for place in range(count):
        Round.objects.create(
            deal=deal,
            position=place + 1,
            object_id=f"{prefix}-{place}",
            truth=CLASSES[place % 3],
            advice=ADVICE,
        )
    return list(deal.rounds.values_list("pk", flat=True))


def start_settling(home: Path, url: str, start: Path, rounds: list[int]) -> "subprocess.Popen[bytes]":
    """Start a process that settles rounds once the start file exists."""
    command = [sys.executable, __file__, str(home), url, str(start), *map(str, rounds)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)


def main(home: str, url: str, start: str, *rounds: str) -> None:
    """Settle rounds in this process."""
    from outclass.base.settings import Settings
    from outclass.site.options import SiteOptions
    from outclass.site.setup import configure

    configure(Settings(home=Path(home), database_url=url), SiteOptions())
    from outclass.site.play.models import Round
    from outclass.site.play.settle import settle

    deadline = time.monotonic() + PATIENCE
    while not Path(start).exists():
        if time.monotonic() > deadline:
            sys.exit("nobody gave the start")
        time.sleep(0.001)
    for key in rounds:
        settle(Round.objects.select_related("deal__player").get(pk=int(key)), DOLLARS)


if __name__ == "__main__":
    main(*sys.argv[1:])
