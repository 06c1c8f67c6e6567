"""Write the Parquet files of a data-set version."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from outclass.base.store import sha256_of_file
from outclass.catalog.content import Arranged, Inputs
from outclass.catalog.record_frames import record_columns
from outclass.catalog.split import Split
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import FACTS, SeriesTable
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextTable

ROWS_PER_GROUP = 4096
OBSERVATIONS_PER_GROUP = 1 << 18
OBSERVATIONS = "observations"
PARTS = "parts"
BOX = ("left", "top", "box_width", "box_height")
CREDIT = ("author", "licence", "licence_url", "link")
Columns = dict[str, list[str] | list[bytes] | pl.Series]

OBSERVATION_TYPES = {
    "object_id": pl.String,
    "mjd": pl.Float64,
    "passband": pl.UInt8,
    "flux": pl.Float64,
    "flux_err": pl.Float64,
    "detected": pl.Boolean,
}


def write_tables(
    folder: Path,
    *,
    ids: Sequence[str],
    groups: Sequence[str],
    labels: Sequence[str],
    splits: Sequence[Split],
    arranged: Arranged,
) -> dict[str, str]:
    """Write the Parquet files and return their hashes."""
    names: Columns = {"object_id": list(ids)}
    frames: dict[str, Columns] = {
        "objects": names | {"group_id": list(groups)} | object_columns(arranged),
        "labels": names | {"label": list(labels)},
        "split": names | {"split": [side.value for side in splits]},
    }
    for name, columns in frames.items():
        pl.DataFrame(columns).write_parquet(folder / f"{name}.parquet", row_group_size=ROWS_PER_GROUP)
    if isinstance(arranged.inputs, SeriesTable):
        write_observations(folder, ids, arranged)
        frames[OBSERVATIONS] = {}
    return {name: sha256_of_file(folder / f"{name}.parquet") for name in frames}


def object_columns(arranged: Arranged) -> Columns:
    """Return what stands with objects themselves: drawing, text, photo, record, facts and observations."""
    blocks = arranged.blocks()
    if isinstance(arranged.inputs, TextTable):
        texts = arranged.inputs
        return {"text": [texts[place] for place in arranged.places.tolist()]}
    if isinstance(arranged.inputs, PhotoTable):
        return photo_columns(arranged.inputs.take(arranged.places))
    if isinstance(arranged.inputs, ColumnTable):
        return {**record_columns(arranged.inputs.take(arranged.places))}
    if not isinstance(arranged.inputs, SeriesTable):
        return {"image": [row.tobytes() for block in blocks for row in pictures(block)]}
    facts = arranged.inputs.facts[arranged.places]
    known = {name: pl.Series(facts[:, place]).fill_nan(None) for place, name in enumerate(FACTS)}
    sizes = np.diff(arranged.inputs.starts)[arranged.places]
    return {**known, OBSERVATIONS: pl.Series(sizes)}


def photo_columns(photos: PhotoTable) -> Columns:
    """Return what is known of photos; their bytes stay in the folder of media."""
    sizes = {name: pl.Series(photos.sizes[:, place]) for place, name in enumerate(("width", "height"))}
    boxes = {name: pl.Series(photos.boxes[:, place]) for place, name in enumerate(BOX)}
    whose = {name: [getattr(one, name) for one in photos.credits] for name in CREDIT}
    return {"media_sha256": list(photos.names)} | sizes | boxes | whose


def write_observations(folder: Path, ids: Sequence[str], arranged: Arranged) -> None:
    """Write the observations by object and time; what is more than a block goes through parts on disk."""
    final = folder / f"{OBSERVATIONS}.parquet"
    parts = folder / PARTS
    parts.mkdir()
    for number, frame in enumerate(observation_frames(ids, arranged)):
        frame.write_parquet(parts / f"{number:06d}.parquet", row_group_size=OBSERVATIONS_PER_GROUP)
    paths = sorted(parts.iterdir())
    if len(paths) == 1:
        paths[0].replace(final)
    else:
        pl.scan_parquet(paths).sink_parquet(final, row_group_size=OBSERVATIONS_PER_GROUP)
    for path in parts.iterdir():
        path.unlink()
    parts.rmdir()


def observation_frames(ids: Sequence[str], arranged: Arranged) -> Iterator[pl.DataFrame]:
    """Yield the observations, a block of objects at a time."""
    start = 0
    for block in arranged.blocks():
        assert isinstance(block, SeriesTable)
        names = pl.Series(ids[start : start + len(block)], dtype=pl.String)
        owners = np.repeat(np.arange(len(block)), np.diff(block.starts))
        columns = {name: getattr(block, name) for name in OBSERVATION_TYPES if name != "object_id"}
        yield pl.DataFrame({"object_id": names.gather(owners), **columns}, schema=OBSERVATION_TYPES)
        start += len(block)


def pictures(block: Inputs) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """Return a block as pictures."""
    assert isinstance(block, np.ndarray)
    return block
