"""The bot on a server of the AT Protocol: reading, posting under its own names, sessions, faults."""

import json
import re
import time
from collections.abc import Iterator

import pytest

from bluesky_peer import PASSWORD, BlueskyServer
from outclass.base.errors import AuthenticationError
from outclass.base.sql import Database
from outclass.bots.bluesky import BlueskyTransport, record_key
from outclass.bots.credentials import Credentials
from outclass.bots.posts import Draft
from outclass.bots.transport import RefusedError, TryLaterError
from outclass.catalog.declared_bot import Network
from outclass.catalog.loader import LoadedChallenge
from photo_games import Album, a_player, photo_of


@pytest.fixture
def server() -> Iterator[BlueskyServer]:
    """Run a server with one author."""
    with BlueskyServer() as running:
        running.join("ann.example", description="Cats.")
        yield running


def connect(server: BlueskyServer, password: str = PASSWORD) -> BlueskyTransport:
    """Return the bot's account."""
    return BlueskyTransport(Credentials(server=server.url, secret=password, user="bot.example"), timeout=5.0)


@pytest.fixture
def transport(server: BlueskyServer) -> Iterator[BlueskyTransport]:
    """Return the bot's account."""
    one = connect(server)
    yield one
    one.close()


def a_draft(**changed: object) -> Draft:
    """Return a reply."""
    fields: dict[str, object] = {
        "key": "k",
        "text": "Ünlikely ♥ #RedOrNot",
        "hashtag": "RedOrNot",
        "moment": 1_700_000_000.5,
        "written_at": 1_700_000_100.0,
        "reply_to": "at://did:plc:ann/app.bsky.feed.post/1",
        "version": "cid1",
        "language": "en",
    }
    return Draft(**fields | changed)


def test_posts_are_read_page_by_page(server: BlueskyServer, transport: BlueskyTransport) -> None:
    for number in range(8):
        server.write("ann.example", f"{number} #RedOrNot")
    server.write("ann.example", "nothing to see")
    server.write("ann.example", "tagged beside", tags=["redORnot"])
    posts = list(transport.posts("@ann.example", ["rednot", "RedOrNot"], since=0.0))
    assert [post.text[0] for post in posts] == ["t", *"76543210"]
    assert {post.author.about for post in posts} == {"Cats."}
    assert list(transport.posts("ann.example", ["RedOrNot"], since=time.time() + 10)) == []


def test_pictures_beside_a_quoted_post_count(server: BlueskyServer, transport: BlueskyTransport) -> None:
    uri = server.write("ann.example", "#RedOrNot")
    server.posts[-1]["embed"] = {
        "$type": "app.bsky.embed.recordWithMedia#view",
        "media": {"images": [{"fullsize": "https://cdn.example/1.jpg", "alt": "red"}]},
        "record": {},
    }
    (post,) = transport.posts("ann.example", ["RedOrNot"], since=0.0)
    assert [(picture.url, picture.alt) for picture in post.pictures] == [("https://cdn.example/1.jpg", "red")]
    assert post.uri == uri


def test_a_reply_and_its_hashtag(server: BlueskyServer, transport: BlueskyTransport) -> None:
    sent = transport.send(a_draft())
    ((key, record),) = server.records.items()
    assert sent.url == f"https://bsky.app/profile/bot.example/post/{key}"
    assert record["reply"]["parent"] == {"uri": "at://did:plc:ann/app.bsky.feed.post/1", "cid": "cid1"}
    place = record["facets"][0]["index"]
    text = record["text"].encode()
    assert text[place["byteStart"] : place["byteEnd"]] == b"#RedOrNot"
    assert record["createdAt"] == "2023-11-14T22:15:00.000+00:00"


def test_the_same_draft_is_posted_once(server: BlueskyServer, transport: BlueskyTransport) -> None:
    assert transport.find(a_draft()) is None
    assert transport.send(a_draft()) == transport.send(a_draft()) == transport.find(a_draft())
    assert transport.send(a_draft(key="other")) != transport.send(a_draft())
    assert len(server.records) == 2


def test_names_are_valid_and_of_their_time() -> None:
    early, late = record_key(a_draft()), record_key(a_draft(moment=1_700_000_002.0))
    assert re.fullmatch("[234567abcdefghij][234567a-z]{12}", early)
    assert early < late
    assert early == record_key(a_draft(text="other words"))
    assert early != record_key(a_draft(key="other"))


def test_a_session_that_ran_out_is_renewed(server: BlueskyServer, transport: BlueskyTransport) -> None:
    server.token = 5
    assert list(transport.posts("ann.example", ["RedOrNot"], since=0.0)) == []
    assert "com.atproto.server.refreshSession" in server.calls


def test_a_wrong_password_is_told_without_showing_it(server: BlueskyServer) -> None:
    with pytest.raises(AuthenticationError) as caught:
        connect(server, "hunter2")
    assert "hunter2" not in str(caught.value)
    assert caught.value.where == "OUTCLASS_BLUESKY_PASSWORD"


@pytest.mark.parametrize(
    "fault", [(502, b""), (200, b'{"uri": "at:'), (200, b"[]"), (302, b""), "lost"], ids=str
)
def test_an_unclear_answer_may_mean_that_it_is_done(
    server: BlueskyServer, transport: BlueskyTransport, fault: tuple[int, bytes] | str
) -> None:
    faults = iter([fault])
    server.fault = lambda name: next(faults, None) if name.endswith("createRecord") else None
    with pytest.raises(TryLaterError) as caught:
        transport.send(a_draft())
    assert not caught.value.all_calls
    assert (transport.find(a_draft()) is not None) is (fault == "lost")


def test_too_many_requests(server: BlueskyServer, transport: BlueskyTransport) -> None:
    server.fault = lambda _name: (429, b"{}")
    with pytest.raises(TryLaterError) as caught:
        transport.find(a_draft())
    assert caught.value.all_calls


def test_what_the_server_refuses(server: BlueskyServer, transport: BlueskyTransport) -> None:
    refused = json.dumps({"error": "InvalidRecord"}).encode()
    server.fault = lambda name: (400, refused) if name.endswith("createRecord") else None
    with pytest.raises(RefusedError, match="InvalidRecord"):
        transport.send(a_draft())
    with pytest.raises(RefusedError):
        list(transport.posts("nobody.example", ["RedOrNot"], since=0.0))


def test_the_length_that_counts(transport: BlueskyTransport) -> None:
    assert transport.length("e\u0301" * 300) == 300
    assert transport.length("\u0301" * 2000) > transport.limit


def test_a_game_is_played(
    server: BlueskyServer, transport: BlueskyTransport, loaded: LoadedChallenge, db: Database, album: Album
) -> None:
    red, blue = ({"fullsize": album.put(photo_of(shade)), "alt": ""} for shade in ("red", "blue"))
    server.join("shy.example", description="#nobot")
    server.join("robot.example", labels=[{"val": "bot"}])
    first = server.write("ann.example", "#REDORNOT", [red, blue])
    for handle in ("shy.example", "robot.example"):
        server.write(handle, "#RedOrNot", [red])
    root = {"uri": first, "cid": "cid0"}
    server.write("ann.example", "Red! #RedOrNotAnswer", reply={"root": root, "parent": root})
    lost = iter(["lost"])
    server.fault = lambda name: next(lost, None) if name.endswith("createRecord") else None
    names = ("ann.example", "shy.example", "robot.example")
    clock = [time.time() + 1]
    player = a_player(loaded, db, transport, album, clock=lambda: clock[0], accounts=names)
    for _ in range(3):
        player.play()
        clock[0] += 60
    reply, summary = server.records.values()
    assert reply["text"].splitlines() == [
        "1. I think this is a magnificent Red (0.999)",
        "2. I can't see a color",
        "#RedOrNot",
    ]
    assert reply["reply"]["root"] == root
    assert "1 of 1 right so far" in summary["text"]
    assert player.counts() == {"sent": 2, "skipped": 2}
    assert transport.network is Network.BLUESKY
