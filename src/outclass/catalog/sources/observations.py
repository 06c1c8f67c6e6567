"""Observations of many objects, checked row by row and put together by object and time."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.catalog.challenge import InputDeclaration
from outclass.catalog.declared_data import Magnitudes, SourceDeclaration
from outclass.catalog.sources.columns import OBSERVATIONS as NAMES
from outclass.catalog.sources.rows import RejectedRow, RowFault, RowLog
from outclass.catalog.sources.scratch import Buckets, Spill
from outclass.catalog.sources.tables import Layout, lay_out, read_batches
from outclass.inputs.series import (
    DETECTION,
    LARGEST_FLUX,
    LAST_MJD,
    SMALLEST_ERROR,
    Floats,
    SeriesTable,
    flux_of_magnitudes,
)

MISSING = -9.0
"""Flux and its error where SNPCC has no value."""
FAINTEST = 90.0
"""Magnitudes from here on mark what was not measured."""
FLUX, MAGNITUDES = ("flux", "flux_err"), ("mag", "mag_err")
KEYS = ("object_id", "mjd", "passband")
RAW = np.dtype(
    [
        ("owner", "i4"),
        ("file", "u1"),
        ("row", "i8"),
        ("mjd", "f8"),
        ("passband", "u1"),
        ("flux", "f8"),
        ("flux_err", "f8"),
        ("detected", "?"),
        ("total", "?"),
    ]
)
KEPT = {"mjd": "f8", "passband": "i8", "flux": "f8", "flux_err": "f8", "detected": "?"}

Rows = NDArray[np.void]


class ObservationReader:
    """Reads files of observations of known objects.

    Parameters
    ----------
    ids
        The objects; whole numbers or texts, each once.
    declared
        The bands.
    source
        The files' names of columns, where they are not the usual ones, and what magnitudes are of.
    scratch
        Folder for what does not fit in memory.
    """

    def __init__(
        self,
        ids: pl.Series,
        declared: InputDeclaration,
        *,
        source: SourceDeclaration,
        log: RowLog,
        scratch: Path | None = None,
    ) -> None:
        self.kind: type[pl.DataType] = type(ids.dtype)
        places = pl.int_range(len(ids), dtype=pl.Int32, eager=True)
        self.owners = pl.DataFrame({"object_id": ids, "owner": places})
        self.bands = {str(band): place for band, place in declared.band_places.items()}
        self.columns = {name: file for name, file in source.columns.items() if name in NAMES}
        self.total = source.magnitudes is Magnitudes.TOTAL
        self.log = log
        self.scratch = scratch
        self.buckets = Buckets(RAW, len(ids), scratch)
        self.roles: list[str] = []

    def __enter__(self) -> Self:
        """Return the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give up what lies on disk."""
        self.buckets.close()

    def read(self, role: str, path: Path) -> None:
        """Check the rows of a file and keep those that can be used."""
        layout = self.layout(path)
        self.roles.append(role)
        start = 0
        for batch in read_batches(path, layout):
            checked = self.checked(batch, start)
            start += len(batch)
            self.log.read += len(batch)
            self.reject(role, checked)
            rows = rows_of(checked.filter(pl.col("fault").is_null()))
            rows["total"] = self.total and "mag" in layout.found
            rows["file"] = len(self.roles) - 1
            self.buckets.append(rows)

    def layout(self, path: Path) -> Layout:
        """Find the columns of a file: flux, or magnitudes where there is none."""
        kinds: dict[str, type[pl.DataType]] = dict.fromkeys(NAMES, pl.Float64)
        kinds |= {"object_id": self.kind, "passband": pl.String, "detected": pl.Boolean}
        there = lay_out(path, kinds, names=NAMES, declared=self.columns, required=KEYS).found
        units = MAGNITUDES if "mag" in there and "flux" not in there else FLUX
        wanted = {name: kinds[name] for name in (*KEYS, *units, "detected")}
        declared = {name: file for name, file in self.columns.items() if name in wanted}
        return lay_out(path, wanted, names=NAMES, declared=declared, required=(*KEYS, *units))

    def checked(self, batch: pl.DataFrame, start: int) -> pl.DataFrame:
        """Return rows with flux, owner, place of the band, number in the file, and fault or null."""
        found = with_flux(batch).join(self.owners, on="object_id", how="left", maintain_order="left")
        bands = pl.col("passband").str.strip_chars().str.strip_suffix(".0")
        numbered = found.with_columns(
            pl.int_range(start + 1, start + 1 + pl.len(), dtype=pl.Int64).alias("row"),
            bands.replace_strict(self.bands, default=None, return_dtype=pl.UInt8).alias("place"),
        )
        finite = pl.all_horizontal(pl.col(name).is_finite() for name in ("mjd", "flux", "flux_err"))
        return numbered.with_columns(
            pl.when(pl.col("owner").is_null())
            .then(pl.lit(RowFault.UNKNOWN_OBJECT.value))
            .when(pl.col("place").is_null())
            .then(pl.lit(RowFault.UNKNOWN_BAND.value))
            .when(pl.col("missing"))
            .then(pl.lit(RowFault.MISSING.value))
            .when(~finite.fill_null(value=False))
            .then(pl.lit(RowFault.NOT_A_NUMBER.value))
            .when(pl.col("flux_err") <= 0)
            .then(pl.lit(RowFault.BAD_ERROR.value))
            .when(out_of_range())
            .then(pl.lit(RowFault.OUT_OF_RANGE.value))
            .alias("fault")
        )

    def reject(self, role: str, checked: pl.DataFrame) -> None:
        """Note the rows that cannot be used."""
        faulty = checked.filter(pl.col("fault").is_not_null())
        for (fault,), rows in faulty.group_by("fault", maintain_order=True):
            listed = rows.head(self.log.room).select("object_id", "row", "mjd", "passband").rows()
            examples = [
                RejectedRow(
                    file=role,
                    object_id="" if name is None else str(name),
                    reason=RowFault(fault),
                    row=row,
                    mjd=plain(mjd),
                    band=band,
                )
                for name, row, mjd, band in listed
            ]
            self.log.reject(RowFault(fault), len(rows), examples)

    def table(self, facts: Floats, ids: Sequence[str]) -> SeriesTable:
        """Return the series of all objects; to be called once, at the end."""
        counts = np.zeros(len(ids), dtype=np.int64)
        with contextlib.closing(Spill(KEPT, self.scratch)) as kept:
            for rows in self.buckets:
                part = without_template(self.without_repeats(rows, ids))
                kept.append({name: part[name] for name in KEPT})
                counts += np.bincount(part["owner"], minlength=len(ids))
            arrays = kept.arrays()
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return SeriesTable(starts=starts, facts=facts, **arrays)

    def without_repeats(self, rows: Rows, ids: Sequence[str]) -> Rows:
        """Return rows by object and time; of several of one object, time and band the first stays."""
        order = np.lexsort([rows[name] for name in ("row", "file", "passband", "mjd", "owner")])
        ordered = rows[order]
        same = np.ones(max(0, len(ordered) - 1), dtype=bool)
        for name in ("owner", "mjd", "passband"):
            same &= ordered[name][1:] == ordered[name][:-1]
        repeats = ordered[1:][same]
        if len(repeats):
            names = {place: band for band, place in self.bands.items()}
            examples = [
                RejectedRow(
                    file=self.roles[row["file"]],
                    object_id=ids[row["owner"]],
                    reason=RowFault.DUPLICATE,
                    row=int(row["row"]),
                    mjd=float(row["mjd"]),
                    band=names[int(row["passband"])],
                )
                for row in repeats[: self.log.room]
            ]
            self.log.reject(RowFault.DUPLICATE, len(repeats), examples)
        return ordered[np.concatenate([[True], ~same])] if len(repeats) else ordered


def out_of_range() -> pl.Expr:
    """Return whether a value of a row is beyond the bounds."""
    bounds = {"mjd": LAST_MJD, "flux": LARGEST_FLUX, "flux_err": LARGEST_FLUX}
    far = [pl.col(name).abs() > most for name, most in bounds.items()]
    return pl.any_horizontal(*far, pl.col("flux_err") < SMALLEST_ERROR)


def with_flux(batch: pl.DataFrame) -> pl.DataFrame:
    """Return observations with flux, whether they were detected, and whether they are marked as missing."""
    if "mag" in batch.columns:
        flux, error = flux_of_magnitudes(batch["mag"].to_numpy(), batch["mag_err"].to_numpy())
        unknown = pl.col("mag").is_null() | pl.col("mag").is_nan() | (pl.col("mag") >= FAINTEST)
        found = (pl.Series("flux", flux), pl.Series("flux_err", error))
        batch = batch.with_columns(unknown.alias("missing"), *found)
        seen = pl.lit(value=True)
    else:
        unknown = (pl.col("flux") == MISSING) & (pl.col("flux_err") == MISSING)
        batch = batch.with_columns(unknown.fill_null(value=False).alias("missing"))
        seen = pl.col("flux").abs() >= DETECTION * pl.col("flux_err")
    stated = [pl.col("detected"), seen] if "detected" in batch.columns else [seen]
    return batch.with_columns(pl.coalesce(stated).alias("detected"))


def rows_of(checked: pl.DataFrame) -> Rows:
    """Return rows as they are kept on disk."""
    rows = np.zeros(len(checked), dtype=RAW)
    for name in ("owner", "row", *KEPT):
        rows[name] = checked["place" if name == "passband" else name].to_numpy()
    return rows


def without_template(rows: Rows) -> Rows:
    """Take the median flux of each object and band from rows of all the light; leave others as they are."""
    total = rows["total"]
    if not total.any():
        return rows
    light = pl.DataFrame({name: rows[name] for name in ("owner", "passband", "flux")})
    template = light.select(pl.col("flux").median().over("owner", "passband"))["flux"].to_numpy()
    changed = rows.copy()
    changed["flux"] = np.where(total, rows["flux"] - template, rows["flux"])
    seen = np.abs(changed["flux"]) >= DETECTION * rows["flux_err"]
    changed["detected"] = np.where(total, seen, rows["detected"])
    return changed


def plain(value: float | None) -> float | None:
    """Return a number that JSON can hold, or None."""
    return value if value is not None and np.isfinite(value) else None
