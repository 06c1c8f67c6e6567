"""Rules of the games of a bot: classes that are there, and words that can be filled in."""

import string
from collections.abc import Iterator

from outclass.base.errors import Problem, nearest_name, shorten
from outclass.catalog.strict_yaml import YamlFile

LONGEST_WARNING = 200
"""Longer warnings leave no room for an answer on the network with the shortest posts."""
PLACES = {
    "sure": ("answer", "confidence"),
    "group": ("group", "group_confidence", "answer"),
    "unsure": ("others",),
    "nothing": (),
    "unreadable": (),
    "others": ("others",),
    "undecided": (),
    "right": ("truth", "said"),
    "wrong": ("truth", "said"),
    "score": ("right", "total"),
}
"""What may stand in braces in each of a game's words."""
PROBLEM_IDS = {
    "duplicate-game": "Two games have the same name.",
    "game-without-photos": "A bot plays with photos only.",
    "unknown-word": "Words of a game name something in braces that is not filled in there.",
    "unknown-game-class": "A game names no class.",
    "long-warning": "The warning leaves no room for an answer in a short post.",
}


def bot_rules(file: YamlFile) -> Iterator[Problem]:
    """Yield what is wrong with the games of a bot."""
    value = file.value if isinstance(file.value, dict) else {}
    bot = value.get("bot")
    if not isinstance(bot, dict):
        return
    games = [game if isinstance(game, dict) else {} for game in _list(bot.get("games"))]
    classes = [
        str(label["name"])
        for label in _list(value.get("classes"))
        if isinstance(label, dict) and "name" in label
    ]
    yield from _whole(value, file)
    yield from _different(games, file)
    for place, game in enumerate(games):
        yield from _classes(place, game, classes, file)
        yield from _words(place, game, file)


def _whole(value: dict[str, object], file: YamlFile) -> Iterator[Problem]:
    """Objects are photos, and the warning is short."""
    declared = value.get("input")
    if isinstance(declared, dict) and declared.get("kind") not in {"photo", None}:
        yield Problem(
            id="game-without-photos",
            where=file.place(("bot",)),
            what="a bot plays with photos only",
            got=shorten(str(declared.get("kind"))),
            accepted="photo",
        )
    warning = value.get("warning")
    if isinstance(warning, str) and len(warning) > LONGEST_WARNING:
        yield Problem(
            id="long-warning",
            where=file.place(("warning",)),
            what="a post of the bot has no room for this warning",
            got=f"{len(warning)} characters",
            accepted=f"at most {LONGEST_WARNING}",
        )


def _different(games: list[dict[str, object]], file: YamlFile) -> Iterator[Problem]:
    """Each game has a name of its own, as the ledger knows it by that."""
    seen: set[str] = set()
    for place, game in enumerate(games):
        name = game.get("name")
        if isinstance(name, str) and name in seen:
            yield Problem(
                id="duplicate-game",
                where=file.place(("bot", "games", place, "name")),
                what="another game has this name",
                got=shorten(name),
                hint="give each game a name of its own",
            )
        seen.add(str(name))


def _classes(place: int, game: dict[str, object], classes: list[str], file: YamlFile) -> Iterator[Problem]:
    """Classes that a game names are there."""
    reveal = game.get("reveal")
    words = reveal.get("words") if isinstance(reveal, dict) else None
    steps: list[tuple[tuple[str | int, ...], object]] = [
        (("nothing", index), name) for index, name in enumerate(_list(game.get("nothing")))
    ]
    steps += [(("reveal", "words", name), name) for name in (words if isinstance(words, dict) else {})]
    for path, name in steps:
        if isinstance(name, str) and name not in classes:
            nearest = nearest_name(name, classes)
            yield Problem(
                id="unknown-game-class",
                where=file.place(("bot", "games", place, *path)),
                what="there is no such class",
                got=shorten(name),
                accepted=", ".join(classes),
                hint=f"the nearest name is {nearest}" if nearest else None,
            )


def _words(place: int, game: dict[str, object], file: YamlFile) -> Iterator[Problem]:
    """Words can be filled in."""
    words = game.get("words")
    for name, text in (words if isinstance(words, dict) else {}).items():
        known = PLACES.get(name)
        if known is None or not isinstance(text, str):
            continue
        try:
            named = [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
        except ValueError:
            named = [text]
        wrong = [field for field in named if field not in known]
        if wrong:
            yield Problem(
                id="unknown-word",
                where=file.place(("bot", "games", place, "words", name)),
                what="this is not filled in here",
                got=shorten(wrong[0]),
                accepted=", ".join(f"{{{one}}}" for one in known) or "no braces",
            )


def _list(value: object) -> list[object]:
    """Return a list, or an empty one."""
    return value if isinstance(value, list) else []
