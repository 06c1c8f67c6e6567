"""A round can be dealt, bet on by the champion, settled and scored."""

import numpy as np

from outclass.checks.result import require
from outclass.checks.subject import Subject
from outclass.metrics.game import allocate, payouts, skill, stake_to_probabilities, tempered, winnings

CENT = 0.01


def round_plays_through(subject: Subject) -> str:
    """The champion's bet spends the whole stake, is paid as the rules say, and earns a finite skill score.

    Whoever bets as the rounds are dealt gets back the stake less the house edge, on average.
    """
    rules, count = subject.challenge.game, len(subject.challenge.classes)
    shares = np.array(subject.champion.signature.prior)
    dealing = tempered(shares, rules.tempering)
    paid = payouts(dealing, rules.edge)
    prediction = subject.predictor.predict_one(subject.rows[0])
    bets = allocate(np.array(list(prediction.probabilities.values())), rules.stake)
    require(int(bets.sum()) == rules.stake, f"the bet spends {int(bets.sum())} of {rules.stake}")
    belief = stake_to_probabilities(bets)
    for truth in range(count):
        if dealing[truth] == 0:
            continue
        won = winnings(bets, paid, truth)
        require(won >= 0 and abs(won - bets[truth] * paid[truth]) <= CENT, f"class {truth} pays {won}")
        score = skill(float(belief[truth]), float(dealing[truth]), max(2, int((dealing > 0).sum())))
        require(bool(np.isfinite(score)), f"the skill score of class {truth} is {score}")
    average = float((dealing * (dealing * rules.stake) * paid).sum())
    expected = rules.stake * (1 - rules.edge)
    require(abs(average - expected) <= CENT, f"a blind bet returns {average:.2f}, not {expected:.2f}")
    return f"{count} classes, ${rules.stake} bet"
