"""Samples of rows that depend on the seed and the number of a row alone, not on the size of batches."""

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
DRAW = "__draw"


def draws(start: int, count: int, seed: int) -> NDArray[np.uint64]:
    """Return a number for each row, even over all of 64 bits (splitmix64: Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):
        state = np.arange(start, start + count, dtype=np.uint64) * GOLDEN
        return _mix(state + _mix(np.array([seed], dtype=np.uint64) * SECOND + GOLDEN))


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread each number's bits over all of it."""
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * FIRST
        values = (values ^ (values >> np.uint64(27))) * SECOND
        return values ^ (values >> np.uint64(31))


def share(start: int, count: int, factor: float, seed: int) -> NDArray[np.bool_]:
    """Tell which of some rows are in the sample."""
    if factor >= 1.0:
        return np.ones(count, dtype=np.bool_)
    return draws(start, count, seed) < np.uint64(int(factor * 2.0**64))


def draw_rows(frames: Iterable[pl.DataFrame], count: int, seed: int) -> Iterator[pl.DataFrame]:
    """Yield so many rows drawn at random from all, in their order; as many stay in memory, and a batch."""
    kept: list[pl.DataFrame] = []
    held = start = 0
    for frame in frames:
        numbered = frame.with_columns(pl.Series(DRAW, draws(start, len(frame), seed)))
        kept.append(numbered)
        start += len(frame)
        held += len(frame)
        if held > 2 * count:
            kept = [_least(kept, count)]
            held = len(kept[0])
    if kept:
        yield _least(kept, count).drop(DRAW)


def _least(frames: list[pl.DataFrame], count: int) -> pl.DataFrame:
    """Return the rows with the least draws, in their order."""
    rows = pl.concat(frames)
    if len(rows) <= count:
        return rows
    limit = rows[DRAW].bottom_k(count).max()
    return rows.filter(pl.col(DRAW) <= limit).head(count)
