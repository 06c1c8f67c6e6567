"""The money and the skill of the game: payouts, allocations, winnings, the skill score.

Let q be the probabilities by which the classes are dealt. One dollar on class i pays ``(1 - edge) / q_i``
when i is true, so every way to bet returns ``1 - edge`` of the stake on average to a player who knows no more
than q. Knowing more pays.
"""

import math
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outclass.base.errors import InvalidInputError

FLOOR = 0.01
HISTORIC_PAYOUTS = (1_000_000, 100_000, 50_000, 20_000, 10_000, 5_000, 1_000, 500, 200, 100, 50, 20, 10)
HISTORIC_LAST = 10

Floats = NDArray[np.float64]


def tempered(shares: ArrayLike, tempering: float) -> Floats:
    """Return dealing probabilities ``q_i = s_i^t / sum_j s_j^t`` from class shares or counts.

    With t = 1 rounds are dealt as the data is, with t = 0 all classes alike; in between, rare classes come up
    more often than they are. A class without objects is never dealt.

    >>> tempered([90, 10, 0], 0.5).round(2).tolist()
    [0.75, 0.25, 0.0]
    """
    s = np.asarray(shares, dtype=np.float64)
    if s.ndim != 1 or not np.isfinite(s).all() or (s < 0).any() or not (s > 0).any():
        raise InvalidInputError(
            "these are no shares", got=s.tolist(), accepted="numbers from 0 up, not all 0"
        )
    powers = np.where(s > 0, np.power(s / s.max(), tempering, where=s > 0, out=np.zeros_like(s)), 0.0)
    return np.asarray(powers / powers.sum(), dtype=np.float64)


def payouts(dealing: ArrayLike, edge: float) -> Floats:
    """Return dollars paid per dollar on the true class: fair odds less the house edge; 0 where not dealt.

    >>> payouts([0.75, 0.25, 0.0], 0.05).round(2).tolist()
    [1.27, 3.8, 0.0]
    """
    q = np.asarray(dealing, dtype=np.float64)
    return np.divide(1.0 - edge, q, out=np.zeros_like(q), where=q > 0)


def historic_payouts(counts: ArrayLike) -> Floats:
    """Return the payouts of the first site of this kind: by rank, the rarest class first; 0 where not dealt.

    Ranks beyond the thirteen of the table pay 10. Of classes that are equally rare the one declared first
    ranks first.
    """
    n = np.asarray(counts, dtype=np.float64)
    paid = np.zeros_like(n)
    dealt = [int(i) for i in np.argsort(n, kind="stable") if n[i] > 0]
    for rank, index in enumerate(dealt):
        paid[index] = HISTORIC_PAYOUTS[rank] if rank < len(HISTORIC_PAYOUTS) else HISTORIC_LAST
    return paid


def allocate(probabilities: ArrayLike, stake: int) -> NDArray[np.int64]:
    """Split whole dollars by largest remainder (Hamilton's method); of equals the first comes first.

    >>> allocate([0.5, 0.25, 0.25], 101).tolist()
    [51, 25, 25]
    """
    shares = stake_to_probabilities(probabilities) * stake
    whole = np.floor(shares + 1e-9).astype(np.int64)
    order = np.argsort(-(shares - whole), kind="stable")
    whole[order[: stake - int(whole.sum())]] += 1
    return whole


def stake_to_probabilities(bets: ArrayLike) -> Floats:
    """Return the forecast that a bet states: each class's share of the stake.

    >>> stake_to_probabilities([80, 20, 0]).tolist()
    [0.8, 0.2, 0.0]
    """
    b = np.asarray(bets, dtype=np.float64)
    if b.ndim != 1 or not np.isfinite(b).all() or (b < 0).any() or b.sum() <= 0:
        raise InvalidInputError("this is no bet", got=b.tolist(), accepted="amounts from 0 up, not all 0")
    return np.asarray(b / b.sum(), dtype=np.float64)


def winnings(bets: ArrayLike, paid: ArrayLike, truth: int) -> float:
    """Return the dollars won, in whole cents: what lay on the true class times its payout."""
    return round(float(np.asarray(bets)[truth]) * float(np.asarray(paid)[truth]), 2)


@overload
def skill(p_true: float, q_true: float, classes: int) -> float: ...
@overload
def skill(p_true: Floats, q_true: Floats, classes: int) -> Floats: ...
def skill(p_true: float | Floats, q_true: float | Floats, classes: int) -> float | Floats:
    """Return how much a forecast beat the dealing probabilities: ``100 log2(max(p, 0.01) / q) / log2 K``.

    Parameters
    ----------
    p_true
        What the forecast gave the true class; taken as at least 1 %, so that one bad round does not cost
        everything.
    q_true
        The true class's dealing probability; above 0.
    classes
        The number K of classes that are dealt.

    Notes
    -----
    0 for a forecast that repeats q, 100 for certainty among K equal classes. As the logarithmic score (Good,
    1952) it is best, on average, to state what one believes, as long as every class gets 1 % or more; below
    that the floor saves up to one dollar in a hundred. Money alone cannot rank: who maximizes winnings puts
    everything on one class.

    >>> skill(1.0, 0.1, 10)
    100.0
    >>> skill(0.1, 0.1, 10)
    0.0
    """
    ratio = np.maximum(p_true, FLOOR) / q_true
    result = 100.0 * np.log2(ratio) / math.log2(classes)
    return float(result) if np.ndim(result) == 0 else np.asarray(result, dtype=np.float64)
