"""Print the summary statistics of the real training metadata that the simulator of stars draws from.

    python benchmarks/stars/summaries.py --data FOLDER

FOLDER holds plasticc_training_metadata.parquet. What is printed is pasted into
src/outclass/challenges/stars/metadata.py; no row of the real set is.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

LEVELS = (0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98, 1.0)
PHOTOZ_LEVELS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0)
PHOTOZ_BINS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 1.0, 1.5, 5.0)
ERROR_BINS = (0.0, 0.015, 0.04, 0.1, 0.3, 0.7, 5.0)

Floats = NDArray[np.float64]


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    table = pl.read_parquet(parser.parse_args().data / "plasticc_training_metadata.parquet")
    print("DEEP_SHARE =", {str(k): round(v, 3) for k, v in _by_class(table, pl.col("ddf").mean())})
    print("REDSHIFTS =", _quantiles_by_class(table.filter(pl.col("true_z") > 0), "true_z", 3))
    wide = table.filter(pl.col("ddf") == 0)
    print("DUST =", _quantiles_by_class(wide.filter(pl.col("true_z") == 0), "mwebv", 3))
    far = wide.filter(pl.col("true_z") > 0)
    print("DUST_FAR =", _round(np.quantile(far["mwebv"].to_numpy(), LEVELS), 3))
    print("DUST_DEEP =", _round(np.quantile(table.filter(pl.col("ddf") == 1)["mwebv"].to_numpy(), LEVELS), 3))
    print("DECLINATION =", _round(np.quantile(wide["decl"].to_numpy(), LEVELS), 1))
    _photoz(table.filter(pl.col("true_z") > 0))


def _photoz(table: pl.DataFrame) -> None:
    """Print the error stated for a redshift, and how wrong it is given that error."""
    true, photoz, error = (
        table[name].to_numpy() for name in ("true_z", "hostgal_photoz", "hostgal_photoz_err")
    )
    print("STATED_ERROR = (")
    for low, high in pairwise(PHOTOZ_BINS):
        print("   ", _round(np.quantile(error[(true >= low) & (true < high)], PHOTOZ_LEVELS), 4), ",")
    print(")\nREDSHIFT_ERROR = (")
    for near in (True, False):
        print("  (")
        for low, high in pairwise(ERROR_BINS):
            chosen = (error >= low) & (error < high) & ((true < 0.3) == near)
            wrong = ((photoz - true) / (1 + true))[chosen]
            print("   ", _round(np.quantile(wrong, PHOTOZ_LEVELS), 4), f",  # {chosen.sum()}")
        print("  ),")
    print(")")


def _by_class(table: pl.DataFrame, what: pl.Expr) -> list[tuple[int, float]]:
    """Return a figure of each class."""
    return list(table.group_by("target").agg(what).sort("target").iter_rows())


def _quantiles_by_class(table: pl.DataFrame, column: str, digits: int) -> dict[str, tuple[float, ...]]:
    """Return the quantiles of a column of each class."""
    return {
        str(code): _round(np.quantile(group[column].to_numpy(), LEVELS), digits)
        for (code,), group in sorted(table.group_by("target"))
    }


def _round(values: Floats, digits: int) -> tuple[float, ...]:
    """Return plain rounded numbers."""
    return tuple(round(float(value), digits) for value in values)


if __name__ == "__main__":
    main()
