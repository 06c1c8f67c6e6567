"""The leaderboard counts and ranks as the site does."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from apis import Api
from databases import make_game_tables, make_shared_tables, sqlite_url
from outclass.api.leaderboard import read_lines
from outclass.base.sql import Database
from outclass.base.tables import schema_problems
from outclass.catalog.loader import load_challenge
from sites import migrated_site

pytestmark = pytest.mark.anyio
Problem = Callable[[httpx.Response, int, str], dict[str, object]]

PATH = "/api/v1/challenges/digits/leaderboard"


def fill(db: Database) -> None:
    make_game_tables(db)
    people = [(1, True, False), (2, True, False), (3, True, True), (4, False, False)]
    db.execute_many("INSERT INTO accounts_user VALUES (?, ?, ?)", people)
    players = [
        (1, "user", 1, "Ada"),
        (2, "user", 2, "Bob"),
        (3, "user", 3, "Staff"),
        (4, "user", 4, "Gone"),
        (5, "guest", None, "Guest"),
        (6, "model", None, "digits"),
        (7, "user", 1, "Other challenge"),
    ]
    db.execute_many("INSERT INTO play_player VALUES (?, ?, ?, ?)", players)
    standings = [(player, "digits", 20, 100_050 * player, 1000.0, 10, 900.0) for player in range(1, 7)]
    standings[1] = (2, "digits", 20, 5, 1000.4, 0, 0.0)
    standings += [(7, "stars", 20, 9, 9.0, 0, 0.0), (1, "stars", 9, 9, 9.0, 0, 0.0)]
    db.execute_many("INSERT INTO play_standing VALUES (?, ?, ?, ?, ?, ?, ?)", standings)


@pytest.fixture(params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    sqlite = request.param == "sqlite"
    db = make_shared_tables(sqlite_url(tmp_path) if sqlite else str(request.getfixturevalue("postgres_url")))
    fill(db)
    yield db
    db.close()


def test_both_orders_on_both_databases(filled: Database) -> None:
    challenge = load_challenge("digits").challenge
    skill = read_lines(filled, challenge, "skill")
    assert [(line.rank, line.player, line.skill) for line in skill] == [
        (1, "Ada", 50.0),
        (1, "Bob", 50.0),
        (1, "digits", 50.0),
    ]
    assert [line.models_skill for line in skill] == [90.0, None, 90.0]
    money = read_lines(filled, challenge, "money")
    assert [(line.rank, line.player, line.kind, line.winnings) for line in money] == [
        (1, "digits", "model", 6003.0),
        (2, "Ada", "user", 1000.5),
        (3, "Bob", "user", 0.05),
    ]


async def test_over_http(api: Api, problem: Problem) -> None:
    problem(await api.client.get(PATH), 503, "unavailable")
    fill(api.db)
    found = (await api.client.get(PATH, params={"order": "money"})).json()
    assert (found["order"], found["minimum_rounds"], len(found["players"])) == ("money", 10, 3)
    problem(await api.client.get(PATH, params={"order": "luck"}), 422, "invalid-input")


def test_the_tables_of_the_site_are_those_that_are_read() -> None:
    db = Database.connect(migrated_site().database_url)
    assert isinstance(read_lines(db, load_challenge("digits").challenge, "skill"), list)
    assert schema_problems(db) == []
    db.close()
