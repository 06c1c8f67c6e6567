"""Texts, photos and records of the inbox as objects beside those of the data set."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from outclass.catalog.challenge import InputKind
from outclass.catalog.inbox import FROZEN, read_labels
from outclass.catalog.inbox_rows import KeptRow, read_rows
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.inbox_photos import photos_of, with_photos
from outclass.catalog.sources.inbox_records import with_records
from outclass.catalog.sources.texts import UNLABELED, normalized, short_hash
from outclass.catalog.split import split_of
from outclass.catalog.weak_labels import WeakLabels, read_checked, settle_labels
from outclass.inputs.photos import PhotoTable
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable
from outclass.inputs.text_key import normalize_text, text_sha256

PREFIX = "inbox-"
FEEDBACK = "feedback"
"""The file of what people said of their own messages; anybody may have, so it never judges a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxObjects:
    """The table with the rows of the inbox, and how many came in and were left out."""

    table: SourceTable
    added: int = 0
    left_out: int = 0

    @property
    def lineage(self) -> dict[str, str]:
        """Return what a version says of them."""
        if not self.added + self.left_out:
            return {}
        return {"inbox": f"{self.added} added, {self.left_out} left out"}


def with_inbox(table: SourceTable, loaded: LoadedChallenge, folder: Path) -> InboxObjects:
    """Add the texts, photos or records that were sent in to those of a data set.

    Of rows with the same text, or the same id, the latest counts. Texts that the data set has are left
    out, so that no row that is sent in takes out or changes one that models are compared on.

    Parameters
    ----------
    folder
        The challenge's data folder.

    Raises
    ------
    DataError
        A file of the inbox is broken.
    """
    if isinstance(table.inputs, PhotoTable):
        photos = photos_of(folder, loaded)
        joined, added = with_photos(table, table.inputs, photos)
        return InboxObjects(table=joined if added else table, added=added, left_out=len(photos) - added)
    if isinstance(table.inputs, ColumnTable):
        records = [(row, name == FEEDBACK) for name, row in read_rows(folder) if row.record is not None]
        together, added = with_records(table, table.inputs, records, loaded.challenge)
        return InboxObjects(table=together, added=added, left_out=len(records) - added)
    if loaded.challenge.input.kind is not InputKind.TEXT or not isinstance(table.inputs, TextTable):
        return InboxObjects(table=table)
    found = [(name, row) for name, row in read_rows(folder) if row.record is None]
    if not found:
        return InboxObjects(table=table)
    known = {normalize_text(text) for text in table.inputs}
    rows = [
        row
        for name, row in _latest(found)
        if normalize_text(row.text) not in known and _may_judge(name, row, loaded)
    ]
    more = _objects(rows, loaded, folder, frozenset(table.object_ids))
    return InboxObjects(table=_joined(table, more), added=len(rows), left_out=len(found) - len(rows))


def _latest(found: Sequence[tuple[str, KeptRow]]) -> list[tuple[str, KeptRow]]:
    """Return one row for each id and each text."""
    ordered = sorted(found, key=lambda one: one[1].received_at)
    by_id = {row.id or f" {place}": (name, row) for place, (name, row) in enumerate(ordered)}
    by_text = {normalize_text(row.text): (name, row) for name, row in by_id.values()}
    return sorted(by_text.values(), key=lambda one: (text_sha256(one[1].text), one[0]))


def _may_judge(name: str, row: KeptRow, loaded: LoadedChallenge) -> bool:
    """Tell whether a row may stand on the side of the split that it falls on."""
    return name != FEEDBACK or _may_learn(row, loaded)


def _may_learn(row: KeptRow, loaded: LoadedChallenge) -> bool:
    """Tell whether a row is on a side of the split that people may teach."""
    return split_of(loaded.challenge.split, _group(row)) not in FROZEN


def _group(row: KeptRow) -> str:
    """Return what a row stays with; the same as for a row of the data set."""
    return f"g-{row.group}" if row.group is not None else short_hash(normalized(row.text))


def _objects(
    rows: Sequence[KeptRow], loaded: LoadedChallenge, folder: Path, taken: frozenset[str]
) -> SourceTable:
    """Return rows as objects; what people concluded of a text outranks the label that it came with."""
    dataset, home = loaded.challenge.dataset, loaded.folder
    classes = loaded.challenge.class_names
    settled = settle_labels(
        [row.text for row in rows],
        [row.label for row in rows],
        checked=read_checked(home / dataset.checked, classes) if dataset.checked else None,
        weak=WeakLabels.load(home / dataset.rules, classes) if dataset.rules else None,
    )
    concluded = read_labels(folder).by_text
    labels = [
        concluded.get(text_sha256(row.text), label) if _may_learn(row, loaded) else label
        for row, label in zip(rows, settled.labels, strict=True)
    ]
    return SourceTable(
        object_ids=tuple(_names(rows, taken)),
        group_ids=tuple(_group(row) for row in rows),
        labels=tuple(label or UNLABELED for label in labels),
        inputs=TextTable(tuple(row.text for row in rows)),
        fixed_splits=(None,) * len(rows),
    )


def _names(rows: Sequence[KeptRow], taken: frozenset[str]) -> list[str]:
    """Return an id for each row; one that the data set uses is not given again."""
    names = [f"{PREFIX}{row.id or text_sha256(row.text)[:20]}" for row in rows]
    return [
        f"{name}-{text_sha256(row.text)}" if name in taken else name
        for name, row in zip(names, rows, strict=True)
    ]


def _joined(first: SourceTable, second: SourceTable) -> SourceTable:
    """Return the objects of two tables of texts."""
    assert isinstance(first.inputs, TextTable)
    assert isinstance(second.inputs, TextTable)
    return replace(
        first,
        object_ids=first.object_ids + second.object_ids,
        group_ids=first.group_ids + second.group_ids,
        labels=first.labels + second.labels,
        inputs=TextTable(first.inputs.texts + second.inputs.texts),
        fixed_splits=first.fixed_splits + second.fixed_splits,
    )
