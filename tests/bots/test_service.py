"""Who plays where, with which secrets, and the command."""

import io
import json
import logging
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from databases import make_shared_tables, sqlite_url
from mastodon_peer import Person, mastodon_server, wait_for
from outclass.base.errors import InputError
from outclass.base.logs import configure_logs
from outclass.bots.credentials import Credentials, credentials_of
from outclass.bots.service import account_of, games_of, known_networks, seats_of, stopping_signals
from outclass.catalog.declared_bot import Network
from outclass.catalog.loader import LoadedChallenge, load_challenge
from photo_games import GAME, game_challenge, photo_of
from photo_models import color_version
from processes import OUTCLASS, environment, run_outclass

SECRET = "a-very-secret-token"


def test_credentials_from_the_environment_and_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    told = {"OUTCLASS_MASTODON_URL": "https://example.social/", "OUTCLASS_MASTODON_TOKEN_FILE": str(file)}
    assert credentials_of(Network.MASTODON, told) == Credentials(
        server="https://example.social", secret=SECRET
    )
    assert credentials_of(Network.BLUESKY, told) is None
    found = credentials_of(
        Network.BLUESKY, {"OUTCLASS_BLUESKY_HANDLE": "a.example", "OUTCLASS_BLUESKY_PASSWORD": "p"}
    )
    assert found == Credentials(server="https://bsky.social", secret="p", user="a.example")


def test_a_secret_is_not_shown() -> None:
    assert SECRET not in repr(Credentials(server="https://example.social", secret=SECRET))


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ({"OUTCLASS_MASTODON_URL": "https://example.social"}, "OUTCLASS_MASTODON_TOKEN"),
        ({"OUTCLASS_MASTODON_TOKEN": SECRET}, "OUTCLASS_MASTODON_URL"),
        (
            {"OUTCLASS_MASTODON_URL": "http://example.social", "OUTCLASS_MASTODON_TOKEN": SECRET},
            "OUTCLASS_MASTODON_URL",
        ),
        (
            {"OUTCLASS_MASTODON_URL": "https://a:b@example.social", "OUTCLASS_MASTODON_TOKEN": SECRET},
            "OUTCLASS_MASTODON_URL",
        ),
        (
            {"OUTCLASS_MASTODON_URL": "https://x.example", "OUTCLASS_MASTODON_TOKEN_FILE": "/nowhere"},
            "OUTCLASS_MASTODON_TOKEN_FILE",
        ),
        ({"OUTCLASS_BLUESKY_HANDLE": "a.example"}, "OUTCLASS_BLUESKY_PASSWORD"),
        ({}, "environment"),
    ],
)
def test_credentials_that_are_not_whole(told: dict[str, str], where: str) -> None:
    with pytest.raises(InputError) as caught:
        known_networks(told)
    assert caught.value.where == where
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"two words", b"\xff\xfe", b"x" * 5000])
def test_files_that_hold_no_secret(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    told = {"OUTCLASS_MASTODON_URL": "https://x.example", "OUTCLASS_MASTODON_TOKEN_FILE": str(file)}
    with pytest.raises(InputError, match="no secret"):
        credentials_of(Network.MASTODON, told)


def test_seats(loaded: LoadedChallenge) -> None:
    both = seats_of([loaded], [account_of("@bob@example.social"), account_of("cat.example")], set(Network))
    assert [(seat.network.value, seat.accounts) for seat in both] == [
        ("mastodon", ("ann", "bob@example.social")),
        ("bluesky", ("ann", "cat.example")),
    ]
    (one,) = seats_of([loaded], [], {Network.BLUESKY})
    assert one.network is Network.BLUESKY


def test_nobody_and_nothing_to_play(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nobody"):
        seats_of([load_challenge("cats")], [], set(Network))
    with pytest.raises(InputError, match="no games"):
        games_of(load_challenge("digits"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_asks_and_the_second_stops(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stopping_signals() as stop:
        assert signal.getsignal(number) != before
        os.kill(os.getpid(), number)
        assert stop.wait(5)
        assert signal.getsignal(number) == before


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Run a server with one author."""
    with mastodon_server([{"username": "ann", "access_token": "ann-token"}]) as url:
        yield url


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with a model, beside a challenge with a game."""
    folder = tmp_path / "home"
    folder.mkdir()
    color_version(folder / "models")
    game_challenge(tmp_path, {**GAME, "accounts": {}})
    return folder


def test_the_command_shows_and_then_watches_until_it_is_told_to_stop(home: Path, server: str) -> None:
    told = {"OUTCLASS_MASTODON_URL": server, "OUTCLASS_MASTODON_TOKEN": "bot-token"}
    words = ("bot", str(home.parent), "--account", "mastodon:ann", "--json")
    ann = Person(server, "ann-token")
    # The photo lies on this machine, where the command fetches nothing: it cannot be read.
    ann.post("#RedOrNot", [photo_of("red")])
    quiet = str(ann.post("#RedOrNot #nobot", [photo_of("red")])["uri"])
    shown = run_outclass(home, *words, "--dry-run", **told)
    assert (shown.returncode, json.loads(shown.stdout)) == (0, [])
    assert not Path(home, "site.sqlite3").exists() or "bot_post" not in shown.stderr
    db = make_shared_tables(sqlite_url(home))
    process = subprocess.Popen(
        [*OUTCLASS, *words, "--watch", "--every", "1"],
        env=environment(home, **told),
        cwd=home.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: len(db.fetch_all("SELECT id FROM bot_post WHERE state = 'skipped'")) == 2, 60.0)
    process.terminate()
    output, log = process.communicate(timeout=30)
    rows = db.fetch_all("SELECT post, reason FROM bot_post ORDER BY created_at")
    db.close()
    assert process.returncode == 0, log
    assert [row["reason"] for row in rows] == ["unreadable", "opted-out"]
    assert rows[1]["post"] == quiet
    assert json.loads(output)[0]["skipped"] == 2
    assert "bot-token" not in log + output


def test_what_is_missing_is_told(home: Path) -> None:
    nothing = run_outclass(home, "bot", str(home.parent), "--account", "ann@example.social")
    assert nothing.returncode == 1
    assert "no network is set up" in nothing.stderr


def test_logs_hold_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    stream = io.StringIO()
    configure_logs(stream=stream)
    logging.getLogger("outclass.bots").warning("%s", Credentials(server="https://x.example", secret=SECRET))
    assert SECRET not in stream.getvalue()
    assert "x.example" in stream.getvalue()
