"""Find rows that came before, over batches of any number, with 16 bytes of memory for each different row."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
SEEDS = (0x6F75, 0x7463)
MAX_RUN = 1 << 22
"""Longer runs are not merged any more: merging takes several times their memory."""


class Seen:
    """The hashes of all rows that were seen, 128 bits each, in sorted runs that are merged as they grow."""

    def __init__(self) -> None:
        self._runs: list[tuple[Hashes, Hashes]] = []

    def __len__(self) -> int:
        """Return the number of different rows."""
        return sum(len(low) for low, _ in self._runs)

    def add(self, rows: pl.DataFrame) -> NDArray[np.bool_]:
        """Tell which rows are new, and remember them; of those alike within the batch the first is new."""
        low, high = (rows.hash_rows(seed).to_numpy() for seed in SEEDS)
        order = np.argsort(low, kind="stable")
        low, high = low[order], high[order]
        new = ~_repeats(low, high)
        for run_low, run_high in self._runs:
            new &= ~_found(low, high, run_low, run_high)
        self._remember(low[new], high[new])
        answer = np.empty(len(order), dtype=np.bool_)
        answer[order] = new
        return answer

    def _remember(self, low: Hashes, high: Hashes) -> None:
        """Keep sorted hashes; short runs of like length become one, so that there are few."""
        while self._runs and len(self._runs[-1][0]) <= min(2 * len(low), MAX_RUN - len(low)):
            last_low, last_high = self._runs.pop()
            low, high = np.concatenate([last_low, low]), np.concatenate([last_high, high])
            order = np.argsort(low, kind="stable")
            low, high = low[order], high[order]
        if len(low):
            self._runs.append((low, high))


def _repeats(low: Hashes, high: Hashes) -> NDArray[np.bool_]:
    """Tell which of the sorted hashes came before within the batch."""
    found = np.zeros(len(low), dtype=np.bool_)
    same = np.flatnonzero(low[1:] == low[:-1]) + 1
    found[same] = high[same] == high[same - 1]
    for place in same[~found[same]].tolist():
        # Two rows share 64 bits and not the others: look at all that share them.
        start = int(np.searchsorted(low, low[place]))
        found[place] = bool((high[start:place] == high[place]).any())
    return found


def _found(low: Hashes, high: Hashes, run_low: Hashes, run_high: Hashes) -> NDArray[np.bool_]:
    """Tell which of the sorted hashes are in a run."""
    places = np.minimum(np.searchsorted(run_low, low), len(run_low) - 1)
    found: NDArray[np.bool_] = (run_low[places] == low) & (run_high[places] == high)
    doubtful = np.flatnonzero((run_low[places] == low) & ~found)
    for place in doubtful.tolist():
        first = int(places[place])
        last = int(np.searchsorted(run_low, low[place], side="right"))
        found[place] = bool((run_high[first:last] == high[place]).any())
    return found
