"""Rows of a file that cannot be used, each with its reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from outclass.base.document import Document

MAX_LISTED = 1000


class RowFault(StrEnum):
    """Why a row of a file is not used."""

    NOT_A_NUMBER = "not-a-number"
    MISSING = "missing"
    UNKNOWN_OBJECT = "unknown-object"
    UNKNOWN_BAND = "unknown-band"
    BAD_ERROR = "bad-error"
    OUT_OF_RANGE = "out-of-range"
    DUPLICATE = "duplicate"
    DUPLICATE_OBJECT = "duplicate-object"


ROW_FAULTS = {
    RowFault.NOT_A_NUMBER: "a value is no finite number",
    RowFault.MISSING: "the file marks the value as missing",
    RowFault.UNKNOWN_OBJECT: "the table of objects does not have this object",
    RowFault.UNKNOWN_BAND: "the challenge declares no band of this number or name",
    RowFault.BAD_ERROR: "the error of the flux is not above 0",
    RowFault.OUT_OF_RANGE: "a value is larger than any sky gives, or an error too small to compute with",
    RowFault.DUPLICATE: "the object has an observation at the same time in the same band, which is kept",
    RowFault.DUPLICATE_OBJECT: "the object stands in the table of objects already",
}


class RejectedRow(Document, frozen=True, kw_only=True):
    """One row that was not used; `row` counts the file's rows of data from 1, None where it is not known."""

    file: str
    object_id: str
    reason: RowFault
    row: int | None = None
    mjd: float | None = None
    band: str | None = None


class RowReport(Document, frozen=True, kw_only=True):
    """What reading found: `removed` counts rows by reason; `rejected` lists the first thousand of them."""

    rows_read: int
    rows_kept: int
    removed: dict[RowFault, int]
    rejected: tuple[RejectedRow, ...]


@dataclass(slots=True, kw_only=True)
class RowLog:
    """Counts rows while a file is read."""

    read: int = 0
    removed: Counter[RowFault] = field(default_factory=Counter)
    rejected: list[RejectedRow] = field(default_factory=list)

    def reject(self, reason: RowFault, count: int, examples: Sequence[RejectedRow]) -> None:
        """Note rows that were not used, with as many of them as are still listed."""
        self.removed[reason] += count
        self.rejected += examples[: self.room]

    @property
    def room(self) -> int:
        """Return how many more rows are listed."""
        return max(0, MAX_LISTED - len(self.rejected))

    def report(self) -> RowReport:
        """Return what was found."""
        return RowReport(
            rows_read=self.read,
            rows_kept=self.read - sum(self.removed.values()),
            removed={reason: self.removed[reason] for reason in RowFault},
            rejected=tuple(self.rejected),
        )
