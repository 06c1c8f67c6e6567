"""Advice on objects of a data set: what a version answers by models that never saw them.

Not imported by what serves predictions: it reads tables.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.base.errors import RegistryError
from outclass.registry.files import OUT_OF_FOLD
from outclass.registry.version import ModelVersion


def advises_on(version: ModelVersion, data_version: str) -> bool:
    """Tell whether a version brings advice on the objects of a data version."""
    return OUT_OF_FOLD in version.manifest.files and version.manifest.lineage.get("data") == data_version


def find_advice(
    version: ModelVersion, object_ids: Sequence[str], *, data_version: str, nights: int = 0
) -> dict[str, NDArray[np.float32]]:
    """Return calibrated probabilities by object, in the order of the signature's classes.

    Parameters
    ----------
    object_ids
        Objects of the data version; those on which there is no advice are left out of the answer.
    data_version
        The data that the objects are of: ids mean nothing in another.
    nights
        After how many nights; 0 is all of them.
    """
    if not advises_on(version, data_version):
        return {}
    path = version.folder / OUT_OF_FOLD
    wanted = (pl.col("nights") == nights) & pl.col("object_id").is_in(list(object_ids))
    try:
        found = pl.scan_parquet(path).filter(wanted).select("object_id", "probabilities").collect()
        rows = found["probabilities"].to_list()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise RegistryError("the advice cannot be read", where=str(path), got=str(error)) from error
    return {name: np.array(row, dtype=np.float32) for name, row in zip(found["object_id"], rows, strict=True)}


def missing_advice(
    version: ModelVersion, object_ids: Sequence[str], *, data_version: str, nights: Sequence[int]
) -> int:
    """Return on how many objects a version has no advice after some of these nights."""
    wanted = set(object_ids)
    lacking: set[str] = set()
    for count in nights:
        lacking |= wanted - find_advice(version, object_ids, data_version=data_version, nights=count).keys()
    return len(lacking)
