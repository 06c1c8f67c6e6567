"""Does the bot answer each post once, whatever fails? On a server with faults, killed again and again.

    python benchmarks/photos/bot.py ../shared/data
    python benchmarks/photos/bot.py ../shared/data --posts 60 --kills 0.01

Posts of two games (cats and mushrooms, with their champions) on a server of Mastodon's API: single photos,
several photos, memes, memes made of photos of cats, and posts that are not to be answered. Between bot and
server stands a proxy that loses answers to what was done, cuts them off, answers 429, 500 and 502, drops
connections and breaks media; of every second post it takes the idempotency key away, so that only looking up
can keep it from being posted twice. The bot's process gets SIGKILL at any step with a small chance.

Counted at the end, on the server: answers to each post, and what they say.
"""

import argparse
import html
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))  # its server, proxy and memes

import bot_process
from databases import make_shared_tables, sqlite_url
from mastodon_peer import Fault, Person, Proxy, mastodon_server
from memes import PHRASES, macro, memes
from outclass.catalog.loader import load_challenge
from processes import environment

PEOPLE = 6
LOST = (Fault.LOST, Fault.DONE_500, Fault.CUT)
FAILED = (Fault.FAILED_500, Fault.DROPPED, Fault.FULL)
WARNED = "no foraging aid"
FORBIDDEN = re.compile(r"\b(safe|edible|harmless)\b", re.IGNORECASE)


@dataclass(kw_only=True)
class Case:
    """A post and what must come of it."""

    kind: str
    answers: int
    post: str
    said: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Stock:
    """Photos to post, drawn at random."""

    dice: random.Random
    cats: list[bytes]
    others: list[bytes]
    mushrooms: list[bytes]

    @classmethod
    def read(cls, data: Path, dice: random.Random) -> "Stock":
        """Read photos of the shared data."""
        cats = pl.read_parquet(data / "cats" / "cat_photos.parquet")
        wild = pl.read_parquet(data / "cats" / "wild_cat_photos.parquet").filter(pl.col("source") != "")
        found = pl.read_parquet(data / "mushrooms" / "mushroom_photos.parquet")
        return cls(
            dice=dice,
            cats=cats.filter(pl.col("label") != "not_a_cat")["image"].to_list()
            + wild["image"].to_list()[:200],
            others=cats.filter(pl.col("label") == "not_a_cat")["image"].to_list(),
            mushrooms=found["image"].to_list(),
        )

    def meme_of_a_cat(self) -> bytes:
        """Return a photo of a cat with the letters of a meme."""
        picture = Image.open(io.BytesIO(self.dice.choice(self.cats)))
        stream = io.BytesIO()
        macro(picture, *self.dice.choice(PHRASES)).save(stream, "JPEG", quality=80)
        return stream.getvalue()


SHARES = {
    "cat": 0.3,
    "mushroom": 0.16,
    "several": 0.14,
    "both games": 0.04,
    "meme": 0.12,
    "meme of a cat": 0.06,
    "opted out": 0.03,
    "robot": 0.03,
    "reply": 0.03,
    "shared": 0.03,
    "no photo": 0.03,
    "broken": 0.03,
}
ANSWERS = {"both games": 2} | dict.fromkeys(
    ("opted out", "robot", "reply", "shared", "no photo", "broken"), 0
)


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Who posts."""

    people: list[Person]
    shy: Person
    robot: Person


def post_all(crowd: Crowd, stock: Stock, count: int) -> list[Case]:
    """Post everything; return what must come of each."""
    kinds = [kind for kind, share in SHARES.items() for _ in range(round(share * count))]
    stock.dice.shuffle(kinds)
    drawn = memes(30)
    return [post_one(kind, place, crowd, stock, drawn) for place, kind in enumerate(kinds)]


def post_one(kind: str, place: int, crowd: Crowd, stock: Stock, drawn: list[bytes]) -> Case:
    """Post one thing; return what must come of it."""
    who, tag = author_and_tag(kind, crowd, stock.dice)
    photos = photos_of(kind, place, stock, drawn)
    more = {"in_reply_to_id": str(who.post("Look at this.")["id"])} if kind == "reply" else {}
    post = str(who.post(f"What is it? ({place}) {tag}", photos, **more)["id"])
    if kind == "shared":
        stock.dice.choice(crowd.people).share(post)
    return Case(kind=kind, answers=ANSWERS.get(kind, 1), post=post)


def author_and_tag(kind: str, crowd: Crowd, dice: random.Random) -> tuple[Person, str]:
    """Return who posts, and with which hashtags."""
    who = dice.choice(crowd.people)
    tag = dice.choice(["#CougarOrNot", "#cougarornot", "#COUGARORNOT"])
    match kind:
        case "mushroom":
            return who, "#poisonOrNot"
        case "both games":
            return who, f"{tag} or #PoisonOrNot"
        case "robot":
            return crowd.robot, tag
        case "shared":
            return crowd.shy, tag
        case "opted out":
            return dice.choice([(crowd.shy, tag), (who, f"{tag} #nobot")])
        case _:
            return who, tag


def photos_of(kind: str, place: int, stock: Stock, drawn: list[bytes]) -> list[bytes]:
    """Return the photos of a post."""
    dice, animals = stock.dice, stock.cats + stock.others
    match kind:
        case "mushroom":
            return [dice.choice(stock.mushrooms)]
        case "several":
            return dice.sample(animals + drawn, dice.randint(2, 4))
        case "meme":
            return [drawn[place % len(drawn)]]
        case "meme of a cat":
            return [stock.meme_of_a_cat()]
        case "no photo":
            return []
        case "broken":
            whole = dice.choice(animals)
            return [whole[: len(whole) // 3]]
        case _:
            return [dice.choice(animals)]


def faults(dice: random.Random, share: float) -> object:
    """Return a plan of faults."""

    def plan(method: str, path: str) -> Fault | None:
        """Return the fault of one request."""
        wrong = dice.random() < share
        if path.startswith("/media/"):
            return dice.choice((Fault.FAILED_500, Fault.DROPPED)) if wrong else None
        if (method, path) == ("POST", "/api/v1/statuses"):
            return dice.choice(LOST + FAILED) if wrong else dice.choice((None, Fault.FORGETFUL))
        if path.endswith("/statuses"):
            return dice.choice(FAILED[:2] + LOST[2:]) if dice.random() < share / 5 else None
        return None

    return plan


def run_bot(proxy: Proxy, home: Path, names: list[str], kills: float, seed: int) -> dict[str, object]:
    """Let the bot play until nothing is left to be done; return how often it was begun and killed."""
    told = {
        "challenges": [str(load_challenge(name).folder) for name in ("cats", "mushrooms")],
        "accounts": [f"mastodon:{name}" for name in names],
        "port": proxy.place[1],
        "home": str(home),
        "share": kills,
        "seed": seed,
        "patience": 560.0,
    }
    done = subprocess.run(
        [sys.executable, bot_process.__file__, json.dumps(told)],
        env=environment(home, OUTCLASS_MASTODON_URL=proxy.url, OUTCLASS_MASTODON_TOKEN="bot-token"),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def collect(cases: list[Case], bot: Person) -> None:
    """Read from the server what was answered to each post."""
    by_post: dict[str, list[str]] = {}
    for status in bot.own_posts():
        text = html.unescape(re.sub(r"<[^>]+>", " ", str(status["content"])))
        by_post.setdefault(str(status["in_reply_to_id"]), []).append(text)
    for case in cases:
        case.said = by_post.get(case.post, [])


def names_one(said: list[str], titles: set[str]) -> bool:
    """Tell whether answers name one of some kinds; hashtags do not count."""
    words = [re.sub(r"#\w+", "", text) for text in said]
    return any(title in text for title in titles for text in words)


def figures(cases: list[Case]) -> dict[str, object]:
    """Return what is to be told."""
    titles = {label.title for label in load_challenge("cats").challenge.classes if label.name != "no_cat"}
    eligible = [case for case in cases if case.answers]
    memes_called = {
        kind: sum(names_one(case.said, titles) for case in cases if case.kind == kind)
        for kind in ("meme", "meme of a cat")
    }
    of_mushrooms = [text for case in cases for text in case.said if "#PoisonOrNot" in text]
    return {
        "posts": len(cases),
        "kinds": dict(Counter(case.kind for case in cases)),
        "eligible": len(eligible),
        "answered as often as asked": sum(len(case.said) == case.answers for case in eligible),
        "answered too often": sum(len(case.said) > case.answers for case in eligible),
        "not answered": sum(len(case.said) < case.answers for case in eligible),
        "answered though not to be": sum(bool(case.said) for case in cases if not case.answers),
        "memes": sum(case.kind == "meme" for case in cases),
        "memes answered as a cat": memes_called["meme"],
        "memes made of cats": sum(case.kind == "meme of a cat" for case in cases),
        "of these answered as a cat": memes_called["meme of a cat"],
        "answers about mushrooms": len(of_mushrooms),
        "of these with the warning": sum(WARNED in text for text in of_mushrooms),
        "of these with a forbidden word": sum(bool(FORBIDDEN.search(text)) for text in of_mushrooms),
    }


def main() -> None:
    """Post, play, count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the photos: cats/ and mushrooms/")
    parser.add_argument("--posts", type=int, default=500)
    parser.add_argument(
        "--kills", type=float, default=0.006, help="chance to be killed before or after each step"
    )
    parser.add_argument("--faults", type=float, default=0.2, help="share of requests that fail")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="print so many answers of each kind")
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    dice = random.Random(given.seed)
    names = [f"person{number}" for number in range(PEOPLE)]
    accounts = [{"username": name, "access_token": name} for name in names]
    accounts += [
        {"username": "shy", "access_token": "shy", "note": "No robots, please: #NoBot"},
        {"username": "robot", "access_token": "robot", "bot": True},
    ]
    with tempfile.TemporaryDirectory() as folder, mastodon_server(accounts) as url, Proxy(url) as proxy:
        home = Path(folder, "home")
        home.mkdir()
        make_shared_tables(sqlite_url(home)).close()
        crowd = Crowd(
            people=[Person(proxy.url, name) for name in names],
            shy=Person(proxy.url, "shy"),
            robot=Person(proxy.url, "robot"),
        )
        cases = post_all(crowd, Stock.read(given.data, dice), given.posts)
        proxy.plan = faults(dice, given.faults)  # type: ignore[assignment]
        proxy.seen.clear()
        start = time.monotonic()
        played = run_bot(proxy, home, [*names, "shy", "robot"], given.kills, given.seed)
        seconds = time.monotonic() - start
        proxy.plan = lambda _method, _path: None
        collect(cases, Person(url, "bot-token"))
        wrong = Counter(str(fault) for _, _, fault in proxy.seen if fault not in {None, Fault.FORGETFUL})
    found = figures(cases) | {
        "starts": played["starts"],
        "kills": sum(played["killed"].values()),  # type: ignore[attr-defined]
        "steps at which it was killed": len(played["killed"]),  # type: ignore[arg-type]
        "faults": dict(wrong),
        "requests": len(proxy.seen),
        "seconds": round(seconds, 1),
    }
    for kind in SHARES if given.show else ():
        for case in [case for case in cases if case.kind == kind][: given.show]:
            print(f"-- {kind}:", *case.said, sep="\n")
    print(json.dumps(found, indent=2))
    failed = found["eligible"] != found["answered as often as asked"] or found["answered though not to be"]
    sys.exit(bool(failed or found["memes answered as a cat"] or found["of these with a forbidden word"]))


if __name__ == "__main__":
    main()
