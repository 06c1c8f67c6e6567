"""What a challenge tells beside each answer: its warning, and what is known of the class or group named."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from outclass.catalog.challenge import Challenge
from outclass.inference.prediction import Prediction

Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What stands beside answers; made once for each challenge."""

    warning: str | UnsetType
    of_classes: Mapping[str, Facts]
    of_groups: Mapping[str, Facts]

    @classmethod
    def of(cls, challenge: Challenge) -> "Telling":
        """Return what a challenge tells."""
        return cls(
            warning=challenge.warning or UNSET,
            of_classes={label.name: label.facts for label in challenge.classes if label.facts},
            of_groups={group.name: group.facts for group in challenge.groups if group.facts},
        )

    def facts(self, prediction: Prediction) -> Facts | UnsetType:
        """Return what is known of the answer.

        Where the model falls back on a group, that of the group; where it gives no answer, nothing, as it
        would be read as one.
        """
        if prediction.group is not None:
            return self.of_groups.get(prediction.group, UNSET)
        if prediction.abstained or prediction.answer is None:
            return UNSET
        return self.of_classes.get(prediction.answer, UNSET)
