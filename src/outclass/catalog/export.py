"""Write a data-set version to files that other programs read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from outclass.base.document import to_json
from outclass.base.errors import InputError
from outclass.base.store import write_atomic
from outclass.catalog.challenge import InputKind
from outclass.catalog.dataset import COLUMNS, DatasetVersion, ObjectTable
from outclass.catalog.photo_export import write_photo_folder, write_photo_table
from outclass.catalog.record_frames import record_columns
from outclass.catalog.split import Split
from outclass.inputs.series import FACTS, SeriesTable
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable

PUBLIC_SPLITS = (Split.TRAIN, Split.VALIDATION)
SUFFIX = ".parquet"
KNOWN = {"object_id": pl.String, "split": pl.String, "label": pl.String}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """How many objects were written, and how many photos were left out, by the licence that forbids it."""

    objects: int
    left_out: Mapping[str, int] = field(default_factory=dict)


def export_version(version: DatasetVersion, path: Path, splits: Sequence[Split] = PUBLIC_SPLITS) -> Exported:
    """Write the objects of some splits to one Parquet file, and what is known of them beside it.

    Parameters
    ----------
    path
        The file to write; of photos it may also be a folder, for a file of each. Licence, citation and
        lineage go to the same name with `.json`.
    splits
        Holdout and game are left out unless named: their labels are not for publication.

    Raises
    ------
    InputError
        The path is for another kind of file.
    DataError
        None of the photos may be passed on.
    """
    if version.document.kind is InputKind.PHOTO:
        return _export_photos(version, path, splits)
    if path.suffix != SUFFIX:
        raise InputError("only Parquet is written", where=str(path), accepted=f"a name that ends in {SUFFIX}")
    tables = [version.objects(split) for split in splits]
    frame = pl.concat([frame_of(table) for table in tables])
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    write_atomic(path.with_suffix(".json"), to_json(version.document))
    return Exported(objects=len(frame))


def _export_photos(version: DatasetVersion, path: Path, splits: Sequence[Split]) -> Exported:
    """Write the photos that may be passed on to a Parquet file or a folder."""
    left_out: Counter[str] = Counter()
    if path.suffix == SUFFIX:
        count = write_photo_table(version, path, splits, left_out)
    elif not path.suffix:
        count = write_photo_folder(version, path, splits, left_out)
    else:
        accepted = f"a name that ends in {SUFFIX}, or one without ending for a folder"
        raise InputError("photos are not written like this", where=str(path), accepted=accepted)
    write_atomic(path.with_suffix(".json"), to_json(version.document))
    return Exported(objects=count, left_out=dict(left_out))


def frame_of(table: ObjectTable) -> pl.DataFrame:
    """Return objects as a table: bytes of a picture, a text, a record, or facts and lists of observations."""
    split = [side.value for side in table.splits]
    known = pl.DataFrame({"object_id": table.ids, "split": split, "label": table.labels}, schema=KNOWN)
    if isinstance(table.inputs, SeriesTable):
        return known.hstack(series_columns(table.inputs))
    if isinstance(table.inputs, TextTable):
        return known.hstack([pl.Series("text", table.inputs.texts, dtype=pl.String)])
    if isinstance(table.inputs, ColumnTable):
        return known.hstack(list(record_columns(table.inputs).values()))
    assert isinstance(table.inputs, np.ndarray)
    return known.hstack([pl.Series("input", [row.tobytes() for row in table.inputs], dtype=pl.Binary)])


def series_columns(series: SeriesTable) -> list[pl.Series]:
    """Return a column for each fact and, with a list in each row, for each array of observations."""
    facts = [pl.Series(name, series.facts[:, place]).fill_nan(None) for place, name in enumerate(FACTS)]
    owners = np.repeat(np.arange(len(series)), np.diff(series.starts))
    rows = pl.DataFrame({"owner": owners} | {name: getattr(series, name) for name in COLUMNS})
    lists = rows.group_by("owner", maintain_order=True).agg(COLUMNS)
    return [*facts, *lists.get_columns()[1:]]
