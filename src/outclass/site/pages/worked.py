"""The worked example of the help page, computed by the functions that pay the players."""

from dataclasses import dataclass

from outclass.metrics.game import payouts, skill, winnings

STAKE = 100
EDGE = 0.05
CLASSES = 10
FOUR, NINE = 4, 9
BETS = {FOUR: 80, NINE: 20}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the bet of the example brings, given what the digit was."""

    truth: str
    dollars: int
    money: float
    skill: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """$80 on a four and $20 on a nine, each digit being dealt once in ten times."""

    stake: int
    edge: float
    dealing: float
    payout: float
    outcomes: tuple[Outcome, ...]


def worked_example() -> Example:
    """Compute the example."""
    dealing = [1 / CLASSES] * CLASSES
    paid = payouts(dealing, EDGE).tolist()
    bets = [BETS.get(digit, 0) for digit in range(CLASSES)]
    outcomes = tuple(
        Outcome(
            truth=title,
            dollars=bets[digit],
            money=winnings(bets, paid, digit),
            skill=skill(bets[digit] / STAKE, dealing[digit], CLASSES),
        )
        for digit, title in ((FOUR, "a 4"), (NINE, "a 9"), (7, "any other"))
    )
    return Example(stake=STAKE, edge=EDGE, dealing=dealing[0], payout=paid[0], outcomes=outcomes)
