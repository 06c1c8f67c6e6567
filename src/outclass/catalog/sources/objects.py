"""Tables of objects: what is known of each, and its class."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.sources.columns import OBJECTS as NAMES
from outclass.catalog.sources.rows import RejectedRow, RowFault, RowLog
from outclass.catalog.sources.tables import lay_out, read_whole
from outclass.inputs.series import FACTS, Floats

UNKNOWN = (-9.0, -99.0, -999.0)
"""What surveys write where a redshift is not known."""
REDDENING = 3.1
"""Visual extinction over E(B-V)."""
HOUR = 15.0
ANGLE = re.compile(r"([+-]?)(\d{1,3})[: ](\d{1,2})[: ](\d{1,2}(?:\.\d*)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """Objects of a file, each once.

    Attributes
    ----------
    keys
        Their ids as the file has them: whole numbers or texts.
    labels
        The file's own label of each, None where it has none.
    facts
        float64 ``[n, len(FACTS)]``, NaN where unknown.
    sides
        The file's own word for the split of each, None where it has none.
    """

    keys: pl.Series
    labels: tuple[str | None, ...]
    facts: Floats
    sides: tuple[str | None, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids as texts."""
        return tuple(self.keys.cast(pl.String).to_list())


def read_objects(path: Path, columns: Mapping[str, str], *, role: str, log: RowLog) -> Objects:
    """Read a file of objects; a second row of the same object is rejected.

    Raises
    ------
    DataError
        It has no column of ids, or no rows.
    """
    declared = {name: file for name, file in columns.items() if name in NAMES}
    types: dict[str, type[pl.DataType]] = dict.fromkeys(NAMES, pl.String)
    layout = lay_out(path, types, names=NAMES, declared=declared, required=("object_id",))
    table = read_whole(path, layout).with_row_index("row", offset=1)
    if table.is_empty():
        raise DataError("there are no objects", where=str(path), got="a header without rows")
    repeated = ~pl.col("object_id").is_first_distinct()
    faults = (
        (RowFault.NOT_A_NUMBER, table.filter(pl.col("object_id").is_null())),
        (RowFault.DUPLICATE_OBJECT, table.filter(pl.col("object_id").is_not_null() & repeated)),
    )
    log.read += len(table)
    for reason, rows in faults:
        listed = rows.head(log.room).select("object_id", "row").rows()
        examples = [
            RejectedRow(file=role, object_id=name or "", reason=reason, row=row) for name, row in listed
        ]
        log.reject(reason, len(rows), examples)
    kept = table.filter(pl.col("object_id").is_not_null() & ~repeated)
    return Objects(
        keys=as_numbers(kept["object_id"]),
        labels=texts(kept, "label"),
        facts=np.column_stack([fact(kept, name) for name in FACTS]),
        sides=texts(kept, "split"),
    )


def as_numbers(ids: pl.Series) -> pl.Series:
    """Return ids as whole numbers where all of them are, which is quicker to look up."""
    numbers = ids.cast(pl.Int64, strict=False)
    same = not numbers.null_count() and (numbers.cast(pl.String) == ids).all()
    return numbers if same else ids


def texts(table: pl.DataFrame, name: str) -> tuple[str | None, ...]:
    """Return a column of texts, None where it is not there; whole numbers lose a `.0` at their end."""
    if name not in table.columns:
        return (None,) * len(table)
    return tuple(table[name].str.strip_chars().str.strip_suffix(".0").to_list())


def fact(table: pl.DataFrame, name: str) -> Floats:
    """Return what is known of the objects, NaN where it is not."""
    if name == "mwebv" and name not in table.columns and "a_v" in table.columns:
        return fact(table, "a_v") / REDDENING
    if name not in table.columns:
        return np.full(len(table), np.nan)
    words = table[name].str.strip_chars()
    values = words.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy().astype(np.float64)
    if name == "ddf":
        truths = {"true": 1.0, "false": 0.0}
        flags = words.str.to_lowercase().replace_strict(truths, default=np.nan, return_dtype=pl.Float64)
        values = np.where(np.isnan(values), flags.fill_null(np.nan).to_numpy(), values)
    if name in {"ra", "decl"} and np.isnan(values).any():
        parsed = np.array([degrees(text, hours=name == "ra") for text in words.to_list()])
        values = np.where(np.isnan(values), parsed, values)
    if name.startswith("hostgal"):
        values = np.where(np.isin(values, UNKNOWN) | (values < 0), np.nan, values)
    return np.where(np.isfinite(values), values, np.nan)


def degrees(text: str | None, *, hours: bool) -> float:
    """Return an angle that is written as 08:13:16.95, NaN where it is none.

    >>> degrees("-01:30:00", hours=False), degrees("06:00:00", hours=True)
    (-1.5, 90.0)
    """
    match = ANGLE.fullmatch(text or "")
    if match is None:
        return float("nan")
    sign, whole, minutes, seconds = match.groups()
    value = int(whole) + int(minutes) / 60 + float(seconds) / 3600
    return (-value if sign == "-" else value) * (HOUR if hours else 1.0)
