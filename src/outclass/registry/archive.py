"""A model version as one zip file: the same version gives the same bytes, and a hostile file is refused.

The archive of an ensemble holds its members, too, under `members/NAME@ID/`.
"""

import io
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from outclass.base.errors import NotFoundError, RegistryError
from outclass.base.store import write_atomic
from outclass.registry.files import (
    ID_PATTERN,
    MANIFEST,
    NAME_PATTERN,
    SIZE_LIMITS,
    check_size,
    manifest_id,
    parse_manifest,
    read_verified,
)
from outclass.registry.version import ModelVersion

EPOCH = (1980, 1, 1, 0, 0, 0)
PLAIN_FILE = stat.S_IFREG | 0o644
ENCRYPTED = 0x1
MEMBERS = "members"
MOST_MEMBERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The files of a version by name, and those of each of its members."""

    files: dict[str, bytes]
    members: tuple[dict[str, bytes], ...] = ()


def write_archive(version: ModelVersion, path: Path) -> None:
    """Write a version to a zip file, stored without compression, names sorted, times fixed."""
    if path.suffix != ".zip":
        raise RegistryError("a version is exported to a zip file", got=str(path), accepted="PATH.zip")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        _write_version(archive, version, "")
        for member in version.members:
            _write_version(archive, member, f"{MEMBERS}/{member.reference}/")
    write_atomic(path, buffer.getvalue())


def _write_version(archive: zipfile.ZipFile, version: ModelVersion, folder: str) -> None:
    """Write the files of one version under a folder of the archive."""
    for name in sorted([*version.manifest.files, MANIFEST]):
        entry = zipfile.ZipInfo(f"{folder}{name}", date_time=EPOCH)
        entry.create_system = 3
        entry.external_attr = PLAIN_FILE << 16
        archive.writestr(entry, _content(version, name))


def _content(version: ModelVersion, name: str) -> bytes:
    """Return a file's bytes as they were registered."""
    return (version.folder / MANIFEST).read_bytes() if name == MANIFEST else read_verified(version, name)


def unpack(path: Path) -> Archive:
    """Return the files of a version, and of its members, from a zip file; nothing is written to the disk.

    Only known file names are read, each once, up to its limit, whatever the archive says of itself.

    Raises
    ------
    RegistryError
        If it is no zip file, or holds anything else than the files of a version and its members.
    """
    if not path.is_file():
        raise NotFoundError("there is no such file", got=str(path))
    where = str(path)
    found: dict[str, dict[str, bytes]] = {"": {}}
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_entries(entries, where=where)
            for entry in entries:
                member, name = _place(entry.filename, where=where)
                found.setdefault(member, {})[name] = _read(archive, entry, name, where=where)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise RegistryError("this is no readable zip file", where=where, got=str(error)) from error
    for member, files in found.items():
        _check_version(files, member, where=where)
    return Archive(files=found.pop(""), members=tuple(found.values()))


def _check_version(files: dict[str, bytes], member: str, *, where: str) -> None:
    """Refuse a version without a manifest, and a member that its folder does not name."""
    if MANIFEST not in files:
        raise RegistryError("the manifest is missing", where=where, got=member or None)
    manifest = parse_manifest(files[MANIFEST], where=where)
    reference = f"{manifest.name}@{manifest_id(files[MANIFEST])}"
    if member and member != reference:
        raise RegistryError("a member is not the one that its folder names", where=where, got=member)


def _place(filename: str, *, where: str) -> tuple[str, str]:
    """Return the member, or nothing, and the file that an entry's name means."""
    member, name, parts = "", filename, filename.split("/")
    if len(parts) == 3 and parts[0] == MEMBERS:
        _, member, name = parts
        model, _, version_id = member.partition("@")
        if not (NAME_PATTERN.fullmatch(model) and ID_PATTERN.fullmatch(version_id)):
            name = ""
    if name not in SIZE_LIMITS:
        raise RegistryError(
            "the archive holds a file that does not belong to a model version",
            where=where,
            got=filename,
            accepted=", ".join(SIZE_LIMITS),
        )
    return member, name


def _check_entries(entries: list[zipfile.ZipInfo], *, where: str) -> None:
    """Refuse entries that are not the plain files of one version and its members."""
    names = [entry.filename for entry in entries]
    members = set()
    for entry in entries:
        member, name = _place(entry.filename, where=where)
        members.add(member)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in {0, stat.S_IFREG}:
            raise RegistryError("the archive holds a link or a special file", where=where, got=entry.filename)
        if entry.flag_bits & ENCRYPTED:
            raise RegistryError("the archive is encrypted", where=where, got=entry.filename)
        check_size(name, entry.file_size, where=where)
    if len(set(names)) != len(names):
        raise RegistryError("the archive holds a name twice", where=where)
    if len(members) > MOST_MEMBERS:
        raise RegistryError("the archive holds too many members", where=where, got=len(members))


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, *, where: str) -> bytes:
    """Read one entry, and no further than its limit."""
    limit = SIZE_LIMITS[name]
    with archive.open(entry) as file:
        content = file.read(limit + 1)
    check_size(name, len(content), where=where)
    return content
