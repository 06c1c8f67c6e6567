"""What is concluded from several people's answers: each person's errors and each item's class, by EM.

Source: A. P. Dawid, A. M. Skene, Maximum Likelihood Estimation of Observer Error-Rates Using the EM
Algorithm, Applied Statistics 28 (1979), 20-28. To that come weights of ballots, items of known class, and
pseudo-counts: with them the estimate is the maximum a posteriori under Dirichlet priors, so that somebody
with three answers is neither perfect nor hopeless.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

LEAST = 1e-300
ITERATIONS = 200
TOLERANCE = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """Answers, one a row.

    Attributes
    ----------
    items, voters
        Names; rows say them by their place.
    item, voter, label
        Place of the item, the voter and the class of each answer, int64 ``[answers]``.
    weight
        How much each answer counts, float64 ``[answers]``.
    classes
        Number of classes.
    """

    items: tuple[Hashable, ...]
    voters: tuple[Hashable, ...]
    item: Places
    voter: Places
    label: Places
    weight: Floats
    classes: int

    @classmethod
    def of(
        cls,
        rows: Iterable[tuple[Hashable, Hashable, int]],
        classes: int,
        weights: Sequence[float] | None = None,
    ) -> "Votes":
        """Return votes from ``(item, voter, class)``, in order of appearance; all weigh 1 by default."""
        found = list(rows)
        items = list(dict.fromkeys(row[0] for row in found))
        voters = list(dict.fromkeys(row[1] for row in found))
        item_places = {name: place for place, name in enumerate(items)}
        voter_places = {name: place for place, name in enumerate(voters)}
        return cls(
            items=tuple(items),
            voters=tuple(voters),
            item=np.array([item_places[row[0]] for row in found], dtype=np.int64),
            voter=np.array([voter_places[row[1]] for row in found], dtype=np.int64),
            label=np.array([row[2] for row in found], dtype=np.int64),
            weight=np.ones(len(found)) if weights is None else np.asarray(weights, dtype=np.float64),
            classes=classes,
        )

    def counts(self) -> Floats:
        """Return the weight of the answers for each class of each item, ``[items, classes]``."""
        return summed(self.item * self.classes + self.label, self.weight, (len(self.items), self.classes))


def summed(places: Places, values: Floats, shape: tuple[int, ...]) -> Floats:
    """Return the sum of the values at each place of a table."""
    size = int(np.prod(shape))
    result: Floats = np.bincount(places, weights=values, minlength=size).astype(np.float64).reshape(shape)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothing:
    """Pseudo-counts: what is assumed of classes and people before anybody answers.

    Attributes
    ----------
    prior
        Items assumed of each class.
    answers
        Answers assumed of each person on items of each class.
    accuracy
        Share of those that are right; the rest is spread evenly over the other classes.
    """

    prior: float = 1.0
    answers: float = 4.0
    accuracy: float = 0.8

    def confusion(self, classes: int) -> Floats:
        """Return the pseudo-counts of answers by true class, ``[classes, classes]``."""
        wrong = (1 - self.accuracy) / max(classes - 1, 1)
        table = np.full((classes, classes), wrong)
        np.fill_diagonal(table, self.accuracy)
        return self.answers * table


NO_SMOOTHING = Smoothing(prior=0.0, answers=0.0)
"""The estimate of the paper: maximum likelihood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """What EM came to.

    Attributes
    ----------
    votes
        What it came from.
    posterior
        Probability of each class for each item, ``[items, classes]``.
    prior
        Share of each class, ``[classes]``.
    confusion
        Probability that a person answers the last index where the class is the middle one,
        ``[voters, classes, classes]``.
    objective
        Logarithm of the likelihood (with pseudo-counts: of the posterior density, up to a constant) after
        each iteration; it never falls.
    """

    votes: Votes
    posterior: Floats
    prior: Floats
    confusion: Floats
    objective: tuple[float, ...]

    @property
    def labels(self) -> Places:
        """Return the most probable class of each item, int64 ``[items]``."""
        found: Places = self.posterior.argmax(axis=1)
        return found

    def accuracy(self) -> Floats:
        """Return how often each person is right, by the estimated shares of classes, ``[voters]``."""
        right: Floats = np.einsum("vkk,k->v", self.confusion, self.prior)
        return right


def majority(votes: Votes) -> Floats:
    """Return each item's share of answers by class, ``[items, classes]``, equal without an answer."""
    counts = votes.counts()
    total = counts.sum(axis=1, keepdims=True)
    shares: Floats = np.where(total > 0, counts / np.where(total > 0, total, 1.0), 1 / votes.classes)
    return shares


def dawid_skene(
    votes: Votes,
    *,
    gold: Mapping[Hashable, int] | None = None,
    smoothing: Smoothing | None = None,
    iterations: int = ITERATIONS,
    tolerance: float = TOLERANCE,
) -> Consensus:
    """Estimate classes of items and errors of people together.

    Parameters
    ----------
    gold
        Class of the items whose truth is known: they stay as they are, and teach how good people are.
    smoothing
        Pseudo-counts; `NO_SMOOTHING` for the paper's own estimate.
    iterations, tolerance
        EM stops when the objective rises by less than `tolerance` per answer, at the latest after so many.

    Examples
    --------
    >>> votes = Votes.of([("a", "ann", 0), ("a", "bob", 0), ("a", "cy", 1), ("b", "ann", 1)], classes=2)
    >>> dawid_skene(votes).labels.tolist()
    [0, 1]
    """
    chosen = smoothing or Smoothing()
    known = clamps(votes, gold or {})
    objective: list[float] = []
    prior, confusion = maximize(votes, first_guess(votes, known), chosen)
    posterior = np.zeros((len(votes.items), votes.classes))
    for _ in range(iterations):
        posterior, likelihood = expect(votes, prior, confusion, known)
        objective.append(likelihood + log_prior(prior, confusion, chosen))
        if len(objective) > 1 and objective[-1] - objective[-2] < tolerance * max(len(votes.label), 1):
            break
        prior, confusion = maximize(votes, posterior, chosen)
    return Consensus(
        votes=votes, posterior=posterior, prior=prior, confusion=confusion, objective=tuple(objective)
    )


def clamps(votes: Votes, gold: Mapping[Hashable, int]) -> Places:
    """Return the known class of each item, -1 where it is not known."""
    return np.array([gold.get(name, -1) for name in votes.items], dtype=np.int64)


def clamped(posterior: Floats, known: Places) -> Floats:
    """Return probabilities in which items of known class are certain."""
    fixed = known >= 0
    result = posterior.copy()
    result[fixed] = 0.0
    result[fixed, known[fixed]] = 1.0
    return result


def first_guess(votes: Votes, known: Places) -> Floats:
    """Return probabilities to begin with: shares of answers, or where some truth is known, what that teaches.

    EM climbs to the nearest top, so a crowd that is wrong together would stay right by its own measure.
    """
    fixed = known >= 0
    if not fixed.any():
        return majority(votes)
    posterior = clamped(np.zeros((len(votes.items), votes.classes)), known)
    _, confusion = maximize(votes, posterior, Smoothing())
    return expect(votes, np.full(votes.classes, 1 / votes.classes), confusion, known)[0]


def maximize(votes: Votes, posterior: Floats, smoothing: Smoothing) -> tuple[Floats, Floats]:
    """Return the shares of classes and the errors of people that fit best (equations 2.3 and 2.4)."""
    prior = posterior.sum(axis=0) + smoothing.prior
    prior = prior / prior.sum() if prior.sum() > 0 else np.full(votes.classes, 1 / votes.classes)
    shares = votes.weight[:, None] * posterior[votes.item]
    said = votes.voter * votes.classes + votes.label
    shape = (len(votes.voters), votes.classes)
    counts = np.stack([summed(said, shares[:, true], shape) for true in range(votes.classes)], axis=1)
    counts += smoothing.confusion(votes.classes)
    total = counts.sum(axis=2, keepdims=True)
    confusion = np.where(total > 0, counts / np.where(total > 0, total, 1.0), 1 / votes.classes)
    return prior, confusion


def expect(votes: Votes, prior: Floats, confusion: Floats, known: Places) -> tuple[Floats, float]:
    """Return each item's probabilities (equation 2.5), and the logarithm of the likelihood."""
    said = votes.weight[:, None] * np.log(np.maximum(confusion, LEAST))[votes.voter, :, votes.label]
    sums_of_logs = [summed(votes.item, said[:, true], (len(votes.items),)) for true in range(votes.classes)]
    logs = np.stack(sums_of_logs, axis=1) + np.log(np.maximum(prior, LEAST))
    fixed = known >= 0
    peak = logs.max(axis=1, keepdims=True, initial=-np.inf)
    sums = np.exp(logs - peak).sum(axis=1, keepdims=True)
    total = (peak + np.log(sums))[:, 0]
    total[fixed] = logs[fixed, known[fixed]]
    return clamped(np.exp(logs - peak) / sums, known), float(total.sum())


def log_prior(prior: Floats, confusion: Floats, smoothing: Smoothing) -> float:
    """Return the logarithm of the density of the Dirichlet priors, up to a constant."""
    pseudo = smoothing.confusion(confusion.shape[1])
    of_classes = smoothing.prior * np.log(np.maximum(prior, LEAST)).sum()
    return float(of_classes + (pseudo * np.log(np.maximum(confusion, LEAST))).sum())
