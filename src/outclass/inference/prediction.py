"""What a model answers."""

from enum import StrEnum

import msgspec


class AbstainReason(StrEnum):
    """Why no answer is given; the values are part of the API."""

    EMPTY = "empty"
    OUTLIER = "outlier"
    UNDECIDED = "undecided"


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """A calibrated answer for one object; a struct, as one is made for each request.

    Attributes
    ----------
    answer
        Name of the most probable class, also when `abstained` (the caller decides what to show);
        None when empty.
    probabilities
        By class name, in the order of the challenge; they sum to 1.
    prediction_set
        Names of the classes that hold the truth with the declared coverage; where it is empty, the answer is
        abstained from.
    model
        Reference `name@id` of the version that answered.
    members
        Of an ensemble, each member's reference with its own calibrated probabilities.
    group, group_confidence
        Where no class is likely enough: the smallest group of classes that is, and how likely it is.
    """

    challenge: str
    model: str
    answer: str | None
    probabilities: dict[str, float]
    confidence: float
    prediction_set: tuple[str, ...]
    abstained: bool
    reason: AbstainReason | None
    outlier: float | None
    members: tuple[tuple[str, dict[str, float]], ...] = ()
    group: str | None = None
    group_confidence: float | None = None
