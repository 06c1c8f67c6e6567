"""Games as a data file: nothing that tells who played, and nothing of objects that are still played."""

import re
import sqlite3
from pathlib import Path
from random import Random

import pytest

import ledger
from outclass.base.errors import NotFoundError
from outclass.base.settings import Settings
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.retired import retire_objects
from outclass.publish.bundle.restore import restore_bundle
from outclass.publish.bundle.write import write_bundle
from outclass.publish.data_site.shelf import sites_of
from outclass.publish.games import publish_games
from outclass.site.play.dealing import new_deal
from outclass.site.play.models import Player, Round
from outclass.site.play.pool import Pool, read_pool
from outclass.site.play.settle import settle
from publications import everything_in
from small_challenge import declaration, settings_in, write_challenge

NICKNAME = "My dear Uncle Bob"


@pytest.fixture
def stress(tmp_path: Path) -> LoadedChallenge:
    """Return the challenge of made-up deals, in which one round is enough to be ranked."""
    declared = declaration() | {
        "name": "stress",
        "classes": [{"name": name, "title": name.upper()} for name in ledger.CLASSES],
        "game": {"minimum_rounds": 1},
    }
    return load_challenge(write_challenge(tmp_path / "stress", declared))


@pytest.fixture
def played(player: Player) -> Player:
    """Return a player who bet on three objects and called them by a name."""
    for key in ledger.stress_deal(player, 3):
        settle(Round.objects.select_related("deal__player").get(pk=key), ledger.DOLLARS, NICKNAME)
    return player


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    found = connection.execute(sql).fetchall()
    connection.close()
    return found


def test_bets_on_retired_objects_are_told_without_who_made_them(
    site: Settings, stress: LoadedChallenge, played: Player
) -> None:
    retire_objects("stress", ["object-0", "object-1"], site)

    document = publish_games(stress, site)

    (file,) = sites_of(site.home / "published" / "stress-games")
    found = rows(file.path, "SELECT object, truth, player, kind, dollars, winnings FROM bets")
    assert {row[0] for row in found} == {"object-0", "object-1"}
    people = [row for row in found if row[3] != "model"]
    assert [(row[1], row[4]) for row in people] == [("a", '{"a": 60, "b": 40}'), ("b", '{"a": 60, "b": 40}')]
    assert {row[2] for row in found if row[3] == "model"} == {"stress.first", "stress.second"}
    assert len({row[2] for row in people}) == 1
    assert str(people[0][2]).startswith("player ")
    assert all(len(str(row[0])) == 10 for row in rows(file.path, "SELECT day FROM bets"))
    assert document.rows["bets"] == 6
    content = file.path.read_bytes()
    user = played.user
    secrets = [NICKNAME, "object-2"] + ([user.get_username()] if user is not None else [played.name])
    assert not [secret for secret in secrets if secret and secret.encode() in content]


def test_numbers_of_people_change_with_each_publication_and_between_tables(
    site: Settings, stress: LoadedChallenge, played: Player
) -> None:
    retire_objects("stress", ["object-0"], site)
    folder = site.home / "published" / "stress-games"

    def numbers() -> set[object]:
        (file,) = sites_of(folder)
        return {
            row[0]
            for table in ("bets", "leaderboard")
            for row in rows(file.path, f"SELECT player FROM {table} WHERE kind <> 'model'")
        }

    publish_games(stress, site, random=Random(1))
    first = numbers()
    publish_games(stress, site, random=Random(2))
    second = numbers()

    assert first
    assert not first & second
    assert len(list(folder.glob("*.sqlite"))) == 1
    expected = 2 if played.kind == "user" else 1
    assert len(second) == expected


def test_without_a_site_there_are_no_games(stress: LoadedChallenge, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no games"):
        publish_games(stress, settings_in(tmp_path / "home"))


def test_a_restored_project_is_played_and_tells_of_no_account(
    site: Settings, shapes: Pool, player: Player, tmp_path: Path
) -> None:
    round_ = new_deal(shapes, player, "once").rounds.select_related("deal__player").first()
    settle(round_, {shapes.challenge.class_names[0]: 100}, NICKNAME)
    bundle = write_bundle(load_challenge("shapes"), site, tmp_path / "one.tar.gz")

    restored = restore_bundle(bundle.path, settings_in(tmp_path / "home"))

    pool = read_pool(restored.version, settings_in(tmp_path / "home"))
    assert set(pool.ids) == set(restored.version.ids("validation"))
    again = new_deal(pool, player, "another")
    assert again.rounds.count() == min(len(pool.ids), pool.challenge.game.rounds)
    content = everything_in(bundle.path)
    user = player.user
    secrets = [NICKNAME, str(tmp_path)] + ([user.get_username()] if user is not None else [])
    assert not [
        secret for secret in secrets if re.search(rb"\b" + re.escape(secret.encode()) + rb"\b", content)
    ]
