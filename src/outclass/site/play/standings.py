"""Sums over bets, and who is ahead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, F, Q, QuerySet, Sum

from outclass.catalog.challenge import Challenge
from outclass.site.play.models import Bet, Player, PlayerKind, Standing

SHOWN = 100
NAMES = (
    "rounds",
    "staked",
    "winnings_cents",
    "ranked_rounds",
    "ranked_winnings_cents",
    "skill_sum",
    "models_rounds",
    "models_skill_sum",
)


class Ranking(StrEnum):
    """The two orders of the leaderboard."""

    SKILL = "skill"
    MONEY = "money"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderboardRow:
    """One line of the leaderboard; equal values share a rank.

    `models_skill` is that of the models on the objects that this player bet on; None for a model.
    """

    rank: int
    player: Player
    rounds: int
    winnings: float
    skill: float
    models_skill: float | None
    is_you: bool


def add_bet(bet: Bet, staked: int) -> None:
    """Add a new bet to its player's sums, in the transaction that writes the bet."""
    row, _ = Standing.objects.get_or_create(player_id=bet.player_id, challenge=bet.challenge)
    ranked = int(bet.ranked)
    advised = ranked * (bet.models_skill is not None)
    Standing.objects.filter(pk=row.pk).update(
        rounds=F("rounds") + 1,
        staked=F("staked") + staked,
        winnings_cents=F("winnings_cents") + bet.winnings_cents,
        ranked_rounds=F("ranked_rounds") + ranked,
        ranked_winnings_cents=F("ranked_winnings_cents") + ranked * bet.winnings_cents,
        skill_sum=F("skill_sum") + ranked * bet.skill,
        models_rounds=F("models_rounds") + advised,
        models_skill_sum=F("models_skill_sum") + advised * (bet.models_skill or 0.0),
    )


def sums_of(player: Player) -> dict[str, dict[str, float]]:
    """Add up a player's bets from the ledger itself, by challenge."""
    ranked = Q(ranked=True)
    rows = (
        Bet.objects.filter(player=player, counted=True)
        .values("challenge")
        .annotate(
            rounds=Count("pk"),
            staked=Sum("round__deal__stake"),
            winnings=Sum("winnings_cents"),
            ranked_rounds=Count("pk", filter=ranked),
            ranked_winnings=Sum("winnings_cents", filter=ranked, default=0),
            skill_sum=Sum("skill", filter=ranked, default=0.0),
            models_rounds=Count("models_skill", filter=ranked),
            models_skill_sum=Sum("models_skill", filter=ranked, default=0.0),
        )
    )
    return {
        row["challenge"]: {
            "rounds": row["rounds"],
            "staked": row["staked"],
            "winnings_cents": row["winnings"],
            "ranked_rounds": row["ranked_rounds"],
            "ranked_winnings_cents": row["ranked_winnings"],
            "skill_sum": row["skill_sum"],
            "models_rounds": row["models_rounds"],
            "models_skill_sum": row["models_skill_sum"],
        }
        for row in rows
    }


def rebuild_standings(player: Player) -> None:
    """Write a player's sums anew from the ledger."""
    sums = sums_of(player)
    Standing.objects.filter(player=player).exclude(challenge__in=sums).delete()
    for challenge, values in sums.items():
        Standing.objects.update_or_create(player=player, challenge=challenge, defaults=values)


def contenders(challenge: Challenge) -> "QuerySet[Standing]":
    """Return the sums of all who are ranked: accounts that are not staff, and models, with enough rounds."""
    people = Q(player__kind=PlayerKind.USER, player__user__is_staff=False, player__user__is_active=True)
    return Standing.objects.filter(
        people | Q(player__kind=PlayerKind.MODEL),
        challenge=challenge.name,
        ranked_rounds__gte=challenge.game.minimum_rounds,
    ).select_related("player")


def leaderboard(
    challenge: Challenge, ranking: Ranking, you: Player | None, shown: int = SHOWN
) -> list[LeaderboardRow]:
    """Return the best players, and the viewer's own line after them where it is not among these."""
    rows = ranked_rows(contenders(challenge), ranking, you)
    return rows[:shown] + [row for row in rows[shown:] if row.is_you]


def ranked_rows(standings: Iterable[Standing], ranking: Ranking, you: Player | None) -> list[LeaderboardRow]:
    """Order players; ties share a rank and stand in order of their names."""
    ordered = sorted(standings, key=lambda row: (-value_of(row, ranking), row.player.name, row.player_id))
    ranks = shared_ranks([value_of(row, ranking) for row in ordered])
    return [
        LeaderboardRow(
            rank=rank,
            player=row.player,
            rounds=row.ranked_rounds,
            winnings=row.ranked_winnings_cents / 100,
            skill=row.skill or 0.0,
            models_skill=row.models_skill,
            is_you=you is not None and row.player_id == you.pk,
        )
        for rank, row in zip(ranks, ordered, strict=True)
    ]


def value_of(row: Standing, ranking: Ranking) -> float:
    """Return what a row is ordered by; skill counts to one digit after the point, as it is shown."""
    match ranking:
        case Ranking.SKILL:
            return round(row.skill or 0.0, 1)
        case Ranking.MONEY:
            return row.ranked_winnings_cents


def shared_ranks(values: Sequence[float]) -> list[int]:
    """Return ranks of falling values; equal ones share a rank and the next rank counts them.

    >>> shared_ranks([9, 7, 7, 3])
    [1, 2, 2, 4]
    """
    ranks: list[int] = []
    for place, value in enumerate(values, start=1):
        ranks.append(ranks[-1] if ranks and values[place - 2] == value else place)
    return ranks
