"""GET /api/v1/challenges/{challenge}/leaderboard: people and models, ranked by the site's own sums."""

from typing import Annotated, Literal

import msgspec
from litestar import Request, Router, get
from litestar.datastructures import State
from msgspec import Meta

from outclass.api.asgi import Reply, json_reply
from outclass.api.routing import InPath, TheService, guarded
from outclass.base.errors import InvalidInputError
from outclass.base.keys import Scope
from outclass.base.sql import Database
from outclass.catalog.challenge import Challenge

SHOWN = 100
QUERY = """
    SELECT player.kind AS kind, player.name AS name, standing.ranked_rounds AS rounds,
        standing.ranked_winnings_cents AS cents, standing.skill_sum AS skill_sum,
        standing.models_rounds AS models_rounds, standing.models_skill_sum AS models_skill_sum
    FROM play_standing AS standing
    JOIN play_player AS player ON player.id = standing.player_id
    LEFT JOIN accounts_user AS account ON account.id = player.user_id
    WHERE standing.challenge = ? AND standing.ranked_rounds >= ?
        AND (player.kind = 'model' OR (player.kind = 'user' AND account.is_active AND NOT account.is_staff))
    ORDER BY player.name, player.id"""


class StandingRow(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of one player as the site keeps them."""

    kind: str
    name: str
    rounds: int
    cents: int
    skill_sum: float
    models_rounds: int
    models_skill_sum: float

    @property
    def skill(self) -> float:
        """Return the mean skill, to one digit, as the site shows it."""
        return round(self.skill_sum / self.rounds, 1)

    @property
    def models_skill(self) -> float | None:
        """Return the mean skill of the models in the same rounds; None where they had no advice."""
        return round(self.models_skill_sum / self.models_rounds, 1) if self.models_rounds else None


class LeaderboardLine(msgspec.Struct, frozen=True, kw_only=True):
    """One player; equal values share a rank."""

    rank: Annotated[int, Meta(ge=1)]
    player: str
    kind: Annotated[str, Meta(description="user or model")]
    rounds: Annotated[int, Meta(ge=1, description="rounds that count")]
    skill: Annotated[float, Meta(description="mean skill score of a round; 100 is perfect, 0 knows nothing")]
    models_skill: Annotated[
        float | None, Meta(description="mean skill of the models in the same rounds; null without advice")
    ]
    winnings: Annotated[float, Meta(description="play money won, in dollars")]


class Leaderboard(msgspec.Struct, frozen=True, kw_only=True):
    """The best players of a challenge."""

    challenge: str
    order: Literal["skill", "money"]
    minimum_rounds: Annotated[int, Meta(description="rounds before a player is ranked")]
    players: tuple[LeaderboardLine, ...]


@get("/challenges/{challenge:str}/leaderboard", opt=guarded(Scope.READ))
async def get_leaderboard(
    request: Request[None, None, State], service: TheService, challenge: InPath
) -> Reply:
    """Return the best players, by skill or by money."""
    found = service.challenge(challenge)
    match request.query_params.get("order", "skill"):
        case "skill" | "money" as order:
            lines = await service.in_database(read_lines, service.db, found, order)
        case other:
            raise InvalidInputError(
                "this order is not known", where="order", got=other, accepted="skill, money"
            )
    return json_reply(
        Leaderboard(
            challenge=found.name,
            order=order,
            minimum_rounds=found.game.minimum_rounds,
            players=tuple(lines[:SHOWN]),
        )
    )


def read_lines(db: Database, challenge: Challenge, order: str) -> list[LeaderboardLine]:
    """Read the sums of all ranked players and put them in order."""
    rows = db.fetch_as(StandingRow, QUERY, (challenge.name, challenge.game.minimum_rounds))
    return ranked(rows, order)


def ranked(rows: list[StandingRow], order: str) -> list[LeaderboardLine]:
    """Return lines by falling skill or money; ties share a rank and keep the order of their names."""

    def value(row: StandingRow) -> float:
        return row.skill if order == "skill" else row.cents

    lines: list[LeaderboardLine] = []
    previous: tuple[float, int] | None = None
    for place, row in enumerate(sorted(rows, key=lambda row: -value(row)), start=1):
        rank = previous[1] if previous is not None and previous[0] == value(row) else place
        previous = (value(row), rank)
        lines.append(
            LeaderboardLine(
                rank=rank,
                player=row.name,
                kind=row.kind,
                rounds=row.rounds,
                skill=row.skill,
                models_skill=row.models_skill,
                winnings=row.cents / 100,
            )
        )
    return lines


ROUTER = Router("/api/v1", route_handlers=[get_leaderboard])
