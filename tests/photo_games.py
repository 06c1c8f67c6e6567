"""Photo games for tests: the colors red and green are kinds, blue is nothing, and posts with photos."""

import itertools
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from outclass.base.errors import UnavailableError
from outclass.base.sql import Database
from outclass.bots.judging import Judge
from outclass.bots.ledger import Book, Ledger
from outclass.bots.memory import MemoryTransport
from outclass.bots.player import Pace, Player
from outclass.bots.posts import Author, Picture, Post
from outclass.bots.wording import Speaker
from outclass.catalog.challenge import Challenge
from outclass.catalog.declared_bot import Network
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.inference.prediction import AbstainReason, Prediction
from photo_models import colors
from photographs import encoded

NOW = time.time()
WARNING = "This is no advice: nobody checked these colors."
GAME = {
    "name": "red-or-not",
    "title": "Red or not?",
    "summary": "Is it red?",
    "hashtags": ["RedOrNot", "RedOrNotToday"],
    "accounts": {"mastodon": ["ann"], "bluesky": ["ann"]},
    "nothing": ["blue"],
    "words": {
        "sure": "I think this is a magnificent {answer} ({confidence})",
        "nothing": "I can't see a color",
    },
    "reveal": {"hashtags": ["RedOrNotAnswer"], "words": {"red": ["Crimson", "blood orange"]}},
    "meetings": [{"days": ["FR"], "time": "18:00"}],
}
SECOND = {
    "name": "green-or-not",
    "title": "Green or not?",
    "summary": "Is it green?",
    "hashtags": ["GreenOrNot"],
    "accounts": {"mastodon": ["ann"]},
    "nothing": ["blue"],
    "facts": {"toxicity": {"high": "Some kinds of it are poisonous."}},
}
SHADES = {"red": (220, 20, 20), "green": (20, 220, 20), "blue": (20, 20, 220), "olive": (150, 148, 20)}


def game_challenge(folder: Path, *games: Mapping[str, object], **changed: object) -> LoadedChallenge:
    """Return the challenge of colors with games, `GAME` by default."""
    return load_challenge(colors(folder, bot={"games": list(games) or [GAME]}, **changed))


def photo_of(shade: str, side: int = 240) -> bytes:
    """Return a photo of one color, with the grain that photos have."""
    grain = np.random.default_rng(side).integers(-12, 13, (side, side, 1))
    return encoded((np.array(SHADES[shade]) + grain).astype(np.uint8), "PNG")


class ColorModel:
    """Says which of the three colors is largest."""

    def predict_one(self, row: np.ndarray) -> Prediction:
        """Answer by the mean color."""
        weights = np.exp(row.reshape(-1, 3).mean(axis=0) / 12)
        chances = dict(zip(("red", "green", "blue"), (weights / weights.sum()).tolist(), strict=True))
        best = max(chances, key=lambda name: chances[name])
        sure = chances[best] >= 0.8
        return Prediction(
            challenge="colors",
            model="colors@test",
            answer=best,
            probabilities=chances,
            confidence=chances[best],
            prediction_set=(best,) if sure else (),
            abstained=not sure,
            reason=None if sure else AbstainReason.UNDECIDED,
            outlier=None,
        )


class Album:
    """Photos by address; an address may be out of order for some calls."""

    def __init__(self) -> None:
        self.photos: dict[str, bytes] = {}
        self.failures: dict[str, int] = {}

    def put(self, body: bytes) -> str:
        """Keep a photo and return its address."""
        url = f"https://media.example/{len(self.photos)}.png"
        self.photos[url] = body
        return url

    def __call__(self, url: str) -> bytes:
        """Return a photo."""
        if self.failures.get(url, 0) > 0:
            self.failures[url] -= 1
            raise UnavailableError("the host of the photo is busy")
        return self.photos[url]


_numbers = itertools.count(1)


def a_post(album: Album, *shades: str, **changed: object) -> Post:
    """Return a new post with photos."""
    number = next(_numbers)
    alt = changed.pop("alt", "")
    fields: dict[str, object] = {
        "network": Network.MASTODON,
        "id": str(number),
        "uri": f"https://example.social/{number}",
        "author": Author(id="a1", handle="ann"),
        "text": "What is it? #redornot",
        "hashtags": ("redornot",),
        "created_at": NOW - 60 + number / 1000,
        "pictures": tuple(Picture(url=album.put(photo_of(shade)), alt=str(alt)) for shade in shades),
    }
    return Post(**fields | changed)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def a_player(
    loaded: LoadedChallenge,
    db: Database,
    transport: MemoryTransport,
    album: Album,
    *,
    clock: Callable[[], float],
    place: int = 0,
    **changed: object,
) -> Player:
    """Return a player of one game of a challenge."""
    challenge: Challenge = loaded.challenge
    assert challenge.bot is not None
    game = challenge.bot.games[place]
    book = Book(
        network=transport.network, account=transport.account, challenge=challenge.name, game=game.name
    )
    fields: dict[str, object] = {
        "speaker": Speaker(game=game, challenge=challenge),
        "transport": transport,
        "ledger": Ledger(db, book, lease=30.0),
        "judge": Judge(ColorModel, album, game=game, limits=challenge.limits),
        "accounts": ("ann",),
        "clock": clock,
        "pace": Pace(first_wait=10.0, tries=4),
    }
    return Player(**fields | changed)
