"""Choosing the objects of a deal, and writing the deal down with everything that it promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random, SystemRandom

from django.db import IntegrityError, transaction

from outclass.base.errors import UnavailableError
from outclass.catalog.challenge import Challenge
from outclass.site.play.advice import advise
from outclass.site.play.models import Bet, Deal, Player, Round
from outclass.site.play.pool import Pool
from outclass.site.play.rules import Rules, rules_for, scale_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The objects of one class that a player can still bet on: never dealt to them, and dealt before."""

    unseen: tuple[str, ...]
    seen: tuple[str, ...]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.unseen) + len(self.seen)


class PoolExhaustedError(UnavailableError):
    """The player has bet on every object that there is."""


def shelves_for(pool: Pool, player: Player, nights: int = 0) -> tuple[Shelf, ...]:
    """Sort the pool by class, without what is retired and what the player has settled.

    An early bet pays more since the rest was not seen. So what was dealt before is not dealt for one, and
    what is dealt for one is not dealt again while its bet is open.
    """
    settled = set(
        Bet.objects.filter(player=player, challenge=pool.challenge.name).values_list("object_id", flat=True)
    )
    settled |= pool.retired
    rounds = Round.objects.filter(deal__player=player, deal__challenge=pool.challenge.name)
    dealt = set(rounds.values_list("object_id", flat=True))
    settled |= dealt if nights else set(rounds.filter(nights__gt=0).values_list("object_id", flat=True))
    unseen: list[list[str]] = [[] for _ in pool.challenge.classes]
    seen: list[list[str]] = [[] for _ in pool.challenge.classes]
    for object_id, target in zip(pool.ids, pool.targets.tolist(), strict=True):
        if object_id not in settled:
            (seen if object_id in dealt else unseen)[target].append(object_id)
    return tuple(Shelf(unseen=tuple(new), seen=tuple(old)) for new, old in zip(unseen, seen, strict=True))


def choose(
    shelves: Sequence[Shelf], weights: Sequence[float], count: int, random: Random
) -> list[tuple[str, bool]]:
    """Choose objects at random: first a class by its weight, then one of its objects, unseen ones first.

    Returns
    -------
    Pairs of object id and whether the player never saw it; fewer than `count` where there are no more.
    """
    unseen = [list(shelf.unseen) for shelf in shelves]
    seen = [list(shelf.seen) for shelf in shelves]
    chosen: list[tuple[str, bool]] = []
    while len(chosen) < count:
        left = [w if new or old else 0.0 for w, new, old in zip(weights, unseen, seen, strict=True)]
        if not any(left):
            break
        place = random.choices(range(len(shelves)), left)[0]
        first = bool(unseen[place])
        stack = unseen[place] if first else seen[place]
        chosen.append((stack.pop(random.randrange(len(stack))), first))
    return chosen


def rules_of(pool: Pool, player: Player | None = None) -> Rules:
    """Return the odds that a deal would have now."""
    if player is None:
        return rules_for(pool.challenge, pool.counts())
    return rules_for(pool.challenge, pool.counts(), [len(shelf) > 0 for shelf in shelves_for(pool, player)])


def new_deal(
    pool: Pool, player: Player, request_token: str, random: Random | None = None, *, nights: int = 0
) -> Deal:
    """Deal to a player; the same request token gives the same deal again.

    Parameters
    ----------
    nights
        How many nights of each object are shown before the bet, as one of the challenge's early bets has it;
        0 for all.

    Raises
    ------
    PoolExhaustedError
        The player has bet on every object.
    """
    if earlier := Deal.objects.filter(player=player, request_token=request_token).first():
        return earlier
    shelves = shelves_for(pool, player, nights)
    if not any(len(shelf) for shelf in shelves):
        raise PoolExhaustedError("every object has been played")
    rules = rules_for(pool.challenge, pool.counts(), [len(shelf) > 0 for shelf in shelves])
    weights = [rules.dealing[name] for name in pool.challenge.class_names]
    chosen = choose(shelves, weights, pool.challenge.game.rounds, random or SystemRandom())
    try:
        return write_deal(pool, player, request_token, rules, chosen, nights)
    except IntegrityError:
        return Deal.objects.get(player=player, request_token=request_token)


def write_deal(
    pool: Pool,
    player: Player,
    request_token: str,
    rules: Rules,
    chosen: Sequence[tuple[str, bool]],
    nights: int = 0,
) -> Deal:
    """Write a deal and its rounds, with odds, advice and truth as they are now."""
    ids = [object_id for object_id, _ in chosen]
    advice = advise(pool, ids, rules.dealing, nights=nights)
    with transaction.atomic():
        deal = Deal.objects.create(player=player, request_token=request_token, **promises(pool, rules))
        Round.objects.bulk_create(
            Round(
                deal=deal,
                position=position,
                object_id=object_id,
                truth=pool.truth(object_id),
                advice=said,
                first_seen=first_seen,
                nights=nights,
                multiplier=multiplier_of(pool.challenge, nights),
            )
            for position, ((object_id, first_seen), said) in enumerate(
                zip(chosen, advice, strict=True), start=1
            )
        )
    return deal


def multiplier_of(challenge: Challenge, nights: int) -> int:
    """Return per cent of the payouts that a bet on some first nights is paid."""
    factor = next((bet.multiplier for bet in challenge.game.early if bet.nights == nights), 1.0)
    return round(100 * factor)


def promises(pool: Pool, rules: Rules) -> Mapping[str, object]:
    """Return the columns of a deal that hold its rules."""
    game = pool.challenge.game
    return {
        "challenge": pool.challenge.name,
        "data_version": pool.version,
        "sample": pool.sample,
        "stake": game.stake,
        "edge": game.edge,
        "scale": str(scale_of(pool.challenge)),
        "dealing": dict(rules.dealing),
        "payouts": dict(rules.payouts),
    }
