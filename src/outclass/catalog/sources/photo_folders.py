"""Photos that lie in a folder: their folders or their names tell what they are."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from outclass.base.errors import DataError
from outclass.catalog.sources.photo_rows import FoundPhoto, PhotoRows
from outclass.inputs.photos import Credit

READ = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp")
SUFFIXES = frozenset({*READ, ".gif", ".bmp", ".tif", ".tiff", ".heic"})
"""Endings of files that somebody takes for photos; those that are not read are told of, not passed over."""
PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


def add_folder(
    rows: PhotoRows,
    folder: Path,
    names: str | None,
    *,
    class_of: Callable[[str | None], str | None],
    credit: Credit,
) -> None:
    """Add the photos of a folder to others.

    Parameters
    ----------
    names
        A regular expression for the path of each photo below the folder. What its groups `label`, `group`,
        `id`, `author`, `licence` and `link` find is said of the photo; without a group `label`, and where
        nothing is found, the first folder is the label.

    Raises
    ------
    DataError
        There is no such folder, or no photo in it.
    """
    if not folder.is_dir():
        raise DataError("there is no such folder", where=str(folder), hint="see dataset.source.folder")
    pattern = re.compile(names) if names else None
    count = 0
    for count, path in enumerate(photos_in(folder), 1):  # noqa: B007 - asked for after the loop
        place = PurePosixPath(path.relative_to(folder).as_posix())
        said = found_in(place, pattern)
        rows.add(
            FoundPhoto(
                content=path.read_bytes(),
                label=class_of(said.get("label")),
                object_id=said.get("id") or PLAIN.sub("-", str(place.with_suffix(""))),
                group=said.get("group"),
                credit=Credit(
                    author=said.get("author") or credit.author,
                    licence=said.get("licence") or credit.licence,
                    licence_url="" if said.get("licence") else credit.licence_url,
                    link=said.get("link") or credit.link,
                ),
            )
        )
    if not count:
        raise DataError("there are no photos here", where=str(folder), accepted=", ".join(READ))


def photos_in(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder that may be photos, in the order of their paths; hidden ones are not."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
            yield path


def found_in(place: PurePosixPath, pattern: re.Pattern[str] | None) -> dict[str, str | None]:
    """Return what the path of a photo tells of it."""
    said: dict[str, str | None] = {"label": place.parts[0] if len(place.parts) > 1 else None}
    match = pattern.search(str(place)) if pattern else None
    if match is not None:
        said |= {name: value for name, value in match.groupdict().items() if value}
    return said
