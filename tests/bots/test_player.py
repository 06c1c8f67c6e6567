"""A game on a network in memory: who is answered, what is said, what happens after faults."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from databases import make_shared_tables
from outclass.base.errors import UnavailableError
from outclass.base.sql import Database
from outclass.bots.manners import Skip
from outclass.bots.memory import MemoryTransport
from outclass.bots.player import Player
from outclass.bots.posts import Author, Picture
from outclass.bots.transport import RefusedError, TryLaterError
from outclass.catalog.loader import LoadedChallenge
from photo_games import NOW, Album, Clock, a_player, a_post


@dataclass
class Table:
    """A player with all that it plays with."""

    loaded: LoadedChallenge
    db: Database
    album: Album
    clock: Clock
    network: MemoryTransport

    def player(self, **changed: object) -> Player:
        """Return a new player, as after a start of the process."""
        return a_player(self.loaded, self.db, self.network, self.album, clock=self.clock, **changed)

    def rows(self) -> list[dict[str, object]]:
        """Return the ledger."""
        return self.db.fetch_all("SELECT * FROM bot_post ORDER BY created_at, post")


@pytest.fixture
def table(loaded: LoadedChallenge, db: Database, album: Album, clock: Clock) -> Table:
    """Return a table with nothing on it."""
    return Table(loaded, db, album, clock, MemoryTransport())


def test_a_post_is_answered_once(table: Table) -> None:
    post = a_post(table.album, "red")
    table.network.there.append(post)
    for _ in range(3):
        table.player().play()
    (draft,) = table.network.sent
    assert draft.text == "@ann I think this is a magnificent Red (0.999) #RedOrNot"
    assert draft.reply_to == post.id
    assert [row["state"] for row in table.rows()] == ["sent"]


def test_any_letter_case_and_any_of_the_hashtags(table: Table) -> None:
    tags = ("REDORNOT", "RedOrNot", "redornottoday", "RedOrNotAtAll")
    table.network.there += [a_post(table.album, "red", hashtags=(tag,)) for tag in tags]
    table.player().play()
    assert len(table.network.sent) == 3


def test_several_photos_are_answered_in_one_reply(table: Table) -> None:
    table.network.there.append(a_post(table.album, "red", "blue", "green"))
    table.player().play()
    (draft,) = table.network.sent
    assert draft.text.splitlines() == [
        "@ann 1. I think this is a magnificent Red (0.999)",
        "2. I can't see a color",
        "3. I think this is a magnificent Green (0.999)",
        "#RedOrNot",
    ]


def test_unsure_is_said(table: Table) -> None:
    table.network.there.append(a_post(table.album, "olive"))
    table.player().play()
    assert table.network.sent[0].text == "@ann I cannot tell. Perhaps Red (0.542), Green (0.458) #RedOrNot"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"reply_to": "7"}, Skip.REPLY),
        ({"public": False}, Skip.NOT_PUBLIC),
        ({"pictures": ()}, Skip.NO_PICTURE),
        ({"author": Author(id="a1", handle="ann", automated=True)}, Skip.AUTOMATED),
        ({"author": Author(id="a1", handle="ann", about="cats, tea, #NoBot")}, Skip.OPTED_OUT),
        ({"hashtags": ("RedOrNot", "nobot")}, Skip.OPTED_OUT),
        ({"text": "please, # nobots here. #redornot"}, Skip.OPTED_OUT),
    ],
)
def test_who_is_left_alone(table: Table, changed: dict[str, object], reason: Skip) -> None:
    table.network.there.append(a_post(table.album, "red", **changed))
    table.player().play()
    assert table.network.sent == []
    assert [(row["state"], row["reason"]) for row in table.rows()] == [("skipped", reason)]


def test_a_shared_post_is_its_authors(table: Table) -> None:
    post = a_post(table.album, "red", author=Author(id="b1", handle="bob"))
    # Both accounts are read; on some networks a shared post has the name of the original.
    table.network.there.append(post)
    table.network.shares.append(("ann", post))
    for names in (("bob", "ann"), ("ann", "bob")):
        table.player(accounts=names).play()
    assert [draft.reply_to for draft in table.network.sent] == [post.id]


def test_neither_old_posts_nor_own_nor_others_are_answered(table: Table) -> None:
    table.network.there += [
        a_post(table.album, "red", created_at=NOW - 49 * 3600),
        a_post(table.album, "red", author=Author(id="bot", handle="ann")),
        a_post(table.album, "red", author=Author(id="b1", handle="bob")),
    ]
    table.player().play()
    assert table.network.sent == []
    assert table.rows() == []


def test_a_description_that_says_meme_is_believed(table: Table) -> None:
    table.network.there.append(a_post(table.album, "red", alt="A meme: red is the new black"))
    table.player().play()
    assert table.network.sent[0].text == "@ann I can't see a color #RedOrNot"


def test_a_photo_that_cannot_be_read(table: Table) -> None:
    broken = Picture(url=table.album.put(b"\xff\xd8\xff no photo"))
    whole = Picture(url=table.album.put(table.album(a_post(table.album, "red").pictures[0].url)))
    table.network.there += [
        a_post(table.album, pictures=(broken,)),
        a_post(table.album, pictures=(broken, whole)),
    ]
    table.player().play()
    assert [row["reason"] for row in table.rows()] == [Skip.UNREADABLE, None]
    assert "1. I could not open this photo" in table.network.sent[0].text


def test_a_photo_that_comes_later_is_waited_for(table: Table) -> None:
    post = a_post(table.album, "red")
    table.album.failures[post.pictures[0].url] = 2
    table.network.there.append(post)
    for _ in range(5):
        table.player().play()
        table.clock.now += 60
    assert len(table.network.sent) == 1


def test_a_photo_that_never_comes_is_given_up(table: Table) -> None:
    post = a_post(table.album, "red")
    table.album.failures[post.pictures[0].url] = 100
    table.network.there.append(post)
    for _ in range(8):
        table.player().play()
        table.clock.now += 3600
    assert [(row["state"], row["reason"], row["attempts"]) for row in table.rows()] == [
        ("skipped", Skip.UNREADABLE, 4)
    ]


@dataclass
class Faults:
    """Raises at one step, some times."""

    step: str
    error: Callable[[], BaseException]
    times: int = 1

    def __call__(self, step: str) -> None:
        """Raise if it is time."""
        if step == self.step and self.times > 0:
            self.times -= 1
            raise self.error()


def lost() -> TryLaterError:
    """Return an answer that was lost."""
    return TryLaterError("the server does not answer", where="post")


@pytest.mark.parametrize("step", ["posts", "send", "sent", "find"])
@pytest.mark.parametrize("error", [lost, KeyboardInterrupt, lambda: UnavailableError("the disk is full")])
def test_one_answer_whatever_fails(
    loaded: LoadedChallenge,
    db: Database,
    album: Album,
    clock: Clock,
    step: str,
    error: Callable[[], BaseException],
) -> None:
    network = MemoryTransport(fault=Faults(step, error))
    table = Table(loaded, db, album, clock, network)
    network.there += [a_post(album, "red"), a_post(album, "green")]
    for _ in range(4):
        with contextlib.suppress(KeyboardInterrupt, UnavailableError):
            table.player().play()
        clock.now += 60
    assert sorted(draft.reply_to or "" for draft in network.sent) == sorted(post.id for post in network.there)
    assert {row["state"] for row in table.rows()} == {"sent"}


def test_what_another_process_works_on_is_left_alone(table: Table) -> None:
    table.network.there.append(a_post(table.album, "red"))
    player = table.player(stopping=lambda: False)
    player._notice()
    (entry,) = player._ledger.due(NOW)
    assert player._ledger.take(entry, now=NOW) is not None
    assert player._ledger.take(entry, now=NOW) is None
    table.player().play()
    assert table.network.sent == []
    table.clock.now += 31
    table.player().play()
    assert len(table.network.sent) == 1


def test_too_many_requests_end_the_round_for_as_long_as_the_server_says(
    loaded: LoadedChallenge, db: Database, album: Album, clock: Clock
) -> None:
    full = Faults("send", lambda: TryLaterError("full", where="post", wait=200.0, all_calls=True))
    network = MemoryTransport(fault=full)
    network.there += [a_post(album, "red"), a_post(album, "red")]
    player = Table(loaded, db, album, clock, network).player()
    player.play()
    assert player.quiet_until == clock.now + 200
    player.play()
    assert network.sent == []
    clock.now += 201
    player.play()
    assert len(network.sent) == 2


def test_a_refusal_is_final(loaded: LoadedChallenge, db: Database, album: Album, clock: Clock) -> None:
    network = MemoryTransport(fault=Faults("send", lambda: RefusedError("gone")))
    table = Table(loaded, db, album, clock, network)
    network.there.append(a_post(album, "red"))
    for _ in range(3):
        table.player().play()
        clock.now += 3600
    assert network.sent == []
    assert [row["state"] for row in table.rows()] == ["failed"]


def test_a_stop_lets_the_answer_at_hand_be_finished(table: Table) -> None:
    table.network.there += [a_post(table.album, "red") for _ in range(3)]
    table.player(stopping=lambda: len(table.network.sent) >= 1).play()
    assert len(table.network.sent) == 1
    table.player().play()
    assert len(table.network.sent) == 3


def test_a_dry_run_writes_nothing(table: Table) -> None:
    table.network.there += [a_post(table.album, "red"), a_post(table.album, "red", shared=True)]
    found = [text for _, text in table.player().preview()]
    assert found == ["@ann I think this is a magnificent Red (0.999) #RedOrNot"]
    assert table.network.sent == []
    assert table.rows() == []


def test_the_truth_is_learned_and_the_score_is_told(table: Table) -> None:
    first, second, third = (a_post(table.album, shade) for shade in ("red", "green", "blue"))
    table.network.there += [first, second, third]
    player = table.player()
    player.play()
    said = {"hashtags": ("redornotanswer",), "pictures": ()}
    table.network.there += [
        a_post(table.album, reply_to=first.id, text="It was CRIMSON. #RedOrNotAnswer", **said),
        a_post(table.album, reply_to=second.id, text="#blood_orange, sorry #RedOrNotAnswer", **said),
        a_post(
            table.album,
            reply_to=third.id,
            text="Red! #RedOrNotAnswer",
            author=Author(id="b", handle="bob"),
            **said,
        ),
    ]
    for _ in range(3):
        table.player().play()
    assert {row["post"]: row["truth"] for row in table.rows() if row["truth"]} == {
        first.uri: "red",
        second.uri: "red",
    }
    (summary,) = [draft for draft in table.network.sent if draft.reply_to is None]
    assert summary.text.splitlines() == [
        "Red or not?: the answers",
        "It was Red, as I said",
        "It was Red; I said Green",
        "1 of 2 right so far",
        "#RedOrNot",
    ]


@pytest.mark.postgres
def test_the_ledger_on_postgresql(
    loaded: LoadedChallenge, postgres_url: str, album: Album, clock: Clock
) -> None:
    db = make_shared_tables(postgres_url)
    try:
        network = MemoryTransport(fault=Faults("sent", lost))
        table = Table(loaded, db, album, clock, network)
        first = a_post(album, "red", "green")
        network.there += [first, a_post(album, "blue"), a_post(album, "red", pictures=())]
        for _ in range(2):
            table.player().play()
            clock.now += 60
        answer = {"hashtags": ("RedOrNotAnswer",), "text": "Red", "reply_to": first.id}
        network.there.append(a_post(album, **answer))
        table.player().play()
        assert len(network.sent) == 3
        assert table.player().counts() == {"sent": 3, "skipped": 1}
    finally:
        db.close()
