"""How well people agree, beyond chance: shares and coefficients, each after its source.

- Percent agreement: the share of pairs of answers on the same item that are equal.
- Cohen's kappa, of two people: J. Cohen, A Coefficient of Agreement for Nominal Scales, 1960.
- Fleiss' kappa, of any people, as many on each item: J. L. Fleiss, Psychological Bulletin 76 (1971), 378-382.
- Krippendorff's alpha, any number on each item: K. Krippendorff, Computing Krippendorff's Alpha-Reliability,
  2011.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Answer = tuple[Hashable, Hashable, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Figures of one set of answers; None where there is too little to say.

    Attributes
    ----------
    items
        Items with an answer; `shared` of them have two or more.
    percent
        Share of pairs of answers on the same item that are equal.
    kappa
        Of two people Cohen's, of more Fleiss', over the items that as many answered as most.
    alpha
        Krippendorff's, nominal: 1 is perfect, 0 is chance.
    """

    items: int
    shared: int
    answers: int
    people: int
    percent: float | None
    kappa: float | None
    alpha: float | None


def measure(answers: Iterable[Answer], classes: int) -> Agreement:
    """Return the figures of answers ``(item, person, class)``, one for each person and item."""
    found = list(answers)
    counts = count_table(found, classes)
    people = list(dict.fromkeys(person for _, person, _ in found))
    return Agreement(
        items=len(counts),
        shared=int((counts.sum(axis=1) >= 2).sum()),
        answers=len(found),
        people=len(people),
        percent=percent_agreement(counts),
        kappa=pair_kappa(found, people, classes) if len(people) == 2 else fleiss_kappa(most_common(counts)),
        alpha=krippendorff_alpha(counts),
    )


def count_table(answers: Sequence[Answer], classes: int) -> Floats:
    """Return how many said each class of each item, ``[items, classes]``."""
    places = {item: place for place, item in enumerate(dict.fromkeys(item for item, _, _ in answers))}
    counts = np.zeros((len(places), classes))
    for item, _, label in answers:
        counts[places[item], label] += 1
    return counts


def percent_agreement(counts: Floats) -> float | None:
    """Return the share of equal pairs among the pairs of answers on the same item.

    >>> percent_agreement(np.array([[2.0, 0.0], [1.0, 1.0]]))
    0.5
    """
    each = counts.sum(axis=1)
    pairs = (each * (each - 1)).sum()
    return float((counts * (counts - 1)).sum() / pairs) if pairs else None


def cohen_kappa(table: Floats) -> float | None:
    """Return Cohen's kappa of a square table of two people's answers.

    >>> round(cohen_kappa(np.array([[20.0, 5.0], [10.0, 15.0]])), 3)
    0.4
    """
    total = table.sum()
    if not total:
        return None
    observed = np.trace(table) / total
    expected = float(table.sum(axis=0) @ table.sum(axis=1)) / total**2
    return None if expected == 1 else float((observed - expected) / (1 - expected))


def pair_kappa(answers: Sequence[Answer], people: Sequence[Hashable], classes: int) -> float | None:
    """Return Cohen's kappa of two people, over what both answered."""
    first = {item: label for item, person, label in answers if person == people[0]}
    table = np.zeros((classes, classes))
    for item, person, label in answers:
        if person == people[1] and item in first:
            table[first[item], label] += 1
    return cohen_kappa(table)


def fleiss_kappa(counts: Floats) -> float | None:
    """Return Fleiss' kappa of items that as many people answered each, ``[items, classes]``."""
    if not len(counts) or counts[0].sum() < 2:
        return None
    people = counts[0].sum()
    shares = counts.sum(axis=0) / counts.sum()
    observed = float(((counts**2).sum(axis=1) - people).mean() / (people * (people - 1)))
    expected = float((shares**2).sum())
    return None if expected == 1 else (observed - expected) / (1 - expected)


def most_common(counts: Floats) -> Floats:
    """Return the items with the most common number of answers, of two or more."""
    each = counts.sum(axis=1).astype(np.int64)
    several = each[each >= 2]
    if not len(several):
        return counts[:0]
    chosen: Floats = counts[each == np.bincount(several).argmax()]
    return chosen


def krippendorff_alpha(counts: Floats) -> float | None:
    """Return Krippendorff's alpha for names, whatever the number of answers of each item.

    None where no item has two answers; 1 where all answers are the same.
    """
    paired = counts[counts.sum(axis=1) >= 2]
    each = paired.sum(axis=1)
    total = each.sum()
    if total < 2:
        return None
    disagreed = float(((each**2 - (paired**2).sum(axis=1)) / (each - 1)).sum()) / total
    marginals = paired.sum(axis=0)
    expected = float(total**2 - (marginals**2).sum()) / (total * (total - 1))
    return 1.0 if expected == 0 else 1 - disagreed / expected


def pairwise(answers: Sequence[Answer], classes: int) -> dict[tuple[Hashable, Hashable], Agreement]:
    """Return the figures of each pair of people who share an item."""
    people = list(dict.fromkeys(person for _, person, _ in answers))
    found = {}
    for one, other in combinations(people, 2):
        both = [answer for answer in answers if answer[1] in {one, other}]
        figures = measure(both, classes)
        if figures.shared:
            found[one, other] = figures
    return found
