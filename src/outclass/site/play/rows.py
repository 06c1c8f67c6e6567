"""What models read of the objects of a pool: made when it is first asked for, then kept."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from outclass.catalog.content import Inputs
from outclass.catalog.hooks import hook_path, load_features
from outclass.catalog.loader import LoadedChallenge
from outclass.inputs.series import SeriesTable, first_nights

Rows = NDArray[np.float32]


class ModelRows:
    """The rows of one pool.

    Parameters
    ----------
    loaded
        The challenge, whose `features.py` makes rows of series.
    inputs
        The objects.
    """

    def __init__(self, loaded: LoadedChallenge, inputs: Inputs) -> None:
        self._loaded = loaded
        self._inputs = inputs
        self._kept: dict[tuple[int, int], Rows] = {}

    def of(self, places: Sequence[int], nights: int = 0) -> Rows | None:
        """Return one row per object, of its first nights or of all with 0; None where nothing makes them."""
        if not isinstance(self._inputs, SeriesTable):
            return pictures(self._inputs[list(places)])
        missing = [place for place in dict.fromkeys(places) if (place, nights) not in self._kept]
        if missing:
            made = self._make(self._inputs, missing, nights)
            if made is None:
                return None
            self._kept |= {(place, nights): row for place, row in zip(missing, made, strict=True)}
        return np.stack([self._kept[place, nights] for place in places])

    def _make(self, table: SeriesTable, places: Sequence[int], nights: int) -> Rows | None:
        """Make rows of series by the challenge's own code."""
        if hook_path(self._loaded, "features") is None:
            return None
        chosen = table.take(list(places))
        if nights:
            chosen = SeriesTable.of([first_nights(series, nights) for series in chosen])
        return load_features(self._loaded).prepare(chosen, self._loaded.challenge.input)


def pictures(inputs: NDArray[np.uint8]) -> Rows:
    """Return drawings with ink in 0..1."""
    rows = inputs.astype(np.float32)
    return rows / np.float32(255) if inputs.dtype == np.uint8 else rows
