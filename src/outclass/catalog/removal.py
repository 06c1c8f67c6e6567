"""Take photos out of a challenge's data, because their owners want them back."""

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from outclass.base.document import to_json
from outclass.base.errors import InputError
from outclass.base.media import MEDIA, MediaFolder
from outclass.base.settings import Settings
from outclass.base.store import FileLock, write_atomic
from outclass.catalog.cleaning import Cleaned, Reason
from outclass.catalog.dataset import (
    CURRENT,
    CurrentDocument,
    DatasetVersion,
    current_version,
    list_versions,
    read_version,
)
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.neighbors import FOLDER as FEATURES
from outclass.catalog.neighbors import carry_features
from outclass.catalog.photo_cleaning import take_back
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.versions import LOCK, write_version
from outclass.inputs.photos import Box, PhotoTable

NAME_LENGTH = 64
PUBLISHED = "published"
"""Holds the data files of challenges; they are made anew, without the photos."""
GONE = "gone"
"""Holds the names of the photos of versions that were deleted because of one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What taking out photos changed.

    Attributes
    ----------
    versions
        The data versions that had any of them; they are gone, some perhaps since long.
    data_version
        The version that is in use now, without them; None where there is none.
    boxes
        The photos with the boxes that they had in those versions.
    """

    versions: tuple[str, ...]
    data_version: str | None
    boxes: frozenset[tuple[str, Box | None]]


def remove_photos(loaded: LoadedChallenge, names: Collection[str], settings: Settings) -> Removal:
    """Delete photos, and make a version without them where the one in use has any.

    The versions that have one are deleted, with its label and credit and the features that were computed of
    it: without its bytes none of them could be learned from again. No later `collect` brings it back. Killed
    in the middle, it is done by calling it again.

    Parameters
    ----------
    names
        sha256 of each photo's bytes.

    Raises
    ------
    InputError
        One is no such name.
    """
    for name in names:
        if not is_name(name):
            raise InputError("this is no name of a photo", got=name, accepted="the sha256 of its bytes")
    wanted, folder = frozenset(names), settings.data_folder / loaded.name
    with FileLock(folder / LOCK):
        earlier = _forget_in_gone(folder, wanted)
        found = {version.id: boxes_in(version, wanted) for version in list_versions(loaded.name, settings)}
        current = current_version(loaded.name, settings)
        take_back(MediaFolder(folder / MEDIA), wanted)
        if current is not None and found[current.id]:
            before, current = current, _without(current, wanted, loaded)
            if current is None:
                (folder / CURRENT).unlink()
            else:
                carry_features(before, current)
                write_atomic(folder / CURRENT, to_json(CurrentDocument(version=current.id)))
        holding = [version for version, boxes in found.items() if boxes]
        shutil.rmtree(settings.home / PUBLISHED / loaded.name, ignore_errors=True)
        for version in holding:
            _delete(folder, version, wanted)
    return Removal(
        versions=(*holding, *earlier),
        data_version=None if current is None else current.id,
        boxes=frozenset().union(*found.values(), ((name, None) for name in wanted)),
    )


def is_name(text: str) -> bool:
    """Tell whether a text has the form of a photo's name."""
    return len(text) == NAME_LENGTH and not set(text) - set("0123456789abcdef")


def versions_with(challenge: str, names: Collection[str], settings: Settings) -> tuple[str, ...]:
    """Return the data versions that have one of some photos, and those that had and are gone."""
    wanted = frozenset(names)
    there = [version.id for version in list_versions(challenge, settings) if boxes_in(version, wanted)]
    return (*there, *_gone_with(settings.data_folder / challenge, wanted))


def boxes_in(version: DatasetVersion, names: frozenset[str]) -> frozenset[tuple[str, Box | None]]:
    """Return which of some photos a version has, each with its box."""
    return frozenset(
        (name, photos.box(place))
        for photos in _photos(version)
        for place, name in enumerate(photos.names)
        if name in names
    )


def _delete(folder: Path, version: str, names: frozenset[str]) -> None:
    """Delete a version, but remember its other photos: models may have learned from them."""
    others = {each for photos in _photos(read_version(folder / version)) for each in photos.names} - names
    _write_gone(folder / GONE / f"{version}.txt", others)
    for path in (folder / version, *(folder / FEATURES).glob(f"{version}-*")):
        shutil.rmtree(path)


def _write_gone(path: Path, names: Collection[str]) -> None:
    """Write the names of the photos of a version that is gone."""
    write_atomic(path, "".join(f"{each}\n" for each in sorted(names)).encode())


def _read_gone(path: Path) -> frozenset[str]:
    """Return the names of the photos of a version that is gone."""
    return frozenset(path.read_text(encoding="ascii").split())


def _gone_with(folder: Path, names: frozenset[str]) -> tuple[str, ...]:
    """Return the versions that are gone and had one of some photos."""
    return tuple(path.stem for path in sorted((folder / GONE).glob("*.txt")) if names & _read_gone(path))


def _forget_in_gone(folder: Path, names: frozenset[str]) -> tuple[str, ...]:
    """Take photos out of what is known of versions that are gone; return those that had one."""
    found = _gone_with(folder, names)
    for version in found:
        path = folder / GONE / f"{version}.txt"
        _write_gone(path, _read_gone(path) - names)
    return found


def _photos(version: DatasetVersion) -> Iterator[PhotoTable]:
    """Yield the photos of a version, some thousands at a time."""
    for block in version.blocks():
        if isinstance(block.inputs, PhotoTable):
            yield block.inputs


def _without(
    version: DatasetVersion, names: frozenset[str], loaded: LoadedChallenge
) -> DatasetVersion | None:
    """Write a version without some photos; None where nothing would be left."""
    objects, document = version.objects(), version.document
    assert isinstance(objects.inputs, PhotoTable)
    table = SourceTable(
        object_ids=objects.ids,
        group_ids=objects.groups,
        labels=objects.labels,
        inputs=objects.inputs,
        fixed_splits=tuple(side.value for side in objects.splits),
    )
    kept = tuple(
        row
        for row, (found, label) in enumerate(zip(objects.inputs.names, objects.labels, strict=True))
        if found not in names and label in loaded.challenge.class_names
    )
    if not kept:
        return None
    removed = document.cleaning.removed
    gone = removed.get(Reason.TAKEN_BACK, 0) + len(objects) - len(kept)
    report = msgspec.structs.replace(
        document.cleaning, rows_kept=len(kept), removed=removed | {Reason.TAKEN_BACK: gone}
    )
    return write_version(
        Cleaned(read=table, kept=kept, report=report),
        replace(loaded, challenge=msgspec.structs.replace(loaded.challenge, split=document.split)),
        version.folder.parent,
        sources=document.sources,
        sample=document.sample,
        lineage=document.lineage,
    )
