"""Objects of the game that are no longer played, so that what they are may be told.

`HOME/data/CHALLENGE/retired.txt` holds their ids, one a line. Whoever is retired stays so.
"""

from collections.abc import Collection
from pathlib import Path

from outclass.base.settings import Settings
from outclass.base.store import FileLock, write_atomic
from outclass.catalog.dataset import DatasetVersion
from outclass.catalog.split import Split

RETIRED = "retired.txt"
LOCK = ".retired.lock"


def read_retired(folder: Path) -> frozenset[str]:
    """Return the retired objects of a challenge's data folder."""
    try:
        return frozenset((folder / RETIRED).read_text(encoding="utf-8").splitlines())
    except FileNotFoundError:
        return frozenset()


def retire_objects(challenge: str, object_ids: Collection[str], settings: Settings) -> frozenset[str]:
    """Retire objects of a challenge; return those that were not retired before."""
    folder = settings.data_folder / challenge
    with FileLock(folder / LOCK):
        before = read_retired(folder)
        every = sorted(before.union(object_ids))
        write_atomic(folder / RETIRED, "".join(f"{name}\n" for name in every).encode())
    return frozenset(object_ids) - before


def played_split(version: DatasetVersion) -> Split:
    """Return the split whose objects are dealt: where none of the game is left, what models are chosen by.

    So it is after a project was restored from a bundle, in which what is played stays behind.
    """
    left = frozenset(version.ids(Split.GAME)) - read_retired(version.folder.parent)
    return Split.GAME if left else Split.VALIDATION
