"""Write a data-set version to files that other programs read."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from outclass.base.document import to_json
from outclass.base.errors import InputError
from outclass.base.store import write_atomic
from outclass.catalog.dataset import COLUMNS, DatasetVersion, ObjectTable
from outclass.catalog.split import Split
from outclass.inputs.series import FACTS, SeriesTable
from outclass.inputs.text import TextTable

PUBLIC_SPLITS = (Split.TRAIN, Split.VALIDATION)
SUFFIX = ".parquet"
KNOWN = {"object_id": pl.String, "split": pl.String, "label": pl.String}


def export_version(version: DatasetVersion, path: Path, splits: Sequence[Split] = PUBLIC_SPLITS) -> int:
    """Write the objects of some splits to one Parquet file, and what is known of them beside it.

    Parameters
    ----------
    path
        The file to write. Licence, citation and lineage go to the same name with `.json`.
    splits
        Holdout and game are left out unless named: their labels are not for publication.

    Returns
    -------
    int
        Number of objects written.
    """
    if path.suffix != SUFFIX:
        raise InputError("only Parquet is written", where=str(path), accepted=f"a name that ends in {SUFFIX}")
    tables = [version.objects(split) for split in splits]
    frame = pl.concat([frame_of(table) for table in tables])
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    write_atomic(path.with_suffix(".json"), to_json(version.document))
    return len(frame)


def frame_of(table: ObjectTable) -> pl.DataFrame:
    """Return objects as a table: the bytes of a picture, a text, or facts and observations as lists."""
    split = [side.value for side in table.splits]
    known = pl.DataFrame({"object_id": table.ids, "split": split, "label": table.labels}, schema=KNOWN)
    if isinstance(table.inputs, SeriesTable):
        return known.hstack(series_columns(table.inputs))
    if isinstance(table.inputs, TextTable):
        return known.hstack([pl.Series("text", table.inputs.texts, dtype=pl.String)])
    assert isinstance(table.inputs, np.ndarray)
    return known.hstack([pl.Series("input", [row.tobytes() for row in table.inputs], dtype=pl.Binary)])


def series_columns(series: SeriesTable) -> list[pl.Series]:
    """Return a column for each fact and, with a list in each row, for each array of observations."""
    facts = [pl.Series(name, series.facts[:, place]).fill_nan(None) for place, name in enumerate(FACTS)]
    owners = np.repeat(np.arange(len(series)), np.diff(series.starts))
    rows = pl.DataFrame({"owner": owners} | {name: getattr(series, name) for name in COLUMNS})
    lists = rows.group_by("owner", maintain_order=True).agg(COLUMNS)
    return [*facts, *lists.get_columns()[1:]]
