"""Arrays that lie on disk, for tables larger than the memory."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

OWNERS_PER_BUCKET = 20_000
MAX_BUCKETS = 256

Arrays = dict[str, NDArray[Any]]


def temporary(folder: Path | None) -> IO[bytes]:
    """Open a file without a name, which goes when it is closed."""
    return tempfile.TemporaryFile(dir=folder)


class Spill:
    """Columns that grow at their end, each in a file of its own that goes when nothing uses it any more.

    Parameters
    ----------
    types
        Name and type of each column.
    folder
        Where the files lie; the system's folder for temporary files by default.
    """

    def __init__(self, types: Mapping[str, DTypeLike], folder: Path | None = None) -> None:
        self.types = {name: np.dtype(kind) for name, kind in types.items()}
        self.folder = folder
        self.files: dict[str, IO[bytes]] = {name: temporary(folder) for name in self.types}
        self.length = 0

    def append(self, columns: Mapping[str, NDArray[np.generic]]) -> None:
        """Add rows."""
        for name, kind in self.types.items():
            self.files[name].write(np.ascontiguousarray(columns[name], dtype=kind).data)
        self.length += len(next(iter(columns.values())))

    def arrays(self) -> Arrays:
        """Return the columns as arrays; what is read of them takes memory only as long as there is some."""
        found: Arrays = {}
        for name, kind in self.types.items():
            self.files[name].flush()
            shape = (self.length,)
            found[name] = (
                np.asarray(np.memmap(self.files[name], dtype=kind, mode="r", shape=shape))
                if self.length
                else np.zeros(0, dtype=kind)
            )
        return found

    def close(self) -> None:
        """Give the files up; arrays that were handed out stay good."""
        for file in self.files.values():
            file.close()


class Buckets:
    """Rows sorted by the range that their owner falls into, so that each range fits in memory.

    Parameters
    ----------
    kind
        A structured type with a field `owner`, from 0 to less than `owners`.
    """

    def __init__(self, kind: np.dtype[np.void], owners: int, folder: Path | None = None) -> None:
        self.kind = kind
        self.size = max(OWNERS_PER_BUCKET, -(-owners // MAX_BUCKETS))
        count = max(1, -(-owners // self.size))
        self.files = [temporary(folder) for _ in range(count)]

    def append(self, rows: NDArray[np.void]) -> None:
        """Add rows."""
        places = rows["owner"] // self.size
        order = np.argsort(places, kind="stable")
        ends = np.searchsorted(places[order], np.arange(len(self.files) + 1))
        for number, file in enumerate(self.files):
            file.write(rows[order[ends[number] : ends[number + 1]]].tobytes())

    def __iter__(self) -> Iterator[NDArray[np.void]]:
        """Yield the rows of each range, in the order in which they came, and give them up."""
        for file in self.files:
            file.seek(0)
            yield np.frombuffer(file.read(), dtype=self.kind)
            file.close()

    def close(self) -> None:
        """Give up what was not taken."""
        for file in self.files:
            file.close()
