"""What reading a database gives: some rows at a time, with their numbers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from outclass.base.errors import DataError

BATCH_BYTES = 64 << 20
"""A batch is not filled up any further once its rows take so much."""

Keep: TypeAlias = Callable[[int, int], NDArray[np.bool_]]
"""Tells of some rows, by the number of the first one and how many they are, which are kept."""
Row: TypeAlias = Sequence[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlBatch:
    """Some rows of a database.

    Attributes
    ----------
    numbers
        The number of each row in the table or the answer, from 0.
    seen
        How many rows were read so far, with those that were not kept.
    """

    frame: pl.DataFrame
    numbers: NDArray[np.int64]
    seen: int


def kept_places(keep: Keep | None, start: int, count: int) -> NDArray[np.int64]:
    """Return which of some rows are kept, from 0."""
    return np.arange(count) if keep is None else np.flatnonzero(keep(start, count))


def gathered(parts: Iterable[SqlBatch], rows: int) -> Iterator[SqlBatch]:
    """Yield batches of so many rows at most, as full as memory allows; an empty one where there is no row."""
    held: list[SqlBatch] = []
    told = -1
    last: SqlBatch | None = None
    for part in parts:
        last = part
        if len(part.frame):
            held.append(part)
        enough = sum(len(one.frame) for one in held) >= rows
        if enough or sum(one.frame.estimated_size() for one in held) >= BATCH_BYTES:
            yield from _joined(held, rows, part.seen)
            held, told = [], part.seen
    if last is not None and (held or last.seen > told):
        yield from _joined(held or [last], rows, last.seen)


def _joined(parts: Sequence[SqlBatch], rows: int, seen: int) -> Iterator[SqlBatch]:
    """Yield the rows of several parts together, after so many that were seen."""
    frame = pl.concat([part.frame for part in parts])
    numbers = np.concatenate([part.numbers for part in parts])
    for start in range(0, max(1, len(frame)), rows):
        end = start + rows
        so_far = seen if end >= len(frame) else int(numbers[end])
        yield SqlBatch(frame=frame[start:end], numbers=numbers[start:end], seen=so_far)


def check_columns(names: Sequence[str], where: str) -> None:
    """Refuse an answer without columns, or with one name for several."""
    if not names:
        raise DataError("this statement gives no rows", where=where, accepted="a SELECT")
    if twice := [name for name in names if names.count(name) > 1]:
        raise DataError(
            "two columns have the same name", where=where, got=twice[0], hint="name one of them with AS"
        )
