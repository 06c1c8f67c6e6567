"""The games of a bot: what is wrong with them is told with its place."""

import copy

import pytest
import yaml

from outclass.catalog.bot_rules import PLACES
from outclass.catalog.declared_bot import BotWords
from outclass.catalog.loader import load_challenge
from outclass.catalog.strict_yaml import parse_yaml
from outclass.catalog.validation import challenge_problems
from small_challenge import declaration

GAME = {
    "name": "circle-or-not",
    "title": "Circle or not?",
    "summary": "A circle?",
    "hashtags": ["CircleOrNot"],
    "nothing": ["line"],
    "words": {"sure": "It is {answer} ({confidence})", "nothing": "Nothing {{at all}}"},
    "reveal": {"hashtags": ["Answer"], "words": {"circle": ["ring"]}},
}


def problems(*games, **changed):
    value = (
        copy.deepcopy(declaration()) | {"input": {"kind": "photo"}, "bot": {"games": list(games)}} | changed
    )
    text = yaml.safe_dump(value, sort_keys=False).encode()
    return [(found.id, found.where.partition(", ")[2]) for found in challenge_problems(parse_yaml(text))]


def test_a_game_without_faults():
    assert problems(GAME) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"nothing": ["lime"]}, ("unknown-game-class", "bot.games[0].nothing[0]")),
        (
            {"reveal": {"hashtags": ["A"], "words": {"ring": ["circle"]}}},
            ("unknown-game-class", "bot.games[0].reveal.words.ring"),
        ),
        ({"words": {"sure": "It is {class}"}}, ("unknown-word", "bot.games[0].words.sure")),
        ({"words": {"nothing": "No {answer}"}}, ("unknown-word", "bot.games[0].words.nothing")),
        ({"words": {"score": "{right of {total}"}}, ("unknown-word", "bot.games[0].words.score")),
        ({"words": {"sure": "{}"}}, ("unknown-word", "bot.games[0].words.sure")),
        ({"hashtags": ["#CircleOrNot"]}, ("bad-form", "bot.games[0].hashtags[0]")),
        ({"hashtags": []}, ("bad-length", "bot.games[0].hashtags")),
        ({"networks": ["myspace"]}, ("not-accepted", "bot.games[0].networks[0]")),
        ({"meetings": [{"days": ["FR"], "time": "25:00"}]}, ("bad-form", "bot.games[0].meetings[0].time")),
    ],
)
def test_a_fault_is_told_with_its_place(changed, expected):
    assert expected in problems(GAME | changed)


def test_faults_of_all_games():
    assert problems(GAME, GAME) == [("duplicate-game", "bot.games[1].name")]
    assert problems(GAME, input={"kind": "drawing"}) == [("game-without-photos", "bot")]
    assert problems(GAME, warning="Beware. " * 30) == [("long-warning", "warning")]


def test_each_of_the_words_has_its_places_and_by_default_keeps_to_them():
    defaults = BotWords()
    assert set(PLACES) == set(BotWords.__struct_fields__)
    for name, known in PLACES.items():
        getattr(defaults, name).format(**dict.fromkeys(known, "x"))


@pytest.mark.parametrize("name", ["cats", "mushrooms"])
def test_the_games_that_come_along(name):
    challenge = load_challenge(name).challenge
    assert challenge.bot is not None
    (game,) = challenge.bot.games
    facts = {value for label in challenge.classes for key, value in label.facts.items() if key == "toxicity"}
    assert facts == set(game.facts.get("toxicity", {}))
    assert "safe" not in str(game).casefold()
    assert "edible" not in str(game).casefold()
