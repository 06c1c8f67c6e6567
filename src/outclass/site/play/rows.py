"""What models read of the objects of a pool: made when it is first asked for, then kept.

``python -m outclass.site.play.rows FOLDER VERSION`` makes the rows of all objects and keeps them in a file.
The site has that done when it starts, so that no visitor waits for features, or for the compiler that they
may need, and the process that serves pages never loads it.
"""

import io
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outclass.base.settings import Settings
from outclass.base.store import write_atomic
from outclass.catalog.content import Inputs
from outclass.catalog.dataset import find_version
from outclass.catalog.hooks import features_sha256, hook_path, load_features
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.photo_checks import LIMITS
from outclass.catalog.retired import played_split
from outclass.inputs.photo import read_photo
from outclass.inputs.photos import PhotoTable
from outclass.inputs.series import SeriesTable, first_nights
from outclass.inputs.table import ColumnTable
from outclass.inputs.text import TextRows, TextTable, rows_of_texts
from outclass.inputs.view import view_of

Floats = NDArray[np.float32]
Rows = Floats | TextRows | NDArray[np.uint8]
ALL = 0
BLOCK = 64


class ModelRows:
    """The rows of one pool.

    Parameters
    ----------
    loaded
        The challenge, whose `features.py` makes rows of series.
    inputs
        The objects.
    file
        Where rows that were made before are kept.
    """

    def __init__(self, loaded: LoadedChallenge, inputs: Inputs, file: Path) -> None:
        self._loaded = loaded
        self._inputs = inputs
        self._file = file
        self._read = False
        self._kept: dict[tuple[int, int], Floats] = {}

    def of(self, places: Sequence[int], nights: int = ALL) -> Rows | None:
        """Return one row per object, of its first nights or of all with 0; None where nothing makes them."""
        if isinstance(self._inputs, TextTable):
            return rows_of_texts(self._inputs.take(list(places)).texts)
        if isinstance(self._inputs, PhotoTable):
            return views(self._inputs.take(list(places)))
        if isinstance(self._inputs, ColumnTable):
            return self._inputs.values[list(places)]
        if not isinstance(self._inputs, SeriesTable):
            return pictures(self._inputs[list(places)])
        if hook_path(self._loaded, "features") is None:
            return None
        self._read_file()
        missing = [place for place in dict.fromkeys(places) if (place, nights) not in self._kept]
        if missing:
            made = make_rows(self._loaded, self._inputs, missing, nights)
            self._kept |= {(place, nights): row for place, row in zip(missing, made, strict=True)}
        return np.stack([self._kept[place, nights] for place in places])

    def _read_file(self) -> None:
        """Take over what was made before, once it is there."""
        if self._read or not self._file.is_file():
            return
        with np.load(io.BytesIO(self._file.read_bytes()), allow_pickle=False) as tables:
            for name in tables.files:
                rows = tables[name]
                self._kept |= {(place, int(name)): row for place, row in enumerate(rows)}
        self._read = True


def make_rows(loaded: LoadedChallenge, table: SeriesTable, places: Sequence[int], nights: int) -> Floats:
    """Make rows of some series by the challenge's own code."""
    chosen = table.take(list(places))
    if nights:
        chosen = SeriesTable.of([first_nights(series, nights) for series in chosen])
    return load_features(loaded).prepare(chosen, loaded.challenge.input)


def pictures(inputs: NDArray[np.uint8]) -> Floats:
    """Return drawings with ink in 0..1."""
    rows = inputs.astype(np.float32)
    return rows / np.float32(255) if inputs.dtype == np.uint8 else rows


def views(table: PhotoTable) -> NDArray[np.uint8]:
    """Return what models see of photos, each of its part that counts."""
    photos = (read_photo(table.content(place), LIMITS, box=table.box(place)) for place in range(len(table)))
    return np.stack([view_of(photo.pixels) for photo in photos])


def rows_file(loaded: LoadedChallenge, version: str, settings: Settings) -> Path:
    """Return where the rows of a data version are kept; other code for features has another file."""
    mark = (features_sha256(loaded) or "none")[:12]
    return settings.home / "rows" / f"{loaded.name}-{version}-{mark}.npz"


def prepare_rows(loaded: LoadedChallenge, version: str, settings: Settings) -> None:
    """Have the rows of a data version made by a process of its own, unless they are there."""
    if hook_path(loaded, "features") is None or rows_file(loaded, version, settings).is_file():
        return
    command = [sys.executable, "-m", "outclass.site.play.rows", str(loaded.folder), version]
    environment = {**os.environ, "OUTCLASS_HOME": str(settings.home)}
    subprocess.run(command, check=True, env=environment, capture_output=True)  # noqa: S603 - our own module


def main(folder: str, version: str, settings: Settings) -> None:
    """Make and keep the rows of all objects that may be dealt, whole and after each cut of an early bet."""
    loaded = load_challenge(Path(folder))
    found = find_version(loaded.name, version, settings)
    table = None if found is None else found.objects(played_split(found)).inputs
    if not isinstance(table, SeriesTable):
        return
    cuts = [ALL, *(bet.nights for bet in loaded.challenge.game.early)]
    places = range(len(table))
    tables = {
        str(cut): np.concatenate(
            [
                make_rows(loaded, table, places[start : start + BLOCK], cut)
                for start in range(0, len(table), BLOCK)
            ]
        )
        for cut in cuts
    }
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **tables)
    path = rows_file(loaded, version, settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, buffer.getvalue())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Settings.from_environment())
