"""What a player has done: rounds, totals, calibration, and how two players compare."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from outclass.catalog.challenge import Challenge, InputKind
from outclass.charts.svg import ReliabilityBin
from outclass.inputs.masking import mask
from outclass.site.play.challenges import all_challenges
from outclass.site.play.models import Bet, Deal, Player, PlayerKind, Standing
from outclass.site.play.pool import pools
from outclass.site.tables.shown import excerpt_of_record

PAGE = 12
BINS = 10
CALIBRATION_BETS = 500
RECENT_DEALS = 5
EXCERPT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One settled bet in a player's list; dollars, not cents; `excerpt` is how its object begins."""

    bet: Bet
    name: str
    picture: bool
    truth: str
    on_truth: int
    won: float
    gain: float
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A player's sums in one challenge, and the advisers' skill on the same objects."""

    challenge: Challenge
    standing: Standing
    advisers: tuple[tuple[str, float], ...]

    @property
    def won(self) -> int:
        """Return dollars won, to the dollar."""
        return round(self.standing.winnings_cents / 100)

    @property
    def gain(self) -> int:
        """Return dollars won less dollars bet."""
        return self.won - self.standing.staked


@dataclass(frozen=True, slots=True, kw_only=True)
class DealProgress:
    """A deal and how much of it is settled."""

    deal: Deal
    challenge: Challenge
    rounds: int
    settled: int

    @property
    def is_open(self) -> bool:
        """Return whether rounds are left."""
        return self.settled < self.rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One player's sums over the objects that two players have both bet on."""

    player: Player
    won: float
    skill: float
    better: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Versus:
    """Two players on the same objects."""

    objects: int
    left: Side
    right: Side
    level: int


def history(player: Player, challenge: str | None = None) -> "QuerySet[Bet]":
    """Return a player's settled bets, of one challenge or of all, the latest first."""
    bets = Bet.objects.filter(player=player, **({} if challenge is None else {"challenge": challenge}))
    return bets.select_related("round__deal").order_by("-settled_at", "-pk")


def history_rows(bets: Iterable[Bet]) -> list[HistoryRow]:
    """Return settled bets as the list of rounds shows them."""
    known = {challenge.name: challenge for challenge in all_challenges()}
    return [history_row(bet, known.get(bet.challenge)) for bet in bets]


def history_row(bet: Bet, challenge: Challenge | None) -> HistoryRow:
    """Return one settled bet; a challenge that is no more leaves the names of its classes."""
    titles = {label.name: label.title for label in challenge.classes} if challenge else {}
    won = bet.winnings_cents / 100
    return HistoryRow(
        bet=bet,
        name=bet.nickname or f"No. {bet.round.position}, {bet.settled_at:%d %b %H:%M}",
        picture=challenge is not None and challenge.input.kind is InputKind.DRAWING,
        truth=titles.get(bet.truth, bet.truth),
        on_truth=bet.dollars.get(bet.truth, 0),
        won=won,
        gain=won - bet.round.deal.stake,
        excerpt=excerpt_of(bet, challenge) if challenge else "",
    )


def excerpt_of(bet: Bet, challenge: Challenge) -> str:
    """Return how the message of a settled round begins, numbers and addresses hidden; or its record."""
    if challenge.input.kind not in {InputKind.TEXT, InputKind.TABLE}:
        return ""
    deal = bet.round.deal
    pool = pools().version(deal.challenge, deal.data_version)
    if pool is None or bet.object_id not in pool.places:
        return ""
    if (table := pool.record(bet.object_id)) is not None:
        return excerpt_of_record(challenge, table.values[0], table.columns)
    shown = " ".join(mask(pool.text(bet.object_id) or "").split())
    return shown if len(shown) <= EXCERPT else f"{shown[:EXCERPT]}\u2026"


def totals(player: Player) -> list[Total]:
    """Return a player's sums in each challenge that still exists."""
    known = {challenge.name: challenge for challenge in all_challenges()}
    return [
        Total(
            challenge=known[standing.challenge],
            standing=standing,
            advisers=tuple(adviser_skill(player, standing.challenge)),
        )
        for standing in Standing.objects.filter(player=player).order_by("-rounds")
        if standing.challenge in known
    ]


def total_of(player: Player, challenge: Challenge) -> Total | None:
    """Return a player's sums in one challenge, None before the first settled round."""
    standing = Standing.objects.filter(player=player, challenge=challenge.name).first()
    if standing is None:
        return None
    advisers = tuple(adviser_skill(player, challenge.name))
    return Total(challenge=challenge, standing=standing, advisers=advisers)


def adviser_skill(player: Player, challenge: str) -> list[tuple[str, float]]:
    """Return each model's mean skill on the objects that a player has bet on."""
    mine = Bet.objects.filter(player=player, challenge=challenge, ranked=True, counted=True)
    rows = Bet.objects.filter(
        player__kind=PlayerKind.MODEL, challenge=challenge, object_id__in=mine.values("object_id")
    ).values_list("player__name", "skill")
    return [
        (name, mean(skill for _, skill in group))
        for name, group in groupby(sorted(rows), key=lambda row: row[0])
    ]


def calibration(player: Player) -> list[ReliabilityBin]:
    """Compare how much of the stake a player puts on classes with how often these are true."""
    bets = Bet.objects.filter(player=player, counted=True).order_by("-pk")[:CALIBRATION_BETS]
    return calibration_bins((dollars, truth) for dollars, truth in bets.values_list("dollars", "truth"))


def calibration_bins(bets: Iterable[tuple[dict[str, int], str]]) -> list[ReliabilityBin]:
    """Sort every stake above zero into ten equal bins; empty bins are left out.

    >>> calibration_bins([({"a": 80, "b": 20}, "a"), ({"a": 80, "b": 20}, "b")])[0]
    ReliabilityBin(confidence=0.2, accuracy=0.5, count=2)
    """
    stakes = [
        (amount / sum(dollars.values()), name == truth)
        for dollars, truth in bets
        for name, amount in dollars.items()
        if amount
    ]
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for share, hit in stakes:
        bins[min(BINS - 1, int(share * BINS + 1e-9))].append((share, hit))
    return [
        ReliabilityBin(
            confidence=mean(s for s, _ in rows), accuracy=mean(h for _, h in rows), count=len(rows)
        )
        for rows in bins
        if rows
    ]


def recent_deals(
    player: Player, challenge: str | None = None, count: int = RECENT_DEALS
) -> list[DealProgress]:
    """Return a player's latest deals."""
    settled = Exists(Bet.objects.filter(player=player, round=OuterRef("rounds")))
    deals = Deal.objects.filter(player=player, **({} if challenge is None else {"challenge": challenge}))
    counted = deals.annotate(total=Count("rounds"), done=Count("rounds", filter=Q(settled)))
    known = {one.name: one for one in all_challenges()}
    return [
        DealProgress(deal=deal, challenge=known[deal.challenge], rounds=deal.total, settled=deal.done)
        for deal in counted.order_by("-created_at")[:count]
        if deal.challenge in known
    ]


def versus(challenge: Challenge, left: Player, right: Player) -> Versus:
    """Compare two players on the objects that both have bet on."""
    bets = {player.pk: bets_by_object(challenge, player) for player in (left, right)}
    common = sorted(bets[left.pk].keys() & bets[right.pk].keys())
    pairs = [(bets[left.pk][one], bets[right.pk][one]) for one in common]
    ahead = sum(a.skill > b.skill for a, b in pairs)
    behind = sum(a.skill < b.skill for a, b in pairs)
    return Versus(
        objects=len(common),
        left=make_side(left, [a for a, _ in pairs], ahead),
        right=make_side(right, [b for _, b in pairs], behind),
        level=len(common) - ahead - behind,
    )


def bets_by_object(challenge: Challenge, player: Player) -> dict[str, Bet]:
    """Return a player's ranked bets by object."""
    bets = Bet.objects.filter(player=player, challenge=challenge.name, ranked=True, counted=True)
    return {bet.object_id: bet for bet in bets.only("object_id", "skill", "winnings_cents")}


def make_side(player: Player, bets: list[Bet], better: int) -> Side:
    """Add up one side of a comparison."""
    won = sum(bet.winnings_cents for bet in bets) / 100
    return Side(player=player, won=won, skill=mean(bet.skill for bet in bets), better=better)


def mean(values: Iterable[float]) -> float:
    """Return the mean, 0 of nothing.

    >>> mean([1, 2])
    1.5
    """
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else 0.0
