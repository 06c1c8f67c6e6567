"""Rows that cannot be used are taken out, each with its reason; nothing is changed silently."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from outclass.base.document import Document
from outclass.base.errors import DataError
from outclass.catalog.content import Inputs, choose, is_blank, key_of
from outclass.catalog.declared_data import Repeats
from outclass.catalog.dictionary.report import DictionaryReport
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.rows import RowReport

MAX_LISTED = 1000


class Reason(StrEnum):
    """Why a row is taken out."""

    EMPTY = "empty"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    UNKNOWN_LABEL = "unknown-label"
    IGNORED = "ignored"
    UNREADABLE = "unreadable"
    TOO_SMALL = "too-small"
    TAKEN_BACK = "taken-back"
    WOULD_JUDGE = "would-judge"


REASONS = {
    Reason.EMPTY: "nothing is on it, it has no observation, no character that can be seen, or no value",
    Reason.DUPLICATE: "the same object with the same label is kept under another id",
    Reason.CONFLICT: "the same object has different labels, so none of them can be trusted",
    Reason.UNKNOWN_LABEL: "the label is no class of the challenge",
    Reason.IGNORED: "the challenge leaves out objects of this label",
    Reason.UNREADABLE: "the file is no photo that can be decoded",
    Reason.TOO_SMALL: "the photo has too few pixels for anything to be told",
    Reason.TAKEN_BACK: "its owner took the photo back",
    Reason.WOULD_JUDGE: "it was sent in and is nearly the same as a photo that models are compared on",
}


class Rejected(Document, frozen=True, kw_only=True):
    """One row that was taken out; `other` is the id of the row that it repeats or contradicts."""

    object_id: str
    reason: Reason
    other: str | None = None
    note: str = ""


class NearDuplicate(Document, frozen=True, kw_only=True):
    """A photo that is nearly the same as another one, or as one that is; both are kept, in one group."""

    object_id: str
    other: str


class PhotoReport(Document, frozen=True, kw_only=True):
    """What was found of the photos that stay.

    `near_duplicates` counts photos that are nearly the same as one before them, of which `listed` has the
    first thousand, those with another label first, as they are worth a look; `labels_differ` counts these,
    `groups_joined` tells by how much fewer groups there are.
    """

    near_duplicates: int
    groups_joined: int
    listed: tuple[NearDuplicate, ...]
    labels_differ: int = 0


class CleaningReport(Document, frozen=True, kw_only=True):
    """What cleaning found.

    `removed` counts objects by reason; `rejected` lists the first thousand of them. `observations` tells the
    same of the rows of files in which an object has many, `tables` what a data dictionary did to each table,
    `photos` which of them are nearly the same.
    """

    rows_read: int
    rows_kept: int
    removed: dict[Reason, int]
    rejected: tuple[Rejected, ...]
    observations: RowReport | None = None
    tables: tuple[DictionaryReport, ...] = ()
    photos: PhotoReport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """The rows that stay, by their place in what was read, and the report on the others."""

    read: SourceTable
    kept: tuple[int, ...]
    report: CleaningReport

    @property
    def table(self) -> SourceTable:
        """Return the rows that stay."""
        return self.read if len(self.kept) == len(self.read.labels) else take(self.read, self.kept)


def clean(
    table: SourceTable,
    class_names: Sequence[str],
    ignored: Sequence[str] = (),
    repeats: Repeats = Repeats.ONCE,
) -> Cleaned:
    """Take out rows with labels that are no class, empty and faulty ones, and exact repeats.

    Of several rows with the same content one is kept: one that the data set holds out if there is one, so
    that no held-out object is learned from, else the first. Where their labels differ, all are taken out.
    Where `repeats` says so, all stay.

    Raises
    ------
    DataError
        Nothing is left.
    """
    rejected: dict[int, Rejected] = {}
    for row, reason, other in _faults(table, class_names, ignored, repeats):
        rejected.setdefault(row, _rejected(table, row, reason, other))
    kept = [row for row in range(len(table.labels)) if row not in rejected]
    if not kept:
        raise DataError(
            "no row is left after cleaning",
            got=f"{len(table.labels)} rows, all taken out: {_why(list(rejected.values()))}",
            accepted=f"labels {', '.join(class_names)}",
        )
    listed = [rejected[row] for row in sorted(rejected)]
    counted = Counter(row.reason for row in listed)
    report = CleaningReport(
        rows_read=len(table.labels),
        rows_kept=len(kept),
        removed={reason: counted[reason] for reason in Reason},
        rejected=tuple(listed[:MAX_LISTED]),
        observations=table.rows,
        tables=table.tables,
    )
    return Cleaned(read=table, kept=tuple(kept), report=report)


def _why(rejected: Sequence[Rejected]) -> str:
    """Say why rows were taken out, the most common reason first, each with an example."""
    found = Counter(row.reason for row in rejected)
    first = {row.reason: row.note for row in reversed(rejected)}
    return ", ".join(
        f"{count:,} {reason}" + (f" ({first[reason]})" if first[reason] else "")
        for reason, count in found.most_common()
    )


def take(table: SourceTable, rows: Sequence[int]) -> SourceTable:
    """Return the given rows of a table, in the given order."""
    return SourceTable(
        object_ids=tuple(table.object_ids[row] for row in rows),
        group_ids=tuple(table.group_ids[row] for row in rows),
        labels=tuple(table.labels[row] for row in rows),
        inputs=choose(table.inputs, rows),
        fixed_splits=tuple(table.fixed_splits[row] for row in rows),
        rows=table.rows,
        tables=table.tables,
        notes={place: table.notes[row] for place, row in enumerate(rows) if row in table.notes},
        photos=None if table.photos is None else table.photos.take(rows),
    )


def _faults(
    table: SourceTable, class_names: Sequence[str], ignored: Sequence[str], repeats: Repeats
) -> Iterator[tuple[int, Reason, int | None]]:
    """Yield row, reason and the other row concerned; the first fault of a row is the one that counts."""
    names = set(class_names)
    faults = {} if table.photos is None else table.photos.faults
    usable = []
    for row, label in enumerate(table.labels):
        if label not in names:
            yield row, Reason.IGNORED if label in ignored else Reason.UNKNOWN_LABEL, None
        elif row in faults:
            yield row, Reason(faults[row].value), None
        elif is_blank(table.inputs, row):
            yield row, Reason.EMPTY, None
        else:
            usable.append(row)
    if repeats is Repeats.ALL:
        return
    for rows in _repeats(table.inputs, usable):
        first, *others = sorted(rows, key=lambda row: (table.fixed_splits[row] is None, row))
        agreed = len({table.labels[row] for row in rows}) == 1
        reason = Reason.DUPLICATE if agreed else Reason.CONFLICT
        yield from ((row, reason, first) for row in others)
        if not agreed:
            yield first, reason, others[0]


def _repeats(inputs: Inputs, rows: Sequence[int]) -> Iterator[list[int]]:
    """Yield the rows of each content that comes more than once."""
    # Eight bytes of each key first: a dictionary of all whole keys takes more memory than the texts do.
    heads = np.fromiter((int.from_bytes(key_of(inputs, row)[:8]) for row in rows), np.uint64, len(rows))
    _, first, counts = np.unique(heads, return_inverse=True, return_counts=True)
    by_content: dict[bytes, list[int]] = defaultdict(list)
    for place in np.flatnonzero(counts[first] > 1).tolist():
        by_content[key_of(inputs, rows[place])].append(rows[place])
    yield from (found for found in by_content.values() if len(found) > 1)


def _rejected(table: SourceTable, row: int, reason: Reason, other: int | None) -> Rejected:
    """Return the entry of the report for a row."""
    ids = table.object_ids
    found = table.photos.notes.get(row, "") if table.photos is not None else ""
    note = table.notes.get(row, found)
    if reason is Reason.UNKNOWN_LABEL:
        note = table.labels[row]
    return Rejected(object_id=ids[row], reason=reason, other=None if other is None else ids[other], note=note)
