"""What is said fits each network, keeps the warning, and never calls anything safe."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outclass.bots.answers import Answer, Chance, Verdict, answer_of, is_right
from outclass.bots.lengths import graphemes, mastodon_length
from outclass.bots.mastodon import plain_text
from outclass.bots.reveals import truth_of
from outclass.bots.wording import Space, Speaker
from outclass.catalog.loader import load_challenge
from outclass.inference.prediction import AbstainReason, Prediction

SPEAKERS = [
    Speaker(game=game, challenge=challenge)
    for challenge in (load_challenge(name).challenge for name in ("cats", "mushrooms"))
    for game in challenge.bot.games  # type: ignore[union-attr]
]
SPACES = {
    "mastodon": Space(limit=500, length=mastodon_length),
    "bluesky": Space(limit=300, length=graphemes),
}


def predicted(speaker: Speaker, **changed: object) -> Prediction:
    """Return a prediction: the first class with 0.953."""
    first, second, *rest = speaker.challenge.class_names
    chances = {first: 0.953, second: 0.03} | dict.fromkeys(rest, 0.017 / len(rest))
    fields: dict[str, object] = {
        "challenge": speaker.challenge.name,
        "model": "m@1",
        "answer": first,
        "probabilities": chances,
        "confidence": 0.953,
        "prediction_set": (first,),
        "abstained": False,
        "reason": None,
        "outlier": None,
    }
    return Prediction(**fields | changed)


def said(speaker: Speaker, space: str = "mastodon", **changed: object) -> str:
    """Return what is said of one photo."""
    answer = answer_of(predicted(speaker, **changed), speaker.game)
    return speaker.reply([answer], SPACES[space], mention="@ann")


def test_the_words_of_cats() -> None:
    cats = SPEAKERS[0]
    cougar = dict.fromkeys(cats.challenge.class_names, 0.0) | {
        "cougar": 0.9531,
        "lion": 0.03,
        "no_cat": 0.0169,
    }
    assert said(cats, answer="cougar", probabilities=cougar) == (
        "@ann I think this is a photo of a magnificent Cougar (0.953) #CougarOrNot\nRunner-ups: Lion (0.030)"
    )
    assert said(cats, answer="no_cat") == "@ann I can't see a cat #CougarOrNot"
    assert said(cats, abstained=True, reason=AbstainReason.OUTLIER) == "@ann I can't see a cat #CougarOrNot"
    hedged = said(
        cats, abstained=True, reason=AbstainReason.UNDECIDED, group="wild_cat", group_confidence=0.91
    )
    assert hedged.startswith(
        "@ann I am pretty sure this is a wild cat (0.910), perhaps: Domestic cat (0.953)"
    )
    assert said(cats, abstained=True, reason=AbstainReason.UNDECIDED).startswith("@ann A cat, I guess, but")


def test_poison_is_told_of_a_group_as_well() -> None:
    mushrooms = SPEAKERS[1]
    undecided = {"abstained": True, "reason": AbstainReason.UNDECIDED, "group_confidence": 0.9}
    text = said(mushrooms, group="agaric", **undecided)
    assert "a gilled mushroom (0.900), perhaps: Amanita (0.953); I am not sure #PoisonOrNot" in text
    assert "\nDeadly poisonous kinds are among them.\n" in text


@pytest.mark.parametrize("space", SPACES)
def test_the_words_of_mushrooms(space: str) -> None:
    mushrooms = SPEAKERS[1]
    text = said(mushrooms, space)
    assert text.startswith("@ann This looks like: Amanita (0.953) #PoisonOrNot\nPoisonous.")
    assert text.endswith(mushrooms.challenge.warning)
    for changed in ({"answer": "no_mushroom"}, {"abstained": True, "reason": AbstainReason.UNDECIDED}):
        assert said(mushrooms, space, **changed).endswith(mushrooms.challenge.warning)


def answers_for(speaker: Speaker) -> st.SearchStrategy[list[Answer]]:
    """Return answers for one to four photos."""
    names = st.sampled_from(speaker.challenge.class_names)
    groups = st.sampled_from([group.name for group in speaker.challenge.groups])
    share = st.floats(0.0, 1.0)
    chance = st.builds(Chance, name=names, probability=share)
    answer = st.builds(
        Answer,
        verdict=st.sampled_from(Verdict),
        best=chance,
        group=st.builds(Chance, name=groups, probability=share),
        others=st.lists(chance, max_size=4).map(tuple),
    )
    return st.lists(answer, min_size=1, max_size=4)


@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: str(speaker.game.name))
@given(data=st.data())
def test_every_reply_fits_and_keeps_what_must_stand(speaker: Speaker, data: st.DataObject) -> None:
    answers = data.draw(answers_for(speaker))
    mention = "@" + data.draw(st.text("abcdefghij", min_size=1, max_size=30))
    for space in SPACES.values():
        text = speaker.reply(answers, space, mention=mention)
        assert space.holds(text)
        assert text.startswith(mention)
        assert speaker.hashtag in text
        assert text.endswith(speaker.challenge.warning)
        assert not re.search(r"\b(safe|edible|harmless|tasty)\b", text, re.IGNORECASE)


@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: str(speaker.game.name))
@given(lines=st.lists(st.text("abc ", min_size=1, max_size=80), max_size=30))
def test_every_summary_fits(speaker: Speaker, lines: list[str]) -> None:
    for space in SPACES.values():
        text = speaker.summary(lines, "3 of 30 right so far", space)
        assert space.holds(text)
        assert "3 of 30 right so far" in text
        assert text.endswith(speaker.challenge.warning)


def test_every_verdict_says_something_of_its_own() -> None:
    cats = SPEAKERS[0]
    best, group = Chance(name="cougar", probability=0.5), Chance(name="wild_cat", probability=0.9)
    texts = {
        verdict: cats.reply([Answer(verdict=verdict, best=best, group=group)], SPACES["mastodon"])
        for verdict in Verdict
    }
    assert len(set(texts.values())) == len(Verdict) - 1  # a meme and no cat are the same to the bot
    assert texts[Verdict.NOTHING] == texts[Verdict.NO_PHOTO]


@given(st.text(max_size=60))
def test_graphemes_are_never_undercounted(text: str) -> None:
    bare = [character for character in text if unicodedata.category(character) not in {"Mn", "Me"}]
    assert graphemes(text) <= len(text)
    assert graphemes(text) >= len(bare) - text.count("\u200d")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("caf\u00e9", 4),
        ("cafe\u0301", 4),
        ("\u0301", 1),
        ("\n\u0301", 2),
        ("@ann@example.social hello", 10),
        ("see https://example.org/" + "x" * 200, 27),
        ("mail@example.org", 16),
    ],
)
def test_lengths_on_mastodon(text: str, expected: int) -> None:
    assert mastodon_length(text) == expected


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("It was a cougar!", "cougar"),
        ("MOUNTAIN LION (not a lion)", None),
        ("A mountain-lion of course #CougarOrNotAnswer", "cougar"),
        ("#SnowLeopard", "snow_leopard"),
        ("a snow leopard", "snow_leopard"),
        ("Bobcat. Thanks @lion@example.social", "lynx_or_bobcat"),
        ("a dog", "no_cat"),
        ("no idea", None),
        ("cougarornotanswer", None),
        ("", None),
    ],
)
def test_what_an_author_says_that_it_was(text: str, truth: str | None) -> None:
    cats = SPEAKERS[0]
    assert cats.game.reveal is not None
    assert truth_of(text, cats.challenge, cats.game.reveal) == truth


def test_what_counts_as_right() -> None:
    game = SPEAKERS[0].game
    cougar = Answer(verdict=Verdict.SURE, best=Chance(name="cougar", probability=0.9))
    lion = Answer(verdict=Verdict.SURE, best=Chance(name="lion", probability=0.9))
    unsure = Answer(verdict=Verdict.UNSURE, best=Chance(name="cougar", probability=0.4))
    nothing = Answer(verdict=Verdict.NOTHING)
    assert is_right([cougar], "cougar", game)
    assert is_right([cougar, unsure], "cougar", game)
    assert is_right([nothing, Answer(verdict=Verdict.NO_PHOTO)], "no_cat", game)
    for wrong in ([lion], [unsure], [nothing], [cougar, lion], []):
        assert not is_right(wrong, "cougar", game)
    assert not is_right([cougar], "no_cat", game)


@given(st.text(max_size=80))
def test_plain_text_of_what_servers_send(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain_text(f"<p>{escaped}</p>") == text


def test_the_default_words(tmp_path: Path) -> None:
    challenge = SPEAKERS[0].challenge
    assert challenge.bot is not None
    assert all("{" not in said(speaker) for speaker in SPEAKERS)
