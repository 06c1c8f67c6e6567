"""Back off from a class that is not likely enough to a group of classes that is."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

SURE = 0.8
"""How likely a class, or else a group, must be to be named without a doubt."""
ROUNDING = 1e-9


class Hedge(NamedTuple):
    """A group that is likely enough where its best class is not."""

    group: str
    confidence: float


def back_off(
    probabilities: Mapping[str, float],
    groups: Mapping[str, Collection[str]],
    confidence: float = SURE,
) -> Hedge | None:
    """Return the smallest group of the best class whose probability reaches the confidence.

    Parameters
    ----------
    probabilities
        Of each class, by name.
    groups
        The classes that each group holds, through the groups within it. Only groups with the most probable
        class in them count.
    confidence
        Where the best class reaches it by itself, there is nothing to back off from.

    Returns
    -------
    Hedge | None
        None also where no group reaches it, or where only a group of all classes does, which says nothing.

    Examples
    --------
    >>> groups = {"big cat": {"lion", "tiger"}, "wild cat": {"lion", "tiger", "bobcat"}}
    >>> back_off({"lion": 0.5, "tiger": 0.4, "bobcat": 0.05, "dog": 0.05}, groups)
    Hedge(group='big cat', confidence=0.9)
    """
    if not probabilities or not groups:
        return None
    best = max(probabilities, key=probabilities.__getitem__)
    if probabilities[best] >= confidence:
        return None
    least: tuple[int, str] | None = None
    found = 0.0
    for name, members in groups.items():
        if best not in members or len(members) >= len(probabilities):
            continue
        total = sum(probabilities.get(member, 0.0) for member in members)
        if total >= confidence - ROUNDING and (least is None or (len(members), name) < least):
            least, found = (len(members), name), min(total, 1.0)
    return None if least is None else Hedge(least[1], found)
