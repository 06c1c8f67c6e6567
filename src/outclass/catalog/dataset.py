"""Data-set versions: immutable folders named by the hash of what they hold.

`HOME/data/CHALLENGE/ID/` holds `objects.parquet`, `labels.parquet` and `split.parquet`, whose rows are in the
same order, and `version.json`; of series also `observations.parquet`, whose rows follow the objects' order.
`HOME/data/CHALLENGE/current.json` names the version in use. The bytes of photos lie in
`HOME/data/CHALLENGE/media/`, each once, whatever versions name it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.base.document import Document
from outclass.base.errors import DataError
from outclass.base.media import MEDIA, MediaFolder
from outclass.base.settings import Settings
from outclass.base.store import sha256_of_file
from outclass.catalog.challenge import InputKind, SplitDeclaration
from outclass.catalog.cleaning import CleaningReport
from outclass.catalog.content import Inputs, choose
from outclass.catalog.record_frames import values_of
from outclass.catalog.split import Split
from outclass.catalog.writing import BOX, CREDIT, OBSERVATIONS
from outclass.inputs.columns import InputColumn
from outclass.inputs.photos import Credit, PhotoTable
from outclass.inputs.series import FACTS, SeriesTable
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable

DOCUMENT = "version.json"
CURRENT = "current.json"
TABLES = ("objects", "labels", "split")
COLUMNS = ("mjd", "passband", "flux", "flux_err", "detected")
BLOCK = 4096

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
        Shape of one object's input; () for what is no drawing.
    observations
        Number of observations of all series.
    columns
        The columns of a table, whose categories are written by name.
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
    kind: InputKind = InputKind.DRAWING
    observations: int = 0
    columns: tuple[InputColumn, ...] = ()


class CurrentDocument(Document, frozen=True, kw_only=True):
    """Which version is in use."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ObjectTable:
    """Objects of a version; row i of every field is the same object.

    Attributes
    ----------
    groups
        What each object stays with on one side of the split; its own id where it stands alone.
    targets
        Index of the true class in `class_names`, int64 ``[n]``.
    inputs
        Drawings: uint8 ``[n, 28, 28]``, 0 is background and 255 is ink. Series: a `SeriesTable`. Texts: a
        `TextTable`. Photos: a `PhotoTable`. Records: a `ColumnTable`.
    """

    ids: tuple[str, ...]
    groups: tuple[str, ...]
    targets: NDArray[np.int64]
    inputs: Inputs
    splits: tuple[Split, ...]
    class_names: tuple[str, ...]

    def __repr__(self) -> str:
        if isinstance(self.inputs, SeriesTable):
            inputs = f"{len(self.inputs.mjd):,} observations"
        elif isinstance(self.inputs, TextTable):
            inputs = "texts"
        elif isinstance(self.inputs, PhotoTable):
            inputs = "photos"
        elif isinstance(self.inputs, ColumnTable):
            inputs = f"{len(self.inputs.columns)} columns"
        else:
            inputs = f"inputs {list(self.inputs.shape)}"
        return f"ObjectTable({len(self):,} objects of {len(self.class_names)} classes, {inputs})"

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self.ids)

    def take(self, places: Sequence[int]) -> "ObjectTable":
        """Return some objects, in that order."""
        return ObjectTable(
            ids=tuple(self.ids[place] for place in places),
            groups=tuple(self.groups[place] for place in places),
            targets=self.targets[np.array(places, dtype=np.int64)],
            inputs=choose(self.inputs, places),
            splits=tuple(self.splits[place] for place in places),
            class_names=self.class_names,
        )

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
        return self._objects(*self._slice(None if split is None else Split(split)))

    def blocks(self, split: str | None = None, size: int = BLOCK) -> Iterator[ObjectTable]:
        """Yield the objects of one split, or all, some thousands at a time: any number fits in memory."""
        start, length = self._slice(None if split is None else Split(split))
        for first in range(start, start + length, size):
            yield self._objects(first, min(size, start + length - first))

    def part(self, split: str, start: int, length: int) -> ObjectTable:
        """Return some objects of one split, from a place on; fewer where it ends before."""
        first, total = self._slice(Split(split))
        return self._objects(first + min(start, total), max(0, min(length, total - start)))

    def ids(self, split: str) -> tuple[str, ...]:
        """Return the ids of one split's objects, and read nothing else of them."""
        rows = _read_rows(self.folder / "split.parquet", *self._slice(Split(split)), ["object_id"])
        return tuple(rows["object_id"].to_list())

    def find(self, object_id: str) -> ObjectTable | None:
        """Return one object by its id, None where there is none of it."""
        path = self.folder / "split.parquet"
        try:
            rows = pl.scan_parquet(path).select("object_id").with_row_index("place")
            found = rows.filter(pl.col("object_id") == object_id).collect()["place"].to_list()
        except (OSError, pl.exceptions.PolarsError) as error:
            raise _broken(path, str(error)) from error
        return self._objects(found[0], 1) if found else None

    def _objects(self, start: int, length: int) -> ObjectTable:
        """Return some rows."""
        table = self._rows(start, length)
        places = {name: place for place, name in enumerate(self.document.classes)}
        return ObjectTable(
            ids=tuple(table["object_id"].to_list()),
            groups=tuple(table["group_id"].to_list()),
            targets=np.array([places[label] for label in table["label"].to_list()], dtype=np.int64),
            inputs=self._inputs(table, start),
            splits=tuple(Split(side) for side in table["split"].to_list()),
            class_names=self.document.classes,
        )

    def _inputs(self, table: pl.DataFrame, start: int) -> Inputs:
        """Return the inputs of rows of the objects' table that begins at `start`."""
        match self.document.kind:
            case InputKind.SERIES:
                return self._series(table, start)
            case InputKind.TEXT:
                return TextTable(tuple(table["text"].to_list()))
            case InputKind.PHOTO:
                return self._photos(table)
            case InputKind.TABLE:
                return ColumnTable(self.document.columns, values_of(table, self.document.columns))
            case _:
                pixels = np.frombuffer(b"".join(table["image"].to_list()), dtype=np.uint8)
                return pixels.reshape(len(table), *self.document.shape)

    @property
    def media(self) -> MediaFolder:
        """Return where the bytes of photos lie."""
        return MediaFolder(self.folder.parent / MEDIA)

    def _photos(self, table: pl.DataFrame) -> PhotoTable:
        """Return the photos of rows of the objects' table; none of their bytes are read."""
        return PhotoTable(
            media=self.media,
            names=tuple(table["media_sha256"].to_list()),
            boxes=table.select(BOX).to_numpy().astype(np.int32, order="C"),
            sizes=table.select("width", "height").to_numpy().astype(np.int32, order="C"),
            credits=tuple(Credit(**row) for row in table.select(CREDIT).iter_rows(named=True)),
        )

    def _series(self, table: pl.DataFrame, start: int) -> SeriesTable:
        """Return the series of rows of the objects' table that begins at `start`."""
        starts = np.concatenate([[0], np.cumsum(table[OBSERVATIONS].to_numpy())]).astype(np.int64)
        objects = pl.scan_parquet(self.folder / f"{TABLES[0]}.parquet").select(OBSERVATIONS)
        before = objects.head(start).sum().collect().item() or 0
        rows = _read_rows(self.folder / f"{OBSERVATIONS}.parquet", int(before), int(starts[-1]), COLUMNS)
        return SeriesTable(
            starts=starts,
            facts=table.select(pl.col(FACTS).fill_null(np.nan)).to_numpy().astype(np.float64, order="C"),
            mjd=rows["mjd"].to_numpy(),
            passband=rows["passband"].to_numpy().astype(np.int64),
            flux=rows["flux"].to_numpy(),
            flux_err=rows["flux_err"].to_numpy(),
            detected=rows["detected"].to_numpy(),
        )

    def verify(self) -> None:
        """Compare every file, of photos too, with its hash; `DataError` names the one that was changed."""
        for name, expected in self.document.tables.items():
            path = self.folder / f"{name}.parquet"
            if not path.is_file() or sha256_of_file(path) != expected:
                raise DataError(
                    "this file is missing or was changed",
                    where=str(path),
                    accepted=f"sha256 {expected}",
                    hint="delete the folder of this version and collect again",
                )
        if self.document.kind is InputKind.PHOTO:
            for table in self.blocks():
                assert isinstance(table.inputs, PhotoTable)
                for place in range(len(table)):
                    table.inputs.content(place)

    def _slice(self, split: Split | None) -> tuple[int, int]:
        """Return where a split's rows begin and how many there are."""
        sizes = {side: sum(self.document.counts.get(side, {}).values()) for side in Split}
        if split is None:
            return 0, sum(sizes.values())
        before = list(Split)[: list(Split).index(split)]
        return sum(sizes[side] for side in before), sizes[split]

    def _rows(self, start: int, length: int) -> pl.DataFrame:
        """Read some rows of all tables; `DataError` where one of them is broken."""
        frames = [_read_rows(self.folder / f"{name}.parquet", start, length) for name in TABLES]
        return pl.concat([frames[0], *(frame.drop("object_id") for frame in frames[1:])], how="horizontal")


def _read_rows(path: Path, start: int, length: int, columns: Sequence[str] = ()) -> pl.DataFrame:
    """Read some rows of a table; `DataError` where it is broken."""
    try:
        found = pl.scan_parquet(path)
        frame = (found.select(columns) if columns else found).slice(start, length).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _broken(path, str(error)) from error
    if len(frame) != length:
        raise _broken(path, f"{len(frame)} rows where {length} belong")
    return frame


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
