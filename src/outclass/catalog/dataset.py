"""Data-set versions: immutable folders named by the hash of what they hold.

`HOME/data/CHALLENGE/ID/` holds `objects.parquet`, `labels.parquet` and `split.parquet`, whose rows are in the
same order, and `version.json`. `HOME/data/CHALLENGE/current.json` names the version in use.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.base.document import Document
from outclass.base.errors import DataError
from outclass.base.settings import Settings
from outclass.base.store import sha256_of_file
from outclass.catalog.challenge import SplitDeclaration
from outclass.catalog.cleaning import CleaningReport
from outclass.catalog.split import Split

DOCUMENT = "version.json"
CURRENT = "current.json"
TABLES = ("objects", "labels", "split")

Kind = TypeVar("Kind", bound=Document)


class FileRecord(Document, frozen=True, kw_only=True):
    """A file that a version was made of; hash and size are of the decompressed content."""

    name: str
    sha256: str
    bytes: int


class VersionDocument(Document, frozen=True, kw_only=True):
    """What is known about a version, as it stands in its `version.json`.

    Attributes
    ----------
    id
        The first 12 hexadecimal digits of `content_sha256`.
    sample
        Whether this is the embedded sample rather than the declared data set.
    classes
        Names of the classes; targets are indices into them.
    shape
        Shape of one object's input.
    counts
        Number of objects by split and class.
    sources
        The files it was made of, by role.
    tables
        sha256 of each Parquet file.
    lineage
        What made it, such as the version of Outclass.
    """

    id: str
    content_sha256: str
    challenge: str
    created: str
    sample: bool
    title: str
    licence: str
    licence_url: str
    citation: str
    homepage: str
    notes: str
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    split: SplitDeclaration
    counts: dict[Split, dict[str, int]]
    cleaning: CleaningReport
    sources: dict[str, FileRecord]
    tables: dict[str, str]
    lineage: dict[str, str]


class CurrentDocument(Document, frozen=True, kw_only=True):
    """Which version is in use."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ObjectTable:
    """Objects of a version; row i of every field is the same object.

    Attributes
    ----------
    targets
        Index of the true class in `class_names`, int64 ``[n]``.
    inputs
        Drawings: uint8 ``[n, 28, 28]``, 0 is background and 255 is ink.
    """

    ids: tuple[str, ...]
    targets: NDArray[np.int64]
    inputs: NDArray[np.uint8]
    splits: tuple[Split, ...]
    class_names: tuple[str, ...]

    def __repr__(self) -> str:
        shape = list(self.inputs.shape)
        return f"ObjectTable({len(self):,} objects of {len(self.class_names)} classes, inputs {shape})"

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self.ids)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the name of each object's true class."""
        return tuple(self.class_names[target] for target in self.targets)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DatasetVersion:
    """A version as it lies on disk."""

    folder: Path
    document: VersionDocument

    def __repr__(self) -> str:
        sizes = {side: sum(found.values()) for side, found in self.document.counts.items()}
        counted = ", ".join(f"{size:,} {side}" for side, size in sizes.items() if size)
        return f"DatasetVersion({self.challenge} {self.id}: {counted})"

    @property
    def id(self) -> str:
        """Return the version's id."""
        return self.document.id

    @property
    def challenge(self) -> str:
        """Return the name of the challenge that it belongs to."""
        return self.document.challenge

    def objects(self, split: str | None = None) -> ObjectTable:
        """Return the objects of one split, or all; rows are ordered by split and id.

        Only the part of the files that holds the split is read.
        """
        wanted = None if split is None else Split(split)
        table = self._rows(*self._slice(wanted))
        places = {name: place for place, name in enumerate(self.document.classes)}
        pixels = np.frombuffer(b"".join(table["image"].to_list()), dtype=np.uint8)
        return ObjectTable(
            ids=tuple(table["object_id"].to_list()),
            targets=np.array([places[label] for label in table["label"].to_list()], dtype=np.int64),
            inputs=pixels.reshape(len(table), *self.document.shape),
            splits=tuple(Split(side) for side in table["split"].to_list()),
            class_names=self.document.classes,
        )

    def verify(self) -> None:
        """Compare every file with its hash; `DataError` names the one that was changed."""
        for name, expected in self.document.tables.items():
            path = self.folder / f"{name}.parquet"
            if not path.is_file() or sha256_of_file(path) != expected:
                raise DataError(
                    "this file is missing or was changed",
                    where=str(path),
                    accepted=f"sha256 {expected}",
                    hint="delete the folder of this version and collect again",
                )

    def _slice(self, split: Split | None) -> tuple[int, int]:
        """Return where a split's rows begin and how many there are."""
        sizes = {side: sum(self.document.counts.get(side, {}).values()) for side in Split}
        if split is None:
            return 0, sum(sizes.values())
        before = list(Split)[: list(Split).index(split)]
        return sum(sizes[side] for side in before), sizes[split]

    def _rows(self, start: int, length: int) -> pl.DataFrame:
        """Read some rows of all tables; `DataError` where one of them is broken."""
        frames = []
        for name in TABLES:
            path = self.folder / f"{name}.parquet"
            try:
                frame = pl.scan_parquet(path).slice(start, length).collect()
            except (OSError, pl.exceptions.PolarsError) as error:
                raise _broken(path, str(error)) from error
            if len(frame) != length:
                raise _broken(path, f"{len(frame)} rows where {length} belong")
            frames.append(frame if name == TABLES[0] else frame.drop("object_id"))
        return pl.concat(frames, how="horizontal")


def current_version(name: str, settings: Settings) -> DatasetVersion | None:
    """Return the version of a challenge's data that is in use, or None where none was collected."""
    alias = settings.data_folder / name / CURRENT
    if not alias.is_file():
        return None
    return find_version(name, _read(alias, CurrentDocument).version, settings)


def find_version(name: str, version: str, settings: Settings) -> DatasetVersion | None:
    """Return a version by its id, or None where it is not there."""
    folder = settings.data_folder / name / version
    return read_version(folder) if (folder / DOCUMENT).is_file() else None


def list_versions(name: str, settings: Settings) -> tuple[DatasetVersion, ...]:
    """Return all versions of a challenge's data, the newest first."""
    found = [read_version(path.parent) for path in _documents(settings.data_folder / name)]
    return tuple(sorted(found, key=lambda version: version.document.created, reverse=True))


def read_version(folder: Path) -> DatasetVersion:
    """Read a version's document; `DataError` where it is broken."""
    return DatasetVersion(folder=folder, document=_read(folder / DOCUMENT, VersionDocument))


def _read(path: Path, kind: type[Kind]) -> Kind:
    """Read a document; `DataError` where it is broken."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise _broken(path, str(error)) from error


def _broken(path: Path, found: str) -> DataError:
    """Return the error of a file that cannot be used."""
    return DataError(
        "this file of a data version is broken",
        where=str(path),
        got=found,
        hint="delete it, for a version its whole folder, and collect again",
    )


def _documents(folder: Path) -> Iterator[Path]:
    """Yield the documents of finished versions."""
    return (path for path in folder.glob(f"*/{DOCUMENT}") if not path.parent.name.startswith("."))
