"""Games of a challenge as a data file: rounds on retired objects, and who is ahead, without personal columns.

Read by plain SQL from the site's database. People are random numbers that change with each publication and
differ between tables, days stand for times; neither names of people nor what they called objects are there.
"""

import hashlib
import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random, SystemRandom

import msgspec

from outclass.base.errors import NotFoundError, UnavailableError
from outclass.base.settings import Settings
from outclass.base.sql import Database, Row
from outclass.base.store import PARTIAL, FileLock, sha256_of_file
from outclass.catalog.challenge import InputKind
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.retired import read_retired
from outclass.publish.data_site.shelf import SITE_SUFFIX, SiteDocument, write_site
from outclass.publish.database import schema
from outclass.publish.database.counting import fill_facets
from outclass.publish.database.files import LOCK, NAME_LENGTH, SUFFIX, published_folder
from outclass.publish.database.metadata import Metadata, table_metadata
from outclass.publish.database.schema import Column, Table
from outclass.publish.database.writer import SqlValue, count, fill, writing

NAME = "{}-games"

BETS = Table(
    name="bets",
    about="Settled bets on objects that are no longer played.",
    columns=(
        Column(name="object", about="as in the data file; empty for texts, whose ids are hashes of them"),
        Column(name="truth", about="the true class, as the data had it at the deal"),
        Column(name="player", about="a random number of a person, or the model's name"),
        Column(name="kind", about="user, guest or model"),
        Column(name="model", about="the version that made the bet"),
        Column(name="day", about="on which it was settled, UTC"),
        Column(name="nights", type="INTEGER", about="nights that were shown; 0 for all"),
        Column(name="dollars", about="dollars by class, as JSON"),
        Column(name="winnings", type="REAL", unit="dollars"),
        Column(name="skill", type="REAL", about="100 is perfect, 0 knows nothing"),
    ),
    indexes=(("object",), ("player",)),
    facets=("kind", "truth", "model", "day"),
)
LEADERBOARD = Table(
    name="leaderboard",
    about="Players with enough rounds; the numbers of people are other ones than in bets.",
    columns=(
        Column(name="rank", type="INTEGER", about="by skill; equal values share one"),
        Column(name="player", about="a random number of a person, or the model's name"),
        Column(name="kind", about="user or model"),
        Column(name="rounds", type="INTEGER", about="that count"),
        Column(name="winnings", type="REAL", unit="dollars"),
        Column(name="skill", type="REAL", about="mean of the rounds; 100 is perfect, 0 knows nothing"),
    ),
    facets=("kind",),
)
BETS_QUERY = """
    SELECT bet.object_id AS object, bet.truth AS truth, bet.player_id AS player, player.kind AS kind,
        player.model AS name, bet.model AS model, CAST(bet.settled_at AS TEXT) AS settled,
        round.nights AS nights, CAST(bet.dollars AS TEXT) AS dollars, bet.winnings_cents AS cents,
        bet.skill AS skill
    FROM play_bet AS bet
    JOIN play_player AS player ON player.id = bet.player_id
    JOIN play_round AS round ON round.id = bet.round_id
    WHERE bet.challenge = ? AND bet.counted
    ORDER BY bet.object_id, bet.id"""
STANDINGS_QUERY = """
    SELECT standing.player_id AS player, player.kind AS kind, player.model AS name,
        standing.ranked_rounds AS rounds, standing.ranked_winnings_cents AS cents,
        standing.skill_sum AS skill_sum
    FROM play_standing AS standing
    JOIN play_player AS player ON player.id = standing.player_id
    LEFT JOIN accounts_user AS account ON account.id = player.user_id
    WHERE standing.challenge = ? AND standing.ranked_rounds >= ?
        AND (player.kind = 'model'
            OR (player.kind = 'user' AND account.is_active AND NOT account.is_staff))"""


class Masks:
    """Gives each person a random number, another one in each table and publication."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._numbers: dict[object, str] = {}
        self._taken: set[str] = set()

    def of(self, row: Row) -> str:
        """Return what a player is called: a model by its name, a person by a number."""
        if row["kind"] == "model":
            return str(row["name"])
        player = row["player"]
        while player not in self._numbers:
            number = f"player {self._random.randrange(10**6, 10**7)}"
            if number not in self._taken:
                self._taken.add(number)
                self._numbers[player] = number
        return self._numbers[player]


def publish_games(
    loaded: LoadedChallenge, settings: Settings, *, random: Random | None = None
) -> SiteDocument:
    """Write the games of a challenge to `HOME/published/CHALLENGE-games/`, in the place of those before.

    Earlier files are removed: numbers of two publications could be matched by what both tell.

    Parameters
    ----------
    random
        Where the numbers of people come from; of the system by default.

    Raises
    ------
    NotFoundError
        There is no database of a site.
    """
    random = random or SystemRandom()
    name = NAME.format(loaded.name)
    folder = published_folder(name, settings)
    with FileLock(folder / LOCK), tempfile.TemporaryDirectory(prefix=PARTIAL, dir=folder) as place:
        bets, standings = read_games(loaded, settings, random)
        made = Path(place) / "games.sqlite"
        with writing(made) as connection:
            _write(connection, bets, standings)
            rows = {table.name: count(connection, table.name) for table in (BETS, LEADERBOARD)}
        content = hashlib.sha256(msgspec.json.encode([schema.FORMAT, bets, standings])).hexdigest()
        final = folder / f"{content[:NAME_LENGTH]}{SUFFIX}"
        document = SiteDocument(
            name=name,
            file=final.name,
            sha256=sha256_of_file(made),
            content_sha256=content,
            rows=rows,
            metadata=metadata_of_games(loaded),
        )
        made.replace(final)
        write_site(folder, document)
        _remove_earlier(folder, final)
    return document


def _write(
    connection: sqlite3.Connection,
    bets: Sequence[Sequence[SqlValue]],
    standings: Sequence[Sequence[SqlValue]],
) -> None:
    """Make the tables of a data file of games."""
    fill(connection, BETS, bets)
    fill(connection, LEADERBOARD, standings)
    for statement in BETS.create_indexes():
        connection.execute(statement)
    fill_facets(connection, [BETS, LEADERBOARD])


def _remove_earlier(folder: Path, kept: Path) -> None:
    """Remove earlier publications."""
    for path in (*folder.glob(f"*{SUFFIX}"), *folder.glob(f"*{SITE_SUFFIX}")):
        if not path.name.startswith(kept.stem):
            path.unlink()


def read_games(
    loaded: LoadedChallenge, settings: Settings, random: Random
) -> tuple[list[tuple[SqlValue, ...]], list[tuple[SqlValue, ...]]]:
    """Return rows of bets and of the leaderboard."""
    retired = read_retired(settings.data_folder / loaded.name)
    db = Database.connect(settings.database_url)
    try:
        bets = db.fetch_all(BETS_QUERY, (loaded.name,))
        minimum = loaded.challenge.game.minimum_rounds
        standings = db.fetch_all(STANDINGS_QUERY, (loaded.name, minimum))
    except UnavailableError as error:
        raise NotFoundError(
            "there are no games to publish", where=loaded.name, hint="start the site once: outclass serve"
        ) from error
    finally:
        db.close()
    told = [row for row in bets if row["object"] in retired]
    if loaded.challenge.input.kind is InputKind.TEXT:
        told = [row | {"object": None} for row in told]
    return list(bet_rows(told, Masks(random))), leaderboard_rows(standings, Masks(random))


def bet_rows(bets: Iterable[Row], masks: Masks) -> Iterator[tuple[SqlValue, ...]]:
    """Yield rows of bets; their order tells nothing of who made them."""
    rows = [
        (
            *(bet["object"], str(bet["truth"]), masks.of(bet), str(bet["kind"]), str(bet["model"])),
            str(bet["settled"])[:10],
            number(bet["nights"]),
            json.dumps(json.loads(str(bet["dollars"])), sort_keys=True),
            number(bet["cents"]) / 100,
            round(number(bet["skill"]), 1),
        )
        for bet in bets
    ]
    return iter(sorted(rows, key=str))


def leaderboard_rows(standings: Iterable[Row], masks: Masks) -> list[tuple[SqlValue, ...]]:
    """Return the lines of the leaderboard, by skill; ties share a rank and stand in a random order."""
    lines = [
        (
            round(number(row["skill_sum"]) / number(row["rounds"]), 1),
            masks.of(row),
            str(row["kind"]),
            int(number(row["rounds"])),
            number(row["cents"]) / 100,
        )
        for row in standings
    ]
    lines.sort(key=lambda line: (-line[0], line[1]))
    skills = [line[0] for line in lines]
    return [
        (skills.index(skill) + 1, player, kind, rounds, winnings, skill)
        for skill, player, kind, rounds, winnings in lines
    ]


def number(value: object) -> float:
    """Return a value of the database as a number."""
    assert isinstance(value, int | float)
    return value


def metadata_of_games(loaded: LoadedChallenge) -> Metadata:
    """Return what people read beside the games."""
    challenge = loaded.challenge
    return {
        "title": f"{challenge.title}: games",
        "description": "Bets on objects that are no longer played, and who is ahead. It is play money. "
        "People are random numbers that change with each publication.",
        "license": "CC0-1.0",
        "license_url": "https://creativecommons.org/publicdomain/zero/1.0/",
        "tables": {table.name: table_metadata(table) for table in (BETS, LEADERBOARD)},
        "queries": {},
    }
