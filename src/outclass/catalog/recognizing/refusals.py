"""Data that no challenge can be made of, each with the true reason and what would help."""

from enum import StrEnum

from outclass.base.errors import DataError


class Refusal(StrEnum):
    """Why no challenge can be made of data; stable, documented, the `kind` of the error."""

    UNREADABLE = "data-unreadable"
    EMPTY = "data-empty"
    ARCHIVE = "data-packed"
    UNKNOWN_KIND = "data-of-no-kind"
    TOO_FEW = "data-too-few"
    ONE_CLASS = "data-one-class"
    NO_LABEL = "data-no-label"
    UNLABELED = "data-unlabeled"
    UNCLEAR_LABEL = "data-unclear"
    CONTINUOUS_LABEL = "data-continuous-label"
    UNIQUE_LABELS = "data-unique-labels"
    TOO_MANY_CLASSES = "data-too-many-classes"
    MISSING = "data-mostly-missing"
    LEAK = "data-leak"
    NO_INPUTS = "data-no-inputs"


REFUSALS: dict[Refusal, str] = {
    Refusal.UNREADABLE: "The file or folder cannot be read, or holds something else than its name says.",
    Refusal.EMPTY: "There is nothing in it: no rows, no files.",
    Refusal.ARCHIVE: "It is an archive of several files; unpack it and name the folder.",
    Refusal.UNKNOWN_KIND: "It is none of the kinds of data that are recognized.",
    Refusal.TOO_FEW: "There are too few objects, or too few of each class, to learn from and to measure on.",
    Refusal.ONE_CLASS: "All objects have the same label, so there is nothing to tell apart.",
    Refusal.NO_LABEL: "No column looks like a label; `--label` names one. A data site needs none.",
    Refusal.UNLABELED: "The label is missing everywhere. A data site needs none.",
    Refusal.UNCLEAR_LABEL: "Several columns may be the label, and nobody can be asked; `--label` decides.",
    Refusal.CONTINUOUS_LABEL: "The label is a measured number: predicting it is regression, not classes.",
    Refusal.UNIQUE_LABELS: "Nearly every row has a label of its own, as a name or an id has.",
    Refusal.TOO_MANY_CLASSES: "There are more classes than a challenge may have, or than objects teach.",
    Refusal.MISSING: "Nearly all values are missing.",
    Refusal.LEAK: "A column says the label in other words, so there would be nothing to learn.",
    Refusal.NO_INPUTS: "No column is left to tell the classes by.",
}


class RefusedDataError(DataError):
    """No challenge can be made of this data; `id` says why."""

    kind = "data-refused"
    title = "No challenge can be made of this data"

    def __init__(
        self,
        id: Refusal,  # noqa: A002 - as a `Problem` has it
        what: str,
        *,
        where: str | None = None,
        got: object = None,
        accepted: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.id = id
        super().__init__(what, where=where, got=got, accepted=accepted, hint=hint)
