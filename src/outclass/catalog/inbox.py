"""Labels from people, as files in the inbox of a challenge's data; they outrank those of the data set.

`HOME/data/CHALLENGE/inbox/labels/*.jsonl` holds a JSON object a line: `object_id`, `text_sha256` or
`media_sha256`, `label`, `source`, and maybe `weight` and `created_at`. Objects that are held out or played
keep the label that they came with, whatever anybody says: what models are compared on must not be changed by
those who teach them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from outclass.base.errors import DataError
from outclass.catalog.challenge import SplitDeclaration
from outclass.catalog.cleaning import Cleaned
from outclass.catalog.split import Split, split_of
from outclass.inputs.photos import PhotoTable
from outclass.inputs.text import TextTable
from outclass.inputs.text_key import text_sha256

FOLDER = "inbox/labels"
FROZEN = (Split.HOLDOUT, Split.GAME)


class InboxLabel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line."""

    label: str
    source: str
    object_id: str | None = None
    text_sha256: str | None = None
    media_sha256: str | None = None
    weight: float = 1.0
    created_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxLabels:
    """The labels of an inbox, by object, text and photo; of several on one thing the latest counts."""

    by_object: Mapping[str, str] = field(default_factory=dict)
    by_text: Mapping[str, str] = field(default_factory=dict)
    by_photo: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.by_object or self.by_text or self.by_photo)


def read_labels(folder: Path) -> InboxLabels:
    """Read the inbox of a challenge's data folder.

    Raises
    ------
    DataError
        A line is no label; the error says where.
    """
    lines = [line for path in sorted((folder / FOLDER).glob("*.jsonl")) for line in read_lines(path)]
    lines.sort(key=lambda line: (line.created_at, line.weight))
    return InboxLabels(
        by_object={line.object_id: line.label for line in lines if line.object_id is not None},
        by_text={line.text_sha256: line.label for line in lines if line.text_sha256 is not None},
        by_photo={line.media_sha256: line.label for line in lines if line.media_sha256 is not None},
    )


def read_lines(path: Path) -> Iterator[InboxLabel]:
    """Yield the labels of one file."""
    for number, content in enumerate(path.read_bytes().splitlines(), 1):
        if not content.strip():
            continue
        try:
            line = msgspec.json.decode(content, type=InboxLabel)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DataError("this is no label", where=f"{path}:{number}", got=str(error)) from error
        if sum(name is not None for name in (line.object_id, line.text_sha256, line.media_sha256)) != 1:
            raise DataError(
                "a label is of an object, of a text or of a photo",
                where=f"{path}:{number}",
                accepted="one of object_id, text_sha256 and media_sha256",
            )
        yield line


def relabel(
    cleaned: Cleaned, found: InboxLabels, split: SplitDeclaration, classes: tuple[str, ...]
) -> Cleaned:
    """Give the rows that stayed the labels that people concluded; those of frozen sides keep theirs.

    Labels come in after cleaning, so that none can take out an object by contradicting its repeat.
    """
    if not found:
        return cleaned
    table, names = cleaned.read, frozenset(classes)
    labels = list(table.labels)
    for row in cleaned.kept:
        label = found.by_object.get(table.object_ids[row])
        if label is None and found.by_text and isinstance(table.inputs, TextTable):
            label = found.by_text.get(text_sha256(table.inputs[row]))
        if label is None and isinstance(table.inputs, PhotoTable):
            label = found.by_photo.get(table.inputs.names[row])
        if label in names and side_of(cleaned, row, split) not in FROZEN:
            labels[row] = label
    return replace(cleaned, read=replace(table, labels=tuple(labels)))


def side_of(cleaned: Cleaned, row: int, split: SplitDeclaration) -> Split:
    """Return the side of a row, as the data set or the hash of its group says."""
    fixed = cleaned.read.fixed_splits[row]
    return Split(fixed) if fixed else split_of(split, cleaned.read.group_ids[row])


def changed_labels(before: Cleaned, after: Cleaned) -> int:
    """Return how many of the rows that stay have another label than before."""
    return sum(before.read.labels[row] != after.read.labels[row] for row in after.kept)
