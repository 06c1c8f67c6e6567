"""Choose the salt of a small data set's split, so that every class is on every side.

The side of an object is a hash of its group and the salt. Of many objects each side gets its share of every
class; of a hundred, one salt in ten or so leaves a class out somewhere. The salt is chosen by counts alone,
before anything is learned, and never changed after.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from outclass.base.errors import DataError
from outclass.catalog.challenge import Challenge, SplitDeclaration
from outclass.catalog.cleaning import clean
from outclass.catalog.declared_data import Repeats
from outclass.catalog.loader import LoadedChallenge, load_challenge
from outclass.catalog.photo_cleaning import keep_together, with_photos_checked
from outclass.catalog.recognizing.refusals import Refusal, RefusedDataError
from outclass.catalog.recognizing.sections import LEAST_OBJECTS
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.readers import reader_of
from outclass.catalog.split import Split, split_of
from outclass.inputs.table import ColumnTable

MOST_OBJECTS = 5000
HASHES = 300_000
"""So many are made at most."""
SALTS = 200
LEAST_LEFT = 3
ENOUGH = 0.5
"""Of its share each class should have at least so much on each side."""

Counts = Mapping[Split, Mapping[str, int]]


def settle_split(path: Path, objects: int) -> int:
    """Read the data of a drafted challenge and write a salt that puts every class on every side.

    Parameters
    ----------
    path
        The `challenge.yaml`.
    objects
        How many there are; of many the first salt will do.

    Returns
    -------
    int
        The number of the salt that was written.

    Raises
    ------
    RefusedDataError
        The data cannot be read in the way that was drafted, or nothing is left of it.
    """
    if objects > MOST_OBJECTS:
        return 1
    loaded = load_challenge(path.parent)
    challenge = loaded.challenge
    table = read_clean(loaded)
    check_left(table, challenge, objects)
    stem = challenge.split.salt.removesuffix("-1")
    salts = [f"{stem}-{number}" for number in range(1, max(2, min(SALTS, HASHES // len(table.labels))) + 1)]
    best = max(salts, key=lambda salt: worth(table, challenge, salt))
    if best != challenge.split.salt:
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace(f"salt: {challenge.split.salt}\n", f"salt: {best}\n", 1), encoding="utf-8"
        )
    return salts.index(best) + 1


def read_clean(loaded: LoadedChallenge) -> SourceTable:
    """Return the objects that collecting will keep."""
    challenge = loaded.challenge
    files = {
        role: files_folder(challenge, loaded.folder) / declared.path
        for role, declared in challenge.dataset.reader.files.items()
    }
    reason = Refusal.UNREADABLE
    with TemporaryDirectory(prefix="outclass-") as scratch:
        try:
            table = reader_of(challenge).read(files, challenge, scratch=Path(scratch), folder=loaded.folder)
            reason = Refusal.TOO_FEW
            looked_at = with_photos_checked(table)
            repeats = challenge.dataset.repeats if isinstance(table.inputs, ColumnTable) else Repeats.ONCE
            cleaned = clean(looked_at, challenge.class_names, challenge.dataset.ignored_labels, repeats)
            return keep_together(cleaned).table
        except RefusedDataError:
            raise
        except DataError as error:
            raise RefusedDataError(
                reason,
                error.what,
                where=error.where or str(loaded.folder),
                got=error.got,
                accepted=error.accepted,
                hint=error.hint,
            ) from error


def check_left(table: SourceTable, challenge: Challenge, objects: int) -> None:
    """Refuse data of which cleaning leaves too little."""
    counts = Counter(table.labels)
    lost = [name for name in challenge.class_names if counts[name] < LEAST_LEFT]
    if not lost and len(table.labels) >= LEAST_OBJECTS:
        return
    raise RefusedDataError(
        Refusal.TOO_FEW,
        "too few objects are left once repeats, contradictions and unreadable ones are taken out",
        where=challenge.name,
        got=f"{len(table.labels):,} of {objects:,}"
        + (f"; of class {', '.join(lost[:6])} fewer than {LEAST_LEFT}" if lost else ""),
        accepted=f"at least {LEAST_OBJECTS}, and {LEAST_LEFT} of each class",
    )


def files_folder(challenge: Challenge, folder: Path) -> Path:
    """Return the folder that the files of a challenge lie in."""
    named = challenge.dataset.reader.folder
    return folder if named is None else folder / Path(named).expanduser()


def worth(table: SourceTable, challenge: Challenge, salt: str) -> tuple[int, float]:
    """Return how good a salt is: how many classes are missing somewhere, and how near all are to shares."""
    declared = msgspec.structs.replace(challenge.split, salt=salt)
    counts = counts_of(table.group_ids, table.labels, declared)
    totals = Counter(table.labels)
    shares = {side: getattr(declared, side.value) for side in Split if getattr(declared, side.value) > 0}
    lacking = sum(1 for side in shares for name in totals if not counts[side][name])
    nearness = [
        min(1.0, counts[side][name] / max(share * total, 1.0))
        for side, share in shares.items()
        for name, total in totals.items()
    ]
    # All that are near enough are alike, and the first of them is taken.
    return -lacking, min(ENOUGH, *nearness)


def counts_of(
    groups: Sequence[str], labels: Sequence[str], declared: SplitDeclaration
) -> dict[Split, Counter[str]]:
    """Count objects by side and class."""
    sides = {group: split_of(declared, group) for group in dict.fromkeys(groups)}
    found: dict[Split, Counter[str]] = {side: Counter() for side in Split}
    for group, label in zip(groups, labels, strict=True):
        found[sides[group]][label] += 1
    return found
