"""Light curves from files: PLAsTiCC, and any pair of objects and observations that declares its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from outclass.base.errors import DataError
from outclass.catalog.challenge import Challenge
from outclass.catalog.declared_data import SourceDeclaration
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.sources.kinds import BATCHES, LIGHT_CURVES, PLASTICC, SourceKind
from outclass.catalog.sources.objects import Objects, read_objects
from outclass.catalog.sources.observations import ObservationReader
from outclass.catalog.sources.rows import RowLog
from outclass.catalog.split import Split

TEST = ("test_light_curves", *BATCHES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of objects and those of their observations; `split` where all of them are on one side."""

    objects: str
    curves: Sequence[str]
    split: str | None = None


class PlasticcSource:
    """Reads PLAsTiCC; the objects of the test set, where it is given, are held out for ever."""

    kind: SourceKind = PLASTICC

    def read(
        self,
        files: Mapping[str, Path],
        challenge: Challenge,
        *,
        scratch: Path | None = None,
        folder: Path | None = None,  # noqa: ARG002 - all is in the files
    ) -> SourceTable:
        """Read the training set and, where its files are given, the test set."""
        parts = [Part(objects="metadata", curves=("light_curves",))]
        batches = [role for role in TEST if role in files]
        if bool(batches) != ("test_metadata" in files):
            raise DataError(
                "the test set is not whole",
                where=challenge.name,
                got=", ".join(files),
                accepted="test_metadata, and test_light_curves or its batches",
            )
        if batches:
            parts.append(Part(objects="test_metadata", curves=batches, split=Split.HOLDOUT.value))
        return read_curves(files, challenge, parts, scratch)


class LightCurvesSource:
    """Reads a table of objects and one of observations."""

    kind: SourceKind = LIGHT_CURVES

    def read(
        self,
        files: Mapping[str, Path],
        challenge: Challenge,
        *,
        scratch: Path | None = None,
        folder: Path | None = None,  # noqa: ARG002 - all is in the files
    ) -> SourceTable:
        """Read both tables."""
        return read_curves(files, challenge, [Part(objects="objects", curves=("light_curves",))], scratch)


def read_curves(
    files: Mapping[str, Path], challenge: Challenge, parts: Sequence[Part], scratch: Path | None = None
) -> SourceTable:
    """Read objects and observations; the rows that cannot be used are told in `SourceTable.rows`.

    Raises
    ------
    DataError
        A file is broken, or lacks a column that is needed.
    """
    source, log = challenge.dataset.reader, RowLog()
    found = [read_objects(files[part.objects], source.columns, role=part.objects, log=log) for part in parts]
    objects = joined(found)
    with ObservationReader(objects.keys, challenge.input, source=source, log=log, scratch=scratch) as reader:
        for part in parts:
            for role in part.curves:
                reader.read(role, files[role])
        inputs = reader.table(objects.facts, objects.ids)
    fixed = [
        part.split or source.splits.get(side or "")
        for part, one in zip(parts, found, strict=True)
        for side in one.sides
    ]
    return SourceTable(
        object_ids=objects.ids,
        group_ids=objects.ids,
        labels=tuple(class_of(label, source) for label in objects.labels),
        inputs=inputs,
        fixed_splits=tuple(fixed),
        rows=log.report(),
    )


def joined(parts: Sequence[Objects]) -> Objects:
    """Return the objects of several files as one."""
    if len(parts) == 1:
        return parts[0]
    kinds = {part.keys.dtype for part in parts}
    keys = pl.concat([part.keys if len(kinds) == 1 else part.keys.cast(pl.String) for part in parts])
    if (repeated := keys.filter(keys.is_duplicated())).len():
        raise DataError("an object stands in two files", got=repeated[0], accepted="each object in one file")
    return Objects(
        keys=keys,
        labels=tuple(label for part in parts for label in part.labels),
        facts=np.concatenate([part.facts for part in parts]),
        sides=tuple(side for part in parts for side in part.sides),
    )


def class_of(label: str | None, source: SourceDeclaration) -> str:
    """Return the class that a file's label stands for; a label that stands for none stays as it is."""
    return source.labels.get(label or "", label or "")
