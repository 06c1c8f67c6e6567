"""Read labelled light curves from a folder: a table of objects and one of their observations."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from outclass.base.errors import DataError
from outclass.catalog.challenge import Challenge
from outclass.catalog.sources.curves import Part, read_curves
from outclass.inputs.series import SeriesTable
from outclass.training.labelled import LabelledRows

ACCEPTED = (
    "a folder with NAME_objects and NAME_light_curves as .parquet or .csv, or the files of PLAsTiCC; CSV may "
    "be gzipped or zipped"
)
ENDING = re.compile(r"\.(parquet|csv)(\.(gz|zip))?$", re.IGNORECASE)
OBJECTS = re.compile(r"[-_]?(objects?|metadata)$", re.IGNORECASE)
CURVES = re.compile(r"[-_]?(light[-_]?curves?|observations?)([-_]\d+)?$", re.IGNORECASE)
BARE = re.compile(r"(training|test)_set$", re.IGNORECASE)
WORD = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Objects and their observations, which may lie in several files."""

    objects: Path
    curves: tuple[Path, ...]


def read_light_curves(path: Path, challenge: Challenge) -> LabelledRows:
    """Read the light curves of a folder that fit the challenge.

    Objects without any observation are left out, and so are those whose label the challenge ignores. Labels
    are turned into classes as `dataset.source.labels` says.

    Raises
    ------
    DataError
        There is no such pair of files, more than one, or one that is broken.
    """
    pair = find_pair(path, challenge)
    roles = {f"light_curves_{number}": file for number, file in enumerate(pair.curves)}
    part = Part(objects="objects", curves=tuple(roles))
    table = read_curves({"objects": pair.objects, **roles}, challenge, [part])
    assert isinstance(table.inputs, SeriesTable)
    ignored = set(challenge.dataset.reader.ignored)
    seen = np.diff(table.inputs.starts) > 0
    wanted = np.array([label not in ignored for label in table.labels], dtype=bool)
    places = np.flatnonzero(seen & wanted)
    if not len(places):
        raise DataError(
            "no object has both a label that counts and an observation",
            where=f"{pair.objects.name}, {', '.join(file.name for file in pair.curves)}",
            got=f"{len(table.labels)} objects, {seen.sum()} with observations",
        )
    labels = tuple(table.labels[place] or None for place in places)
    return LabelledRows(
        rows=table.inputs.take(places), labels=labels if any(label is not None for label in labels) else None
    )


def find_pair(path: Path, challenge: Challenge) -> Pair:
    """Return the files to read: those with the declared names, the only ones, or those of its name."""
    if not path.is_dir():
        raise DataError("light curves are read from a folder", where=str(path), accepted=ACCEPTED)
    files = sorted(file for file in path.iterdir() if file.is_file() and ENDING.search(file.name))
    pairs = list(pairs_of(files))
    names = declared_stems(challenge)
    words = {first_word(name) for name in (*names, challenge.name)}
    for found in (
        [pair for pair in pairs if {stem(file) for file in (pair.objects, *pair.curves)} <= names],
        pairs,
        [pair for pair in pairs if first_word(stem(pair.objects)) in words],
    ):
        if len(found) == 1:
            return found[0]
    if pairs:
        raise DataError(
            "more than one set of light curves is here",
            where=str(path),
            got=", ".join(pair.objects.name for pair in pairs),
            hint="put the files to be read in a folder of their own",
        )
    raise DataError("there are no light curves here", where=str(path), accepted=ACCEPTED)


def pairs_of(files: list[Path]) -> list[Pair]:
    """Return objects and observations whose names begin alike; by the first word where more does not fit."""
    objects = {OBJECTS.sub("", stem(file)): file for file in files if OBJECTS.search(stem(file))}
    curves: dict[str, list[Path]] = {}
    for file in files:
        name = stem(file)
        if file not in objects.values() and (CURVES.search(name) or BARE.search(name)):
            curves.setdefault(CURVES.sub("", name), []).append(file)
    pairs = [
        Pair(objects=file, curves=tuple(curves[name])) for name, file in objects.items() if name in curves
    ]
    free = {name: file for name, file in objects.items() if name not in curves}
    left = {name: found for name, found in curves.items() if name not in objects}
    for name, file in free.items():
        near = [found for other, found in left.items() if first_word(other) == first_word(name)]
        alike = [other for other in free if first_word(other) == first_word(name)]
        if len(near) == len(alike) == 1:
            pairs.append(Pair(objects=file, curves=tuple(near[0])))
    if not pairs and len(free) == len(left) == 1:
        pairs.append(Pair(objects=next(iter(free.values())), curves=tuple(next(iter(left.values())))))
    return pairs


def declared_stems(challenge: Challenge) -> set[str]:
    """Return the names of the declared files, without their endings."""
    declared = challenge.dataset.reader.files.values()
    paths = [path for file in declared for path in (file.path, *file.other_forms)]
    return {ENDING.sub("", PurePosixPath(path).name) for path in paths}


def stem(path: Path) -> str:
    """Return a file's name without its endings."""
    return ENDING.sub("", path.name)


def first_word(name: str) -> str:
    """Return the first word of a name, in lower case."""
    match = WORD.match(name)
    return match.group().lower() if match else ""
