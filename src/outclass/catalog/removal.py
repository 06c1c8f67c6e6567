"""Take a photo out of a challenge's data, because its owner wants it back."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from outclass.base.document import to_json
from outclass.base.errors import InputError
from outclass.base.media import MEDIA, MediaFolder
from outclass.base.settings import Settings
from outclass.base.store import FileLock, write_atomic
from outclass.catalog.cleaning import Cleaned, Reason
from outclass.catalog.dataset import CURRENT, CurrentDocument, DatasetVersion, current_version, list_versions
from outclass.catalog.loader import LoadedChallenge
from outclass.catalog.neighbors import FOLDER as FEATURES
from outclass.catalog.photo_cleaning import take_back
from outclass.catalog.sources.base import SourceTable
from outclass.catalog.versions import LOCK, write_version
from outclass.inputs.photos import PhotoTable

NAME_LENGTH = 64
GONE = "gone"
"""Holds the names of the photos of versions that were deleted because of one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What taking out a photo changed.

    Attributes
    ----------
    versions
        The data versions that had it; they are gone, some perhaps since long.
    data_version
        The version that is in use now, without it; None where there is none.
    """

    versions: tuple[str, ...]
    data_version: str | None


def remove_photo(loaded: LoadedChallenge, name: str, settings: Settings) -> Removal:
    """Delete a photo, and make a version without it where the one in use has it.

    The versions that have it are deleted with its label and credit, and the features that were computed of
    them: without its bytes none of them could be learned from again. No later `collect` brings it back.
    Killed in the middle, it is done by calling it again.

    Parameters
    ----------
    name
        sha256 of the photo's bytes.

    Raises
    ------
    InputError
        This is no such name.
    """
    if not is_name(name):
        raise InputError("this is no name of a photo", got=name, accepted="the sha256 of its bytes")
    folder = settings.data_folder / loaded.name
    with FileLock(folder / LOCK):
        earlier = _forget_in_gone(folder, name)
        holding = [version for version in list_versions(loaded.name, settings) if has_photo(version, name)]
        current = current_version(loaded.name, settings)
        take_back(MediaFolder(folder / MEDIA), name)
        if current is not None and current.id in {version.id for version in holding}:
            current = _without(current, name, loaded)
            if current is None:
                (folder / CURRENT).unlink()
            else:
                write_atomic(folder / CURRENT, to_json(CurrentDocument(version=current.id)))
        for version in holding:
            _remember_gone(version, name)
            for path in (version.folder, *(folder / FEATURES).glob(f"{version.id}-*")):
                shutil.rmtree(path)
    return Removal(
        versions=(*(version.id for version in holding), *earlier),
        data_version=None if current is None else current.id,
    )


def is_name(text: str) -> bool:
    """Tell whether a text has the form of a photo's name."""
    return len(text) == NAME_LENGTH and not set(text) - set("0123456789abcdef")


def versions_with(challenge: str, name: str, settings: Settings) -> tuple[str, ...]:
    """Return the data versions that have a photo, and those that had it and are gone."""
    there = [version.id for version in list_versions(challenge, settings) if has_photo(version, name)]
    return (*there, *_gone_with(settings.data_folder / challenge, name))


def has_photo(version: DatasetVersion, name: str) -> bool:
    """Tell whether a version has a photo."""
    return any(name in photos.names for photos in _photos(version))


def _remember_gone(version: DatasetVersion, name: str) -> None:
    """Keep the names of the other photos of a version that goes: models may have learned from them."""
    names = sorted({each for photos in _photos(version) for each in photos.names} - {name})
    path = version.folder.parent / GONE / f"{version.id}.txt"
    write_atomic(path, "".join(f"{each}\n" for each in names).encode())


def _gone_with(folder: Path, name: str) -> tuple[str, ...]:
    """Return the versions that are gone and had a photo."""
    paths = sorted((folder / GONE).glob("*.txt"))
    return tuple(path.stem for path in paths if name in path.read_text(encoding="ascii").split())


def _forget_in_gone(folder: Path, name: str) -> tuple[str, ...]:
    """Take a photo out of what is known of versions that are gone; return those that had it."""
    found = _gone_with(folder, name)
    for version in found:
        path = folder / GONE / f"{version}.txt"
        names = [each for each in path.read_text(encoding="ascii").split() if each != name]
        write_atomic(path, "".join(f"{each}\n" for each in names).encode())
    return found


def _photos(version: DatasetVersion) -> Iterator[PhotoTable]:
    """Yield the photos of a version, some thousands at a time."""
    for block in version.blocks():
        if isinstance(block.inputs, PhotoTable):
            yield block.inputs


def _without(version: DatasetVersion, name: str, loaded: LoadedChallenge) -> DatasetVersion | None:
    """Write a version without a photo; None where nothing would be left."""
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
        if found != name and label in loaded.challenge.class_names
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
