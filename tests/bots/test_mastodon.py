"""The bot on a Mastodon server over HTTP: what it reads, what it posts, faults, and kills at each step."""

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot_process
from databases import make_shared_tables, sqlite_url
from mastodon_peer import Fault, Person, Proxy, mastodon_server
from memes import meme
from outclass.base.errors import AuthenticationError
from outclass.base.fetch import Fetcher
from outclass.base.settings import Settings
from outclass.base.sql import Database
from outclass.bots.credentials import Credentials
from outclass.bots.ledger import OPEN
from outclass.bots.mastodon import MastodonTransport, plain_text
from outclass.bots.posts import Draft
from outclass.bots.service import Manner, Pace, open_players, play_round, seats_of
from outclass.bots.transport import RefusedError, TryLaterError
from outclass.catalog.declared_bot import Network
from photo_games import GAME, SECOND, WARNING, game_challenge, photo_of
from photo_models import color_version
from processes import environment

ACCOUNTS = [
    {"username": "ann", "access_token": "ann-token"},
    {"username": "shy", "access_token": "shy-token", "note": "Moss and fog. #nobot"},
    {"username": "machine", "access_token": "machine-token", "bot": True},
]
WATCHED = tuple((Network.MASTODON, str(account["username"])) for account in ACCOUNTS)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Run a server for all tests of this file."""
    with mastodon_server(
        [*ACCOUNTS, *({"username": f"u{n}", "access_token": f"u{n}"} for n in range(40))]
    ) as url:
        yield url


@pytest.fixture
def proxy(server: str) -> Iterator[Proxy]:
    """Run a proxy without faults."""
    with Proxy(server) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with the model of colors and an empty database."""
    folder = tmp_path / "home"
    folder.mkdir()
    color_version(folder / "models")
    make_shared_tables(sqlite_url(folder)).close()
    return folder


_people = iter(range(40))


@pytest.fixture
def person(proxy: Proxy) -> Person:
    """Return somebody who never posted before."""
    return Person(proxy.url, f"u{next(_people)}")


def transport_to(proxy: Proxy, token: str = "bot-token") -> MastodonTransport:
    """Return the bot's account."""
    return MastodonTransport(Credentials(server=proxy.url, secret=token), timeout=5.0)


def play(folder: Path, home: Path, proxy: Proxy, *names: str, rounds: int = 1) -> list[dict[str, int]]:
    """Play some rounds in this process."""
    loaded = game_challenge(folder, {**GAME, "accounts": {}}, {**SECOND, "accounts": {}})
    credentials = {Network.MASTODON: Credentials(server=proxy.url, secret="bot-token")}
    fetcher = Fetcher(allow_private=frozenset({proxy.place}))
    manner = Manner(download=lambda url: fetcher.fetch(url).body, lease=0.0, pace=Pace(first_wait=0.0))
    settings = Settings(home=home, database_url=sqlite_url(home))
    accounts = [(Network.MASTODON, name) for name in names]
    with open_players(seats_of([loaded], accounts, credentials), credentials, settings, manner) as players:
        deadline = time.monotonic() + 20.0
        for number in itertools.count(1):
            play_round(players)
            for player in players:
                player.quiet_until = 0.0
            counts = [player.counts() for player in players]
            if number >= rounds and not any(state in OPEN for count in counts for state in count):
                return counts
            assert time.monotonic() < deadline, counts
        raise AssertionError


def answers(proxy: Proxy, post: object) -> list[dict[str, object]]:
    """Return what the bot answered to a post."""
    return [one for one in Person(proxy.url, "bot-token").own_posts() if one["in_reply_to_id"] == post]


def named(person: Person) -> str:
    """Return the account's name."""
    return person.token


def test_posts_are_read_answered_and_left_alone(
    tmp_path: Path, home: Path, proxy: Proxy, person: Person
) -> None:
    one = person.post(
        "Good morning! #rEdOrNoT", [photo_of("red")], visibility="unlisted", spoiler_text="colors"
    )
    two = person.post("Two at once #RedOrNot #greenornot", [photo_of("green"), photo_of("blue")])
    quiet = person.post("Just talking #RedOrNot")
    shy = Person(proxy.url, "shy-token").post("#RedOrNot", [photo_of("red")])
    machine = Person(proxy.url, "machine-token").post("#RedOrNot", [photo_of("red")])
    reply = person.post("and here #RedOrNot", [photo_of("red")], in_reply_to_id=one["id"])
    person.share(str(shy["id"]))
    counts = play(tmp_path, home, proxy, named(person), "shy", "machine", rounds=2)
    (said,) = answers(proxy, one["id"])
    assert said["visibility"] == "unlisted"
    assert said["spoiler_text"] == "colors"
    assert "magnificent Red (0.9" in str(said["content"])
    assert [tag["name"] for tag in said["tags"]] == ["redornot"]
    assert [mention["username"] for mention in said["mentions"]] == [named(person)]
    both = [str(one["content"]) for one in answers(proxy, two["id"])]
    assert len(both) == 2
    assert sum("#GreenOrNot" in text for text in both) == 1
    assert all("1. " in text and "2. " in text for text in both)
    for post in (quiet, shy, machine, reply):
        assert answers(proxy, post["id"]) == []
    assert counts[0]["skipped"] == 3
    db = Database.connect(sqlite_url(home))
    logged = db.fetch_all("SELECT source, input, answer FROM prediction ORDER BY created_at")
    db.close()
    assert {(row["source"], row["input"]) for row in logged} == {("bot", None)}
    assert sorted(str(row["answer"]) for row in logged) == ["blue", "blue", "green", "green", "red"]


@pytest.mark.parametrize(
    "fault", [Fault.LOST, Fault.DONE_500, Fault.CUT, Fault.FAILED_500, Fault.FULL, Fault.DROPPED]
)
def test_a_fault_of_posting_leads_to_one_answer(
    tmp_path: Path, home: Path, proxy: Proxy, person: Person, fault: Fault
) -> None:
    post = person.post("#RedOrNot", [photo_of("red")])
    told: list[str] = []

    def plan(method: str, path: str) -> Fault | None:
        """Fail the first time; then forget keys, so that only looking up can help."""
        if (method, path) != ("POST", "/api/v1/statuses"):
            return None
        told.append(path)
        return fault if len(told) == 1 else Fault.FORGETFUL

    proxy.plan = plan
    play(tmp_path, home, proxy, named(person), rounds=3)
    assert len(answers(proxy, post["id"])) == 1
    assert len(told) == (2 if fault in {Fault.FAILED_500, Fault.FULL, Fault.DROPPED} else 1)


def test_the_score_is_told_once_though_its_answer_is_lost(
    tmp_path: Path, home: Path, proxy: Proxy, person: Person
) -> None:
    post = person.post("#RedOrNot", [photo_of("red")])
    play(tmp_path, home, proxy, named(person))
    person.post("Blood orange, I'm told <3 #redornotanswer", in_reply_to_id=post["id"])
    faults = iter([Fault.LOST])
    told = ("POST", "/api/v1/statuses")
    proxy.plan = lambda method, path: next(faults, Fault.FORGETFUL) if (method, path) == told else None
    play(tmp_path, home, proxy, named(person), rounds=4)
    own = [plain_text(str(one["content"])) for one in Person(proxy.url, "bot-token").own_posts()]
    assert [text for text in own if "1 of 1 right so far" in text] == [
        "Red or not?: the answers\nIt was Red, as I said\n1 of 1 right so far\n#RedOrNot"
    ]


def test_the_key_protects_what_cannot_be_found(proxy: Proxy, person: Person) -> None:
    post = person.post("#RedOrNot", [photo_of("red")])
    transport = transport_to(proxy)
    draft = Draft(
        key="k1",
        text="yes #RedOrNot",
        hashtag="RedOrNot",
        moment=0.0,
        written_at=0.0,
        reply_to=str(post["id"]),
    )
    assert transport.find(draft) is None
    assert transport.send(draft) == transport.send(draft) == transport.find(draft)
    assert len(answers(proxy, post["id"])) == 1
    transport.close()


def test_a_post_of_its_own_is_found_by_its_text(proxy: Proxy) -> None:
    transport = transport_to(proxy)
    text = "Answers <are> out & told:\n\n2 of 3 right\n#RedOrNot"
    draft = Draft(key="k2", text=text, hashtag="RedOrNot", moment=0.0, written_at=0.0)
    assert transport.find(draft) is None
    sent = transport.send(draft)
    assert transport.find(draft) == sent
    transport.close()


@pytest.mark.parametrize("fault", [Fault.FAILED_500, Fault.BROKEN, Fault.CUT, Fault.DROPPED])
def test_media_that_fail_once(tmp_path: Path, home: Path, proxy: Proxy, person: Person, fault: Fault) -> None:
    post = person.post("#RedOrNot", [photo_of("red")])
    failed: list[str] = []

    def plan(_method: str, path: str) -> Fault | None:
        """Fail the first time that the photo is asked for."""
        if path.startswith("/media/") and not failed:
            failed.append(path)
            return fault
        return None

    proxy.plan = plan
    play(tmp_path, home, proxy, named(person), rounds=3)
    assert failed
    passing = fault in {Fault.FAILED_500, Fault.DROPPED}
    assert len(answers(proxy, post["id"])) == (1 if passing else 0)


def test_faults_of_reading_only_delay(tmp_path: Path, home: Path, proxy: Proxy, person: Person) -> None:
    post = person.post("#RedOrNot", [photo_of("red")])
    faults = iter([Fault.CUT, Fault.FAILED_500, Fault.LOST, Fault.FULL, Fault.DROPPED])
    proxy.plan = lambda _method, path: next(faults, None) if path.endswith("/statuses") else None
    play(tmp_path, home, proxy, named(person), rounds=6)
    assert len(answers(proxy, post["id"])) == 1


def test_what_the_server_refuses(proxy: Proxy, person: Person) -> None:
    transport = transport_to(proxy)
    draft = Draft(key="k3", text="x" * 6000, hashtag="RedOrNot", moment=0.0, written_at=0.0)
    with pytest.raises(RefusedError) as caught:
        transport.send(draft)
    assert caught.value.got == "HTTP 422"
    with pytest.raises(RefusedError):
        list(transport.posts("nobody-at-all", ["RedOrNot"], since=0.0))
    transport.close()


def test_a_wrong_token_is_told_without_showing_it(proxy: Proxy) -> None:
    with pytest.raises(AuthenticationError) as caught:
        transport_to(proxy, "a-wrong-secret")
    assert "a-wrong-secret" not in str(caught.value)
    assert caught.value.where == "OUTCLASS_MASTODON_TOKEN"


def test_a_server_that_is_away(proxy: Proxy) -> None:
    proxy.plan = lambda _method, _path: Fault.DROPPED
    with pytest.raises(TryLaterError):
        transport_to(proxy)


def many_posts(person: Person) -> dict[str, tuple[str, int]]:
    """Post photos, memes, several photos and a photo for two games; return the kind and answers of each."""
    drawn = [meme(place) for place in range(6)]
    plans = [("photo", "#RedOrNot", [photo_of("red")], 1)] * 8
    plans += [("meme", "#redornot", [one], 1) for one in drawn[:4]]
    plans += [("several", "#REDORNOT", [photo_of("green"), drawn[4], photo_of("red")], 1)] * 3
    plans += [("both", "#RedOrNot #GreenOrNot", [photo_of("green")], 2)] * 2
    plans += [("second", "#greenornot", [photo_of("green")], 1), ("none", "#RedOrNot #nobot", [drawn[5]], 0)]
    return {str(person.post(tag, photos)["id"]): (kind, count) for kind, tag, photos, count in plans}


def play_and_be_killed(folder: Path, home: Path, proxy: Proxy, person: Person) -> set[str]:
    """Let the bot play in processes that are killed; return at which steps they were."""
    told = {
        "challenges": [str(folder)],
        "accounts": [f"mastodon:{named(person)}"],
        "port": proxy.place[1],
        "home": str(home),
        "points": list(bot_process.POINTS),
    }
    done = subprocess.run(
        [sys.executable, bot_process.__file__, json.dumps(told)],
        env=environment(home, OUTCLASS_MASTODON_URL=proxy.url, OUTCLASS_MASTODON_TOKEN="bot-token"),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout)["killed"])


def test_killed_at_each_step_each_post_is_answered_once(
    tmp_path: Path, home: Path, proxy: Proxy, person: Person
) -> None:
    posts = many_posts(person)
    faults = itertools.cycle([Fault.LOST, Fault.FORGETFUL, Fault.FAILED_500, Fault.FORGETFUL])

    def plan(method: str, path: str) -> Fault | None:
        """Lose an answer, fail, and never mind keys."""
        return next(faults) if (method, path) == ("POST", "/api/v1/statuses") else None

    proxy.plan = plan
    games = ({**GAME, "accounts": {}}, {**SECOND, "accounts": {}})
    folder = game_challenge(tmp_path, *games, warning=WARNING).folder
    assert play_and_be_killed(folder, home, proxy, person) == set(bot_process.POINTS)
    said: dict[str, list[str]] = {post: [] for post in posts}
    for status in Person(proxy.url, "bot-token").own_posts():
        if (post := str(status["in_reply_to_id"])) in said:
            said[post].append(plain_text(str(status["content"])))
    assert {post: len(texts) for post, texts in said.items()} == {post: n for post, (_, n) in posts.items()}
    assert all(text.endswith(WARNING) for texts in said.values() for text in texts)
    of_memes = [text for post, (kind, _) in posts.items() if kind == "meme" for text in said[post]]
    assert {text.partition("#")[0].strip() for text in of_memes} == {f"@{named(person)} I can't see a color"}
    assert all(
        "2. I can't see a color" in said[post][0] for post, (kind, _) in posts.items() if kind == "several"
    )
