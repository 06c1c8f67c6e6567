"""What a reader of a data set gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from outclass.base.errors import DataError
from outclass.catalog.challenge import Challenge
from outclass.catalog.content import Inputs
from outclass.catalog.dictionary.report import DictionaryReport
from outclass.catalog.photo_checks import PhotoChecks
from outclass.catalog.sources.kinds import SourceKind
from outclass.catalog.sources.rows import RowReport


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """Labeled objects as they were found, before cleaning; row i of every field is the same object.

    Attributes
    ----------
    object_ids
        A stable name of each object, never given to another one.
    group_ids
        What must stay on one side of the split: the writer, the specimen, the conversation; else the object's
        id.
    labels
        The name of the true class.
    inputs
        Drawings: uint8 of shape ``[n, size, size]``, 0 is background and 255 is ink. Series: a `SeriesTable`.
        Texts: a `TextTable`. Photos: a `PhotoTable`. Records: a `ColumnTable`.
    fixed_splits
        The split where the data set itself says so, else None.
    rows
        What became of the rows of the files, where an object has many.
    tables
        What the data dictionary did to each table, where objects are rows of tables.
    notes
        Why rows cannot be used, as far as their source knows.
    photos
        What was found when photos were looked at; None before, and for what is no photo.
    """

    object_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    labels: tuple[str, ...]
    inputs: Inputs
    fixed_splits: tuple[str | None, ...]
    rows: RowReport | None = None
    tables: tuple[DictionaryReport, ...] = ()
    notes: Mapping[int, str] = field(default_factory=dict)
    photos: PhotoChecks | None = None

    def __post_init__(self) -> None:
        """Refuse fields of unequal length and ids that come twice."""
        lengths = {len(self.object_ids), len(self.group_ids), len(self.labels), len(self.inputs)}
        if lengths != {len(self.fixed_splits)}:
            raise DataError("the fields of a table have unequal lengths", got=sorted(lengths))
        if len(set(self.object_ids)) != len(self.object_ids):
            raise DataError("two objects have the same id")


class Source(Protocol):
    """A reader of one kind of data set."""

    @property
    def kind(self) -> SourceKind:
        """Return the kind's name and the files that it reads."""

    def read(
        self,
        files: Mapping[str, Path],
        challenge: Challenge,
        *,
        scratch: Path | None = None,
        folder: Path | None = None,
    ) -> SourceTable:
        """Read the files, given by role; `DataError` says what is wrong with them.

        What does not fit in memory may be laid down under `scratch`, the challenge's folder of data; `folder`
        is that of its `challenge.yaml`, to which other paths are relative.
        """
