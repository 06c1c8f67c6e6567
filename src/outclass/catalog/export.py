"""Write a data-set version to files that other programs read."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from outclass.base.document import to_json
from outclass.base.errors import InputError
from outclass.base.store import write_atomic
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.split import Split

PUBLIC_SPLITS = (Split.TRAIN, Split.VALIDATION)
SUFFIX = ".parquet"


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
    frame = pl.DataFrame(
        {
            "object_id": [name for table in tables for name in table.ids],
            "split": [str(split) for table in tables for split in table.splits],
            "label": [label for table in tables for label in table.labels],
            "input": [row.tobytes() for table in tables for row in table.inputs],
        },
        schema={"object_id": pl.String, "split": pl.String, "label": pl.String, "input": pl.Binary},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    write_atomic(path.with_suffix(".json"), to_json(version.document))
    return len(frame)
