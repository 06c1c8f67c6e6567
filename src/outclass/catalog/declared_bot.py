"""The `bot` of a `challenge.yaml`: the games that are played on social networks, and what is said there."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from outclass.base.document import Document
from outclass.catalog.forms import ClassName, Line, Link, Name, Text

HASHTAG_FORM = r"^[A-Za-z_][A-Za-z0-9_]{0,79}$"
TIME_FORM = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
BOT_FORMS = {
    HASHTAG_FORM: "letters, digits and underscores, without `#`, no digit first, at most 80",
    TIME_FORM: "hours and minutes, such as `18:30`",
}

Hashtag = Annotated[str, Meta(pattern=HASHTAG_FORM)]
Handle = Annotated[str, Meta(min_length=1, max_length=300)]


class Network(StrEnum):
    """The networks that a bot can play on."""

    MASTODON = "mastodon"
    BLUESKY = "bluesky"


class Weekday(StrEnum):
    """Days, by the two letters that calendars use."""

    MONDAY = "MO"
    TUESDAY = "TU"
    WEDNESDAY = "WE"
    THURSDAY = "TH"
    FRIDAY = "FR"
    SATURDAY = "SA"
    SUNDAY = "SU"


class Meeting(Document, frozen=True, kw_only=True):
    """When a game is played, each week; shown on the page of games and in its calendar."""

    days: Annotated[tuple[Weekday, ...], Meta(min_length=1, description="days of the week, such as `FR`")]
    time: Annotated[str, Meta(pattern=TIME_FORM, description="when it begins, in UTC, such as `18:30`")]
    minutes: Annotated[int, Meta(ge=5, le=1440, description="how long it lasts")] = 60


class Reveal(Document, frozen=True, kw_only=True):
    """How an author gives the answer away: a reply to the own post with one of these hashtags and a class."""

    hashtags: Annotated[tuple[Hashtag, ...], Meta(min_length=1, description="hashtags of an answer")]
    words: Annotated[
        dict[ClassName, tuple[Line, ...]],
        Meta(description="other words for a class, besides its name and title"),
    ] = {}


class BotWords(Document, frozen=True, kw_only=True):
    """What a bot says of one photo; names in braces are filled in.

    `{answer}` and `{confidence}` are the best class and its probability; `{group}` and `{group_confidence}`
    those of a group of classes, where no class is sure; `{others}` the runner-ups.
    """

    sure: Annotated[Line, Meta(description="one class is likely enough: {answer}, {confidence}")] = (
        "I think this is a photo of: {answer} ({confidence})"
    )
    group: Annotated[
        Line, Meta(description="only a group of classes is: {group}, {group_confidence}, {answer}")
    ] = "I am pretty sure it is {group} ({group_confidence}), perhaps: {answer}"
    unsure: Annotated[Line, Meta(description="nothing is sure: {others}")] = "I cannot tell. Perhaps {others}"
    nothing: Annotated[Line, Meta(description="the photo shows nothing of the kind")] = (
        "I can't see anything that I know"
    )
    unreadable: Annotated[Line, Meta(description="one of several photos could not be opened")] = (
        "I could not open this photo"
    )
    others: Annotated[Line, Meta(description="after an answer, the runner-ups: {others}")] = (
        "Runner-ups: {others}"
    )
    undecided: Annotated[Line, Meta(description="in a summary, where nothing was sure")] = "I could not tell"
    right: Annotated[Line, Meta(description="in a summary, of one post: {said}, {truth}")] = (
        "It was {truth}, as I said"
    )
    wrong: Annotated[Line, Meta(description="in a summary, of one post: {said}, {truth}")] = (
        "It was {truth}; I said {said}"
    )
    score: Annotated[Line, Meta(description="in a summary, of all posts: {right}, {total}")] = (
        "{right} of {total} right so far"
    )


class BotGame(Document, frozen=True, kw_only=True):
    """One game: people post photos with its hashtag, the bot says what it sees."""

    name: Annotated[Name, Meta(description="what the ledger calls it; never changed")]
    title: Annotated[Line, Meta(description="what people read")]
    summary: Annotated[Text, Meta(description="one or two sentences for the page of games")]
    hashtags: Annotated[
        tuple[Hashtag, ...],
        Meta(
            min_length=1, max_length=5, description="any of them, in any letter case; replies carry the first"
        ),
    ]
    networks: Annotated[tuple[Network, ...], Meta(min_length=1, description="where it is played")] = (
        Network.MASTODON,
        Network.BLUESKY,
    )
    accounts: Annotated[
        dict[Network, tuple[Handle, ...]],
        Meta(description="whose posts are read, such as `name@example.social`; more come by `--account`"),
    ] = {}
    link: Annotated[Link, Meta(description="where to read about the game")] = ""
    meetings: Annotated[tuple[Meeting, ...], Meta(description="when it is played")] = ()
    words: BotWords = BotWords()
    nothing: Annotated[
        tuple[ClassName, ...], Meta(description="classes that mean that the photo shows nothing of the kind")
    ] = ()
    facts: Annotated[
        dict[Name, dict[str, Line]],
        Meta(description="what is added for an answer: by the name of a class's fact, and by its value"),
    ] = {}
    runner_ups: Annotated[int, Meta(ge=0, le=5, description="how many other classes are named")] = 2
    confidence: Annotated[
        float, Meta(ge=0.0, le=1.0, description="probability from which an answer is `sure`")
    ] = 0.5
    fresh_hours: Annotated[int, Meta(ge=1, le=720, description="older posts are not answered")] = 48
    reveal: Annotated[Reveal | None, Meta(description="how an author gives the answer away")] = None


class BotDeclaration(Document, frozen=True, kw_only=True):
    """The games of a challenge."""

    games: Annotated[tuple[BotGame, ...], Meta(min_length=1, max_length=20)]
